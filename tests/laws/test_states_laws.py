"""Laws of the resolver: it is its slow twin, and knows nothing of order, length or chunks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex import states
from benchmarks.twins import states as slow

TABLE = slow.read_table()
SPOKEN = {
    system: sorted({row["value"] for row in TABLE if row["system"] in tiers})
    for system, tiers in slow.SPEAKERS.items()
}
YEARS = st.integers(1816, 2030)


def pairs(system: str) -> st.SearchStrategy[list[tuple[str, int]]]:
    strange = st.sampled_from(["Atlantis", "Russia*", "France**", "", "999"])
    return st.lists(
        st.tuples(st.one_of(st.sampled_from(SPOKEN[system]), strange), YEARS),
        min_size=1,
        max_size=12,
    )


@pytest.mark.parametrize("system", sorted(set(SPOKEN) - {"sipri"}))
@given(data=st.data())
def test_equals_its_slow_twin(system: str, data: st.DataObject) -> None:
    drawn = data.draw(pairs(system))
    values, years = [value for value, _ in drawn], [year for _, year in drawn]
    fast = states.resolve(values, system=system, year=years, unknown="missing")
    twin = [slow.resolve_one(TABLE, v, system, y) if not v.endswith("*") else "" for v, y in drawn]
    assert fast.fillna("").tolist() == twin
    undated = states.resolve(values, system=system, unknown="missing")
    assert undated.fillna("").tolist() == [
        slow.resolve_one(TABLE, v, system, None) if not v.endswith("*") else "" for v in values
    ]


@pytest.mark.parametrize("to", ["cow", "gw", "name"])
@given(
    actors=st.lists(
        st.tuples(st.sampled_from(sorted(states.known())), YEARS), min_size=1, max_size=12
    )
)
def test_answers_equal_the_slow_twin(to: str, actors: list[tuple[str, int]]) -> None:
    codes, years = [code for code, _ in actors], [year for _, year in actors]
    alive = states.resolve(codes, system="iso3", year=years, unknown="missing")
    fast = states.resolve(codes, system="iso3", year=years, to=to, unknown="missing")
    for code, year, lives, given_back in zip(codes, years, alive, fast, strict=True):
        twin = slow.answer_one(TABLE, code, to, year) if lives == code else ""
        assert ("" if pd.isna(given_back) else str(given_back)) == twin


@given(drawn=pairs("any"), seed=st.integers(0, 2**32 - 1))
def test_order_and_company_do_not_matter(drawn: list[tuple[str, int]], seed: int) -> None:
    values = pd.Series([value for value, _ in drawn], dtype=object)
    years = pd.Series([year for _, year in drawn])
    together = states.resolve(values, year=years, unknown="missing")
    order = np.random.default_rng(seed).permutation(len(values))
    shuffled = states.resolve(values.iloc[order], year=years.iloc[order], unknown="missing")
    pd.testing.assert_series_equal(shuffled.sort_index(), together, check_dtype=False)
    for i, (value, year) in enumerate(drawn):
        alone = states.resolve([value], year=year, unknown="missing")[0]
        assert alone == together[i] or (pd.isna(alone) and pd.isna(together[i]))


@given(code=st.sampled_from(sorted(states.known())), year=YEARS)
def test_own_code_is_a_fixed_point(code: str, year: int) -> None:
    assert states.resolve(code, system="iso3") == code
    found = states.resolve([code], system="iso3", year=year, unknown="missing")[0]
    assert pd.isna(found) or found == code


@given(code=st.sampled_from(sorted(states.known())), year=YEARS)
def test_the_name_given_back_names_the_actor(code: str, year: int) -> None:
    if pd.isna(states.resolve([code], system="iso3", year=year, unknown="missing")[0]):
        return
    name = states.resolve(code, system="iso3", year=year, to="name")
    assert states.resolve(name, system="name", year=year) == code


@given(
    name=st.sampled_from(SPOKEN["name"]),
    upper=st.booleans(),
    padding=st.sampled_from(["", " ", "\t"]),
)
def test_case_and_blanks_do_not_matter(name: str, upper: bool, padding: str) -> None:
    written = padding + (name.upper() if upper else name.lower()) + padding
    expected = states.resolve([name], system="name", unknown="missing")[0]
    found = states.resolve([written], system="name", unknown="missing")[0]
    assert found == expected or (pd.isna(found) and pd.isna(expected))
