"""Similarity of foreign policies: every measure, every dyad and every period in one call.

`dyads` takes a long table of votes (or of commitments, from `portfolios`) and returns one row per
dyad and period. `combine` joins several sources; `to_matrix` and `to_frame` reshape the result for
matrix work and for users of other packages.

Examples
--------
>>> import pandas as pd
>>> import alignindex as ai
>>> votes = pd.DataFrame(
...     {
...         "state": ["ARM"] * 4 + ["RUS"] * 4,
...         "rcid": [1, 2, 3, 4] * 2,
...         "vote": [1, 1, 3, 2, 1, 3, 3, 3],
...     }
... )
>>> ai.similarity.dyads(
...     votes, by=None, measures=["agreement", "agreement_half", "kappa_linear"]
... )
  state partner  n_shared  agreement  agreement_half  kappa_linear
0   ARM     RUS         4        0.5           0.625      0.333333
"""

from __future__ import annotations

from alignindex.kernels.similarity.measures import MEASURES
from alignindex.similarity.frames import SimilarityMatrix, to_frame, to_matrix
from alignindex.similarity.groups import Flags, Rolling
from alignindex.similarity.options import Bootstrap, Consensus, Disagreement
from alignindex.similarity.pairs import dyads
from alignindex.similarity.portfolio import combine, portfolios

__all__ = [
    "MEASURES",
    "Bootstrap",
    "Consensus",
    "Disagreement",
    "Flags",
    "Rolling",
    "SimilarityMatrix",
    "combine",
    "dyads",
    "portfolios",
    "to_frame",
    "to_matrix",
]
