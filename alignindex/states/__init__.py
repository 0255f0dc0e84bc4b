"""Actors over time: states, organisations and de facto entities, in every spelling of the field.

An actor's own code here is its ISO 3166-1 alpha-3 code, its former code (ISO 3166-3) if it is
gone, or a declared one (``HAN`` Hanover, ``NATO``, ``XAB`` Abkhazia). One table,
``datasets/states``, says what each source calls an actor, and from when to when.

**Dates.** A year stands for its 31 December, as in the panel. A code that passed from one actor
to another within a year (COW 365 in 1991) belongs to the one that held it on that day; a name or
code that only one actor bore in the year belongs to that one, even if it ended before December
("Soviet Union" in 1991 is ``SUN``).
"""

from __future__ import annotations

from alignindex.states.resolution import resolve
from alignindex.states.table import is_actor, known, members, successors, table

__all__ = ["is_actor", "known", "members", "resolve", "successors", "table"]
