"""TIV tables of SIPRI's arms transfers: a row for each partner, a column for each year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.errors import SourceError, first_three
from alignindex.sources._common import (
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
from alignindex.sources._sipri_common import CREDIT, codes, generated

TIV = Signature(
    "sipri.read_tiv_table",
    pattern=r'"?(recipient|supplier|(ex|im)ports by|)"?\s*[,;\t|]\s*"?(19|20)\d\d"?\s*([,;\t|]|$)',
)
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
        are set aside.

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
    lines = payload.text.split("\n")
    header = find_header(payload, lines, TIV)
    title, side, fixed = _sides(payload, lines[: header.line], header, rows, other)
    places = [i for i, name in enumerate(header.headings) if re.fullmatch(r"(19|20)\d\d", name)]
    years = np.array([int(header.headings[i]) for i in places])
    names, cells, at, read = _tiv_rows(lines, header, places, ledger)
    version = generated(lines[: header.line])
    covered = _covered(years, cells, names, version, world=fixed == "all")
    total = np.array([fold_heading(name).startswith("total") for name in names], dtype=bool)
    reasons = np.full(cells.shape, "", dtype=object)
    value = numbers(pd.Series(cells.ravel(), dtype=object).str.strip()).to_numpy()
    value = value.reshape(cells.shape)
    empty = np.array(np.char.strip(cells.astype(str)) == "", dtype=bool).reshape(cells.shape)
    reasons[(np.isnan(value) | (value < 0)) & ~empty] = "no TIV"
    reasons[:, ~covered] = "not yet covered"
    reasons[total, :] = "total"
    for reason in [r for r in ("total", "not yet covered", "no TIV") if (reasons == r).any()]:
        i, j = np.nonzero(reasons == reason)
        texts = [f"{names[a]}: {cells[a, b].strip()}" for a, b in zip(i, j, strict=True)]
        ledger.add_many(np.array(at)[i], reason, texts, column=[str(y) for y in years[j]])
    i, j = np.nonzero(reasons == "")
    own = pd.Series(np.array(names, dtype=object)[i], dtype=object)
    year = pd.Series(years[j], dtype=np.int64)
    none = pd.Series(empty[i, j])
    tiv = pd.Series(np.nan_to_num(value[i, j]))
    reported = np.where(none, "none", np.where(tiv == 0, "under_half", "amount"))
    code = codes(own, year, strict=True)
    code = code.where(code.notna() | none, codes(own, year, strict=False))
    against = pd.Series([fixed] * len(own), dtype=object)
    sides = {side: (code, own), _OTHER[side]: (codes(against, year, strict=False), against)}
    table = pd.DataFrame(
        {
            "recipient": sides["recipient"][0],
            "supplier": sides["supplier"][0],
            "recipient_name": sides["recipient"][1],
            "supplier_name": sides["supplier"][1],
            "year": year,
            "tiv": tiv,
            "reported": pd.Categorical(reported, ["none", "under_half", "amount"]),
        }
    )
    table = table.infer_objects()
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
        notes=(f"columns that are no year: {first_three(others)}",) if others else (),
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
        side = {"recipient": "recipient", "supplier": "supplier", "exports by": "supplier",
                "imports by": "recipient"}.get(header.headings[0])  # fmt: skip
    side = rows or side
    if side not in _OTHER:
        raise SourceError(
            f"{TIV.reader} expected in {payload.name} a title or first heading that tells whether "
            f"its rows are recipients or suppliers, got {header.headings[0]!r}; "
            "pass rows='recipient' or rows='supplier', and other='...' for the one actor"
        )
    return title, side, other or fixed


def _tiv_rows(
    lines: Sequence[str], header: Header, places: list[int], ledger: Ledger
) -> tuple[list[str], np.ndarray[Any, np.dtype[Any]], list[int], int]:
    """Names and year cells of the rows below the header; each line is as many records."""
    names: list[str] = []
    rows: list[list[str]] = []
    at: list[int] = []
    read = 0
    years = [header.headings[i] for i in places]
    for number in range(header.line + 1, len(lines) - (not lines[-1])):
        line = lines[number]
        fields = split_fields(line, header.separator)
        read += len(places)
        reason = ""
        if not line.strip(f'"{header.separator} '):
            reason = "blank line"
        elif len(fields) != len(header.headings):
            reason = f"expected {len(header.headings)} fields, found {len(fields)}"
        elif (
            fold_heading(fields[places[0]]) == years[0]
            and fold_heading(fields[-1]) == (header.headings[-1])
        ):
            reason = "header repeated"
        elif not fields[0].strip():
            reason = "no name"
        if reason:
            ledger.add_many([number + 1] * len(places), reason, [line] * len(places), column=years)
        else:
            names.append(fields[0].strip())
            rows.append([fields[i] for i in places])
            at.append(number + 1)
    cells = np.array(rows, dtype=object).reshape(len(rows), len(places))
    return names, cells, at, read


def _covered(
    years: np.ndarray[Any, np.dtype[Any]],
    cells: np.ndarray[Any, np.dtype[Any]],
    names: list[str],
    version: str,
    *,
    world: bool,
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say which years the table covers."""
    covered = np.ones(years.size, dtype=bool)
    found = re.search(r"\b(?:19|20)\d\d\b", version)
    if found:
        covered &= years < int(found.group())
    if world and names:
        filled = (np.char.strip(cells.astype(str)) != "").any(axis=0)
        if filled.any():
            covered &= years <= years[filled].max()
    return covered
