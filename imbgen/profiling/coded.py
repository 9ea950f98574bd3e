"""A table as codes: the place of each value among the distinct values of its column, worked out once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from imbgen.errors import DataError
from imbgen.schema import Column, Kind, Schema, label_array

__all__ = ["CodedColumn", "code_columns"]

_NUMBERS = frozenset({Kind.CONTINUOUS, Kind.INTEGER})


@dataclass(frozen=True, eq=False)
class CodedColumn:
    """One column as codes.

    Parameters
    ----------
    column : Column
        Its name, kind and dtype.
    codes : ndarray of int64, shape (n_rows,)
        Place of each value in `values`, -1 where missing or infinite.
    values : ndarray of shape (n_distinct,)
        Distinct values; ascending if the column is a number or a time.
    n_infinite : int
        Values that were infinite.
    """

    column: Column
    codes: np.ndarray
    values: np.ndarray
    n_infinite: int = 0

    @property
    def name(self) -> Hashable:
        """Label of the column."""
        return self.column.name

    @property
    def is_number(self) -> bool:
        """Whether `values` are numbers, in ascending order."""
        return self.column.kind in _NUMBERS

    @property
    def is_sorted(self) -> bool:
        """Whether the codes have the order of the values: numbers and times."""
        return self.is_number or self.column.kind is Kind.DATETIME

    @cached_property
    def missing(self) -> np.ndarray:
        """Where there is no value, bool of shape (n_rows,)."""
        return self.codes < 0

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of each distinct value, int64 of shape (n_distinct,)."""
        return np.bincount(self.codes[~self.missing], minlength=len(self.values))

    @property
    def n_present(self) -> int:
        """Rows that have a value."""
        return int(self.counts.sum())

    @cached_property
    def texts(self) -> tuple[np.ndarray, np.ndarray]:
        """Levels that are text, stripped, and the rows of each; the most frequent first."""
        is_text = np.array([isinstance(value, str) for value in self.values], dtype=bool)
        texts, counts = self.values[is_text], self.counts[is_text]
        order = np.argsort(-counts, kind="stable")
        return label_array([text.strip() for text in texts[order]]), counts[order]


def code_columns(
    frame: pd.DataFrame, kinds: Mapping[Hashable, str] | None = None
) -> tuple[pd.DataFrame, tuple[CodedColumn, ...]]:
    """Code every column of a table.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Infinite numbers are counted and then taken for missing.
    kinds : mapping of label to kind, optional
        Kinds that overrule the inference.

    Returns
    -------
    finite : DataFrame of shape (n_rows, n_columns)
        The same table, infinite numbers being missing.
    columns : tuple of CodedColumn

    Raises
    ------
    DataError
        A table without rows or columns, or one that `Schema.infer` refuses.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> _, (column,) = code_columns(pd.DataFrame({"x": [2.5, None, 0.5, 2.5]}))
    >>> column.codes.tolist(), column.values.tolist(), column.counts.tolist()
    ([1, -1, 0, 1], [0.5, 2.5], [1, 2])
    """
    if len(frame) == 0:
        raise DataError("A table must have at least one row, however: n_rows=0. Check how it was read.")
    finite, n_infinite = frame.copy(deep=False), dict.fromkeys(frame.columns, 0)
    if frame.columns.is_unique:  # if not, `Schema.infer` says so
        for name, infinite in _find_infinite(frame).items():
            finite[name] = frame[name].mask(infinite)
            n_infinite[name] = int(infinite.sum())
    schema = Schema.infer(finite, kinds)
    columns = (_code(column, finite[column.name], n_infinite[column.name]) for column in schema.columns)
    return finite, tuple(columns)


def _find_infinite(frame: pd.DataFrame) -> dict[Hashable, np.ndarray]:
    floats = [name for name in frame.columns if pd.api.types.is_float_dtype(frame[name].dtype)]
    masks = {name: np.isinf(frame[name].to_numpy(dtype=np.float64, na_value=np.nan)) for name in floats}
    return {name: mask for name, mask in masks.items() if mask.any()}


def _code(column: Column, values: pd.Series, n_infinite: int) -> CodedColumn:
    ordered = column.kind in _NUMBERS or column.kind is Kind.DATETIME
    codes, distinct = pd.factorize(values, sort=ordered)
    if column.kind in _NUMBERS:
        return CodedColumn(column, codes, np.asarray(distinct, dtype=np.float64), n_infinite)
    return CodedColumn(column, codes, label_array(list(distinct)), n_infinite)
