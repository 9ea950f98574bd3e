"""`imbgen resample`: a table and a sampler in, a balanced table out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
import pandas as pd
from imblearn.base import SamplerMixin
from sklearn.base import clone

from imbgen.cli.arguments import add_config_arguments, parse_config
from imbgen.cli.dialects import find_dialect, is_same_kind
from imbgen.cli.layout import Layout
from imbgen.cli.parsing import new_parser
from imbgen.cli.reading import find_label, list_sizes, read_data
from imbgen.cli.terminal import open_console, show_facts
from imbgen.config import ResampleConfig
from imbgen.errors import DataError, TableFileError
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import class_paths
from imbgen.resampling import Resampled
from imbgen.resampling import resample as resample_table
from imbgen.sampler import OverSampler
from imbgen.tables import CSVFormat, count_classes, read_target, table_suffix, write_table
from imbgen.tables.addresses import is_uri

__all__ = ["LAYOUT", "resample", "run"]

_SAMPLERS = {
    name: f"{module.__name__}.{name}"
    for module in (imblearn.over_sampling, imblearn.combine, imblearn.under_sampling)
    for name in module.__all__
}

LAYOUT = Layout(
    config=ResampleConfig,
    section="sampler",
    noun="a sampler or a generator",
    bases=(SamplerMixin, BaseGenerator),
    choices={
        "OverSampler": "imbgen.OverSampler",
        **_SAMPLERS,
        **class_paths(),
    },
    default="imbgen.OverSampler",
)


class _Table(NamedTuple):
    """What was read: features, labels, rows per class, and the place of the target among the columns."""

    name: str
    X: pd.DataFrame
    y: pd.Series
    sizes: pd.Series
    place: int


_REMINDER = (
    "Resample training rows only. Split the table first: a model that is tested on new rows, or on rows that"
    " they were made from, looks better than it is."
)


def run(argv: Sequence[str]) -> None:
    """Parse the arguments and call `resample`."""
    parser = new_parser("resample", resample)
    add_config_arguments(parser, LAYOUT)
    config, _ = parse_config(parser, argv, LAYOUT)
    resample(config)


def resample(config: ResampleConfig) -> None:
    """Balance the classes of a table with a sampler and write the table.

    Parameters
    ----------
    config : ResampleConfig
        What to do.
    """
    _check_outputs(config)
    before = _read(config)
    sampler = _prepare(config, before.sizes)
    console = open_console()
    show_facts(
        console,
        {
            "data": f"{before.name}: {len(before.X):,} rows, {before.X.shape[1]} columns,"
            f" target {config.data.target!r}",
            "sampler": " ".join(repr(config.sampler).split()),
        },
    )
    new = resample_table(before.X, before.y, sampler, schema=config.data.schema, random_state=config.seed)
    show_facts(console, _count(before.sizes, new) | _write(config, before, new))
    console.print(_REMINDER)


def _read(config: ResampleConfig) -> _Table:
    name, table = read_data(config.data.path, config.data.csv)
    X, y = read_target(table, config.data.target)
    if config.mark in table.columns:
        raise DataError(
            f"`mark` must be a new column, however: the table has a column {config.mark!r}."
            " Choose another name."
        )
    return _Table(name, X, y, count_classes(y), list(table.columns).index(config.data.target))


def _check_outputs(config: ResampleConfig) -> None:
    """Refuse before the work what could not be written after it."""
    files = {"out": config.out} | ({} if config.mark_file is None else {"mark_file": config.mark_file})
    paths = {key: Path(file).expanduser() for key, file in files.items()}
    for file in files.values():
        table_suffix(file)
    if config.pictures is not None:
        from imbgen.cli.pictures import PICTURES  # matplotlib, only where it is needed

        paths |= {f"pictures/{name}": config.pictures.expanduser() / name for name in PICTURES}
    for key, path in paths.items():
        if path.exists() and not config.overwrite:
            raise TableFileError(
                f"`{key}` must not exist yet, however: there is {str(path)!r}."
                " Name another place, or add --overwrite."
            )
        if not is_uri(files.get(key, "")):
            _check_place(key.partition("/")[0], path)


def _check_place(key: str, path: Path) -> None:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        fact = "cannot be written to" if folder.is_dir() else "is no folder"
        raise TableFileError(
            f"`{key}` must be where a file can be written, however: {str(folder)!r} {fact}."
            " Name another place."
        )


def _prepare(config: ResampleConfig, sizes: pd.Series) -> Any:
    """Return a copy of the sampler that knows the labels by their type, and shows its progress."""
    sampler = clone(config.sampler)
    if isinstance(sampler, BaseGenerator):
        sampler = OverSampler(sampler)
    wanted = sampler.get_params(deep=False).get("sampling_strategy")
    if isinstance(wanted, Mapping):
        key = "sampler.init_args.sampling_strategy"
        known = {find_label(label, sizes, config.data.target, key=key): n for label, n in wanted.items()}
        sampler.set_params(sampling_strategy=known)
    if "generator__trainer" in sampler.get_params():
        trainer = {"enable_progress_bar": True} | dict(sampler.generator.trainer or {})
        sampler.set_params(generator__trainer=trainer)
    return sampler


def _count(sizes: pd.Series, new: Resampled) -> dict[str, str]:
    """Return what was done to the classes as name -> sentence."""
    n_new = int(new.synthetic_mask.sum())
    n_removed = int(sizes.sum()) - (len(new.y) - n_new)
    facts = {"before": list_sizes(sizes), "after": list_sizes(count_classes(new.y)), "new": "no rows"}
    if n_new:
        facts["new"] = f"{n_new:,} rows: {list_sizes(count_classes(new.y[new.synthetic_mask]))}"
    return facts | ({"removed": f"{n_removed:,} rows"} if n_removed else {})


def _write(config: ResampleConfig, before: _Table, new: Resampled) -> dict[str, str]:
    """Write all files, the table last, and return what they hold as name -> sentence."""
    facts = {}
    with _all_or_none() as written:
        if config.pictures is not None:
            from imbgen.cli.pictures import save_pictures

            folder = config.pictures.expanduser()
            rare = _find_rare(config, before.sizes)
            for path in save_pictures(folder, before.X, before.y, new, rare):
                written.append(path)
            facts["pictures"] = f"{folder}: {', '.join(path.name for path in written)}"
        if config.mark_file is not None:
            write_table(pd.DataFrame({"synthetic": new.synthetic_mask}), config.mark_file)
            written.append(Path(config.mark_file).expanduser())
            facts["marks"] = f"{config.mark_file}: `synthetic` is true where the row is new"
        frame = new.X.copy()
        frame.insert(before.place, config.data.target, new.y)
        if config.mark is not None:
            frame[config.mark] = new.synthetic_mask
        write_table(frame, config.out, csv=_dialect_of(config))
    marked = "" if config.mark is None else f", {config.mark!r} true where the row is new"
    return facts | {"table": f"{config.out}: {len(frame):,} rows, {frame.shape[1]} columns{marked}"}


@contextlib.contextmanager
def _all_or_none() -> Iterator[list[Path]]:
    """Yield a list for the files that are written; if not all can be, those are removed."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _find_rare(config: ResampleConfig, sizes: pd.Series) -> Any:
    wanted = config.data.minority
    return sizes.index[-1] if wanted is None else find_label(wanted, sizes, config.data.target)


def _dialect_of(config: ResampleConfig) -> CSVFormat | None:
    """Return how to write `out`: as the input is written, if both are CSV files."""
    dialect = find_dialect(config.data.path, config.data.csv)
    return dialect if dialect is not None and is_same_kind(config.data.path, config.out) else None
