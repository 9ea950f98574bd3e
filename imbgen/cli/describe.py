"""`imbgen describe`: the look at a table before any modelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from imbgen.cli.pages import check_place, write_html
from imbgen.cli.parsing import new_parser, parameter_help, parse
from imbgen.cli.reading import find_label, read_data
from imbgen.cli.terminal import open_console, show_facts, show_table
from imbgen.profiling import Finding, Severity, TableProfile, profile_table
from imbgen.profiling.layout import class_grid, column_grid, profile_facts, shown
from imbgen.tables import CSVFormat, count_classes, read_target

__all__ = ["describe", "run"]

_STYLES = {
    Severity.BLOCKER: "bold red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "blue",
    Severity.ADVICE: "green",
}


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `describe`."""
    parser, text = new_parser("describe", describe), parameter_help(describe)
    parser.add_argument("data", type=str, help=text["data"])
    parser.add_argument("--target", type=str, default="target", help=text["target"])
    parser.add_argument("--minority", type=str | None, help=text["minority"])
    parser.add_argument("--schema", type=dict[str, str] | None, help=text["schema"])
    parser.add_class_arguments(CSVFormat, "csv")
    parser.add_argument("--html", type=str | None, help=text["html"])
    parser.add_argument("--overwrite", action="store_true", help=text["overwrite"])
    parser.add_argument("--random_state", type=int, default=0, help=text["random_state"])
    parsed = parser.instantiate(parse(parser, argv))
    describe(**{name: parsed[name] for name in text})


def describe(
    data: str,
    target: str = "target",
    minority: str | None = None,
    schema: Mapping[str, str] | None = None,
    csv: CSVFormat | None = None,
    html: str | None = None,
    overwrite: bool = False,
    random_state: int = 0,
) -> None:
    """Look at a table before any modelling: what it holds, what to mend first.

    Parameters
    ----------
    data : str
        Name of an embedded data set (see `imbgen datasets`), or a table file, pattern or URI.
    target : str
        Column that holds the class labels.
    minority : str, optional
        Label of the class to look at; the rarest by default.
    schema : mapping of str to str, optional
        Kinds of columns that overrule the inference, such as --schema.zip categorical.
    csv : CSVFormat, optional
        How a CSV file is written.
    html : str, optional
        File to write: the same with pictures, as one page that needs nothing else.
    overwrite : bool
        Replace the page if it exists.
    random_state : int
        Seed of the folds, and of the choice of rows from a large table.
    """
    if html is not None:
        check_place(html, overwrite)
    name, table = read_data(data, csv)
    X, y = read_target(table, target)
    label = None if minority is None else find_label(minority, count_classes(y), target, key="--minority")
    profile = profile_table(X, y, minority=label, schema=schema, random_state=random_state)
    console = open_console()
    _show(console, name, profile)
    if html is not None:
        _write_page(profile, X, y, name, html)
        console.print(f"Wrote {html}")


def _write_page(profile: TableProfile, X: pd.DataFrame, y: pd.Series, name: str, html: str) -> None:
    # Pictures take a while to load, and the terminal needs none.
    from imbgen.profiling.page import profile_page

    write_html(profile_page(profile, X, y, name=name), html)


def _show(console: Console, name: str, profile: TableProfile) -> None:
    show_facts(console, {"data": name} | profile_facts(profile))
    for grid in (class_grid(profile), column_grid(profile, details=not console.is_terminal)):
        console.print()
        show_table(console, *grid)
    console.print()
    for finding in profile.findings:
        _show_finding(console, finding)


def _show_finding(console: Console, finding: Finding) -> None:
    """Print a finding as a paragraph; in a pipe as one line."""
    if not console.is_terminal:
        console.print(shown(finding))
        return
    console.print(Text.assemble((f"{finding.severity}", _STYLES[finding.severity]), f"  {finding.title}"))
    for text, style in ((finding.message, ""), (finding.remedy, "dim")):
        console.print(Padding(Text(shown(text), style), (0, 0, 0, 2)), soft_wrap=False)
    console.print()
