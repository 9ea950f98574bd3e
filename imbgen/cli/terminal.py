"""What the commands write: facts and tables on standard output, warnings and errors on standard error."""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = [
    "fallback_facts",
    "open_console",
    "remember_warnings",
    "replace_what_cannot_be_shown",
    "show_facts",
    "show_table",
    "tidy_warnings",
    "write_error",
]

# Counts, shares and scores, or a dash for what is not known.
_NUMBER = re.compile(r"[<>]? ?[-+]?[\d,.]+ ?%?|[-–]")

_WORDS_PER_LINE = 6  # columns of words so short, such as the kinds, stay whole


def open_console() -> Console:
    """Return a console on standard output that takes text as it is: `[x]` in a label is no markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def replace_what_cannot_be_shown() -> None:
    """Write `?` for a character that a stream cannot encode, rather than fail over a label or a sign."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def fallback_facts(generator: object) -> dict[str, str]:
    """Return the fact that something simpler stands in for this generator, if so."""
    fallback = getattr(generator, "fallback_", None)
    return {} if fallback is None else {"fallback": str(getattr(generator, "stop_reason_", fallback))}


def show_facts(console: Console, facts: Mapping[str, str]) -> None:
    """Print names and facts in two columns; in a pipe each fact is one line."""
    if not console.is_terminal:
        for name, fact in facts.items():
            console.print(f"{name:<9}{fact}")
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=8, style="dim")
    grid.add_column(overflow="fold")
    for name, fact in facts.items():
        grid.add_row(Text(name), Text(fact))
    console.print(grid, soft_wrap=False)


def show_table(console: Console, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; in a pipe its columns are separated by tabs."""
    if not console.is_terminal:
        for row in (header, *rows):
            console.file.write("\t".join(row) + "\n")  # the console would turn tabs into spaces
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    longest_word = console.width // _WORDS_PER_LINE
    for i, name in enumerate(header):
        numeric = all(_NUMBER.fullmatch(row[i]) for row in rows)
        is_word = not numeric and max(len(row[i]) for row in (header, *rows)) <= longest_word
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=is_word)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table, soft_wrap=False)


def write_error(kind: str, message: object, renamed: Mapping[str, str] = MappingProxyType({})) -> None:
    """Write `imbgen: kind: message` to standard error, some words renamed; in a pipe it is not wrapped."""
    said = str(message)
    for old, new in renamed.items():
        said = said.replace(old, new)
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    style = "bold red" if kind == "error" else "yellow"
    text = Text.assemble((f"imbgen: {kind}:", style), f" {said}")
    console.print(text, soft_wrap=not console.is_terminal)


@contextmanager
def remember_warnings() -> Iterator[set[str]]:
    """Yield a set that takes the text of each warning that is shown: nobody wants to read it twice."""
    told, show_before = set(), warnings.showwarning

    def show(message: Warning | str, *rest: Any) -> None:
        told.add(str(message))
        show_before(message, *rest)

    warnings.showwarning = show  # type: ignore[assignment]
    try:
        yield told
    finally:
        warnings.showwarning = show_before


@contextmanager
def tidy_warnings(renamed: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Show a UserWarning as one line, without file and source line; leave the others to Python."""

    def show(message: Warning | str, category: type[Warning], *place: object) -> None:
        if issubclass(category, UserWarning):
            write_error("warning", " ".join(str(message).split()), renamed)
        else:
            sys.stderr.write(warnings.formatwarning(message, category, str(place[0]), int(str(place[1]))))

    with warnings.catch_warnings():
        warnings.filterwarnings("default", category=UserWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        yield
