"""`imbgen init`: a config for a table, with everything that can be set."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from imbgen.cli.config_text import as_comment, constructor_lines, field_lines, schema_lines
from imbgen.cli.dialects import find_dialect
from imbgen.cli.parsing import new_parser, parameter_help, parse
from imbgen.cli.reading import list_sizes, read_data
from imbgen.cli.terminal import open_console, show_facts, write_error
from imbgen.config import DataConfig, TrainConfig
from imbgen.errors import ConfigError, DataError, TableFileError, did_you_mean
from imbgen.files import whole_file
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import class_paths, generator_class
from imbgen.profiling import Finding, Severity, profile_table
from imbgen.schema import Schema
from imbgen.tables import CSVFormat, count_classes, read_target

__all__ = ["init", "run"]


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `init`."""
    parser, text = new_parser("init", init), parameter_help(init)
    parser.add_argument("data", type=str, help=text["data"])
    parser.add_argument("--target", type=str, default="target", help=text["target"])
    parser.add_argument("--out", type=str | None, help=text["out"])
    parser.add_argument("--generator", type=str, default="GANGenerator", help=text["generator"])
    parser.add_class_arguments(CSVFormat, "csv")
    parsed = parser.instantiate(parse(parser, argv))
    init(**{name: parsed[name] for name in text})


def init(
    data: str,
    target: str = "target",
    out: str | None = None,
    generator: str = "GANGenerator",
    csv: CSVFormat | None = None,
) -> None:
    """Look at a table and write a config for it, which `imbgen train --config` takes as it is.

    Parameters
    ----------
    data : str
        Name of an embedded data set (see `imbgen datasets`), or a table file, pattern or URI.
    target : str
        Column that holds the class labels.
    out : str, optional
        File to write; by default the name of the data set with the suffix .yaml.
    generator : str
        What will learn the rows, such as GMMGenerator.
    csv : CSVFormat, optional
        How a CSV file is written, as far as it must be said.
    """
    kind = _find_generator(generator)
    name, table = read_data(data, csv)
    path = Path(f"{name}.yaml" if out is None else out).expanduser()
    if path.exists():
        raise TableFileError(
            f"`--out` must not exist yet, however: there is {str(path)!r}. Name another file with --out."
        )
    X, y = read_target(table, target)
    sizes = count_classes(y)
    if len(sizes) < 2:
        raise DataError(
            f"`--target` must hold at least two classes, however: all {len(y)} rows of {target!r} are"
            f" {str(sizes.index[0])!r}. Add the other rows, or name another column."
        )
    findings = profile_table(X, y).findings
    config = TrainConfig(DataConfig(data, target, csv=find_dialect(data, csv)), kind())
    lines = [
        *_head_lines(data, path, findings),
        *_data_lines(config.data, X[y == sizes.index[-1]], sizes),
        *_generator_lines(kind),
        *field_lines(config, "", ["seed", "output"]),
    ]
    _write_new(path, "\n".join(lines) + "\n")
    console = open_console()
    facts = {
        "data": f"{name}: {len(X):,} rows, {X.shape[1]} columns, target {target!r}",
        "classes": list_sizes(sizes),
        "config": f"{path}: {len(findings)} remarks and every setting of {generator}",
        "next": f"imbgen train --config {shlex.quote(str(path))}",
    }
    show_facts(console, facts)
    for finding in findings:
        if finding.severity is Severity.BLOCKER:
            write_error("warning", f"{finding.message} {finding.remedy}")


def _find_generator(name: str) -> type[BaseGenerator]:
    short, known = name.rpartition(".")[2], class_paths()
    if name not in known and name != known.get(short):
        raise ConfigError(
            f"`--generator` must be one of {', '.join(known)}, however: it is {name!r}."
            f"{did_you_mean(short, known)} Correct it."
        )
    return generator_class(short)


def _head_lines(data: str, path: Path, findings: Sequence[Finding]) -> Iterator[str]:
    yield from as_comment(f"A training run on {data}. Each key has its default, and may be left out.")
    yield f"#   imbgen train --config {shlex.quote(str(path))}"
    if findings:
        yield "#"
        yield "# What the table has (imbgen describe shows more):"
        for finding in findings:
            yield from as_comment(f"- {finding}")
    yield ""


def _data_lines(data: DataConfig, rare: pd.DataFrame, sizes: pd.Series) -> Iterator[str]:
    yield "data:"
    yield from field_lines(data, "  ", ["path", "target"])
    yield from as_comment(f"Here {str(sizes.index[-1])!r} is the rarest: {list_sizes(sizes)}.", "  ")
    yield from field_lines(data, "  ", ["minority"])
    yield from as_comment(parameter_help(DataConfig)["schema"], "  ")
    yield from as_comment(
        "Inferred from the rows of that class is what follows; uncomment a line to change it.", "  "
    )
    yield "  schema:"
    yield from schema_lines(Schema.infer(rare), rare.nunique(), "    ")
    if data.csv is None:
        yield from field_lines(data, "  ", ["csv"])
    else:
        yield from as_comment("How the file is written.", "  ")
        yield "  csv:"
        yield from field_lines(data.csv, "    ")
    yield ""


def _generator_lines(kind: type[BaseGenerator]) -> Iterator[str]:
    yield from as_comment(_first_line(kind))
    yield "generator:"
    yield f"  class_path: imbgen.{kind.__name__}"
    yield "  init_args:"
    yield from constructor_lines(kind, "    ")
    yield ""


def _first_line(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or kind.__name__).splitlines()[0]


def _write_new(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all."""
    try:
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TableFileError(
            f"`--out` must be where a file can be written, however: {str(path)!r} could not be"
            f" ({error.strerror}). Choose another place."
        ) from error
