"""Reading what `imbgen train` learns from: the table, its labels, the rows of the rare class."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from imbgen.config import DataConfig
from imbgen.datasets import list_datasets, load_dataset
from imbgen.errors import DataError, did_you_mean
from imbgen.schema import Kind, Schema
from imbgen.tables import read_table, read_target

__all__ = ["TrainingRows", "read_training_rows"]

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
    """

    name: str
    target: str
    sizes: pd.Series
    minority: Any
    frame: pd.DataFrame
    kinds: Mapping[Hashable, str]

    def facts(self) -> dict[str, str]:
        """Return what was read as name -> sentence."""
        n_rows, n_minority = int(self.sizes.sum()), len(self.frame)
        missing = self.frame.isna().to_numpy().mean()
        return {
            "data": f"{self.name}: {n_rows:,} rows, {self.frame.shape[1]} columns, target {self.target!r}",
            "classes": _list_sizes(self.sizes),
            "learned": f"{str(self.minority)!r}: {n_minority:,} rows ({n_minority / n_rows:.1%}),"
            f" {missing:.1%} of their values missing",
            "columns": f"{self._count_kinds()} (among these rows)",
        }

    def _count_kinds(self) -> str:
        schema = Schema.infer(self.frame, self.kinds)
        counts = {kind: sum(column.kind is kind for column in schema.columns) for kind in Kind}
        return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def read_training_rows(config: DataConfig) -> TrainingRows:
    """Read a table and take the rows of the class to learn.

    Parameters
    ----------
    config : DataConfig

    Returns
    -------
    rows : TrainingRows

    Raises
    ------
    TableFileError, DataError
        No such file or column, one class only, no such label, or fewer than 2 rows of it.
    """
    name, table = _read(config.path)
    features, labels = read_target(table, config.target)
    sizes = _count(labels)
    if len(sizes) < 2:
        raise DataError(
            f"`data.target` must hold at least two classes, however: all {len(labels)} rows of"
            f" {config.target!r} are {str(sizes.index[0])!r}. Add the other rows, or name another column."
        )
    minority = sizes.index[-1] if config.minority is None else _find_label(config, sizes)
    if sizes[minority] < 2:
        raise DataError(
            f"A class must have at least 2 rows to be learned, however: {str(minority)!r} has"
            f" {sizes[minority]}. Add rows, or name another class with --data.minority;"
            f" there are {_list_sizes(sizes)}."
        )
    frame = features[labels == minority].reset_index(drop=True)
    kinds = config.schema or {}
    return TrainingRows(name, config.target, sizes, minority, frame, kinds)


def _read(path: str) -> tuple[str, pd.DataFrame]:
    embedded = [info.name for info in list_datasets()]
    if path in embedded:
        features, target = load_dataset(path)
        return path, features.assign(**{str(target.name): target})
    if not Path(path).suffix and not Path(path).exists():
        raise DataError(
            f"`data.path` must be an embedded data set ({', '.join(embedded)}) or a file, however: {path!r}"
            f" is neither.{did_you_mean(path, embedded)} Correct it."
        )
    table = read_table(path)
    return _stem(path), table


def _stem(path: str) -> str:
    """Name of a file or pattern without folder and suffixes, fit for the name of a folder."""
    stem = Path(path).name.split(".")[0]
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem).strip("-_") or "table"


def _count(labels: pd.Series) -> pd.Series:
    """Rows of each class, largest first; equal ones so that the first in sorted order comes last."""
    sizes = labels.value_counts()
    sizes = sizes[sizes > 0]
    by_name = sizes.iloc[sorted(range(len(sizes)), key=lambda i: str(sizes.index[i]), reverse=True)]
    return by_name.sort_values(ascending=False, kind="stable")


def _find_label(config: DataConfig, sizes: pd.Series) -> Any:
    """Return the label that is meant: YAML and the command line do not know the column's type."""
    wanted, labels = config.minority, list(sizes.index)
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
        f"`data.minority` must be a label of {config.target!r}, however: {wanted!r} is none."
        f"{did_you_mean(wanted, labels)} The labels are {_list_sizes(sizes)}."
    )


def _number(label: Any) -> float | None:
    try:
        return float(label)
    except (TypeError, ValueError):
        return None


def _list_sizes(sizes: pd.Series) -> str:
    shown = [f"{label} {size:,}" for label, size in sizes.items()]
    return _shorten(shown)


def _shorten(items: Sequence[str]) -> str:
    """Join; of many, keep the first and the last, which are the rarest classes."""
    if len(items) <= _MOST_SHOWN:
        return ", ".join(items)
    half = _MOST_SHOWN // 2
    return ", ".join([*items[:half], f"... ({len(items) - _MOST_SHOWN} more)", *items[-half:]])
