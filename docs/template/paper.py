"""A paper in one command: from raw files to tables, figures and a manifest.

    python paper.py --out out
    python paper.py --out out --arms trade-register.csv --arms-years 1992 2023 \
                    --votes UNVotesPublished.csv.gz --votes-years 1992 2019

Without files the bundled panel is scored. A SIPRI trade register replaces its columns on arms, a
file of roll calls those on votes; the rest stays bundled. Copy this script into your project,
change what stands under STUDY, and keep the manifest with the paper.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import alignindex as ai
from alignindex import dynamics, indicators, plot, robustness, similarity, sources
from alignindex.data import dataset_info

# --- STUDY: what is asked, of whom, and how ---------------------------------------------------
SPEC = "erkomaishvili2019"  # or the path of your own TOML file
STATES = ("ARM", "BLR", "GEO", "KAZ", "UKR", "UZB")
PARTNERS = ("RUS", "USA", "CHN", "TUR")
YEARS = (1992, 2023)
BEFORE, AFTER = 2012, 2019  # the change that is looked at
SEED = 1
DRAWS = 2000


# --- data -------------------------------------------------------------------------------------
def panel_of(
    arms: Path | None,
    arms_years: Sequence[int] | None,
    votes: Path | None,
    votes_years: Sequence[int] | None,
) -> tuple[pd.DataFrame, frozenset[str]]:
    """The panel, and which of its columns are made from the files given."""
    bundled = ai.load_panel("post_soviet")
    here = bundled.index.get_level_values("state").isin(STATES)
    there = bundled.index.get_level_values("partner").isin(PARTNERS)
    bundled = bundled[here & there]
    if arms is None and votes is None:
        return bundled, frozenset()
    made: list[indicators.Column] = []
    if arms is not None:
        # The register must hold every transfer to these states: no row then means none.
        deals, _ = sources.sipri.read_trade_register(arms)
        # The register lists every deal: a state without one received nothing.
        covered = indicators.Coverage(*arms_years, exhaustive=True)
        made += [c for c in indicators.arms(deals, coverage=covered) if c.name != "arms_tiv_split"]
    if votes is not None:
        calls, _ = sources.unga.read_voeten(votes)
        names = {"agreement_half": "un_votes", "kappa_linear": "un_kappa"}
        made += indicators.votes(calls, coverage=tuple(votes_years), names=names)
    own = frozenset(column.name for column in made)
    panel = ai.build_panel(
        states=STATES,
        partners=PARTNERS,
        years=range(YEARS[0], YEARS[1] + 1),
        indicators=[*made, bundled.drop(columns=list(own))],
    )
    if votes is not None:
        panel["un_percentile"] = places(calls, votes_years).reindex(panel.index)
        own |= {"un_percentile"}
    return panel, own


def places(calls: pd.DataFrame, years: Sequence[int]) -> pd.Series:
    """Place of each state among all members by agreement with the partner, 0 to 1."""
    cast = calls[calls["vote"].isin([1, 2, 3]) & calls["year"].between(*years)]
    agreed = similarity.dyads(
        cast, by="year", item="rcid", measures=["agreement_half"], min_shared=10, directed=True
    ).set_index(["state", "partner", "year"])["agreement_half"]
    among = agreed.dropna().groupby(["partner", "year"])
    return (among.rank() - 0.5) / among.transform("size")


# --- tables -----------------------------------------------------------------------------------
def markdown(table: pd.DataFrame, title: str) -> str:
    """A table in Markdown; the index is its first column."""
    rows = [[str(table.index.name or ""), *map(str, table.columns)]]
    rows += [
        [str(name), *map(str, row)] for name, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([f"**{title}**", "", lines[0], "|---" * len(rows[0]) + "|", *lines[1:], ""])


def latex(table: pd.DataFrame, title: str) -> str:
    """A table in LaTeX, for the package booktabs."""

    def plain(text: object) -> str:
        for mark in "&%_#$":
            text = str(text).replace(mark, f"\\{mark}")
        return str(text)

    # Sentences need a width, numbers do not.
    columns = "".join("p{9cm}" if table[c].str.len().max() > 40 else "r" for c in table.columns)
    names = [table.index.name or "", *table.columns]
    body = [[name, *row] for name, row in zip(table.index, table.to_numpy(), strict=True)]
    lines = [" & ".join(plain(cell) for cell in row) + r" \\" for row in (names, *body)]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{plain(title)}}}",
            rf"\begin{{tabular}}{{l{columns}}}",
            r"\toprule",
            lines[0],
            r"\midrule",
            *lines[1:],
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def shown(value: float) -> str:
    """A number as it is printed; a dash for what is unknown."""
    return "–" if pd.isna(value) else f"{value:.3f}"


def tables(result: ai.AlignmentResult, own: frozenset[str]) -> dict[str, tuple[str, pd.DataFrame]]:
    """Name → title and table, ready to print; `own` are the columns made from files given."""
    label = f"{result.spec.title}; fidelity: {result.spec.fidelity}"
    year = result.latest_complete_year() or result.scores.index.get_level_values("year").max()
    rows = result.scores.xs(year, level="year")
    cells = pd.Series(
        [
            shown(score) if low == high else f"{shown(score)} [{shown(low)}, {shown(high)}]"
            for score, low, high in rows[["score", "low", "high"]].to_numpy()
        ],
        index=rows.index,
    )
    scores = cells.unstack("partner").reindex(columns=list(PARTNERS))

    split = dynamics.changes(result)
    spans = split[split.index.get_level_values("year").isin(range(BEFORE + 1, AFTER + 1))]
    parts = spans[["codes", "composition"]].groupby(level=["state", "partner"]).sum(min_count=1)
    sure = robustness.uncertainty(result, draws=DRAWS, rng=SEED)
    moved = sure.difference(BEFORE, AFTER)[["nominal", "q05", "q95"]].join(parts)
    moved = moved.xs(PARTNERS[0], level="partner").map(shown)
    moved.columns = ["change", "5 %", "95 %", "of codes", "of composition"]

    cited = [i.dataset for i in result.spec.indicators if i.dataset and not own & {*i.columns}]
    infos = [dataset_info(name) for name in dict.fromkeys(cited)]
    data = pd.DataFrame(
        {"version": [i.version for i in infos], "citation": [i.citation for i in infos]},
        index=pd.Index([i.name for i in infos], name="data set"),
    )
    return {
        "scores": (f"{label}. Scores of {year}, in brackets the least and greatest", scores),
        "change": (f"{label}. Change with {PARTNERS[0]}, {BEFORE} to {AFTER}", moved),
        "data": ("Bundled data sets behind the scores; files given are in the manifest", data),
    }


# --- figures ----------------------------------------------------------------------------------
def figures(result: ai.AlignmentResult, folder: Path) -> None:
    """Trajectories toward the first partner, a heatmap, and every state with all of them."""
    drawn = {
        "trajectories": plot.trajectories(result, partners=PARTNERS[0], states=list(STATES)),
        "heatmap": plot.heatmap(result, partners=PARTNERS[0]),
        "states": plot.small_multiples(result, states=list(STATES))[0],
    }
    for name, axes in drawn.items():
        # Without a date in it, a figure drawn again is the same file.
        axes.figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})
        axes.figure.savefig(folder / f"{name}.png", dpi=200)


# --- the manifest -----------------------------------------------------------------------------
def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(result: ai.AlignmentResult, files: Sequence[Path], out: Path) -> dict[str, object]:
    """What made the outputs, and what they are; no dates and no paths of a machine."""
    packages = ("alignindex", "numpy", "pandas", "scipy", "pydantic", "matplotlib")
    made = sorted(path for path in out.rglob("*") if path.is_file())
    return {
        "script": {"name": Path(__file__).name, "sha256": sha256(Path(__file__))},
        "seed": SEED,
        "draws": DRAWS,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "files_given": {path.name: sha256(path) for path in files},
        "provenance": result.provenance,
        "outputs": {path.relative_to(out).as_posix(): sha256(path) for path in made},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("out"), help="a new folder")
    parser.add_argument("--arms", type=Path, help="SIPRI trade register, CSV")
    parser.add_argument("--arms-years", type=int, nargs=2, metavar=("FIRST", "LAST"))
    parser.add_argument("--votes", type=Path, help="roll calls as Voeten and others publish them")
    parser.add_argument("--votes-years", type=int, nargs=2, metavar=("FIRST", "LAST"))
    given = parser.parse_args(arguments)
    for name in ("arms", "votes"):
        if (getattr(given, name) is None) != (getattr(given, f"{name}_years") is None):
            # Which years a file covers is not in the file; a guess would turn gaps into zeros.
            parser.error(f"--{name} and --{name}-years go together: the years it covers whole")
    if given.out.exists():
        parser.error(f"{given.out} exists; name a new folder, or remove it")

    panel, own = panel_of(given.arms, given.arms_years, given.votes, given.votes_years)
    result = ai.score(panel, SPEC)
    for name in ("tables", "figures"):
        (given.out / name).mkdir(parents=True)
    result.save(given.out / "result")
    for name, (title, table) in tables(result, own).items():
        for ending, written in (("md", markdown), ("tex", latex)):
            path = given.out / "tables" / f"{name}.{ending}"
            path.write_text(written(table, title), encoding="utf-8")
    figures(result, given.out / "figures")
    files = [path for path in (given.arms, given.votes) if path is not None]
    text = json.dumps(manifest(result, files, given.out), indent=2, ensure_ascii=False)
    (given.out / "manifest.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(result.scores)} dyad-years; tables, figures and manifest.json in {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
