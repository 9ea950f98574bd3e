"""A table in the form that samplers take (floats and categories), and their rows as a table again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding import find_step, round_to_step
from imbgen.encoding.table import UNITS_PER_DAY
from imbgen.schema import Column, Kind, Schema, label_array

__all__ = ["HandOver", "text_names"]


@dataclass(frozen=True)
class HandOver:
    """A table in the form in which samplers of imbalanced-learn take it.

    Numbers and booleans are floats, times are days since the first, text and categories are categories.
    imbalanced-learn gives rows back in the dtype that it got, and truncates if that is a whole one.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        The table.
    schema : Schema
        Of the table.
    booleans_as_categories : bool
        Whether a boolean is a category rather than 0 and 1.
    """

    frame: pd.DataFrame
    schema: Schema
    booleans_as_categories: bool = False

    def encode(self) -> pd.DataFrame:
        """Return floats and categories, with text as names of columns; shape (n_rows, n_columns)."""
        encoded = {
            i: _encode_levels(column, self.frame[column.name])
            if self._is_category(column)
            else _encode_numbers(column, self.frame[column.name])
            for i, column in enumerate(self.schema.columns)
        }
        return pd.DataFrame(encoded).set_axis(text_names(self.frame), axis="columns")

    def decode(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return a sampler's rows in the dtypes of the table; shape (n_new, n_columns).

        Whole numbers and times are rounded and stay within what was seen; decimals keep their grid.
        """
        decoded = [
            _decode_levels(column, rows.iloc[:, i])
            if self._is_category(column)
            else _decode_numbers(column, rows.iloc[:, i], self.frame[column.name])
            for i, column in enumerate(self.schema.columns)
        ]
        return pd.concat(decoded, axis="columns")

    def names_of_categories(self) -> list[Any]:
        """Return the names of the columns that are handed over as categories."""
        return [column.name for column in self.schema.columns if self._is_category(column)]

    def _is_category(self, column: Column) -> bool:
        if column.kind is Kind.BOOLEAN:
            return self.booleans_as_categories
        return column.has_levels and column.kind is not Kind.CONSTANT


def text_names(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns as text, the only names that scikit-learn takes, and all different."""
    names = [str(name) for name in frame.columns]
    return names if len(set(names)) == len(names) else [f"x{i}" for i in range(len(names))]


def _codes_of(column: Column) -> list[str]:
    """Stand-ins for levels, sorted like them; unlike "0" or 7 they are never mistaken for numbers."""
    width = len(str(len(column.levels)))
    return [f"level {i:0{width}}" for i in range(len(column.levels))]


def _encode_levels(column: Column, values: pd.Series) -> pd.Categorical:
    return pd.Categorical.from_codes(column.codes(values), categories=_codes_of(column))


def _decode_levels(column: Column, values: pd.Series) -> pd.Series:
    found = pd.Index(_codes_of(column)).get_indexer(pd.Index(values.astype(object)))
    return column.restore(label_array(column.levels)[found], found < 0)


def _encode_numbers(column: Column, values: pd.Series) -> np.ndarray:
    """Return floats, NaN where missing; a constant is 0, a boolean the number of its level."""
    present = values.notna().to_numpy()
    numbers = np.full(len(values), np.nan)
    if column.has_levels:
        numbers[present] = column.codes(values)[present]
    elif column.kind is Kind.DATETIME:
        times = column.to_integers(values[present])
        numbers[present] = (times - times.min()) / UNITS_PER_DAY[column.time_unit]
    else:
        numbers[present] = values[present].to_numpy(dtype=np.float64)
    return numbers


def _decode_numbers(column: Column, values: pd.Series, seen: pd.Series) -> pd.Series:
    numbers = values.to_numpy(dtype=np.float64)
    missing = np.isnan(numbers)
    numbers = np.where(missing, 0.0, numbers)
    if column.has_levels:
        last = len(column.levels) - 1
        return column.restore(label_array(column.levels)[_round(numbers, 0, last).astype(int)], missing)
    present = seen.dropna()
    if column.kind is Kind.DATETIME:
        times = column.to_integers(present)
        unit = int(np.gcd.reduce(times - times.min())) or 1
        last = (times.max() - times.min()) // unit
        units = _round(numbers * UNITS_PER_DAY[column.time_unit] / unit, 0, last).astype(np.int64)
        return column.restore(times.min() + unit * units, missing)
    if column.kind is Kind.INTEGER or pd.api.types.is_integer_dtype(column.dtype):
        numbers = _round(numbers, float(present.min()), float(present.max()))
    elif (step := find_step(present.to_numpy(dtype=np.float64))) < 1:
        numbers = round_to_step(numbers, step)  # whole numbers that are called continuous have no decimals
    return column.restore(numbers.astype(np.int64) if column.is_whole else numbers, missing)


def _round(numbers: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip(np.rint(numbers), low, high)
