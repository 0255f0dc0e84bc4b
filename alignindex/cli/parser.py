"""What the command line accepts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from alignindex.base.errors import closest
from alignindex.base.version import __version__
from alignindex.cli.text import write

__all__ = ["DEFAULT_SPEC", "build_parser"]

DEFAULT_SPEC = "erkomaishvili2019"
FOOT = (
    "Exit code: 0 fine, 2 something that you can mend (one line on stderr says what), 1 a bug.\n"
    "ALIGNINDEX_DEBUG=1 in the environment shows the traceback of an error."
)


class _Parser(argparse.ArgumentParser):
    """Argparse with one line for an error, the closest word, and no abbreviations."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )
        self.of_command: dict[str, _Parser] = {}

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; what nobody knows is an error of the command that it was given to."""
        known, strange = self.parse_known_args(args, namespace)
        if strange:
            owner = self.of_command.get(getattr(known, "command", ""), self)
            option = next((word for word in strange if word.startswith("-")), "")
            near = closest(option.partition("=")[0], owner._option_string_actions) if option else ""
            owner.error(f"unrecognized arguments: {' '.join(strange)}{near}")
        return known

    def error(self, message: str) -> NoReturn:
        write(f"{self.prog}: {message}; see {self.prog} --help\n", sys.stderr)
        raise SystemExit(2)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            words = [str(choice) for choice in action.choices]
            raise argparse.ArgumentError(
                action,
                f"expected one of {', '.join(words)}, got {value!r}{closest(str(value), words)}",
            )


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of ``alignindex`` and its commands.

    Examples
    --------
    >>> build_parser().parse_args(["score", "--partner", "RUS,USA"]).partner
    ['RUS', 'USA']
    """
    parser = _Parser(
        prog="alignindex",
        description="Alignment indices for pairs of states, from sourced data in the box.",
        epilog=f"Example:\n  alignindex score\n  alignindex explain ARM RUS 2013\n\n{FOOT}",
    )
    parser.add_argument("--version", action="version", version=f"alignindex {__version__}")
    parser.set_defaults(run=lambda arguments: _help(parser), command="")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], short: str, more: str, *examples: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=short,
            description=f"{short[0].upper()}{short[1:]}. {more}",
            epilog="Example:\n" + "\n".join(f"  alignindex {line}" for line in examples),
        )
        made.set_defaults(run=run, command=name)
        parser.of_command[name] = made
        return made

    score = command(
        "score", _score, "show who is aligned with whom",
        "Prints one year, grouped by partner:\nscore, the least and greatest score that what is "
        "unknown leaves possible, coverage\n(share of the weight that is observed), and the "
        "history up to that year.",
        "score", "score --partner RUS CHN --state KAZ UZB --year 2015",
        "score --panel mine.csv --spec mine.toml --out results --format parquet",
    )  # fmt: skip
    _spec_and_panel(score)
    score.add_argument(
        "--year", type=_year, metavar="YEAR",
        help="year to print (default: the latest in which every indicator has data)",
    )  # fmt: skip
    for name, what in (("state", "whose alignment"), ("partner", "with whom")):
        score.add_argument(
            f"--{name}", action=_Codes, nargs="+", metavar="CODE", default=[],
            help=f"{what}: these only, in print and in --out (default: all)",
        )  # fmt: skip
    score.add_argument(
        "--out", type=Path, metavar="FOLDER",
        help="also write scores, codes and contributions of every year in full precision, with "
        "spec.toml and provenance.json, into a new folder",
    )  # fmt: skip
    score.add_argument(
        "--format", choices=("csv", "parquet", "json"),
        help="format of the tables in --out (default: csv; parquet needs the extra io)",
    )  # fmt: skip
    score.add_argument("--force", action="store_true", help="replace the folder of --out")

    explain = command(
        "explain", _explain, "say why a score is what it is",
        "For each indicator: raw values, the\nsources behind them, the rule, the code, and what "
        "it adds to the score.",
        "explain ARM RUS 2013", "explain KAZ CHN 2019 --spec erkomaishvili2019-kappa",
    )  # fmt: skip
    explain.add_argument("state", metavar="STATE", help="whose alignment (a code of the panel)")
    explain.add_argument("partner", metavar="PARTNER", help="with whom")
    explain.add_argument("year", metavar="YEAR", type=_year, help="calendar year")
    _spec_and_panel(explain)

    compare = command(
        "compare", _compare, "ask whether another index would say the same",
        "Rank correlations of each\ntwo indices within partner and year, with intervals; where "
        "they disagree most and which\nindicator is behind it; scores side by side. With one "
        "state, partner and year: what parts\nthe indices there.",
        "compare erkomaishvili2019 erkomaishvili2019-kappa",
        "compare erkomaishvili2019 erkomaishvili2019-kappa --state KAZ --partner CHN --year 2015",
    )  # fmt: skip
    compare.add_argument(
        "specs", nargs="+", metavar="SPEC",
        help="two or more: bundled specs, or paths of .toml files",
    )  # fmt: skip
    compare.add_argument(
        "--state", action=_Codes, nargs="+", metavar="CODE", default=[],
        help="whose alignment: show these only; they are compared with all others nevertheless",
    )  # fmt: skip
    compare.add_argument(
        "--partner", action=_Codes, nargs="+", metavar="CODE", default=[],
        help="with whom: compare these only (default: all)",
    )  # fmt: skip
    compare.add_argument(
        "--year", type=_year, nargs="+", metavar="YEAR", default=[],
        help="compare these years only (default: all)",
    )  # fmt: skip
    compare.add_argument(
        "--top", type=_count, default=3, metavar="N",
        help="how many of the largest disagreements to print (default: 3; 0: none)",
    )  # fmt: skip
    compare.add_argument(
        "--panel", type=Path, metavar="FILE",
        help="your own panel, .csv or .parquet, with the columns state, partner, year and what "
        "the specs read (default: the bundled panels that hold the inputs of each)",
    )  # fmt: skip
    compare.add_argument(
        "--out", type=Path, metavar="FOLDER",
        help="also write scores, ranks, correlations and all disagreements in full precision, with "
        "the specs and provenance.json, into a new folder",
    )  # fmt: skip
    compare.add_argument(
        "--format", choices=("csv", "parquet", "json"),
        help="format of the tables in --out (default: csv; parquet needs the extra io)",
    )  # fmt: skip
    compare.add_argument("--force", action="store_true", help="replace the folder of --out")

    report = command(
        "report", _report, "write a page to look around in, offline",
        "One file with the table, a heatmap,\ntrajectories, every score explained with its "
        "sources, robustness, provenance, citations\nand the data. Needs the extra report.",
        "report -o alignment.html", "report -o usa.html --partner USA --draws 500 --force",
    )  # fmt: skip
    report.add_argument(
        "-o", "--output", type=Path, metavar="FILE", required=True,
        help="the page, .html; it appears whole or not at all",
    )  # fmt: skip
    _spec_and_panel(report)
    for name, what in (("state", "whose alignment"), ("partner", "with whom")):
        report.add_argument(
            f"--{name}", action=_Codes, nargs="+", metavar="CODE", default=[],
            help=f"{what}: show these only; ranks remain those among all (default: all)",
        )  # fmt: skip
    report.add_argument(
        "--draws", type=_count, default=1000, metavar="N",
        help="draws for the intervals (default: 1000; 0: no intervals)",
    )  # fmt: skip
    report.add_argument(
        "--seed", type=_count, default=1, metavar="N",
        help="seed of the draws (default: 1): the same call writes the same file",
    )  # fmt: skip
    report.add_argument(
        "--title", default="", metavar="TEXT", help="heading (default: the title of the spec)"
    )
    report.add_argument("--force", action="store_true", help="replace the file")

    specs = command(
        "specs", _specs, "list the bundled index specs, or show one",
        "With a name: indicators,\nrules, weights, fidelity, citation and notes.",
        "specs", "specs erkomaishvili2019",
    )  # fmt: skip
    specs.add_argument(
        "name", nargs="?", metavar="NAME", help="a bundled spec, or the path of a .toml file"
    )

    datasets = command(
        "datasets", _datasets, "list the bundled data sets, or show one",
        "With a name: columns,\nunits, coverage by column, sources, citation and licence.",
        "datasets", "datasets bases",
    )  # fmt: skip
    datasets.add_argument("name", nargs="?", metavar="NAME", help="a bundled data set")

    validate = command(
        "validate", _validate, "say everything that is wrong with a panel or a spec file",
        "\nThe ending says which: .csv or .parquet is a panel, .toml a spec.",
        "validate mine.toml", "validate panel.csv --spec mine.toml",
    )  # fmt: skip
    validate.add_argument("file", metavar="FILE", type=Path, help="the file to look at")
    validate.add_argument(
        "--spec", metavar="SPEC",
        help=f"spec that a panel is checked against (default: {DEFAULT_SPEC})",
    )  # fmt: skip
    validate.add_argument(
        "--codes", choices=("iso3", "cow", "gw", "any"),
        help="what state and partner of a panel hold (default: iso3; any: names too)",
    )  # fmt: skip
    return parser


def _spec_and_panel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--spec", default=DEFAULT_SPEC, metavar="SPEC",
        help=f"a bundled spec, or the path of a .toml file (default: {DEFAULT_SPEC})",
    )  # fmt: skip
    parser.add_argument(
        "--panel", type=Path, metavar="FILE",
        help="your own panel, .csv or .parquet, with the columns state, partner, year and what "
        "the spec reads (default: the bundled panel)",
    )  # fmt: skip


class _Codes(argparse.Action):
    """Codes separated by spaces or commas, over one or several uses of the option."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        codes = [code for value in values for code in value.split(",") if code]
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *codes])


def _year(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a year must be a whole number, such as 2013; got {text!r}"
        ) from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 on; got {text!r}")
    return int(text)


# The commands are imported when they run, so that --help costs no pandas.


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from alignindex.cli.score import run_score

    return run_score(arguments)


def _explain(arguments: argparse.Namespace) -> int:
    from alignindex.cli.score import run_explain

    return run_explain(arguments)


def _compare(arguments: argparse.Namespace) -> int:
    from alignindex.cli.compare import run_compare

    return run_compare(arguments)


def _specs(arguments: argparse.Namespace) -> int:
    from alignindex.cli.catalogue import run_specs

    return run_specs(arguments)


def _datasets(arguments: argparse.Namespace) -> int:
    from alignindex.cli.catalogue import run_datasets

    return run_datasets(arguments)


def _report(arguments: argparse.Namespace) -> int:
    from alignindex.cli.report import run_report

    return run_report(arguments)


def _validate(arguments: argparse.Namespace) -> int:
    from alignindex.cli.validate import run_validate

    return run_validate(arguments)
