"""SIPRI: the arms transfers register and TIV tables, and military expenditure.

Actor codes are those of the record's year. A SIPRI name that is not a declared actor (armed groups,
marked ``*``, "unknown supplier(s)") keeps its row, with a missing code: it belongs in totals.
"""

from __future__ import annotations

from alignindex.sources.sipri.milex import MILEX, read_milex
from alignindex.sources.sipri.register import DELIVERIES, REGISTER, read_trade_register
from alignindex.sources.sipri.tiv import TIV, read_tiv_table

__all__ = ["read_milex", "read_tiv_table", "read_trade_register"]

SIGNATURES = (REGISTER, DELIVERIES, TIV, *MILEX)
