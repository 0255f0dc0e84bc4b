"""Roll calls of the General Assembly from three published files, and what follows from them.

The library's file of 2025 lists adopted resolutions; the release of 2021 also lists rejected
drafts, paragraphs and amendments, to January 2020; that of 2017 says who was absent. A roll call
of the release that is one of the library's is recognised by its votes, since its numbers and days
are not always right. The other records are added under kinds of their own.
"""

from __future__ import annotations

import lzma
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignindex import states

SOURCE_FOLDERS = ("unga", "unga_2025")
LIBRARY = Path("unga_2025", "undl_votes_1946-2025.csv.gz")
RELEASE = Path("unga", "unga_votes.parquet")
ROLLCALLS = Path("unga", "unga_rollcalls.parquet")
RELEASE_2017 = Path("unga", "UNVotesPublished.csv.gz")

YES, ABSTAIN, NO, ABSENT, ILLEGIBLE = 1, 2, 3, 4, 5  # 0: not in the list of that roll call
LETTERS = {"Y": YES, "A": ABSTAIN, "N": NO, "X": ABSENT, "": ILLEGIBLE}
WORDS = {0: "not listed", YES: "yes", ABSTAIN: "abstain", NO: "no", ABSENT: "not voting"}
ISSUES = ("me", "nu", "di", "hr", "co", "ec")
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
SAME_VOTE = 0.93  # least share of equal votes of two records of one roll call
TWICE = 0.98  # from this share on, a second record under one number may be a duplicate
CHINA_FROM = "1971-10-26"  # the seat changed hands after the votes of the evening before
DAYS_FROM = 2003  # from this year on the release's days are right (99 %); before, only its months
RESOLUTION_NUMBERS_FROM = 26  # session from which the release's numbers are those of resolutions
XZ = {"format": lzma.FORMAT_XZ, "check": lzma.CHECK_CRC64, "preset": 9 | lzma.PRESET_EXTREME}


class Sources(NamedTuple):
    """Roll calls of both families, their votes as matrices, and which of them are the same."""

    library: pd.DataFrame  # rcid, date, meeting, symbol, key
    release: pd.DataFrame  # rcid, session, date, unres, flags, key, year
    states: list[str]
    library_votes: np.ndarray  # (library, states)
    release_votes: np.ndarray  # (release, states)
    listed: np.ndarray  # (release,) whether the release of 2017 lists who was absent
    pairs: pd.DataFrame  # library, release (row numbers), equal, shared


@lru_cache(maxsize=1)
def read(folder: Path) -> Sources:
    """Read the three files and match their roll calls."""
    table = pd.read_csv(folder / LIBRARY, dtype=str, keep_default_na=False)
    table["year"] = table["date"].str[:4].astype(int)
    names = table[["ms_name", "year"]].drop_duplicates(ignore_index=True)
    names["state"] = states.resolve(names["ms_name"], system="un", year=names["year"])
    table = table.merge(names, on=["ms_name", "year"], how="left")
    taipei = (table["ms_name"] == "CHINA") & (table["date"] < CHINA_FROM)
    table.loc[taipei, "state"] = "TWN"  # a name alone means its bearer on 31 December
    library = table.drop_duplicates("undl_id")[["undl_id", "date", "meeting", "resolution"]]
    library = pd.DataFrame(
        {
            "rcid": library["undl_id"].astype(int),
            "date": library["date"],
            "meeting": library["meeting"].map(_meeting),
            "symbol": library["resolution"],
            "key": library["resolution"].map(_library_key),
        }
    ).reset_index(drop=True)

    release = pd.read_parquet(folder / ROLLCALLS)
    release["year"] = release["date"].dt.year
    release["key"] = release["unres"].map(_release_key)
    votes = pd.read_parquet(folder / RELEASE, columns=["rcid", "ccode", "vote"])
    older = pd.read_csv(folder / RELEASE_2017, usecols=["rcid", "ccode", "vote"])
    votes, older = (_with_states(part, release) for part in (votes, older))
    listed = release["rcid"].isin(older["rcid"]).to_numpy()
    older = older[older["vote"] != 9]  # not a member
    # Both releases have the same votes; the older one also has the absences as they were listed.
    votes = pd.concat([older, votes[~votes["rcid"].isin(older["rcid"])]])
    votes["vote"] = votes["vote"].replace({8: ABSENT})

    every = sorted(set(names["state"]) | set(votes["state"]))
    own = _matrix(table["undl_id"].astype(int), table["state"], table["ms_vote"].map(LETTERS),
                  library["rcid"], every)  # fmt: skip
    other = _matrix(votes["rcid"], votes["state"], votes["vote"], release["rcid"], every)
    return Sources(library, release, every, own, other, listed,
                   _same(library, release, own, other))  # fmt: skip


def _with_states(votes: pd.DataFrame, release: pd.DataFrame) -> pd.DataFrame:
    """Give votes under COW codes their states; those of a state's eve and absences of others
    than members are left out.
    """
    year = votes["rcid"].map(release.set_index("rcid")["year"])
    pairs = pd.DataFrame({"ccode": votes["ccode"], "year": year}).drop_duplicates()
    pairs["state"] = states.resolve(
        pairs["ccode"], system="cow", year=pairs["year"], unknown="missing"
    )
    # The votes of 1991 are over before the Soviet Union is; a code means its bearer of 31 December.
    pairs.loc[(pairs["ccode"] == 365) & (pairs["year"] == 1991), "state"] = "SUN"
    members = {
        (state, year)
        for year in pairs["year"].unique()
        for state in states.members(int(year), system="un")["iso3"]
    }
    pairs["member"] = [key in members for key in zip(pairs["state"], pairs["year"], strict=True)]
    votes = votes.assign(year=year).merge(pairs, on=["ccode", "year"], how="left")
    union = set(release.loc[release["date"].between("2006-01-01", "2006-06-03"), "rcid"])
    votes.loc[(votes["ccode"] == 345) & votes["rcid"].isin(union), "state"] = "SCG"
    held = votes["state"].notna() & (votes["member"] | votes["vote"].isin([1, 2, 3]))
    return votes[held].drop(columns=["year", "member"])


def _matrix(
    rcid: pd.Series, state: pd.Series, vote: pd.Series, calls: pd.Series, every: list[str]
) -> np.ndarray:
    """Votes as (roll calls, states)."""
    votes = np.zeros((len(calls), len(every)), dtype=np.uint8)
    votes[pd.Index(calls).get_indexer(rcid), pd.Index(every).get_indexer(state)] = vote
    return votes


def _meeting(text: str) -> str:
    """Symbol of a meeting, without blanks that are there by chance."""
    text = re.sub(r"PV\.\s+", "PV.", text.strip())
    return "" if text == "N/A" else text


def _roman(text: str) -> int:
    values = [ROMAN[letter] for letter in text]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def _library_key(symbol: str) -> tuple[int, int, str] | None:
    """Session, number and letter of a resolution of a regular session."""
    if found := re.match(r"A/RES/(\d+)/(\d+)\s*\[?([A-Z]?)", symbol):
        return int(found[1]), int(found[2]), found[3]
    if found := re.match(r"A/RES/(\d+)\s*([A-Z]?)\(([IVXL]+)\)(?:\[([A-Z])\])?", symbol):
        return _roman(found[3]), int(found[1]), found[2] or found[4] or ""
    return None


def _release_key(symbol: str) -> tuple[int, int, str] | None:
    found = re.match(r"(?:R|A/RES)/(\d+)[/ ](\d+)([A-Z]?)", symbol)
    return (int(found[1]), int(found[2]), found[3]) if found else None


def _same(
    library: pd.DataFrame, release: pd.DataFrame, own: np.ndarray, other: np.ndarray
) -> pd.DataFrame:
    """Pair the records of one roll call: equal votes first, then number and day.

    A pair shares at least `SAME_VOTE` of the votes cast in either, its years differ by at most
    one, and each record is in one pair: the best pairs are taken first.
    """
    cast, cast_other = _cast(own), _cast(other)
    days = pd.to_datetime(library["date"]).to_numpy("datetime64[D]")
    days_other = release["date"].to_numpy("datetime64[D]")
    year = days.astype("datetime64[Y]").astype(int)
    year_other = days_other.astype("datetime64[Y]").astype(int)
    parts = []
    for this in np.unique(year):
        i, j = np.flatnonzero(year == this), np.flatnonzero(np.abs(year_other - this) <= 1)
        equal = np.zeros((len(i), len(j)), dtype=np.float32)
        for vote in (YES, ABSTAIN, NO):
            equal += (own[i] == vote).astype(np.float32) @ (other[j] == vote).T.astype(np.float32)
        sizes = cast[i].sum(axis=1)[:, None] + cast_other[j].sum(axis=1)[None]
        share = 2.0 * equal / np.maximum(sizes, 1)
        a, b = np.nonzero(share >= SAME_VOTE)
        parts.append(pd.DataFrame({"library": i[a], "release": j[b], "share": share[a, b],
                                   "equal": equal[a, b].astype(int)}))  # fmt: skip
    pairs = pd.concat(parts, ignore_index=True)
    a, b = pairs["library"].to_numpy(), pairs["release"].to_numpy()
    keys, keys_other = library["key"].to_numpy(), release["key"].to_numpy()
    number = np.array(
        [0.0 if not x or not y or x[:2] != y[:2] else 0.05 if x == y else 0.03
         for x, y in zip(keys[a], keys_other[b], strict=True)]
    )  # fmt: skip
    apart = np.abs((days[a] - days_other[b]).astype(int))
    day = np.where(apart <= 1, 0.03, np.where(apart <= 10, 0.01, 0.0))
    pairs["score"] = pairs["share"] + number + day
    pairs["shared"] = (cast[a] & cast_other[b]).sum(axis=1)
    pairs = pairs.sort_values(["score", "library", "release"], ascending=[False, True, True])
    taken: tuple[set[int], set[int]] = (set(), set())
    kept = []
    for row, i, j in zip(pairs.index, pairs["library"], pairs["release"], strict=True):
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            kept.append(row)
    return pairs.loc[kept, ["library", "release", "equal", "shared"]].sort_values(
        "library", ignore_index=True
    )


def _cast(votes: np.ndarray) -> np.ndarray:
    return (votes >= YES) & (votes <= NO)


# ---------------------------------------------------------------------------------------
# The tables
def _session(symbol: str, date: str) -> int:
    """Regular session of an adopted resolution; a special one belongs to that of its day."""
    if key := _library_key(symbol):
        return key[0]
    return int(date[:4]) - (1945 if date[5:] >= "09-14" else 1946) or 1


def _kinds(found: Sources) -> pd.Series:
    """Kind of each roll call that only the release has.

    ``disputed`` is what may be a second record of an adopted resolution: it has the number of one
    that has no other record in the release, or of one with nearly the same votes.
    """
    left = ~found.release.index.isin(found.pairs["release"])
    calls = found.release[left]
    alone = set(found.library.index.difference(found.pairs["library"]))
    where = {key: row for row, key in found.library["key"].dropna().items()}

    def second(j: int) -> bool:
        i = where.get(calls.at[j, "key"])
        if i is None or calls.at[j, "session"] < RESOLUTION_NUMBERS_FROM:
            return False
        own, theirs = found.library_votes[i], found.release_votes[j]
        equal = 2 * ((own == theirs) & _cast(own)).sum() / (_cast(own).sum() + _cast(theirs).sum())
        return i in alone or bool(equal >= TWICE)

    amendment, paragraph = ((calls[flag] == 1).fillna(False) for flag in ("amend", "para"))
    disputed = pd.Series([second(j) for j in calls.index], index=calls.index)
    kind = np.select(
        [amendment, paragraph, disputed], ["amendment", "paragraph", "disputed"], "other"
    )
    return pd.Series(kind, index=calls.index)


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Roll calls, states, and what the sources disagree on."""
    found = read(folder)
    calls, votes = _combined(found)
    years = calls["date"].str[:4].astype(int).to_numpy()
    here = [votes[:, column] > 0 for column in range(len(found.states))]
    listing = pd.DataFrame(
        {
            "state": found.states,
            "first": [int(years[rows].min()) for rows in here],
            "last": [int(years[rows].max()) for rows in here],
            "rollcalls": [int(rows.sum()) for rows in here],
        }
    )
    return {
        "unga_votes": calls,
        "unga_votes/states": listing,
        "unga_votes/disagreements": disagreements(found),
        "unga_votes/numbering": numbering(found),
    }


def matrix(folder: Path) -> bytes:
    """The votes as bytes, state by state, compressed."""
    return lzma.compress(np.ascontiguousarray(_combined(read(folder))[1].T).tobytes(), **XZ)


def _combined(found: Sources) -> tuple[pd.DataFrame, np.ndarray]:
    """All roll calls in the order of the table: adopted ones first, each part by day."""
    library, kinds = found.library, _kinds(found)
    matched = found.release.loc[found.pairs["release"]].set_index(found.pairs["library"])
    adopted = pd.DataFrame(
        {
            "rcid": library["rcid"],
            "kind": "adopted",
            "session": [_session(*row) for row in zip(library["symbol"], library["date"],
                                                       strict=True)],
            "date": library["date"],
            "meeting": library["meeting"],
            "symbol": library["symbol"],
            "absences": "listed",
            "release_rcid": matched["rcid"].reindex(library.index).astype("Int64"),
        }
    )  # fmt: skip
    rest = found.release.loc[kinds.index]
    days = rest["date"].dt.strftime("%Y-%m-%d")
    added = pd.DataFrame(
        {
            "rcid": rest["rcid"].astype(int),
            "kind": kinds,
            "session": rest["session"].astype(int),
            "date": days.where(rest["year"] >= DAYS_FROM, days.str[:7]),
            "meeting": "",
            "symbol": rest["unres"],
            "absences": np.where(found.listed[kinds.index], "listed", "inferred"),
            "release_rcid": rest["rcid"].astype("Int64"),
        }
    )
    for flag in ("importantvote", *ISSUES):
        adopted[flag] = matched[flag].reindex(library.index).astype("Int64")
        added[flag] = rest[flag].astype("Int64")
    orders = [part.sort_values(["date", "rcid"]).index for part in (adopted, added)]
    calls = pd.concat([adopted.loc[orders[0]], added.loc[orders[1]]], ignore_index=True)
    for name in ("meeting", "symbol"):
        calls[name] = calls[name].where(calls[name] != "", np.nan)
    votes = np.vstack([found.library_votes[orders[0]], found.release_votes[orders[1]]])
    return calls.rename(columns={"importantvote": "important"}), votes


def disagreements(found: Sources) -> pd.DataFrame:
    """Votes that the library and the release record differently on the same roll call."""
    at, other = (found.pairs[name].to_numpy() for name in ("library", "release"))
    own, theirs = found.library_votes[at], found.release_votes[other]
    differ = (own != theirs) & (_cast(own) | _cast(theirs))
    differ &= own != ILLEGIBLE
    row, column = np.nonzero(differ)
    table = pd.DataFrame(
        {
            "rcid": found.library["rcid"].to_numpy()[at[row]],
            "date": found.library["date"].to_numpy()[at[row]],
            "symbol": found.library["symbol"].to_numpy()[at[row]],
            "state": np.array(found.states)[column],
            "library": [WORDS[int(vote)] for vote in own[row, column]],
            "release_2021": [WORDS[int(vote)] for vote in theirs[row, column]],
        }
    )
    return table.sort_values(["date", "rcid", "state"], ignore_index=True)


def numbering(found: Sources) -> pd.DataFrame:
    """Resolution numbers that stand for different votes in the library and in the release."""
    keys = found.library["key"]
    partner = found.pairs.set_index("release")["library"]
    mate = found.pairs.set_index("library")["release"]
    kinds = _kinds(found)
    where = {key: row for row, key in keys.dropna().items()}
    rows = []
    for j, key in found.release["key"].items():
        session = found.release.at[j, "session"]
        i = where.get(key)
        if i is None or session < RESOLUTION_NUMBERS_FROM or partner.get(j) == i:
            continue
        if kinds.get(j) in ("amendment", "paragraph") or (j in partner and partner[j] == i):
            continue
        own, theirs = found.library_votes[i], found.release_votes[j]
        both = _cast(own) & _cast(theirs)
        if j in partner:
            if keys[partner[j]] == key:
                continue  # parts of one resolution, which the numbers do not tell apart
            finding = f"the release's votes are those of {found.library.at[partner[j], 'symbol']}"
        elif kinds[j] == "disputed" and i in mate:
            finding = "the release has two records of these votes under this number"
        elif kinds[j] == "disputed":
            finding = "no other record of this resolution: the library's votes are kept"
        else:
            finding = "the resolution is in both; this is another vote under its number"
        rows.append(
            (found.library.at[i, "rcid"], found.library.at[i, "symbol"],
             int(found.release.at[j, "rcid"]), found.release.at[j, "unres"],
             int(both.sum()), int((own == theirs)[both].sum()),
             float(found.release.at[mate[i], "rcid"]) if i in mate else np.nan, finding)
        )  # fmt: skip
    names = ["rcid", "symbol", "release_rcid", "release_symbol", "shared", "equal",
             "release_rcid_of_same_votes", "finding"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names).sort_values(["rcid", "release_rcid"])
    table["release_rcid_of_same_votes"] = table["release_rcid_of_same_votes"].astype("Int64")
    return table.reset_index(drop=True)


MATRIX = "unga_votes/votes.xz"
FILES = {
    "unga_votes/states": "unga_votes/states.csv",
    "unga_votes/disagreements": "unga_votes/disagreements.csv",
    "unga_votes/numbering": "unga_votes/numbering.csv",
}
TABLE_KEYS = {
    "unga_votes": ["rcid"],
    "unga_votes/states": ["state"],
    "unga_votes/disagreements": ["rcid", "state"],
    "unga_votes/numbering": ["rcid", "release_rcid"],
}
PUBLISHED = {name: (lambda folder, name=name: tables(folder)[name]) for name in TABLE_KEYS}
