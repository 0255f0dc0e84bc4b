"""Draw the picture of the README from the bundled panel: ``python docs/pictures.py``.

The picture is kept in the repository, because a README is read where nothing is built. It carries
a digest of the scores that it shows, so that a test can tell when the data have moved on.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import alignindex as ai

PLACE = Path(__file__).parent / "_static" / "alignment_with_russia.png"
STATES, PARTNER = ["ARM", "GEO", "KAZ", "UKR"], "RUS"


def digest(result: ai.AlignmentResult) -> str:
    """What the picture shows, as a hash: scores and bounds to six digits."""
    shown = result.scores.xs(PARTNER, level="partner").loc[STATES, ["score", "low", "high"]]
    text = shown.to_csv(float_format="%.6f", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()


def draw(path: Path = PLACE) -> Path:
    """Alignment of four states with Russia, with bounds; written as PNG."""
    from matplotlib.figure import Figure

    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    ai.plot.trajectories(result, states=STATES, partners=PARTNER, ax=figure.subplots())
    path.parent.mkdir(exist_ok=True)
    metadata = {"Software": None, "Description": f"scores {digest(result)}"}
    figure.savefig(path, dpi=150, metadata=metadata)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=PLACE)
    print(draw(parser.parse_args().out))
