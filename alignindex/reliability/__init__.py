"""How far several coders agree, who errs which way, and what the true codes may be.

Ratings are a DataFrame of units by coders with NaN where a coder did not rate, or long rows with
the columns `unit`, `coder` and `value` (:func:`as_ratings` for other names). A
:class:`CodingSheet` keeps them with their sources, and with the reasons why some are missing.
"""

from __future__ import annotations

from alignindex.reliability.bootstrap import Coefficient
from alignindex.reliability.codebook import Codebook, CodedUnit, CodingSheet, Level, MissingReason
from alignindex.reliability.coders import bias, confusion, pairwise
from alignindex.reliability.coefficients import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    percent_agreement,
)
from alignindex.reliability.latent import TrueCodes, dawid_skene
from alignindex.reliability.ratings import as_ratings
from alignindex.reliability.sheets import (
    read_codebook,
    read_codings,
    write_codebook,
    write_codings,
)

__all__ = [
    "Codebook",
    "CodedUnit",
    "CodingSheet",
    "Coefficient",
    "Level",
    "MissingReason",
    "TrueCodes",
    "as_ratings",
    "bias",
    "cohen_kappa",
    "confusion",
    "dawid_skene",
    "fleiss_kappa",
    "gwet_ac",
    "krippendorff_alpha",
    "pairwise",
    "percent_agreement",
    "read_codebook",
    "read_codings",
    "write_codebook",
    "write_codings",
]
