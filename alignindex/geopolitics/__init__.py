"""What economists of fragmentation compute from votes: distance, blocs, exposure, attachment.

`distance` gives distances of ideal points for a variant of the votes, `multiverse` those of all
variants and what the choices among them are worth. `net_alignment`, `group_distance` and `blocs`
place states; `exposure` and `reallocate` weigh partners; `attach` puts any of these on a table of
dyads. `agreement` and `vote_blocs` do without a model.
"""

from __future__ import annotations

from alignindex.geopolitics.alignment import GROUPS, group_distance, net_alignment
from alignindex.geopolitics.attach import Attached, attach
from alignindex.geopolitics.ballots import agreement, vote_blocs
from alignindex.geopolitics.blocs import BLOC_PRESETS, Blocs, blocs
from alignindex.geopolitics.exposure import Exposure, exposure, reallocate
from alignindex.geopolitics.multiverse import multiverse
from alignindex.geopolitics.points import distance, ideal_points
from alignindex.geopolitics.universe import Multiverse
from alignindex.geopolitics.variants import PRESETS, Variant, variants

__all__ = [
    "BLOC_PRESETS",
    "GROUPS",
    "PRESETS",
    "Attached",
    "Blocs",
    "Exposure",
    "Multiverse",
    "Variant",
    "agreement",
    "attach",
    "blocs",
    "distance",
    "exposure",
    "group_distance",
    "ideal_points",
    "multiverse",
    "net_alignment",
    "reallocate",
    "variants",
    "vote_blocs",
]
