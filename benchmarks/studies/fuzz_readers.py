"""Fuzz the readers: broken files give named errors, bounded memory, and accounts that close.

Full run (20,000 mutated inputs a reader, from invented and, where present, published files):

    python benchmarks/studies/fuzz_readers.py --inputs 20000

Workbooks (.xlsx, .xls) are broken in their parts, cells and records as well as in their bytes;
each takes longer, and they get a tenth of the inputs. A run in instalments: ``--first 5000`` goes
on where 5,000 inputs ended.

The same code runs at small size in ``tests/sources/test_fuzz.py``.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import resource
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from alignindex.base.errors import AlignIndexError
from alignindex.sources import sipri, unga
from benchmarks.studies import fuzz_seeds as more
from benchmarks.studies import fuzz_workbooks as books

ROOT = Path(__file__).resolve().parents[2]

REGISTER = """Transfers of major conventional arms from All countries to All countries
Data generated: 1 Jul 2024 1:02:03 PM
Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,\
Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,\
SIPRI TIV for total order,SIPRI TIV of delivered weapons
Armenia,Russia,1996,?,8,,Thing-1,guided thing,8,?,1996; 1997,New,Part of deal,0.5,4,4
Armenia,Soviet Union,1990,,,,Thing-2,tank,5,,1991,Second hand,,1.25,,6.25
Georgia,Ukraine,2004,?,10,,Thing-3,APC,10,,2005,Second hand,Long comment
,0.4,4,4
Yemen,unknown supplier(s),2010,?,,,Thing-4,gun,,,,New,,,,
NATO**,United States,2001,,3,,Thing-5,AEW,3,,2003,New,,20,60,60
Hezbollah (Lebanon)*,Iran,2001,,3,?,Thing-6,SAM,3,?,2003,New,,0.1,0.3,0
"""
OLD_TABLE = """"TIV of arms exports to Armenia, 1990-1995",,,,,,
Figures are SIPRI Trend Indicator Values (TIVs) expressed in millions.,,,,,,
Generated: 22 April 2022,,,,,,
,1990,1991,1992,1993,1994,1995,Total
Russia,,,5,"1,200",0,3,1208
Ukraine,,,,,2,,2
Soviet Union,7,8,,,,,15
,,,,,,,,
Total,7,8,5,1200,2,3,1225
"""
NEW_TABLE = """Volume of transfers of major arms
Data generated: 13 Oct 2024 12:33:29 PM

Recipient,2021,2022,2023,2024,2021-2024,Percentage
Armenia,0 ,5,12,,17,10.0%
Libya HoR*,,1,,,1,0.5%
Serbia,3,,4,,7,4%
Total world import,3,6,16,,25,100%

"""
MILEX = """\ufeffCountry,Notes,1990,1991,1992,1993
Africa,,,,,
Algeria,§4,904.3,...,1252,"1,300.5"
Yemen,§,xxx,. .,12,
USSR,,100.5,xxx,xxx,xxx
Armenia,†,xxx,xxx,...,3.5
"""
VOTES = """rcid,session,vote,ccode,member,importantvote,date,unres,me,nu
3,1,1,2,1,0,1/1/1946,R/1/66,0,0
3,1,3,365,1,0,1/1/1946,R/1/66,0,0
4,68,2,705,1,1,3/27/2014,R/68/262,NA,1
4,68,8,703,1,1,3/27/2014,R/68/262,,1
5,69,9,347,NA,0,,"A, B",0,0
"""
UNDL = """undl_id,ms_code,ms_name,ms_vote,date,session,resolution,title,total_yes,total_no,\
total_abstentions
1,UKR,UKRAINE,Y,2014-03-27,68,A/RES/68/262,"Integrity, of Ukraine",1,1.0,1
1,RUS,RUSSIAN FEDERATION,N,2014-03-27,68,A/RES/68/262,"Integrity, of Ukraine",1,1.0,1
1,KAZ,KAZAKHSTAN,A,2014-03-27,68,A/RES/68/262,"Integrity, of Ukraine",1,1.0,1
1,KGZ,KYRGYZSTAN,X,2014-03-27,68,A/RES/68/262,"Integrity, of Ukraine",1,1.0,1
2,SUN,USSR,,1980-01-14,ES-6,A/RES/ES-6/2,The situation,,,
"""
IDEAL = """ccode,session,NVotes,IdealPoint,QO%,Q5%,Q50%,Q95%,Q100%
2,68,80,2.9,2.1,2.2,2.8,3.3,3.6
365,68,80,-0.9,-1.4,-1.2,-0.9,-0.5,-0.2
365,40,120,-2.1,-2.6,-2.4,-2.1,-1.8,-1.6
"""
POINTS = """ccode,iso3c,countryname,year,idealpointfp,idealpointall,idealpointlegacy,nvotesfp,qofp,\
q5fp,q50fp,q100fp,nvotesall
2,USA,United States,2013,2.9,2.8,2.7,80,2.1,2.2,2.85,3.5,90
260,DEU,Germany,1990,1,1,1,80,0.1,0.2,1,1.5,90
255,DEU,Germany,1990,1.1,1,1,80,0.1,0.2,1,1.5,90
"""
ISSUE = """ccode,session,NVotesHumanRights,IdealPointHumanRights,QO%HumanRights,Q5%HumanRights
2,68,9,1.5,1.2,1.3
365,68,9,-1.5,-1.2,-1.3
"""
WORDS = """rc_id,state_code,vote,date
R/1,USA,yes,2014-03-27
R/1,RUS,No,2014-03-27
R/2,KAZ,abstain,2014-03-28
R/2,KGZ,absent,2014-03-28
"""
DELIVERIES = """Transfers of major conventional arms
Data generated: 13 Apr 2024 3:44:54 PM
SIPRI AT Database ID,Supplier,Recipient,Designation,Description,Armament category,Order date,\
Order date is estimate,Numbers delivered,Numbers delivered is estimate,Delivery year,\
Delivery year is estimate,Status,SIPRI estimate,TIV deal unit,TIV delivery values,Local production
7,Russia,Armenia,T-1,tank,Armoured vehicles,1993,Yes,4,No,1994,No,New,1,1,4.25,No
7,Russia,Armenia,T-1,tank,Armoured vehicles,1993,Yes,2,Yes,1995,No,New,1,1,2.5,No
8,Soviet Union,Armenia,T-2,tank,Armoured vehicles,1990,No,1,No,1991,Yes,New,1,1,,Yes
"""
PADDED = f"""{REGISTER.split(chr(10))[2]};;;
Armenia,China,1996,,8,,Thing,gun,8,,1996,New,broken,,,;;;
,0.25,3.5,3.25,,,,,,,,,,,,;;;
Armenia,Russia,1996,,8,,Thing,gun,8,,1996,New,,0.5,4,4;;;
"""
AGREE = """ccode1,ccode2,agree,year
371,365,0.75,2013
365,371,0.75,2013
2,365,0.2,1980
"""

ODD = (b"", b"-9", b"1e309", b"9" * 20, b"NA", b"1.5", b'"', b"\xff", b"\xe2\x82", b"1,234")
Reader = Callable[[Any], Any]
READERS: dict[str, tuple[Reader, list[str | bytes]]] = {
    "sipri.read_trade_register": (sipri.read_trade_register, [REGISTER, DELIVERIES, PADDED]),
    "sipri.read_tiv_table": (sipri.read_tiv_table, [OLD_TABLE, NEW_TABLE]),
    "sipri.read_milex": (sipri.read_milex, [MILEX]),
    "unga.read_voeten": (unga.read_voeten, [VOTES, WORDS]),
    "unga.read_undl": (unga.read_undl, [UNDL]),
    "unga.read_ideal_points": (unga.read_ideal_points, [IDEAL, POINTS, ISSUE]),
    "unga.read_agreement": (unga.read_agreement, [AGREE]),
    **more.READERS,
}
_REAL = {
    "sipri.read_trade_register": [
        "sipri_at/trade-register_2024-10_extract.csv",
        "sipri_at/trade-register_deliveries_1990-2023.csv",
    ],
    "sipri.read_tiv_table": [
        "sipri_at/old_values_2022/TIV-Import-Armenia-1950-2021.csv",
        "sipri_at/import-export-values_1950-2024.csv",
    ],
    "sipri.read_milex": ["sipri_milex/SIPRI-Milex-Current-Dollars.csv"],
    "unga.read_voeten": ["unga/UNVotesPublished.csv.gz"],
    **more.REAL,
}


def packed(data: bytes) -> dict[str, bytes]:
    """The same content as gzip and zip, to be mutated as such."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("file.csv", (2024, 1, 1, 0, 0, 0)), data)
    return {"gzip": gzip.compress(data, mtime=0), "zip": out.getvalue()}


def seeds(name: str, sources: Path | None) -> list[bytes]:
    """Inputs to start from: invented ones, bare and packed, and beginnings of published files."""
    if name in books.READERS:
        return [books.READERS[name][1]()]
    bare = [seed if isinstance(seed, bytes) else seed.encode() for seed in READERS[name][1]]
    found = [*bare, *packed(bare[0]).values()]
    for file in _REAL.get(name, []) if sources is not None else []:
        path = sources / file  # type: ignore[operator]
        opener = gzip.open if file.endswith(".gz") else open
        with opener(path, "rb") as real:  # type: ignore[operator]
            found.append(real.read(6_000))
    return found


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Break an input in one to four ways."""
    for _ in range(int(rng.integers(1, 5))):
        data = _once(data, rng)
    return data


def _once(data: bytes, rng: np.random.Generator) -> bytes:
    size = len(data)
    if not size:
        return bytes(rng.integers(0, 256, 20, dtype=np.uint8))
    at = int(rng.integers(size))
    way = int(rng.integers(11))
    if way == 0:  # flip bytes
        out = bytearray(data)
        for place in rng.integers(size, size=int(rng.integers(1, 6))):
            out[place] = int(rng.integers(256))
        return bytes(out)
    if way == 1:  # cut the end, or a piece
        return data[:at] if rng.random() < 0.5 else data[:at] + data[at + int(rng.integers(40)) :]
    if way == 2:  # insert a newline, a quote or a separator
        return (
            data[:at]
            + [b"\n", b"\r\n", b"\r", b'"', b",", b";", b"\t"][int(rng.integers(7))]
            + data[at:]
        )
    if way == 3:  # change the separator, everywhere or at one place
        old, new = b",", [b";", b"\t", b"|", b" "][int(rng.integers(4))]
        return (
            data.replace(old, new)
            if rng.random() < 0.5
            else data[:at] + data[at:].replace(old, new, 1)
        )
    lines = data.split(b"\n")
    i, j = (int(k) for k in rng.integers(len(lines), size=2))
    if way == 4:
        lines[i], lines[j] = lines[j], lines[i]
    elif way == 5:
        lines.insert(j, lines[i])
    elif way == 6:
        del lines[i]
    elif way == 7:  # swap two fields of a line
        fields = lines[i].split(b",")
        a, b = rng.integers(len(fields), size=2)
        fields[a], fields[b] = fields[b], fields[a]
        lines[i] = b",".join(fields)
    elif way == 8:  # put something odd in a field
        fields = lines[i].split(b",")
        odd = [
            b"",
            b"-9",
            b"1e309",
            b"99999999999999999999",
            b"NA",
            b"1.5",
            b'"',
            b"\xff",
            b"\xe2\x82",
        ]
        fields[int(rng.integers(len(fields)))] = odd[int(rng.integers(len(odd)))]
        lines[i] = b",".join(fields)
    elif way == 9:  # another encoding
        return data.decode("latin-1").encode(["utf-16", "utf-8-sig", "utf-8"][int(rng.integers(3))])
    else:  # repeat a part many times
        return data[:at] + data[at : at + 30] * int(rng.integers(50)) + data[at:]
    return b"\n".join(lines)


def outcome(reader: Reader, data: bytes) -> str:
    """Read one input; return what came of it, or raise if it is not what may come."""
    try:
        table, info = reader(io.BytesIO(data))
    except AlignIndexError as problem:
        if len(str(problem)) > 3_000:
            raise AssertionError(f"a message of {len(str(problem))} characters") from problem
        return "refused"
    rejected = info.rejected
    if info.rows_read != len(table) + len(rejected):
        raise AssertionError(f"{info.rows_read} != {len(table)} + {len(rejected)}")
    if not (rejected["reason"].str.len() > 0).all():
        raise AssertionError("rejected without a reason")
    return "rejected" if len(rejected) else "read"


def run(name: str, inputs: int, seed: int, sources: Path | None, *, first: int = 0) -> Counter[str]:
    """Read mutated inputs, numbered from ``first``, and count the outcomes."""
    workbook = name in books.READERS
    reader = books.READERS[name][0] if workbook else READERS[name][0]
    start = seeds(name, sources)
    outcomes: Counter[str] = Counter()
    for number in range(first, first + inputs):
        rng = np.random.default_rng([seed, number])
        given = start[number % len(start)]
        data = books.mutate(given, rng, mutate) if workbook else mutate(given, rng)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                outcomes[outcome(reader, data)] += 1
        except Exception as problem:
            raise AssertionError(
                f"{name}, seed {seed}, input {number}: {type(problem).__name__}: {problem}"
            ) from problem
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="mutated inputs a reader")
    parser.add_argument("--scale", type=float, default=1.0, help="share of these inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--reader", choices=[*READERS, *books.READERS], action="append")
    options = parser.parse_args()
    named = os.environ.get("ALIGNINDEX_SOURCES")
    folder = Path(named) if named else ROOT.parent / "shared" / "sources"
    sources = folder if folder.is_dir() else None
    for name in options.reader or [*READERS, *books.READERS]:
        share = options.scale * (0.1 if name in books.READERS else 1)
        inputs, first = round(options.inputs * share), round(options.first * share)
        found = run(name, inputs, options.seed, sources, first=first)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:<28} {dict(sorted(found.items()))}  peak memory {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
