"""Draw the picture of the README from the bundled panel: ``python docs/pictures.py``.

The picture is kept in the repository, because a README is read where nothing is built.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import alignindex as ai

PLACE = Path(__file__).parent / "_static" / "alignment_with_russia.png"


def draw(path: Path = PLACE) -> Path:
    """Alignment of four states with Russia, with bounds; written as PNG."""
    from matplotlib.figure import Figure

    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    ai.plot.trajectories(
        result, state=["ARM", "GEO", "KAZ", "UKR"], partner="RUS", ax=figure.subplots()
    )
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150, metadata={"Software": None})
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=PLACE)
    print(draw(parser.parse_args().out))
