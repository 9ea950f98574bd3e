"""`ValueEncoder`: a frame as numbers in their own units and codes of levels, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding.ranks import find_step
from imbgen.encoding.table import find_unit, take_levels
from imbgen.schema import Column, Kind, Schema

__all__ = ["ValueEncoder"]


class ValueEncoder:
    """Frame <-> float64 array of numbers and int64 array of codes, for methods that work on raw values.

    Decoding keeps what a column is: whole numbers and times are rounded to their grid, decimals to theirs,
    and nothing leaves the range that was seen.

    Parameters
    ----------
    schema : Schema
        What the columns are.

    Attributes
    ----------
    numbers, levelled : list of Column
        Columns of the first array, and of the second one. Levels are boolean, categorical, ordinal and
        constant columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.encoding import ValueEncoder
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"age": [31, 40, 54], "dose": [0.5, None, 2.5], "sex": ["F", "M", "F"]})
    >>> encoder = ValueEncoder(Schema.infer(frame)).fit(frame)
    >>> numbers, codes = encoder.encode(frame)
    >>> numbers.tolist(), codes.ravel().tolist()
    ([[0.0, 0.5], [9.0, nan], [23.0, 2.5]], [0, 1, 0])
    >>> encoder.decode(numbers + 0.3, codes)["age"].tolist()
    [31, 40, 54]
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.numbers = [column for column in schema.columns if not column.has_levels]
        self.levelled = [column for column in schema.columns if column.has_levels]

    def fit(self, frame: pd.DataFrame) -> ValueEncoder:
        """Learn range and grid of each number from rows of shape (n_rows, n_columns)."""
        frame = self.schema.check(frame)
        self._grids = [_Grid.fit(column, frame[column.name].dropna()) for column in self.numbers]
        return self

    def encode(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return numbers and codes of rows.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)

        Returns
        -------
        numbers : ndarray of float64, shape (n_rows, n_numbers)
            NaN where missing. Whole numbers and times count from the lowest one, which keeps them exact.
        codes : ndarray of int64, shape (n_rows, n_levelled)
            Place among the column's levels; one more than the last where missing.
        """
        frame = self.schema.check(frame)
        numbers = np.full((len(frame), len(self.numbers)), np.nan)
        for i, (column, grid) in enumerate(zip(self.numbers, self._grids, strict=True)):
            present = frame[column.name].notna().to_numpy()
            numbers[present, i] = grid.encode(column, frame[column.name][present])
        codes = np.empty((len(frame), len(self.levelled)), dtype=np.int64)
        for i, column in enumerate(self.levelled):
            found = column.codes(frame[column.name])
            codes[:, i] = np.where(found < 0, len(column.levels), found)
        return numbers, codes

    def decode(self, numbers: np.ndarray, codes: np.ndarray) -> pd.DataFrame:
        """Return the frame of arrays as `encode` gives them."""
        series = {}
        for i, (column, grid) in enumerate(zip(self.numbers, self._grids, strict=True)):
            missing = np.isnan(numbers[:, i])
            series[column.name] = column.restore(grid.decode(np.where(missing, 0.0, numbers[:, i])), missing)
        for i, column in enumerate(self.levelled):
            missing = codes[:, i] >= len(column.levels)
            series[column.name] = column.restore(
                take_levels(column, np.where(missing, 0, codes[:, i])), missing
            )
        return pd.concat([series[name] for name in self.schema.names], axis=1)

    def get_state(self) -> dict[str, Any]:
        """Return JSON types, the inverse of :meth:`from_state`."""
        return {"schema": self.schema.to_dict(), "grids": [grid.to_json() for grid in self._grids]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ValueEncoder:
        """Build a fitted encoder from :meth:`get_state`'s output."""
        encoder = cls(Schema.from_dict(state["schema"]))
        encoder._grids = [_Grid(**grid) for grid in state["grids"]]
        return encoder


class _Grid:
    """Range and grid of a number column; `low` and `high` are integers for whole columns."""

    def __init__(self, low: int | float, high: int | float, step: int | float, whole: str | None) -> None:
        self.low, self.high, self.step, self.whole = low, high, step, whole

    @classmethod
    def fit(cls, column: Column, values: pd.Series) -> _Grid:
        if column.is_whole:
            integers = column.to_integers(values) if len(values) else np.zeros(1, dtype=np.int64)
            unit = find_unit(column, integers)
            return cls(int(integers.min()), int(integers.max()), unit, integers.dtype.str)
        numbers = values.to_numpy(dtype=np.float64) if len(values) else np.zeros(1)
        step = 1.0 if column.kind is Kind.INTEGER else find_step(numbers)
        return cls(float(numbers.min()), float(numbers.max()), step, None)

    def encode(self, column: Column, values: pd.Series) -> np.ndarray:
        if self.whole is None:
            return values.to_numpy(dtype=np.float64)
        integers = column.to_integers(values)
        return np.array([int(value) - int(self.low) for value in integers.tolist()], dtype=np.float64)

    def decode(self, numbers: np.ndarray) -> np.ndarray:
        if self.whole is None:
            per_unit = round(1 / self.step) if self.step else 0
            on_grid = np.rint(numbers * per_unit) / per_unit if per_unit else numbers
            return np.clip(on_grid, self.low, self.high)
        span, unit = int(self.high) - int(self.low), int(self.step)
        offset = np.clip(np.rint(numbers / unit) * unit, 0, float(span))
        integers = [min(int(value), span) + int(self.low) for value in offset.tolist()]
        return np.array(integers, dtype=self.whole)

    def to_json(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "step": self.step, "whole": self.whole}
