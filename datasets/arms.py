"""Derive the imports of major arms (version 2) from two forms of SIPRI's trade register.

1992–2023 come from the register by delivery of April 2024: one line per delivery and year, with
its own volume. 2024 comes from the register of deals of October 2025: one volume per deal,
split evenly over its years of delivery. ``seam`` lays both forms side by side on the years that
both cover. Version 1 (``arms_imports/v1``) stays in ``from_published.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from from_published import ARMS_NAMES, FIRST_YEAR, PARTNERS, STATES

SUPPLIERS = (
    "RUS", "USA", "CHN", "TUR", "FRA", "ISR", "IRN", "IND", "BLR", "UKR", "DEU", "POL", "KOR",
)  # fmt: skip
SUPPLIER_NAMES = ARMS_NAMES | {
    "France": "FRA", "Israel": "ISR", "Iran": "IRN", "India": "IND", "Germany": "DEU",
    "Poland": "POL", "South Korea": "KOR",
}  # fmt: skip
BY_DELIVERY = "trade-register_deliveries_1990-2023.csv"
BY_DEAL = "trade-register_2025-10.csv"
DELIVERED_TO = 2023  # last year of the register by delivery
LAST_YEAR = 2024  # last year in which the register of deals lists a delivery
SEAM_YEARS = range(2019, DELIVERED_TO + 1)
SOVIET_TO = 1991  # from 1992 on the register writes Russia

# Volume, and the part of it that rests on an even split, by recipient, supplier and year.
Volumes = dict[tuple[str, str, int], tuple[float, float]]
# Recipient, supplier, year, volume, whether the volume was split over several years.
Delivery = tuple[str, str, int, float, bool]


def arms_imports(folder: Path) -> pd.DataFrame:
    """Yearly arms imports by recipient and supplier, with the recipient's total."""
    delivered = by_delivery(folder)
    deals = by_deal(folder)
    rows = []
    for recipient in STATES:
        for supplier in SUPPLIERS:
            if supplier == recipient:
                continue
            for year in range(FIRST_YEAR, LAST_YEAR + 1):
                exact = year <= DELIVERED_TO
                found = delivered if exact else deals
                cells: list[object] = []
                splits = []
                for source in (supplier, "Total"):
                    volume = found.get((recipient, source, year))
                    if volume is None:  # inside coverage, no line is an observed none
                        cells += [0.0, "none"]
                        splits.append(0.0)
                    else:
                        cells += [volume[0], "amount" if volume[0] > 0 else "under_half"]
                        splits.append(volume[1])
                basis = "register_by_delivery_2024" if exact else "register_2025_even_split"
                rows.append((recipient, supplier, year, *cells, *splits, basis))
    names = ["recipient", "supplier", "year", "tiv", "tiv_reported", "tiv_total",
             "total_reported", "tiv_split", "total_split", "basis"]  # fmt: skip
    key = ["recipient", "supplier", "year"]
    return pd.DataFrame(rows, columns=names).sort_values(key, ignore_index=True)


def seam(folder: Path) -> pd.DataFrame:
    """Five-year volumes and shares 2019–2023 of the four partners, in both forms of the register.

    A share is the supplier's volume over the recipient's total, both summed over the five years;
    it is empty where the recipient imported nothing.
    """
    forms = {"delivery": by_delivery(folder), "deal": by_deal(folder)}
    rows = []
    for recipient in STATES:
        for supplier in PARTNERS:
            if supplier == recipient:
                continue
            cells: list[float] = []
            for volumes in forms.values():
                own, total = (
                    math.fsum(volumes.get((recipient, source, y), (0.0,))[0] for y in SEAM_YEARS)
                    for source in (supplier, "Total")
                )
                cells += [own, total, own / total if total else math.nan]
            rows.append((recipient, supplier, *cells))
    names = ["recipient", "supplier"]
    names += [f"{what}_{form}" for form in forms for what in ("tiv", "total", "share")]
    return pd.DataFrame(rows, columns=names).sort_values(names[:2], ignore_index=True)


def by_delivery(folder: Path) -> Volumes:
    """Volume by recipient, supplier and year, from the register by delivery."""
    path = folder / "sipri_at" / BY_DELIVERY
    return _summed(_deliveries(path, _records(path, "SIPRI AT Database ID,")))


def by_deal(folder: Path) -> Volumes:
    """Volume by recipient, supplier and year, each deal split evenly over its delivery years."""
    path = folder / "sipri_at" / BY_DEAL
    return _summed(_deals(path, _records(path, "Recipient,Supplier,")))


def _records(path: Path, heading: str) -> list[dict[str, str]]:
    """Lines of a register as records; a record torn by a raw line end is stitched together."""
    lines = path.read_text(encoding="iso-8859-1").replace("\r\n", "\n").split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith(heading))
    names = [name.strip() for name in lines[start].split(",")]
    records = []
    held = ""
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if not line.strip():
            continue
        held += line
        fields = held.split(",")
        if len(fields) < len(names):
            continue
        if len(fields) > len(names):
            raise ValueError(f"{path.name}, line {number}: {len(fields)} of {len(names)} fields")
        records.append(dict(zip(names, fields, strict=True)))
        held = ""
    if held:
        raise ValueError(f"{path.name}: the last record has too few fields: {held[:60]!r}")
    return records


def _deliveries(path: Path, records: Sequence[dict[str, str]]) -> Iterator[Delivery]:
    for record in records:
        years = (int(record["Delivery year"]),)
        yield from _parts(path, record, years, float(record["TIV delivery values"]))


def _deals(path: Path, records: Sequence[dict[str, str]]) -> Iterator[Delivery]:
    for record in records:
        years = tuple(int(y) for y in record["Year(s) of delivery"].split(";") if y.strip())
        if years:
            yield from _parts(path, record, years, float(record["SIPRI TIV of delivered weapons"]))


def _parts(
    path: Path, record: dict[str, str], years: Sequence[int], volume: float
) -> Iterator[Delivery]:
    """Equal parts of one volume by year; nothing for recipients outside the set."""
    names = [record["Recipient"], record["Supplier"]]
    # A star marks whoever is not a state: "Ukraine Rebels*" must not be matched with Ukraine.
    if names[0].endswith("*") or names[0] not in ARMS_NAMES:
        return
    if names[1] == "Soviet Union" and max(years) > SOVIET_TO:
        raise ValueError(f"{path.name}: {names[0]} from the Soviet Union in {max(years)}")
    for year in years:
        supplier = SUPPLIER_NAMES.get(names[1], names[1])
        yield ARMS_NAMES[names[0]], supplier, year, volume / len(years), len(years) > 1


def _summed(parts: Iterator[Delivery]) -> Volumes:
    """Sums by recipient, supplier and year, and by recipient and year under ``Total``."""
    volumes: dict[tuple[str, str, int], list[float]] = {}
    splits: dict[tuple[str, str, int], list[float]] = {}
    for recipient, supplier, year, volume, split in parts:
        for source in (supplier, "Total"):
            volumes.setdefault((recipient, source, year), []).append(volume)
            splits.setdefault((recipient, source, year), []).append(volume if split else 0.0)
    # fsum: the table must not depend on the order of the register's lines.
    return {key: (math.fsum(values), math.fsum(splits[key])) for key, values in volumes.items()}


PUBLISHED = {"arms_imports": arms_imports, "arms_imports/seam": seam}
FILES = {"arms_imports/seam": "arms_imports/seam.csv", "arms_imports/v1": "arms_imports/v1.csv"}
TABLE_KEYS = {
    "arms_imports": ["recipient", "supplier", "year"],
    "arms_imports/seam": ["recipient", "supplier"],
    "arms_imports/v1": ["recipient", "supplier", "year"],
}
