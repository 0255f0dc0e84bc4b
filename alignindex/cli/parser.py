"""What the command line accepts."""

from __future__ import annotations

import argparse
import importlib
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
    "Exit code: 0 success, 2 an error that you can fix (one line on stderr names it), 1 a bug.\n"
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
        """Parse; an unknown argument is an error of the command that it was given to."""
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
    """Return the parser of ``alignindex`` and its commands.

    Examples
    --------
    >>> build_parser().parse_args(["score", "--partner", "RUS,USA"]).partner
    ['RUS', 'USA']
    """
    parser = _Parser(
        prog="alignindex",
        description="Alignment indices for pairs of states, with sourced data included.",
        epilog=f"Example:\n  alignindex score\n  alignindex explain ARM RUS 2013\n\n{FOOT}",
    )
    parser.add_argument("--version", action="version", version=f"alignindex {__version__}")
    parser.set_defaults(run=lambda arguments: _help(parser), command="")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, (run, add_arguments, short, more, *examples) in COMMANDS.items():
        made = commands.add_parser(
            name,
            help=short,
            description=f"{short[0].upper()}{short[1:]}. {more}",
            epilog="Example:\n" + "\n".join(f"  alignindex {line}" for line in examples),
        )
        made.set_defaults(run=run, command=name)
        add_arguments(made)
        parser.of_command[name] = made
    return parser


# --- arguments of each command -------------------------------------------------------------------


def _score_arguments(parser: argparse.ArgumentParser) -> None:
    _spec_and_panel(parser)
    text = "year to print (default: the latest in which every indicator has data on half the dyads)"
    parser.add_argument("--year", type=_year, metavar="YEAR", help=text)
    _codes(parser, "state", "whose alignment: these only, in print and in --out (default: all)")
    _codes(parser, "partner", "with whom: these only, in print and in --out (default: all)")
    _output(parser, "scores, codes, contributions and the panel of every year, with spec.toml")


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    what = "a code of the panel, a name or a number of the state"
    parser.add_argument("state", metavar="STATE", help=f"whose alignment ({what})")
    parser.add_argument("partner", metavar="PARTNER", help="with whom")
    parser.add_argument("year", metavar="YEAR", type=_year, help="calendar year")
    _spec_and_panel(parser)


def _compare_arguments(parser: argparse.ArgumentParser) -> None:
    text = "two or more: bundled specs, or paths of .toml files"
    parser.add_argument("specs", nargs="+", metavar="SPEC", help=text)
    _codes(parser, "state", "whose alignment: show these only; all states are compared")
    _codes(parser, "partner", "with whom: compare these only (default: all)")
    text = "compare these years only (default: all)"
    parser.add_argument("--year", type=_year, nargs="+", metavar="YEAR", default=[], help=text)
    text = "how many of the largest disagreements to print (default: 3; 0: none)"
    parser.add_argument("--top", type=_count, default=3, metavar="N", help=text)
    _panel(parser, "the specs read (default: the bundled panels that hold the inputs of each)")
    _output(parser, "scores, ranks, correlations and all disagreements, with the specs")


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    text = "the page, .html; it appears whole or not at all"
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", required=True, help=text)
    _spec_and_panel(parser)
    for name, what in (("state", "whose alignment"), ("partner", "with whom")):
        _codes(parser, name, f"{what}: show these only; ranks remain those among all")
    text = "draws for the intervals (default: 1000; 0: no intervals)"
    parser.add_argument("--draws", type=_count, default=1000, metavar="N", help=text)
    text = "seed of the draws (default: 1): the same call writes the same file"
    parser.add_argument("--seed", type=_count, default=1, metavar="N", help=text)
    text = "heading (default: the title of the spec)"
    parser.add_argument("--title", default="", metavar="TEXT", help=text)
    parser.add_argument("--force", action="store_true", help="replace the file")


def _specs_arguments(parser: argparse.ArgumentParser) -> None:
    text = "a bundled spec, or the path of a .toml file"
    parser.add_argument("name", nargs="?", metavar="NAME", help=text)


def _datasets_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="a bundled data set")


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to check")
    text = f"spec that a panel is checked against (default: {DEFAULT_SPEC})"
    parser.add_argument("--spec", metavar="SPEC", help=text)
    text = "codes of state and partner in a panel (default: iso3; any: names too)"
    parser.add_argument("--codes", choices=("iso3", "cow", "gw", "any"), help=text)
    _sentinels(parser)


def _spec_and_panel(parser: argparse.ArgumentParser) -> None:
    text = f"a bundled spec, or the path of a .toml file (default: {DEFAULT_SPEC})"
    parser.add_argument("--spec", default=DEFAULT_SPEC, metavar="SPEC", help=text)
    _panel(parser, "the spec reads (default: the bundled panel)")


def _panel(parser: argparse.ArgumentParser, what: str) -> None:
    text = (
        f"your own panel, .csv or .parquet, with the columns state, partner, year and what {what}"
    )
    parser.add_argument("--panel", type=Path, metavar="FILE", help=text)
    _sentinels(parser)


def _sentinels(parser: argparse.ArgumentParser) -> None:
    text = (
        "numbers in the panel that stand for a missing value, such as -9 -99; none: they are values"
    )
    parser.add_argument("--sentinels", type=float, nargs="*", metavar="NUMBER", help=text)


def _codes(parser: argparse.ArgumentParser, name: str, text: str) -> None:
    parser.add_argument(
        f"--{name}", action=_Codes, nargs="+", metavar="CODE", default=[], help=text
    )


def _output(parser: argparse.ArgumentParser, what: str) -> None:
    text = f"also write {what} and provenance.json, in full precision, into a new folder"
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=text)
    text = "format of the tables in --out (default: csv; parquet needs the extra io)"
    parser.add_argument("--format", choices=("csv", "parquet", "json"), help=text)
    text = "put an apostrophe before text in CSV that a spreadsheet would run as a formula"
    parser.add_argument("--escape", action="store_true", help=text)
    parser.add_argument("--force", action="store_true", help="replace an earlier folder of --out")


class _Codes(argparse.Action):
    """Read codes separated by spaces or commas, over one or several uses of the option."""

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


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return 0


def _lazy(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that is imported when it runs, so that --help does not import pandas."""

    def run(arguments: argparse.Namespace) -> int:
        command = getattr(importlib.import_module(f"alignindex.cli.{module}"), name)
        return int(command(arguments))

    return run


# By name: function, arguments, one line of help, the rest of the description, examples.
COMMANDS: dict[str, tuple[Any, ...]] = {
    "score": (
        _lazy("score", "run_score"),
        _score_arguments,
        "show who is aligned with whom",
        "Prints one year, grouped by partner:\nscore, minimum and maximum score that missing "
        "values leave possible, coverage\n(share of the weight that is observed), and the history "
        "up to that year.",
        "score",
        "score --partner RUS CHN --state KAZ UZB --year 2015",
        "score --panel mine.csv --spec mine.toml --out results --format parquet",
    ),
    "explain": (
        _lazy("score", "run_explain"),
        _explain_arguments,
        "say why a score is what it is",
        "For each indicator: raw values, the\nsources behind them, the rule, the code, and what "
        "it adds to the score.",
        "explain ARM RUS 2013",
        "explain KAZ CHN 2019 --spec erkomaishvili2019-kappa",
    ),
    "compare": (
        _lazy("compare", "run_compare"),
        _compare_arguments,
        "ask whether another index would say the same",
        "Rank correlations of each\ntwo indices within partner and year, with intervals; where "
        "they disagree most and which\nindicator is behind it; scores side by side. With one "
        "state, partner and year: what parts\nthe indices there.",
        "compare erkomaishvili2019 erkomaishvili2019-kappa",
        "compare erkomaishvili2019 erkomaishvili2019-kappa --state KAZ --partner CHN --year 2015",
    ),
    "report": (
        _lazy("report", "run_report"),
        _report_arguments,
        "write a page to look around in, offline",
        "One file with the table, a heatmap,\ntrajectories, every score explained with its "
        "sources, robustness, provenance, citations\nand the data. Needs the extra report.",
        "report -o alignment.html",
        "report -o usa.html --partner USA --draws 500 --force",
    ),
    "specs": (
        _lazy("catalogue", "run_specs"),
        _specs_arguments,
        "list the bundled index specs, or show one",
        "With a name: indicators,\nrules, weights, fidelity, citation and notes.",
        "specs",
        "specs erkomaishvili2019",
    ),
    "datasets": (
        _lazy("catalogue", "run_datasets"),
        _datasets_arguments,
        "list the bundled data sets, or show one",
        "With a name: columns,\nunits, coverage by column, sources, citation and licence.",
        "datasets",
        "datasets bases",
    ),
    "validate": (
        _lazy("validate", "run_validate"),
        _validate_arguments,
        "say everything that is wrong with a panel or a spec file",
        "\nThe ending says which: .csv or .parquet is a panel, .toml a spec.",
        "validate mine.toml",
        "validate panel.csv --spec mine.toml",
    ),
}
