"""The explanation of a score: what it says is what the frames say."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.base.errors import PanelError
from alignindex.scoring.explain import rule_text
from alignindex.spec import IndexSpec

nan = np.nan


def spec_of(*indicators, **changes):
    content = {
        "schema_version": 1, "name": "own index", "version": "7", "fidelity": "illustrative",
        "citation": "Nobody (2020). Nothing.", "missing": "renormalise",
        "indicators": list(indicators),
    }  # fmt: skip
    return IndexSpec.from_dict(content | changes)


VOTES = {"name": "votes", "title": "Votes cast", "columns": ["votes"], "rule": {"kind": "identity"}}
COUNT = {
    "name": "count",
    "columns": ["count"],
    "rule": {"kind": "thresholds", "cuts": [1, 3], "codes": [0, 0.5, 1]},
    "window": {"kind": "trailing_sum", "years": 3},
    "weight": 3.0,
}
LATE = {
    "name": "late",
    "columns": ["a", "b"],
    "rule": {"kind": "distance"},
    "years": {"first": 2014, "last": 2015},
    "states": ["ARM", "GEO"],
    "partners": ["RUS"],
}
SHARE = {
    "name": "arms",
    "columns": ["part", "whole"],
    "rule": {"kind": "share"},
    "window": {"kind": "trailing_sum", "years": 2},
}


def result_of(spec, rows):
    table = pd.DataFrame(rows)
    for column in spec.columns:
        if column not in table:
            table[column] = nan
    table = table.assign(state=table.get("state", "ARM"), partner=table.get("partner", "RUS"))
    return ai.score(ai.as_panel(table), spec)


def block(text, name):
    """Lines of one indicator, label by label."""
    lines = text.split("\n\n")
    found = next(part for part in lines if part.split("\n")[0].split(" · ")[0] == name)
    joined = re.sub(r"\n {11}(?=\S)", " ", found)
    return dict(line.strip().split(maxsplit=1) for line in joined.split("\n")[1:])


def test_head_and_foot():
    result = result_of(spec_of(VOTES), [{"year": 2013, "votes": 0.625}])
    lines = result.explain("ARM", "RUS", 2013).split("\n")
    assert lines[:3] == [
        "Alignment of ARM with RUS in 2013",
        "score 0.625 (possible 0.625 to 0.625), coverage 1.00",
        "index own index, version 7, fidelity: illustrative",
    ]
    assert "votes · Votes cast" in lines
    assert lines[-2].strip() == "data: the panel that was given"
    assert lines[-1].strip() == "Nobody (2020). Nothing."


def test_raw_values_by_year_of_the_window():
    rows = [{"year": 2011, "count": 1}, {"year": 2012, "count": 7}, {"year": 2014, "count": 0}]
    result = result_of(spec_of(COUNT), rows)
    # 2013 is no row: unobserved.
    parts = block(result.explain("ARM", "RUS", 2014), "count")
    assert parts["raw"] == "count 2012: 7, 2013: unknown, 2014: 0"
    assert (
        parts["rule"] == "sum over 3 years, every one observed; below 1: 0; from 1: 0.5; from 3: 1"
    )
    assert parts["code"] == "1.000"
    share = result_of(spec_of(SHARE), [{"year": 2013, "part": 1.5, "whole": 2}])
    parts = block(share.explain("ARM", "RUS", 2013), "arms")
    assert parts["raw"] == "part 2012: unknown, 2013: 1.5; whole 2012: unknown, 2013: 2"
    assert "part / whole, both summed over the years of the last 2" in parts["rule"]


def test_codes_weights_and_parts():
    result = result_of(
        spec_of(VOTES, COUNT | {"window": {"kind": "none"}}),
        [{"year": 2013, "votes": 0.25, "count": 2}],
    )
    text = result.explain("ARM", "RUS", 2013)
    # (0.25 + 3 · 0.5) / 4 = 0.4375
    assert "score 0.438 (possible 0.438 to 0.438)" in text
    votes, count = block(text, "votes"), block(text, "count")
    assert votes["code"] == "0.250"
    assert votes["weight"].startswith("0.25 of the full weight")
    assert votes["part"] == "+0.062 of the score"
    assert count["part"] == "+0.375 of the score"
    assert "+0.062 +0.375 = 0.438" in text
    assert "weighted mean; the weight of unknown codes goes to the others" in text


def test_what_is_unknown_and_what_it_could_change():
    rows = [{"year": 2013, "votes": 0.5, "count": 1}]
    result = result_of(spec_of(VOTES, COUNT, LATE), rows)
    count = block(result.explain("ARM", "RUS", 2013), "count")
    assert count["code"] == "unknown, between 0.5 and 1"
    # Of votes (1) and count (3), which apply in 2013, count has 3/4 of the weight.
    assert count["effect"] == "known, it could move the score by up to 0.375"
    row = result.scores.loc[("ARM", "RUS", 2013)]
    assert row["high"] - row["low"] == pytest.approx(0.375)


def test_effect_under_a_scale_and_under_other_aggregations():
    rows = [{"year": 2013, "votes": 0.5, "count": 1}]
    scaled = result_of(spec_of(VOTES, COUNT, scale=[-100, 100]), rows)
    assert "up to 75.000" in block(scaled.explain("ARM", "RUS", 2013), "count")["effect"]
    least = result_of(spec_of(VOTES, COUNT, aggregation="min"), rows)
    text = least.explain("ARM", "RUS", 2013)
    assert "score unknown (possible 0.500 to 0.500), coverage 0.25" in text
    assert "anywhere in a span of 0.000" in block(text, "count")["effect"]


def test_a_score_that_is_held_at_its_bound():
    rows = [{"year": 2013, "votes": 0.1, "count": 1}]
    text = result_of(spec_of(VOTES, COUNT), rows).explain("ARM", "RUS", 2013)
    # Votes alone say 0.1; the one event makes the count's code 0.5 at least: (0.1 + 1.5)/4 = 0.4.
    assert "score 0.400 (possible 0.400 to 0.775)" in text
    assert block(text, "count")["part"] == "+0.375 of the score, at the least, 0.5"
    assert "held at the least possible score" in re.sub(r"\s+", " ", text)
    assert "+0.025 +0.375 = 0.400" in text


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"year": 2013}, "the indicator begins in 2014"),
        ({"year": 2016}, "the indicator ends in 2015"),
        ({"year": 2014, "state": "AZE"}, "it is declared for the states ARM, GEO"),
        ({"year": 2014, "partner": "USA"}, "it is declared for the partners RUS"),
    ],
)
def test_why_an_indicator_does_not_apply(row, words):
    result = result_of(spec_of(VOTES, LATE), [{"votes": 0.5} | row])
    key = (row.get("state", "ARM"), row.get("partner", "RUS"), row["year"])
    parts = block(result.explain(*key), "late")
    assert parts["code"] == f"does not apply: {words}"
    assert "part" not in parts
    assert "weight" not in parts


def test_a_share_of_nothing():
    result = result_of(spec_of(VOTES, SHARE), [{"year": 2013, "votes": 0.5, "part": 0, "whole": 0}])
    text = result.explain("ARM", "RUS", 2013)
    assert "the whole is 0 in every observed year of the window" in block(text, "arms")["code"]
    assert "score 0.500" in text


def test_no_score_and_why():
    late = result_of(spec_of(LATE), [{"year": 2013}])
    assert "no score: no indicator applies" in late.explain("ARM", "RUS", 2013)
    thin = result_of(spec_of(VOTES, COUNT, min_coverage=0.5), [{"year": 2013, "votes": 0.5}])
    text = thin.explain("ARM", "RUS", 2013)
    assert (
        "no score: coverage 0.25 is under the 0.5 that the spec asks for (possible 0.125 to 0.875)"
    ) in text
    assert "=" not in text.split("together")[1].split("data:")[0]
    strict = result_of(spec_of(VOTES, COUNT, missing="propagate"), [{"year": 2013, "votes": 0.5}])
    text = strict.explain("ARM", "RUS", 2013)
    assert "score unknown (possible 0.125 to 0.875), coverage 0.25" in text
    assert "one unknown code makes the score unknown" in text


def test_contributions_from_a_reference():
    spec = spec_of(VOTES, VOTES | {"name": "other", "columns": ["other"]}, aggregation="geometric")
    text = result_of(spec, [{"year": 2013, "votes": 0.25, "other": 0.64}]).explain(
        "ARM", "RUS", 2013
    )
    # sqrt(0.25 · 0.64) = 0.4 = 1 - 0.45 - 0.15, by Shapley values
    assert "1.000 at the reference -0.450 -0.150 = 0.400" in text


@pytest.mark.parametrize(
    ("indicator", "text"),
    [
        (VOTES | {"reverse": True, "cut": 0.75},
         "votes as it is; turned round (1 - code); then 1 from 0.75 on, else 0"),
        (VOTES | {"window": {"kind": "trailing_mean", "years": 3, "min_years": 2}},
         "mean over 3 years, at least 2 observed; votes as it is"),
        (VOTES | {"window": {"kind": "last_known", "max_age": 4}},
         "latest value of the last 4 years; votes as it is"),
        (VOTES | {"rule": {"kind": "minmax", "lo": -1, "hi": 3, "clip": True}},
         "(votes - -1) / 4, kept within [0, 1]"),
        (VOTES | {"rule": {"kind": "levels", "codes": {"no": 0, "perhaps": [0, 0.5]}}},
         "no: 0; perhaps: unknown, 0 to 0.5"),
        (LATE, "1 - |a - b|"),
        (SHARE | {"window": {"kind": "none"}}, "part / whole"),
    ],
)  # fmt: skip
def test_rules_in_words(indicator, text):
    assert rule_text(spec_of(indicator).indicators[0]) == text


def test_every_number_of_the_bundled_explanations_is_that_of_the_frames():
    spec = ai.load_spec("erkomaishvili2019")
    result = ai.score(ai.load_panel("post_soviet"), spec)
    seen = 0
    for key in [
        ("ARM", "RUS", 2013),
        ("UKR", "RUS", 2015),
        ("KAZ", "USA", 2004),
        ("UZB", "CHN", 2020),
    ]:
        text = result.explain(*key)
        row = result.scores.loc[key]
        assert "fidelity: reconstructed" in text
        assert f"possible {row['low']:.3f} to {row['high']:.3f}" in text
        assert f"coverage {row['coverage']:.2f}" in text
        for name in result.codes:
            parts = block(text, name)
            code, share = result.codes.loc[key, name], result.contributions.loc[key, name]
            if not math.isnan(code):
                assert parts["code"] == f"{code:.3f}"
            elif result.applies.loc[key, name]:
                assert parts["code"].startswith("unknown, between")
            else:
                assert parts["code"].startswith("does not apply: ")
            assert ("part" in parts) == (not math.isnan(share))
            if not math.isnan(share):
                assert parts["part"].split()[0] == f"{share:+.3f}"
                seen += 1
        if not math.isnan(row["score"]):
            terms = [float(t) for t in re.findall(r"(?<= )[+-]\d\.\d{3}(?= [+=-])", text)]
            assert sum(terms) == pytest.approx(row["score"], abs=0.0026)
            assert f"= {row['score']:.3f}" in text
    assert seen > 8


def test_source_rows_stand_behind_the_bundled_panel_only():
    panel, spec = ai.load_panel("post_soviet"), ai.load_spec("erkomaishvili2019")
    text = ai.score(panel, spec).explain("ARM", "RUS", 2013)
    assert "data: bundled panel post_soviet" in text
    assert "arms_imports: 2013: 16 of 16 million TIV" in text
    assert "102nd Military Base" in text
    part = ai.score(panel.loc[["ARM"]], spec).explain("ARM", "RUS", 2013)
    assert part == text
    own = panel.copy()
    own.loc[("ARM", "RUS", 2013), "un_percentile"] = 0.5
    text = ai.score(own, spec).explain("ARM", "RUS", 2013)
    assert "data: the panel that was given" in text
    assert "  source" not in text


def test_the_tables_of_version_2_stand_behind_a_score_of_version_2():
    result = ai.score(ai.load_panel("post_soviet").loc[["ARM", "GEO"]], "alignindex2026")
    text = " ".join(result.explain("ARM", "RUS", 2024).split())
    # Depth: a bilateral exercise, one of six; the refusals of three years.
    assert "2020-09: Armenia-Russia exercise, September 2020" in text
    assert "bilateral [azatutyun.am 30825420; medium]" in text
    assert "Indestructible Brotherhood 2023, refused to host [" in text
    assert "2022-09-27: Interaction, Search and Echelon 2022, declined [el.kz 51087" in text
    # A report of low confidence is shown, and told not to count; a suspension counts in its parts.
    assert "Armenia-Russia exercise July 2020" in text
    assert "low]: not counted" in text
    assert "all exercises of the CSTO" not in text
    assert "unga_relative: 2024: agreement 0.678 over" in text
    assert "positions: ARM 2024: 0.458, by statement; votes: 78/316 abstain" in text
    assert "positions: ARM 2024-02-18: prime minister: the Alma-Ata declaration" in text
    assert (
        "strongest pledge by CST/CSTO;RUS treaty 1997, the part in its organisation frozen" in text
    )
    assert (
        "2022-09-13: Azerbaijan, attack on the territory of Armenia; appeal to organisation, "
        in text
    )
    text = " ".join(result.explain("GEO", "RUS", 2008).split())
    assert "hostility: 2008: war: " in text
    assert "hostility: 2008: occupation" not in text  # the war is the higher level of the year
    text = " ".join(result.explain("GEO", "RUS", 2023).split())
    assert "hostility: 2023: occupation: Abkhazia [" in text


def test_exercises_of_kinds_that_do_not_count_are_not_cited():
    events = ai.load_dataset("exercises").set_index("exercise_id")
    patrol = events[(events["kind"] == "patrol") & events["participants"].str.contains("CHN;RUS")]
    name = patrol[patrol["year"] == 2021]["name"].iloc[0]
    result = ai.score(ai.load_panel("post_soviet").loc[["CHN"]], "erkomaishvili2019")
    assert name not in " ".join(result.explain("CHN", "RUS", 2021).split())


def test_version_1_of_the_tables_stands_behind_version_1():
    result = ai.score(ai.load_panel("post_soviet/v1"), "erkomaishvili2019-v1")
    text = result.explain("ARM", "RUS", 2013)
    assert "data: bundled panel post_soviet/v1" in text
    assert "arms_imports: 2013: 16 of 16 million TIV [import_table_2022]" in text
    assert "unga_agreement: 2013: 60 shared roll calls, agreement 0.833" in text
    text = " ".join(result.explain("UZB", "RUS", 2022).split())
    assert "crimea: UZB 2022: position unknown, since not every vote was seen: 75/192" in text
    assert "position observed" not in text
    text = result.explain("GEO", "RUS", 1992)
    assert "1992: 0 shared roll calls\n" in text
    assert "nan" not in text
    assert "declined" not in result.explain("ARM", "RUS", 2022)  # refusals are of version 2


def test_what_is_declared_about_the_sources_stands_beside_their_rows():
    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    text = " ".join(result.explain("EST", "RUS", 2015).split())
    assert "exercises: coverage 2014, 2015: complete; zero: none: " in text
    assert "exercises: coverage 2013: none_found; none found: by the count of its fleet" in text
    assert "bases: coverage 2015: researched; presences compared" in text
    text = " ".join(result.explain("MDA", "RUS", 2015).split())
    assert "exercises: coverage 2011–2015: none_found; none found: two searches" in text
    text = " ".join(result.explain("EST", "RUS", 2001).split())
    assert "exercises: coverage 1999, 2000: count not known: finding none proves nothing" in text
    text = " ".join(result.explain("TKM", "RUS", 1993).split())
    assert "bases: coverage 1993: not researched in full" in text
    text = " ".join(result.explain("KAZ", "RUS", 2015).split())
    assert "exercises: coverage 2011–2015: at_least; lower bound: " in text
    assert "nan" not in result.explain("GEO", "RUS", 1992)


def test_a_dyad_year_that_is_not_there():
    result = result_of(spec_of(VOTES), [{"year": y, "votes": 0.5} for y in (2010, 2011, 2013)])
    with pytest.raises(PanelError, match=r"ARM–RUS from 2010 to 2013, but not 2012"):
        result.explain("ARM", "RUS", 2012)
    with pytest.raises(
        PanelError, match=r"state: 'AMR' not found \(did you mean 'ARM'\?\); there are ARM"
    ):
        result.explain("AMR", "RUS", 2010)
    with pytest.raises(PanelError, match=r"partner: 'RU' not found \(did you mean 'RUS'\?\)"):
        result.explain("ARM", "RU", 2010)
    with pytest.raises(PanelError, match="a year must be a whole number, such as 2013; got 'x'"):
        result.explain("ARM", "RUS", "x")
    both = result_of(
        spec_of(VOTES),
        [{"year": 2010, "votes": 0.5, "state": "ARM", "partner": "RUS"},
         {"year": 2010, "votes": 0.5, "state": "AZE", "partner": "TUR"}],
    )  # fmt: skip
    with pytest.raises(PanelError, match="no dyad ARM–TUR"):
        both.explain("ARM", "TUR", 2010)


def test_names_numbers_and_text_stand_for_codes():
    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    expected = result.explain("ARM", "RUS", 2013)
    assert result.explain("arm", "Russia", "2013") == expected
    assert result.explain("Armenia", 365, np.int64(2013)) == expected
    assert result.explain(371, "365", 2013) == expected


def test_numeric_actor_codes():
    result = result_of(spec_of(VOTES), [{"year": 2010, "votes": 0.5, "state": 371, "partner": 365}])
    assert "Alignment of 371 with 365 in 2010" in result.explain(371, 365, 2010)
    with pytest.raises(PanelError, match="371–365 from 2010 to 2010, but not 2011"):
        result.explain(371, 365, 2011)


def test_other_dyads_do_not_change_an_explanation():
    rows = [{"year": 2010, "votes": 0.5, "count": 1}, {"year": 2011, "votes": nan, "count": 2}]
    alone = result_of(spec_of(VOTES, COUNT), rows)
    others = [row | {"state": "AZE", "votes": 0.9} for row in rows]
    together = result_of(spec_of(VOTES, COUNT), [row | {"state": "ARM"} for row in rows] + others)
    assert together.explain("ARM", "RUS", 2011) == alone.explain("ARM", "RUS", 2011)
