"""Reading what `imbgen train` learns from: the table, its labels, the rows of the rare class."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from imbgen.config import DataConfig
from imbgen.datasets import list_datasets, load_dataset
from imbgen.errors import DataError, did_you_mean
from imbgen.schema import Kind, Schema
from imbgen.tables import CSVFormat, count_classes, read_class, read_table, read_target

__all__ = ["TrainingRows", "find_label", "list_sizes", "read_data", "read_training_rows"]

_MOST_SHOWN = 8
_YAML_BOOLEANS = {"True": ("true", "yes", "on"), "False": ("false", "no", "off")}


@dataclass(frozen=True)
class TrainingRows:
    """The rows of one class, and what is worth telling about the table that they come from.

    Parameters
    ----------
    name : str
        Of the data set: an embedded name, or the stem of the file.
    target : str
        Column of the labels.
    sizes : Series
        Rows of each class by label, the largest first.
    minority : label
        Class to learn.
    frame : DataFrame of shape (n_minority, n_columns)
        Its rows, without the target.
    kinds : mapping of str to str
        Kinds of columns that overrule the inference; empty for none.
    others : DataFrame of shape (n_others, n_columns) or None
        The rows of the other classes, without the target, if they were asked for.
    """

    name: str
    target: str
    sizes: pd.Series
    minority: Any
    frame: pd.DataFrame
    kinds: Mapping[Hashable, str]
    others: pd.DataFrame | None = None

    def facts(self) -> dict[str, str]:
        """Return what was read as name -> sentence."""
        n_rows, n_minority = int(self.sizes.sum()), len(self.frame)
        missing = self.frame.isna().to_numpy().mean()
        return {
            "data": f"{self.name}: {n_rows:,} rows, {self.frame.shape[1]} columns, target {self.target!r}",
            "classes": list_sizes(self.sizes),
            "learned": f"{str(self.minority)!r}: {n_minority:,} rows ({n_minority / n_rows:.1%}),"
            f" {missing:.1%} of their values missing",
            "columns": f"{self._count_kinds()} (among these rows)",
        }

    def _count_kinds(self) -> str:
        schema = Schema.infer(self.frame, self.kinds)
        counts = {kind: sum(column.kind is kind for column in schema.columns) for kind in Kind}
        return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def read_training_rows(config: DataConfig, *, with_others: bool = False) -> TrainingRows:
    """Read a table and take the rows of the class to learn.

    Unless the other rows are asked for, they are never all in memory: files are read part by part.

    Parameters
    ----------
    config : DataConfig
    with_others : bool
        Whether to return the other rows too.

    Returns
    -------
    rows : TrainingRows

    Raises
    ------
    TableFileError, DataError
        No such file or column, one class only, no such label, fewer than 2 rows of it, or values that
        cannot be learned: infinite ones, or none at all.
    """
    kinds = config.schema or {}
    choose = partial(_choose_label, config)
    others = None
    if with_others or config.path in _embedded():
        name, table = read_data(config.path, config.csv, {config.target, *kinds})
        features, labels = read_target(table, config.target)
        sizes = count_classes(labels)
        minority = choose(sizes)
        is_learned = labels == minority
        frame = features[is_learned].reset_index(drop=True)
        others = features[~is_learned].reset_index(drop=True) if with_others else None
    else:
        _check_path(config.path)
        rows = read_class(config.path, config.target, choose, csv=config.csv, text_columns=kinds)
        name, minority, sizes, frame = _stem(config.path), rows.label, rows.sizes, rows.frame
    Schema.infer(frame, kinds)  # refuses what cannot be learned before anything else is done
    return TrainingRows(name, config.target, sizes, minority, frame, kinds, others)


def read_data(
    path: str, csv: CSVFormat | None = None, text_columns: Collection[Hashable] = ()
) -> tuple[str, pd.DataFrame]:
    """Read an embedded data set, a file, a pattern or a URI.

    Parameters
    ----------
    path : str
        As `data.path` of a config.
    csv : CSVFormat, optional
        How its CSV files are written.
    text_columns : collection of hashable
        Columns that may mix numbers and texts without a warning.

    Returns
    -------
    name : str
        Of the data set, fit for a file name.
    table : DataFrame of shape (n_rows, n_columns)
        With its target.
    """
    if path in _embedded():
        features, target = load_dataset(path)
        return path, features.assign(**{str(target.name): target})
    _check_path(path)
    return _stem(path), read_table(path, csv=csv, text_columns=text_columns)


def _embedded() -> list[str]:
    return [info.name for info in list_datasets()]


def _check_path(path: str) -> None:
    if not Path(path).suffix and not Path(path).exists():
        raise DataError(
            f"A table must be an embedded data set ({', '.join(_embedded())}) or a file, however:"
            f" {path!r} is neither.{did_you_mean(path, _embedded())} Correct it."
        )


def _stem(path: str) -> str:
    """Name of a file or pattern without folder and suffixes, fit for the name of a folder."""
    stem = Path(path).name.split(".")[0]
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem).strip("-_") or "table"


def _choose_label(config: DataConfig, sizes: pd.Series) -> Any:
    """Return the class to learn, if it can be."""
    if len(sizes) < 2:
        raise DataError(
            f"`data.target` must hold at least two classes, however: all {sizes.iloc[0]} rows of"
            f" {config.target!r} are {str(sizes.index[0])!r}. Add the other rows, or name another column."
        )
    wanted = config.minority
    minority = sizes.index[-1] if wanted is None else find_label(wanted, sizes, config.target)
    if sizes[minority] < 2:
        raise DataError(
            f"A class must have at least 2 rows to be learned, however: {str(minority)!r} has"
            f" {sizes[minority]}. Add rows, or name another class with --data.minority;"
            f" there are {list_sizes(sizes)}."
        )
    return minority


def find_label(wanted: Any, sizes: pd.Series, target: str, *, key: str = "data.minority") -> Any:
    """Return the label that is meant: YAML and the command line do not know the column's type."""
    labels = list(sizes.index)
    spellings = {str(wanted), *_YAML_BOOLEANS.get(str(wanted), ())}
    tests = (
        lambda label: type(label) is type(wanted) and label == wanted,
        lambda label: str(label) == str(wanted),
        lambda label: _number(label) is not None and _number(label) == _number(wanted),
        lambda label: str(label).casefold() in {spelling.casefold() for spelling in spellings},
    )
    for test in tests:
        found = [label for label in labels if test(label)]
        if len(found) == 1:
            return found[0]
    raise DataError(
        f"`{key}` must be a label of {target!r}, however: {wanted!r} is none."
        f"{did_you_mean(wanted, labels)} The labels are {list_sizes(sizes)}."
    )


def _number(label: Any) -> float | None:
    try:
        return float(label)
    except (TypeError, ValueError):
        return None


def list_sizes(sizes: pd.Series) -> str:
    """Return the rows of each class in one line."""
    shown = [f"{label} {size:,}" for label, size in sizes.items()]
    return _shorten(shown)


def _shorten(items: Sequence[str]) -> str:
    """Join; of many, keep the first and the last, which are the rarest classes."""
    if len(items) <= _MOST_SHOWN:
        return ", ".join(items)
    half = _MOST_SHOWN // 2
    return ", ".join([*items[:half], f"... ({len(items) - _MOST_SHOWN} more)", *items[-half:]])
