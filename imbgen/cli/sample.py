"""`imbgen sample`: rows from a run folder into a table file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from imbgen.cli.parsing import new_parser, parameter_help, parse
from imbgen.cli.terminal import fallback_facts, open_console, show_facts
from imbgen.errors import ParameterError, TableFileError
from imbgen.generators.base import BaseGenerator
from imbgen.generators.storage import load_generator
from imbgen.tables import table_suffix, write_table

__all__ = ["run", "sample"]

_PATIENCE = 2.0  # seconds without a progress bar


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `sample`."""
    parser, text = new_parser("sample", sample), parameter_help(sample)
    parser.add_argument("run", type=str, help=text["run"])
    parser.add_argument("--n", type=int, required=True, help=text["n"])
    parser.add_argument("--out", type=str, required=True, help=text["out"])
    parser.add_argument("--random_state", type=int | None, help=text["random_state"])
    parser.add_argument("--overwrite", action="store_true", help=text["overwrite"])
    parsed = parse(parser, argv)
    sample(parsed.run, parsed.n, parsed.out, parsed.random_state, parsed.overwrite)


def sample(run: str, n: int, out: str, random_state: int | None = None, overwrite: bool = False) -> None:
    """Draw rows from a trained generator and write them to a file.

    Parameters
    ----------
    run : str
        Run folder that `imbgen train` printed, or a model folder.
    n : int
        Number of rows, at least 1.
    out : str
        File to write, in the format of its suffix: CSV, TSV, Parquet, Feather or Arrow.
    random_state : int, optional
        Seed; without it the model's own, so that the same call gives the same rows.
    overwrite : bool
        Replace the file if it exists.
    """
    if n < 1:
        raise ParameterError(f"`--n` must be at least 1, however: n={n}. Ask for 1 row or more.")
    if random_state is not None and random_state < 0:
        raise ParameterError(
            f"`--random_state` must be at least 0, however: random_state={random_state}. Pass 0 or more."
        )
    if Path(out).expanduser().exists() and not overwrite:
        raise TableFileError(
            f"`--out` must not exist yet, however: there is {out!r}. Name another file, or add --overwrite."
        )
    table_suffix(out)  # an unknown format is refused before the work
    console = open_console()
    generator = load_generator(run)
    show_facts(console, fallback_facts(generator))
    rows = _draw(console, generator, n, random_state)
    write_table(rows, out)
    console.print(f"Wrote {len(rows):,} rows, {rows.shape[1]} columns to {out}")


def _draw(console: Console, generator: BaseGenerator, n: int, random_state: int | None) -> pd.DataFrame:
    names = list(generator.feature_names_in_)
    batches = _with_progress(console, generator.sample_batches(n, random_state), n)
    return pd.concat([pd.DataFrame(batch, columns=names) for batch in batches], ignore_index=True)


def _with_progress(console: Console, batches: Iterator[Any], n: int) -> Iterator[Any]:
    """Pass batches on; show a bar once they have taken two seconds."""
    bar = Progress(
        TextColumn("sampling"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task, start = bar.add_task("sampling", total=n), time.perf_counter()
    try:
        for batch in batches:
            yield batch
            bar.advance(task, len(batch))
            if time.perf_counter() - start > _PATIENCE:
                bar.start()
    finally:
        bar.stop()
