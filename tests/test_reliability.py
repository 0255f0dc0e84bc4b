"""The front of coder reliability: input, options, errors, oracles, codebooks."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import alignindex as ai
from alignindex import reliability as rel
from alignindex import robustness
from alignindex.base.errors import AlignIndexError, OutputError

TABLE = pd.DataFrame(
    {"X": [0, 1, 1, 2, None], "Y": [0, 1, 2, 2, 1], "Z": [0, 0, None, 2, 1]}, index=list("abcde")
)
NAMES = TABLE.replace({0: "a", 1: "b", 2: "c"})


# --- input ---------------------------------------------------------------------------------------


def test_long_rows_are_the_same_table():
    long = TABLE.rename_axis("unit").reset_index().melt("unit", var_name="coder").dropna()
    one = rel.krippendorff_alpha(TABLE, scale="interval", rng=1)
    other = rel.krippendorff_alpha(long, scale="interval", rng=1)
    np.testing.assert_array_equal(one.draws, other.draws)
    renamed = long.rename(columns={"coder": "who"})
    pd.testing.assert_frame_equal(
        rel.as_ratings(renamed, coder="who"), TABLE, check_names=False, check_dtype=False
    )


def test_units_of_several_columns():
    rows = pd.DataFrame(
        [("ARM", 2001, "X", 1), ("ARM", 2002, "X", 0), ("ARM", 2001, "Y", 1)],
        columns=["state", "year", "who", "code"],
    )
    table = rel.as_ratings(rows, unit=["state", "year"], coder="who", value="code")
    assert table.index.names == ["state", "year"]
    assert table.loc[("ARM", 2001)].tolist() == [1, 1]
    assert np.isnan(table.loc[("ARM", 2002), "Y"])


@pytest.mark.parametrize("dtype", ["float64", "Float64", "Int64", object])
def test_kinds_of_columns_do_not_matter(dtype):
    one = rel.krippendorff_alpha(TABLE, scale="ordinal", draws=0)
    assert rel.krippendorff_alpha(TABLE.astype(dtype), scale="ordinal", draws=0) == one


def test_categories_and_declared_levels_give_an_order():
    names = TABLE.replace({0: "none", 1: "facility", 2: "base"})
    order = ["none", "facility", "base"]
    one = rel.krippendorff_alpha(TABLE, scale="ordinal", draws=0).value
    assert rel.krippendorff_alpha(names, scale="ordinal", levels=order, draws=0).value == one
    kind = pd.CategoricalDtype(order, ordered=True)
    assert rel.krippendorff_alpha(names.astype(kind), scale="ordinal", draws=0).value == one


def test_ac_depends_on_declared_levels_and_kappa_does_not():
    wider = {"levels": [0, 1, 2, 3], "draws": 0}
    assert rel.gwet_ac(TABLE, **wider).value > rel.gwet_ac(TABLE, draws=0).value
    assert rel.fleiss_kappa(TABLE, **wider) == rel.fleiss_kappa(TABLE, draws=0)


def test_own_weights():
    linear = pd.DataFrame(1 - np.abs(np.subtract.outer(range(3), range(3))) / 2)
    turned = linear.loc[[2, 0, 1], [1, 2, 0]]
    one = rel.gwet_ac(TABLE, weights="linear", draws=0).value
    assert rel.gwet_ac(TABLE, weights=turned, draws=0).value == pytest.approx(one)


def test_a_rare_level_upsets_kappa_and_not_ac():
    table = pd.DataFrame({"X": [1, 0] + [0] * 98, "Y": [0, 1] + [0] * 98})
    assert rel.cohen_kappa(table, draws=0).value == pytest.approx(-1 / 99)
    assert rel.gwet_ac(table, draws=0).value == pytest.approx(0.9602 / 0.9802)


BAD = [
    ([[1, 2]], {}, r"must be a DataFrame.*got list"),
    (TABLE[["X"]], {}, r"at least two coders; ratings have the columns \['X'\].*as_ratings"),
    (TABLE.iloc[:, [0, 0, 1]], {}, r"every coder must have one column; these have several: 'X'"),
    (TABLE.set_axis(list("aabbc")), {}, r"every unit must have one row.*'a'; 'b'"),
    (TABLE * np.nan, {}, r"no rating at all"),
    (TABLE.loc[["a"]].assign(Y=None, Z=None), {}, r"none of the 1 units has two ratings"),
    (
        TABLE.astype(object).replace({2: "two"}),
        {},
        r"finite numbers or else text.*'two' by coder 'X' of unit 'd'; .*\(4 in all\)",
    ),
    (TABLE.replace({2: np.inf}), {}, r"finite numbers.*inf by coder 'X' of unit 'd'"),
    (TABLE, {"levels": [0, 1]}, r"\[0, 1\]; 4 are not: 2 by coder 'Y' of unit 'c'; .*1 more"),
    (TABLE, {"levels": [0, 2, 1]}, r"must ascend; got \[0, 2, 1\]"),
    (TABLE, {"levels": [0, 1, 1, 2]}, r"levels must be different"),
    (TABLE, {"scale": "ordinl"}, r"scale takes .*did you mean 'ordinal'\?"),
    (NAMES, {"scale": "ordinal"}, r"need an order.*levels="),
    (NAMES, {"scale": "interval"}, r"must be numbers.*Take ordinal"),
    (TABLE - 1, {"scale": "ratio"}, r"count from zero; the minimum is -1"),
    (TABLE, {"level": 95}, r"level must be.*got 95"),
    (TABLE, {"draws": -1}, "draws must be .* got -1"),
    (TABLE, {"draws": 1.5}, r"draws must be .* got 1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("ratings", "options", "message"), BAD)
def test_bad_ratings_and_options(ratings, options, message):
    with pytest.raises(AlignIndexError, match=message):
        rel.krippendorff_alpha(ratings, **options)


LONG = pd.DataFrame({"unit": ["a", "a", "b"], "coder": ["X", "Y", "X"], "value": [1, 2, 1]})


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (None, {}, r"got NoneType"),
        (LONG, {"coder": "Coder"}, r"one column 'Coder' \(did you mean 'coder'\?\)"),
        (LONG.assign(coder=["X", None, "X"]), {}, r"1 rows lack one: row 2"),
        (LONG.assign(coder="X"), {}, r"rated again: \('a', 'X'\)"),
        (LONG, {"value": "unit"}, r"must be different columns"),
    ],
)
def test_bad_rows(rows, options, message):
    with pytest.raises(AlignIndexError, match=message):
        rel.as_ratings(rows, **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rel.cohen_kappa(TABLE), r"about two coders; got 3.*pairwise"),
        (lambda: rel.cohen_kappa(TABLE, coders=("X", "W")), r"coders must be two of .*got 'W'"),
        (lambda: rel.gwet_ac(TABLE, weights="quadratic"), r"weights takes .* got 'quadratic'"),
        (lambda: rel.gwet_ac(NAMES, weights="linear"),
         r"linear weights need an order"),
        (lambda: rel.gwet_ac(TABLE, weights=pd.DataFrame(np.eye(2))), r"one row and one column"),
        (lambda: rel.gwet_ac(TABLE, weights=pd.DataFrame(np.tri(3))), r"must be symmetric"),
        (lambda: rel.confusion(TABLE, reference=[0]), r"Series of values by unit"),
        (lambda: rel.confusion(TABLE, reference=pd.Series([0, 1])), r"each unit once"),
        (lambda: rel.bias(TABLE, reference=pd.Series(9, list("abcde"))), r"has 9; 9; 9; and 2"),
        (lambda: rel.bias(TABLE, reference=pd.DataFrame(0.5, list("abcde"), [0, 1])),
         r"one column for each of the levels"),
        (lambda: rel.bias(TABLE, reference=pd.DataFrame(0.5, list("abcde"), [0, 1, 2])),
         r"must sum to 1; not so for 'a': \[0.5, 0.5, 0.5\]"),
        (lambda: rel.dawid_skene(TABLE[["X", "Y"]]), r"three readings or more; the most here is 2"),
        (lambda: rel.dawid_skene(TABLE, coder_of={"W": "X"}), r"coder_of names columns 'W'"),
        (lambda: rel.dawid_skene(TABLE, smoothing=-1), r"number of readings"),
        (lambda: rel.dawid_skene(TABLE, tolerance=0), r"tolerance must be"),
        (lambda: rel.dawid_skene(TABLE, max_iterations=0), r"max_iterations must be .* got 0"),
    ],
)  # fmt: skip
def test_bad_calls(call, message):
    with pytest.raises(AlignIndexError, match=message):
        call()


# --- coefficients --------------------------------------------------------------------------------


def test_the_interval_is_the_percentiles_of_its_draws():
    found = rel.krippendorff_alpha(TABLE, level=0.8, draws=200, rng=3)
    drawn = found.draws[~np.isnan(found.draws)]
    assert (found.lower, found.upper) == tuple(np.quantile(drawn, [0.1, 0.9]))
    assert found.undefined == 200 - len(drawn) > 0
    again = rel.krippendorff_alpha(TABLE, level=0.8, draws=200, rng=3)
    np.testing.assert_array_equal(found.draws, again.draws)
    assert float(found) == found.value


def test_the_bootstrap_has_the_spread_of_repeated_samples():
    """Its standard error against that of alpha over fresh samples of the same process."""

    def sample(rng, n=300):
        truth = rng.integers(3, size=(n, 1))
        return pd.DataFrame(np.where(rng.random((n, 3)) < 0.7, truth, rng.integers(3, size=(n, 3))))

    rng = np.random.default_rng(8)
    fresh = [rel.krippendorff_alpha(sample(rng), draws=0).value for _ in range(400)]
    drawn = rel.krippendorff_alpha(sample(rng), draws=2000, rng=1).draws
    assert drawn.std() / np.std(fresh) == pytest.approx(1, abs=0.15)


@pytest.mark.oracle
def test_statsmodels_and_sklearn():
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    truth = rng.integers(4, size=(200, 1))
    codes = np.where(rng.random((200, 5)) < 0.6, truth, rng.integers(4, size=(200, 5)))
    table = pd.DataFrame(codes)
    counted, _ = inter_rater.aggregate_raters(codes)
    assert rel.fleiss_kappa(table, draws=0).value == pytest.approx(
        inter_rater.fleiss_kappa(counted), rel=1e-12
    )
    pair = {"coders": (1, 3), "draws": 0}
    crossed = pd.crosstab(table[1], table[3]).to_numpy()
    for ours, theirs in (("nominal", None), ("linear", "linear"), ("squared", "quadratic")):
        found = rel.cohen_kappa(table, weights=ours, **pair).value
        wanted = metrics.cohen_kappa_score(codes[:, 1], codes[:, 3], weights=theirs)
        assert found == pytest.approx(wanted, rel=1e-12)
        kind = {"wt": theirs} if theirs else {}
        squared = inter_rater.cohens_kappa(crossed, return_results=False, **kind)
        assert found == pytest.approx(squared, rel=1e-12)
    shares = rel.confusion(table, reference=pd.Series(truth[:, 0])).loc[2]
    np.testing.assert_array_equal(shares, metrics.confusion_matrix(truth[:, 0], codes[:, 2]))


# --- coders and true codes -----------------------------------------------------------------------


def simulated(n=4000, seed=6):
    """Three levels; the last coder calls half of level 2 level 1."""
    rng = np.random.default_rng(seed)
    share = np.array([0.6, 0.25, 0.15])
    truth = rng.choice(3, size=n, p=share)
    good = np.array([[0.9, 0.08, 0.02], [0.1, 0.85, 0.05], [0.05, 0.05, 0.9]])
    poor = np.array([[0.9, 0.08, 0.02], [0.1, 0.85, 0.05], [0.1, 0.5, 0.4]])
    rates = [good, good, good, poor]
    given_by = {
        name: (rng.random(n)[:, None] > rate[truth].cumsum(axis=1)).sum(axis=1)
        for name, rate in zip("ABCD", rates, strict=True)
    }
    return pd.DataFrame(given_by), pd.Series(truth), share, rates


def test_true_codes_are_found_again():
    table, truth, share, rates = simulated()
    fit = rel.dawid_skene(table)
    assert fit.converged
    assert fit.doubtful == ()
    # Four standard errors of a share of 600 units, the rarest level, are 0.08.
    np.testing.assert_allclose(fit.prevalence, share, atol=0.04)
    np.testing.assert_allclose(fit.confusion, np.concatenate(rates), atol=0.08)
    assert (fit.codes() == truth).mean() > (table["A"] == truth).mean() + 0.03
    sure = fit.probabilities.max(axis=1)
    right = fit.codes() == truth
    assert sure.mean() == pytest.approx(right.mean(), abs=0.01)  # calibrated


def test_bias_shows_who_leans():
    table, truth, *_ = simulated()
    leaning = rel.bias(table, reference=truth)
    assert leaning.loc["D", "mean"] < leaning.loc["A", "mean"] - 0.05
    assert leaning.loc["D", "surplus_2"] < -0.05 < leaning.loc["A", "surplus_2"]
    np.testing.assert_allclose(leaning["mean"], table.sub(truth, axis=0).mean(), atol=1e-12)
    np.testing.assert_allclose(leaning["se"], table.sub(truth, axis=0).sem(), rtol=1e-10)
    np.testing.assert_allclose(leaning["absolute"], table.sub(truth, axis=0).abs().mean())
    found = rel.bias(table, reference=rel.dawid_skene(table).probabilities)
    np.testing.assert_allclose(found["mean"], leaning["mean"], atol=0.04)
    assert found["mean"].idxmin() == "D"


def test_repeated_readings_share_their_coder():
    table, *_ = simulated(300)
    fit = rel.dawid_skene(table, coder_of={"A": "Q", "B": "Q"})
    assert list(fit.ratings.items()) == [("Q", 600), ("C", 300), ("D", 300)]
    assert set(fit.confusion.index.get_level_values("coder")) == {"Q", "C", "D"}


def test_what_cannot_be_known_is_unknown():
    table = pd.DataFrame(
        {"X": [0, 0, 1, None], "Y": [0, 0, 1, None], "Z": [0, 0, None, None]}, index=list("abcd")
    )
    fit = rel.dawid_skene(table, levels=[0, 1, 2])
    assert fit.probabilities.loc["d"].isna().all()
    assert fit.prevalence[2] == 0
    assert fit.doubtful == (2,)
    assert fit.confusion.loc[("Z", 1)].isna().all()  # Z rated nothing that may be a 1
    assert fit.codes().iloc[:3].tolist() == [0, 0, 1]
    assert pd.isna(fit.codes().iloc[3])


def test_exchanged_labels_are_called_doubtful():
    """Most coders take 1 for 0 and 0 for 1, except where they are right by the start."""
    table = pd.DataFrame({name: [0] * 30 for name in "XYZ"})
    fit = rel.dawid_skene(table, levels=[0, 1])
    assert fit.doubtful == (1,)


def test_em_that_does_not_rest_says_so():
    table, *_ = simulated(200)
    with pytest.warns(RuntimeWarning, match=r"2 iterations.*max_iterations"):
        fit = rel.dawid_skene(table, max_iterations=2)
    assert not fit.converged


def test_true_codes_feed_uncertainty():
    """Both forms that `uncertainty` takes: a confusion matrix, and probabilities by dyad-year."""
    panel = ai.load_panel("post_soviet").loc[["ARM", "GEO"]]
    result = ai.score(panel, "erkomaishvili2019")
    codes = result.codes["bases"].dropna()
    rng = np.random.default_rng(9)
    table = pd.DataFrame(
        {
            name: np.where(rng.random(len(codes)) < 0.9, codes, rng.choice([0, 0.5, 1], len(codes)))
            for name in "XYZ"
        },
        index=codes.index,
    )
    fit = rel.dawid_skene(table, levels=[0.0, 0.5, 1.0], smoothing=1)
    for source in (fit.pooled(), fit.confusion.loc["X"], fit.probabilities):
        sure = robustness.uncertainty(
            result, draws=50, weights=None, missing=None, coders={"bases": source}, rng=1
        )
        spread = sure.scores.filter(like="q").dropna()
        assert (spread.iloc[:, -1] > spread.iloc[:, 0]).any()


# --- codebook ------------------------------------------------------------------------------------

BOOK = rel.Codebook(
    name="bases",
    question="Does the state host forces,\nwith its consent?",
    levels=(
        rel.Level(name="none", code=0.0, anchor="No presence; or one without consent"),
        rel.Level(name="facility", code=0.1 + 0.2, anchor='A radar, a range, a "complex"'),
        rel.Level(name="base", code=1.0, anchor="Ground, air or naval"),
    ),
)
UNIT = ("state", "partner", "year")


def coded(unit, coder, value=None, missing=None, **more):
    return rel.CodedUnit(unit=unit, coder=coder, value=value, missing=missing, **more)


SHEET = rel.CodingSheet(
    codebook=BOOK,
    unit=UNIT,
    rows=(
        coded(("ARM", "RUS", "2001"), "X", "base", source="treaty, 1995",
              date=datetime.date(2024, 2, 29), confidence=1 / 3, note='"Gyumri"\nsee annex'),
        coded(("ARM", "RUS", "2001"), "Y", "facility"),
        coded(("GEO", "RUS", "2001"), "X", missing="contested", confidence=0.0),
        coded(("GEO", "RUS", "2001"), "Y", "none"),
        coded(("GEO", "USA", "1990"), "X", missing="not_applicable"),
        coded(("GEO", "USA", "1990"), "Y", missing="unknown"),
        coded(("GEO", "USA", "2001"), "Y", missing="not_coded"),
    ),
)  # fmt: skip


def test_codebook_and_sheet_come_back_as_written(tmp_path):
    rel.write_codebook(BOOK, tmp_path / "book.csv")
    assert rel.read_codebook(tmp_path / "book.csv") == BOOK
    rel.write_codings(SHEET, tmp_path / "codes.csv")
    assert rel.read_codings(tmp_path / "codes.csv", BOOK) == SHEET
    assert b"\r" not in (tmp_path / "codes.csv").read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        rel.write_codings(SHEET, tmp_path / "codes.csv")
    rel.write_codings(SHEET, tmp_path / "codes.csv", force=True)


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@settings(max_examples=100)
@given(
    rows=st.lists(
        st.tuples(TEXT, TEXT, st.sampled_from(BOOK.names), TEXT, TEXT, st.none() | st.floats(0, 1)),
        min_size=1,
        max_size=4,
        unique_by=lambda row: row[:2],
    )
)
def test_any_sheet_that_can_be_built_comes_back(rows, tmp_path_factory):
    try:
        sheet = rel.CodingSheet(
            codebook=BOOK,
            rows=tuple(
                coded((unit,), coder, value, source=source, note=note, confidence=sure)
                for unit, coder, value, source, note, sure in rows
            ),
        )
    except ValidationError:
        return
    path = tmp_path_factory.mktemp("sheet") / "codes.csv"
    rel.write_codings(sheet, path)
    assert rel.read_codings(path, BOOK) == sheet


def test_missing_codes_are_kept_apart_and_are_no_ratings():
    table = SHEET.ratings()
    assert table.index.names == list(UNIT)
    assert table.index.get_level_values("year").tolist() == [2001, 2001, 1990, 2001]
    assert table.isna().sum().to_dict() == {"X": 3, "Y": 2}
    counted = SHEET.missing()
    assert counted.loc["X"].to_dict() == {
        "value": 1, "unknown": 0, "not_applicable": 1, "not_coded": 0, "contested": 1
    }  # fmt: skip
    assert counted.loc["Y", ["unknown", "not_coded"]].tolist() == [1, 1]
    assert rel.krippendorff_alpha(table, scale="ordinal", draws=0).n_units == 1
    kept = SHEET.ratings(keep=["not_applicable", "unknown"])
    assert kept.loc[("GEO", "USA", 1990)].tolist() == ["not_applicable", "unknown"]
    assert rel.krippendorff_alpha(kept, draws=0).n_units == 2
    with pytest.raises(AlignIndexError, match="need an order"):
        rel.krippendorff_alpha(kept, scale="ordinal")
    with pytest.raises(AlignIndexError, match="keep names reasons"):
        SHEET.ratings(keep=["nothing"])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: coded(("a",), "X"), r"either a value or the reason"),
        (lambda: coded(("a",), "X", "base", "unknown"), r"either a value or the reason"),
        (lambda: coded(("a",), "X", "base", confidence=2.0), r"less than or equal to 1"),
        (lambda: coded((" a",), "X", "base"), r"match pattern"),
        (lambda: coded(("a",), "X", "base", note="\x00"), r"match pattern"),
        (lambda: rel.CodingSheet(codebook=BOOK, rows=(coded(("a",), "X", "bases"),)),
         r"must be levels of codebook 'bases'.*did you mean 'base'\?"),
        (lambda: rel.CodingSheet(codebook=BOOK, rows=(coded(("a", "b"), "X", "base"),)),
         r"a unit has the parts \('unit',\)"),
        (lambda: rel.CodingSheet(codebook=BOOK, rows=(coded(("a",), "X", "base"),) * 2),
         r"coded again: \(\('a',\), 'X'\)"),
        (lambda: rel.CodingSheet(codebook=BOOK, unit=("coder",)), r"must have different names"),
        (lambda: rel.Codebook(name="a", question="b", levels=BOOK.levels[:1] * 2), r"several have"),
        (lambda: rel.Codebook(name="a", question="b", levels=(
            BOOK.levels[0], rel.Level(name="unknown", anchor="?"))), r"name the levels otherwise"),
    ],
)  # fmt: skip
def test_bad_codebooks(build, message):
    with pytest.raises(ValidationError, match=message):
        build()


HEAD = "unit,coder,value,missing,source,date,confidence,note\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"header and at least one row"),
        (HEAD, r"header and at least one row"),
        ("unit,coder,value\na,X,base\n", r"it lacks \['missing', 'source'"),
        (HEAD.removeprefix("unit,") + "X,base,,,,,\n", r"needs a column that names the unit"),
        (HEAD + "a,X,base\n", r"must have 8 cells as the header has; line 2 has 3"),
        (HEAD + "a,X,,,,,,\n", r"1 wrong rows: line 2: .*either a value or the reason"),
        (HEAD + "a,X,,unkown,,,,\n", r"line 2: missing must be one of .*did you mean 'unknown'"),
        (HEAD + "a,X,base,,,29.2.2024,,\n", r"date must be YYYY-MM-DD; got '29.2.2024'"),
        (HEAD + "a,X,base,,,,high,\n", r"confidence must be a number in \[0, 1\].*'high'"),
        (HEAD + "a,X,base,,,,nan,\n", r"line 2: confidence"),
        (HEAD + "a,X,bas,,,,,\n", r"must be levels of codebook.*did you mean 'base'"),
        (HEAD + 'a,X,"base,,,,,\n', r"is not CSV"),
        (HEAD + "".join(f"{c},X,,,,,,\n" for c in "abcde"), r"5 wrong rows: .*; and 2 more"),
    ],
)
def test_bad_sheets(tmp_path, text, message):
    path = tmp_path / "codes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AlignIndexError, match=message):
        rel.read_codings(path, BOOK)


def test_bad_files(tmp_path):
    with pytest.raises(AlignIndexError, match="cannot be read: No such file"):
        rel.read_codebook(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("codebook\né\n".encode("latin-1"))
    with pytest.raises(AlignIndexError, match="must be UTF-8; byte 10 is not"):
        rel.read_codebook(tmp_path / "latin.csv")
    head = "codebook,question,level,code,anchor\n"
    (tmp_path / "two.csv").write_text(head + "a,q,x,0,y\nb,q,z,1,y\n")
    with pytest.raises(AlignIndexError, match=r"must hold one codebook.*got 2"):
        rel.read_codebook(tmp_path / "two.csv")
    (tmp_path / "one.csv").write_text(head + "a,q,x,3,y\n")
    with pytest.raises(AlignIndexError, match=r"line 2: code: .*less than or equal to 1"):
        rel.read_codebook(tmp_path / "one.csv")


THREE = pd.DataFrame({"A": [1, 2, 3, 3], "B": [1, 2, 3, 2], "C": [1, 2, 2, 3]})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rel.krippendorff_alpha(THREE, rng="a"), "rng must be a whole number .* got 'a'"),
        (lambda: rel.krippendorff_alpha(THREE, rng=-1), "rng must be .* got -1"),
        (lambda: rel.gwet_ac(THREE, rng=True), "rng must be .* got True"),
        (lambda: rel.fleiss_kappa(THREE, level="x"), "level must be"),
        (lambda: rel.krippendorff_alpha(THREE, levels=3), "levels must be a list of every value"),
        (lambda: rel.krippendorff_alpha(THREE, levels="123"), "levels must be a list .* '123'"),
        (lambda: rel.dawid_skene(THREE, coder_of=3), "coder_of is a mapping from column"),
        (lambda: rel.dawid_skene(THREE, smoothing="a"), "smoothing must be a number"),
        (lambda: rel.dawid_skene(THREE, smoothing=True), "smoothing must be a number"),
        (lambda: rel.dawid_skene(THREE, tolerance="a"), "tolerance must be"),
        (lambda: rel.read_codebook(3), "path must be the name of a CSV file; got 3"),
        (lambda: rel.read_codings("x.csv", 3), "codebook must be a Codebook; got 3"),
        (lambda: rel.write_codebook(3, "x.csv"), "book must be a Codebook; got 3"),
        (lambda: rel.write_codings(BOOK, "x.csv"), "sheet must be a CodingSheet"),
    ],
)
def test_an_argument_of_a_wrong_kind_is_named(call, message):
    with pytest.raises(AlignIndexError, match=message):
        call()


def test_a_matrix_with_a_level_without_units_is_filled_by_smoothing():
    fit = rel.dawid_skene(THREE, levels=[1, 2, 3, 4])
    assert fit.pooled().loc[4].isna().all()
    assert rel.dawid_skene(THREE, levels=[1, 2, 3, 4], smoothing=1).pooled().notna().all(axis=None)
