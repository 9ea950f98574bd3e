"""`imbgen datasets`: what is embedded."""

from __future__ import annotations

from collections.abc import Sequence

from imbgen.cli.parsing import new_parser, parameter_help, parse
from imbgen.cli.terminal import open_console, show_table
from imbgen.datasets import dataset_card, list_datasets

__all__ = ["datasets", "run"]


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `datasets`."""
    parser = new_parser("datasets", datasets)
    parser.add_argument("name", nargs="?", type=str, help=parameter_help(datasets)["name"])
    datasets(parse(parser, argv).name)


def datasets(name: str | None = None) -> None:
    """List the embedded data sets, or print the card of one.

    Parameters
    ----------
    name : str, optional
        Data set whose card is printed: source, licence, columns, meaning of the target.
    """
    console = open_console()
    if name is not None:
        console.print(dataset_card(name).rstrip())
        return
    header = ("name", "rows", "columns", "classes", "rarest class", "its rows", "licence")
    rows = [
        (
            info.name,
            f"{info.n_rows:,}",
            str(info.n_columns),
            str(info.n_classes),
            info.minority,
            f"{info.n_minority:,}",
            info.licence,
        )
        for info in list_datasets()
    ]
    show_table(console, header, rows)
