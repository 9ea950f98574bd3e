"""`ValueEncoder`: a frame as numbers in their own units and codes of levels, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding.ranks import find_step, round_to_step
from imbgen.encoding.table import UNITS_PER_DAY, find_unit, take_levels
from imbgen.schema import Column, Kind, Schema

__all__ = ["ValueEncoder"]


class ValueEncoder:
    """Frame <-> float64 array of numbers and int64 array of codes, for methods that work on raw values.

    Decoding keeps what a column is: whole numbers, times and decimals are rounded to the grid on which they
    were seen, and nothing leaves the range that was seen. What was seen comes back as it was, unless a
    column spans more than 2^51 steps of its grid: then to the precision of a float64.

    Parameters
    ----------
    schema : Schema
        What the columns are.

    Attributes
    ----------
    numbers, levelled : list of Column
        Columns of the first array, and of the second one: boolean, categorical, ordinal and constant ones.

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
        self._grids = [_fit_grid(column, frame[column.name].dropna()) for column in self.numbers]
        return self

    def encode(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return numbers and codes of rows.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)

        Returns
        -------
        numbers : ndarray of float64, shape (n_rows, n_numbers)
            NaN where missing. Whole numbers count from the lowest one, which keeps them exact; times in days
            from the first one, whatever the resolution in which they are held.
        codes : ndarray of int64, shape (n_rows, n_levelled)
            Place among the column's levels; one more than the last where missing.
        """
        frame = self.schema.check(frame)
        numbers = np.full((len(frame), len(self.numbers)), np.nan)
        for i, (column, grid) in enumerate(zip(self.numbers, self._grids, strict=True)):
            present = frame[column.name].notna().to_numpy()
            numbers[present, i] = grid.encode(_to_numbers(column, frame[column.name][present]))
        codes = np.empty((len(frame), len(self.levelled)), dtype=np.int64)
        for i, column in enumerate(self.levelled):
            found = column.codes(frame[column.name])
            codes[:, i] = np.where(found < 0, len(column.levels), found)
        return numbers, codes

    def decode(self, numbers: np.ndarray, codes: np.ndarray) -> pd.DataFrame:
        """Return the frame of arrays such as `encode` gives, columns in the order of the schema."""
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
        return {"schema": self.schema.to_dict(), "grids": [asdict(grid) for grid in self._grids]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ValueEncoder:
        """Build a fitted encoder from :meth:`get_state`'s output."""
        encoder = cls(Schema.from_dict(state["schema"]))
        encoder._grids = [_WholeGrid(**grid) if "dtype" in grid else _Grid(**grid) for grid in state["grids"]]
        return encoder


@dataclass(frozen=True, slots=True)
class _Grid:
    """Range and grid of a column of floats: multiples of `step`, or any number if that is 0."""

    low: float
    high: float
    step: float

    def encode(self, values: np.ndarray) -> np.ndarray:
        return values

    def decode(self, numbers: np.ndarray) -> np.ndarray:
        return np.clip(round_to_step(numbers, self.step), self.low, self.high)


@dataclass(frozen=True, slots=True)
class _WholeGrid:
    """Range and grid of a column of integers.

    Parameters
    ----------
    low, high : int
    step : int
        Distance of neighbouring grid points.
    scale : int
        Integers that count as 1: those in a day, for times.
    dtype : str
        Of the integers.
    """

    low: int
    high: int
    step: int
    scale: int
    dtype: str

    def encode(self, values: np.ndarray) -> np.ndarray:
        # Python's integers: a difference of two int64 may be none.
        return (values.astype(object) - self.low).astype(np.float64) / self.scale

    def decode(self, numbers: np.ndarray) -> np.ndarray:
        span = self.high - self.low
        offset = np.clip(np.rint(numbers * (self.scale / self.step)) * self.step, 0.0, float(span))
        return np.array([self.low + min(int(value), span) for value in offset.tolist()], dtype=self.dtype)


def _to_numbers(column: Column, values: pd.Series) -> np.ndarray:
    return column.to_integers(values) if column.is_whole else values.to_numpy(dtype=np.float64)


def _fit_grid(column: Column, values: pd.Series) -> _Grid | _WholeGrid:
    numbers = _to_numbers(column, values)
    if not len(numbers):  # called a number by the user, though nothing is there
        numbers = np.zeros(1, dtype=np.int64 if column.is_whole else np.float64)
    if column.is_whole:
        unit = find_unit(column, numbers)
        scale = UNITS_PER_DAY[column.time_unit] if column.kind is Kind.DATETIME else 1
        return _WholeGrid(int(numbers.min()), int(numbers.max()), unit, scale, numbers.dtype.str)
    step = 1.0 if column.kind is Kind.INTEGER else find_step(numbers)
    return _Grid(float(numbers.min()), float(numbers.max()), step)
