"""What economists of fragmentation use: distance, blocs, exposure, and their merge into a table."""

from alignindex.geopolitics.multiverse import multiverse
from alignindex.geopolitics.points import distance, ideal_points
from alignindex.geopolitics.universe import Multiverse
from alignindex.geopolitics.variants import PRESETS, Variant, variants

__all__ = [
    "PRESETS",
    "Multiverse",
    "Variant",
    "distance",
    "ideal_points",
    "multiverse",
    "variants",
]
