"""What a column is: its kind, its levels, its dtype. Frozen, and valid for a model's whole life."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, did_you_mean

__all__ = ["Column", "Kind", "Schema"]


class Kind(StrEnum):
    """The kinds of column, as a user would name them."""

    CONTINUOUS = "continuous"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    ORDINAL = "ordinal"
    DATETIME = "datetime"
    CONSTANT = "constant"


_LEVELLED = frozenset({Kind.BOOLEAN, Kind.CATEGORICAL, Kind.ORDINAL, Kind.CONSTANT})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : hashable
        Column label.
    kind : Kind
        What its values mean.
    dtype : str
        Name of the pandas dtype to give back.
    levels : tuple
        Values that may occur, for kinds that have levels (a constant has one, or none if all is missing).
    categories : tuple or None
        All categories of a pandas ``category`` column, seen or not.
    ordered : bool
        Whether that ``category`` dtype is ordered.
    """

    name: Hashable
    kind: Kind
    dtype: str
    levels: tuple[Any, ...] = ()
    categories: tuple[Any, ...] | None = None
    ordered: bool = False

    @property
    def has_levels(self) -> bool:
        """Whether values come from a finite set (boolean, categorical, ordinal, constant)."""
        return self.kind in _LEVELLED

    def codes(self, values: pd.Series) -> np.ndarray:
        """Return the index of each value in ``levels``, -1 where missing.

        Parameters
        ----------
        values : Series of shape (n_rows,)

        Returns
        -------
        codes : ndarray of int64, shape (n_rows,)

        Raises
        ------
        DataError
            A value that is none of the levels.
        """
        levels = pd.Index(list(self.levels), dtype=object, tupleize_cols=False)
        codes = levels.get_indexer(values.astype(object)).astype(np.int64)
        unknown = (codes < 0) & values.notna().to_numpy()
        if unknown.any():
            unseen = values[unknown].iloc[0]
            raise DataError(
                f"Column {self.name!r} may hold only the levels seen at fit, however: it holds {unseen!r}. "
                "Fit again on rows with that level."
            )
        return codes

    def restore(self, values: np.ndarray, missing: np.ndarray) -> pd.Series:
        """Turn decoded values into a series of the original dtype.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            Numbers, or objects for kinds with levels; datetimes as nanoseconds.
        missing : ndarray of bool, shape (n_rows,)

        Returns
        -------
        series : Series of shape (n_rows,)
        """
        if self.categories is not None:
            dtype: Any = pd.CategoricalDtype(list(self.categories), ordered=self.ordered)
        else:
            dtype = pd.api.types.pandas_dtype(self.dtype)
        if self.has_levels:
            series = pd.Series(values, dtype=object).mask(pd.Series(missing), None)
        elif self.kind is Kind.DATETIME:
            return _restore_time(values, missing, dtype, self.name)
        elif self.kind is Kind.INTEGER and not pd.api.types.is_float_dtype(dtype):
            whole = np.rint(np.where(missing, 0, values)).astype(np.int64)
            series = pd.Series(pd.array(whole, dtype="Int64"))
        else:
            series = pd.Series(np.asarray(values, dtype=np.float64))
        if missing.any() and not self.has_levels:
            series[missing] = pd.NA if isinstance(series.dtype, pd.Int64Dtype) else np.nan
        return series.astype(dtype).rename(self.name)


def _restore_time(values: np.ndarray, missing: np.ndarray, dtype: Any, name: Hashable) -> pd.Series:
    """Nanoseconds to datetime or timedelta, in the dtype's own unit and time zone."""
    whole = np.where(missing, np.iinfo(np.int64).min, values.astype(np.int64))
    if pd.api.types.is_timedelta64_dtype(dtype):
        return pd.Series(whole.view("timedelta64[ns]")).astype(dtype).rename(name)
    series = pd.Series(whole.view("datetime64[ns]"))
    zone = getattr(dtype, "tz", None)
    if zone is not None:
        series = series.dt.tz_localize("UTC").dt.tz_convert(zone)
    return series.astype(dtype).rename(name)


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a table, in order.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"age": [31.0, None, 54.0], "sex": ["F", "M", "F"], "tsh": [0.4, 1.25, 3.0]})
    >>> [column.kind.value for column in Schema.infer(frame).columns]
    ['integer', 'categorical', 'continuous']
    """

    columns: tuple[Column, ...]

    @property
    def names(self) -> list[Hashable]:
        """Column labels in order."""
        return [column.name for column in self.columns]

    def column(self, name: Hashable) -> Column:
        """Return the column of that label."""
        return next(column for column in self.columns if column.name == name)

    @classmethod
    def infer(cls, frame: pd.DataFrame, kinds: Mapping[Hashable, str] | None = None) -> Schema:
        """Infer the kind of each column from its dtype and its values.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
        kinds : mapping of label to kind, optional
            Kinds that overrule the inference, e.g. ``{"zip": "categorical"}``.

        Returns
        -------
        schema : Schema

        Raises
        ------
        DataError
            Labels twice, no column, infinite values, nothing but missing values, or an override that
            names no column or no kind.
        """
        kinds = dict(kinds or {})
        _check_labels(frame, kinds)
        columns = tuple(_infer_column(frame[name], kinds.get(name)) for name in frame.columns)
        return cls(columns)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with this schema's columns in this schema's order.

        Raises
        ------
        DataError
            A column is missing, or holds infinite values.
        """
        for name in self.names:
            if name not in frame.columns:
                raise DataError(
                    f"All columns seen at fit must be present, however: {name!r} is missing."
                    f"{did_you_mean(name, frame.columns)} Add the column or fit again without it."
                )
        frame = frame[self.names]
        for name in self.names:
            _check_finite(frame[name])
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; the inverse of :meth:`from_dict`."""
        return {
            "columns": [
                {
                    "name": column.name,
                    "kind": str(column.kind),
                    "dtype": column.dtype,
                    "levels": [_plain(level) for level in column.levels],
                    "categories": None
                    if column.categories is None
                    else [_plain(level) for level in column.categories],
                    "ordered": column.ordered,
                }
                for column in self.columns
            ]
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Schema:
        """Build a schema from :meth:`to_dict`'s output."""
        return cls(
            tuple(
                Column(
                    name=entry["name"],
                    kind=Kind(entry["kind"]),
                    dtype=entry["dtype"],
                    levels=tuple(_unplain(level) for level in entry["levels"]),
                    categories=None
                    if entry["categories"] is None
                    else tuple(_unplain(level) for level in entry["categories"]),
                    ordered=entry["ordered"],
                )
                for entry in state["columns"]
            )
        )


def _check_labels(frame: pd.DataFrame, kinds: Mapping[Hashable, str]) -> None:
    if frame.shape[1] == 0:
        raise DataError(
            "A table must have at least one column, however: n_columns=0. Pass the feature columns."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"Column labels must be unique, however: {twice!r} occurs twice. Rename one.")
    if len(frame) and frame.isna().to_numpy().all():
        raise DataError(
            f"At least one value must be present, however: all {frame.size} values are missing. "
            "Check how the table was read."
        )
    for name, kind in kinds.items():
        if name not in frame.columns:
            raise DataError(
                f"`schema` must name columns of the table, however: {name!r} is none."
                f"{did_you_mean(name, frame.columns)} Correct the name."
            )
        if kind not in list(Kind):
            raise DataError(
                f"`schema` must give one of {', '.join(Kind)}, however: {name!r} is given {kind!r}."
                f"{did_you_mean(kind, Kind)} Correct the kind."
            )


def _check_finite(values: pd.Series) -> None:
    if pd.api.types.is_float_dtype(values.dtype):
        infinite = int(np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if infinite:
            raise DataError(
                f"Numbers must be finite, however: column {values.name!r} holds {infinite} infinite values. "
                "Replace them by a number or by a missing value."
            )


def _infer_column(values: pd.Series, override: str | None) -> Column:
    _check_finite(values)
    kind = Kind(override) if override is not None else _infer_kind(values)
    if not _is_number_like(values) and kind in (Kind.CONTINUOUS, Kind.INTEGER, Kind.DATETIME):
        raise DataError(
            f"Only numbers and times can be {kind}, however: column {values.name!r} has dtype "
            f"{values.dtype}. Convert the column or choose another kind."
        )
    categories, ordered = None, False
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = tuple(_scalar(level) for level in values.dtype.categories)
        ordered = bool(values.dtype.ordered)
    levels = _levels(values, categories) if kind in _LEVELLED else ()
    return Column(values.name, kind, str(values.dtype), levels, categories, ordered)


def _infer_kind(values: pd.Series) -> Kind:
    present = values.dropna()
    dtype = values.dtype
    if present.nunique() <= 1:
        return Kind.CONSTANT
    if pd.api.types.is_bool_dtype(dtype):
        return Kind.BOOLEAN
    if isinstance(dtype, pd.CategoricalDtype):
        return Kind.ORDINAL if dtype.ordered else Kind.CATEGORICAL
    if pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return Kind.DATETIME
    if pd.api.types.is_integer_dtype(dtype):
        return Kind.INTEGER
    if pd.api.types.is_float_dtype(dtype):
        numbers = present.to_numpy(dtype=np.float64)
        return Kind.INTEGER if np.array_equal(numbers, np.rint(numbers)) else Kind.CONTINUOUS
    return Kind.CATEGORICAL


def _is_number_like(values: pd.Series) -> bool:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(dtype):
        return False
    return (
        pd.api.types.is_numeric_dtype(dtype)
        or pd.api.types.is_datetime64_any_dtype(dtype)
        or pd.api.types.is_timedelta64_dtype(dtype)
    )


def _levels(values: pd.Series, categories: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Values seen: in category order if there is one, else sorted (by text where types mix)."""
    seen = {_scalar(value) for value in values.dropna().unique()}
    if categories is not None:
        return tuple(level for level in categories if level in seen)
    try:
        return tuple(sorted(seen))
    except TypeError:
        return tuple(sorted(seen, key=lambda level: (type(level).__name__, str(level))))


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, pd.Timestamp):
        return {"timestamp": value.isoformat()}
    raise DataError(
        "Levels must be text, numbers, booleans or times to be saved, however: "
        f"{value!r} is a {type(value).__name__}. Convert the column to text."
    )


def _unplain(value: Any) -> Any:
    return pd.Timestamp(value["timestamp"]) if isinstance(value, dict) else value
