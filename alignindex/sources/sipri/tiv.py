"""TIV tables of SIPRI's arms transfers: a row for each partner, a column for each year."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import SourceError, first_three
from alignindex.base.typing import Array
from alignindex.sources.reading.common import (
    Header,
    Ledger,
    Payload,
    Signature,
    Source,
    SourceInfo,
    close,
    find_header,
    fold_heading,
    numbers,
    open_source,
    split_fields,
)
from alignindex.sources.sipri.common import CREDIT, codes, generated

TIV = Signature(
    "sipri.read_tiv_table",
    pattern=r'"?(recipient|supplier|(ex|im)ports by|)"?\s*[,;\t|]\s*"?(19|20)\d\d"?\s*([,;\t|]|$)',
)
_REPORTED = pd.Index(["none", "under_half", "amount"])
_SIDES = {
    "recipient": "recipient",
    "imports by": "recipient",
    "supplier": "supplier",
    "exports by": "supplier",
}
_OTHER = {"recipient": "supplier", "supplier": "recipient"}


def read_tiv_table(
    source: Source,
    *,
    rows: Literal["recipient", "supplier"] | None = None,
    other: str | None = None,
) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read a table of SIPRI trend-indicator values (TIV) by partner and year.

    Parameters
    ----------
    source : path or open binary file
        The CSV as downloaded from the new site (2023 onward) or the old one, of imports or
        exports, of one actor or of all; also as ``.gz`` or ``.zip``.
    rows : {"recipient", "supplier"}, optional
        What the rows are, where the file does not tell.
    other : str, optional
        The one actor on the other side, as SIPRI writes it, where the file does not tell.

    Returns
    -------
    table : pandas.DataFrame
        One row for each partner and year: ``recipient, supplier`` (actor codes of the year;
        missing for ``"all"``, armed groups and unknown parties, and for an empty cell in a year
        in which the actor was not), ``recipient_name, supplier_name`` (``"all"``: the world),
        ``year``, ``tiv`` (million TIV) and ``reported``: ``"amount"``, ``"under_half"`` (a
        printed 0: below half a million; ``tiv`` 0) or ``"none"`` (empty: no delivery; ``tiv`` 0).
    info : SourceInfo
        One record is one cell of a year. Totals, blank lines and years that are not yet covered
        are rejected.

    Raises
    ------
    SourceError
        If the source cannot be opened, is not a TIV table, or does not tell what its rows are.

    Notes
    -----
    The old site's title says "exports to X" above the suppliers of X, and "exports to all" above
    recipients. Figures are rounded, so cells need not add up to the totals. A year is not
    covered if it is the year of the download or later (SIPRI publishes a year in the spring
    after), or, in a table of the whole world, if it is empty to the end. The new site's
    tables of one actor are known to us by description only; pass ``rows`` and ``other`` for
    them. Where one actor has two rows in a year (Yugoslavia and Serbia), add them up.

    References
    ----------
    SIPRI Arms Transfers Database, https://www.sipri.org/databases/armstransfers.

    Examples
    --------
    >>> import io
    >>> text = '"TIV of arms exports to Armenia, 1991-1993",,,\n,1991,1992,1993,Total\n'
    >>> text += "Russia,,12,0,12\n,,,,\nTotal,,12,0,12\n"
    >>> table, info = read_tiv_table(io.BytesIO(text.encode()))
    >>> table[["recipient", "supplier", "year", "tiv", "reported"]].iloc[1:].values.tolist()
    [['ARM', 'RUS', 1992, 12.0, 'amount'], ['ARM', 'RUS', 1993, 0.0, 'under_half']]
    >>> info.reasons
    {'blank line': 3, 'total': 3}
    """
    payload, ledger = open_source(source, TIV), Ledger()
    header = find_header(payload, TIV)
    lines = payload.text.split("\n")
    title, side, fixed = _sides(payload, lines[: header.line], header, rows, other)
    places = [i for i, name in enumerate(header.headings) if re.fullmatch(r"(19|20)\d\d", name)]
    years = np.array([int(header.headings[i]) for i in places])
    names, at, value, empty, read = _tiv_rows(lines, header, places, ledger)
    version = generated(lines[: header.line])
    covered = _covered(years, empty, version, world=fixed == "all")
    total = np.array([fold_heading(name).startswith("total") for name in names], dtype=bool)
    reason = np.zeros(value.shape, dtype=np.int8)
    reason[(np.isnan(value) | (value < 0)) & ~empty] = 1
    reason[:, ~covered] = 2
    reason[total, :] = 3
    for number, why in enumerate(("no TIV", "not yet covered", "total"), start=1):
        i, j = np.nonzero(reason == number)
        texts = [
            f"{names[a]}: {split_fields(lines[at[a] - 1], header.separator)[places[b]].strip()}"
            for a, b in zip(i, j, strict=True)
        ]
        ledger.add_many(np.array(at)[i], why, texts, column=[str(y) for y in years[j]])
    kept = np.flatnonzero(reason.ravel() == 0)
    row, column = np.divmod(kept, max(years.size, 1))
    none, tiv = empty.ravel()[kept], np.nan_to_num(value.ravel()[kept])
    named, distinct = pd.factorize(np.array(names, dtype=object))
    code = _by_year(distinct, years, named[row] * years.size + column, present=~none)
    own = pd.Series(pd.Series(distinct).array.take(named[row]))
    against = pd.Series(pd.Series([fixed]).array.take(np.zeros(kept.size, dtype=np.int64)))
    its_code = _by_year(np.array([fixed], dtype=object), years, column, present=~none)
    sides = {side: (code, own), _OTHER[side]: (its_code, against)}
    reported = np.where(none, 0, np.where(tiv == 0, 1, 2))
    table = pd.DataFrame(
        {
            "recipient": sides["recipient"][0],
            "supplier": sides["supplier"][0],
            "recipient_name": sides["recipient"][1],
            "supplier_name": sides["supplier"][1],
            "year": years[column],
            "tiv": tiv,
            "reported": pd.Categorical.from_codes(reported, _REPORTED),
        }
    )
    others = [h for i, h in enumerate(header.headings) if i and i not in places and h]
    info = close(
        table,
        ledger,
        read,
        payload,
        reader=TIV.reader,
        layout=f"{'new' if header.headings[0] else 'old'} site, rows are {side}s",
        title=title,
        version=version,
        unit="cell of a year",
        notes=(f"columns that are not years: {first_three(others)}",) if others else (),
        **CREDIT,
    )
    return table, info


def _sides(
    payload: Payload,
    preamble: Sequence[str],
    header: Header,
    rows: str | None,
    other: str | None,
) -> tuple[str, str, str]:
    """Title, what the rows are, and who is on the other side."""
    side, fixed, title = None, "all", ""
    for line in preamble:
        text = line.strip(' ",;\t')
        title = title or text
        found = re.match(r"TIV of arms (?:exports|imports) (to|from) (.+?)(?:, \d{4}|$)", text)
        if found:
            fixed = found.group(2).strip()
            to, world = found.group(1) == "to", fixed.casefold() == "all"
            side = "recipient" if to == world else "supplier"
            fixed = "all" if world else fixed
    if side is None:
        side = _SIDES.get(header.headings[0])
    side = rows or side
    if side not in _OTHER:
        raise SourceError(
            f"{TIV.reader} expected in {payload.name} a title or first heading that tells whether "
            f"its rows are recipients or suppliers, got {header.headings[0]!r}; "
            "pass rows='recipient' or rows='supplier', and other='...' for the one actor"
        )
    return title, side, other or fixed


def _by_year(names: Any, years: Array, place: Array, *, present: Array) -> pd.Series[Any]:
    """Code of each cell, looked up once for each name and year.

    Where the actor was not, an empty cell has no code; a figure has that of its usual actor.
    """
    grid = pd.Series(np.repeat(names, years.size), dtype=object)
    when = pd.Series(np.tile(years, len(names)))
    strict = codes(grid, when, strict=True)
    lost = strict.isna().to_numpy()[place] & present
    if lost.any():
        strict = pd.concat([strict, codes(grid, when, strict=False)], ignore_index=True)
        place = place + len(grid) * lost
    return pd.Series(strict.array.take(place))


def _tiv_rows(
    lines: Sequence[str], header: Header, places: list[int], ledger: Ledger
) -> tuple[list[str], list[int], Array, Array, int]:
    """Names, lines, values and empty cells of the rows; each line is as many records as years."""
    names: list[str] = []
    good: list[str] = []
    at: list[int] = []
    read, separator, wanted = 0, header.separator, len(header.headings)
    years = [header.headings[i] for i in places]
    for number in range(header.line + 1, len(lines) - (not lines[-1])):
        line = lines[number]
        plain = '"' not in line
        fields = line.count(separator) + 1 if plain else len(split_fields(line, separator))
        name = (line.partition(separator)[0] if plain else split_fields(line, separator)[0]).strip()
        read += len(places)
        reason = ""
        if not line.strip(f'"{separator} '):
            reason = "blank line"
        elif fields != wanted:
            reason = f"expected {wanted} fields, found {fields}"
        elif fold_heading(name) == header.headings[0] and _is_header(
            split_fields(line, separator), header
        ):
            reason = "header repeated"
        elif not name:
            reason = "no name"
        if reason:
            ledger.add_many([number + 1] * len(places), reason, [line] * len(places), column=years)
        else:
            names.append(name)
            good.append(line)
            at.append(number + 1)
    table = _parsed(good, separator, wanted)
    value = np.empty((len(good), len(places)))
    empty = np.empty(value.shape, dtype=bool)
    for j, place in enumerate(places):
        column = table[place]
        if column.dtype.kind in "iuf":
            value[:, j] = column.to_numpy()
            empty[:, j] = np.isnan(value[:, j])
            continue
        value[:, j] = numbers(column)
        empty[:, j] = column.isna()
        if column.dtype.kind != "b":
            bare = [isinstance(cell, str) and not cell.strip() for cell in column]
            empty[:, j] |= np.array(bare, dtype=bool)
    return names, at, value, empty, read


def _is_header(fields: list[str], header: Header) -> bool:
    return tuple(fold_heading(field) for field in fields[:3]) == header.headings[:3]


def _parsed(lines: list[str], separator: str, fields: int) -> pd.DataFrame:
    """Cells of lines that all have their fields; numbers where a column holds nothing else."""
    if not lines:
        return pd.DataFrame(columns=range(fields), dtype=object)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                io.BytesIO("\n".join([*lines, ""]).encode()),
                sep=separator,
                lineterminator="\n",
                names=list(range(fields)),
                header=None,
                index_col=False,
                low_memory=False,
                keep_default_na=False,
                na_values=[""],
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        table = pd.DataFrame()
    if len(table) != len(lines):  # a stray quote swallowed a line
        rows = [split_fields(line, separator) for line in lines]
        table = pd.DataFrame(rows, columns=range(fields), dtype=object)
    return table


def _covered(years: Array, empty: Array, version: str, *, world: bool) -> Array:
    """Say which years the table covers."""
    covered = np.ones(years.size, dtype=bool)
    found = re.search(r"\b(?:19|20)\d\d\b", version)
    if found:
        covered &= years < int(found.group())
    filled = ~empty.all(axis=0)
    if world and filled.any():
        covered &= years <= years[filled].max()
    return covered
