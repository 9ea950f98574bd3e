"""What a column is: its kind, its levels, its dtype. Frozen, and valid for a model's whole life."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, did_you_mean
from imbgen.kinds import Kind, Override, read_overrides
from imbgen.plain import dtype_from_json, dtype_to_json, plain, scalar, unplain

__all__ = ["Column", "Kind", "Schema", "label_array"]


# Arrow's days count in days or milliseconds; pandas knows no unit above a second.
_DATE_UNITS = {"date32[day]": "s", "date64[ms]": "ms"}
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
    dtype : numpy or pandas dtype
        What to give back.
    levels : tuple
        Values that may occur, for kinds that have levels (a constant has one, or none if all is missing).
    low, high : float or None
        What a continuous value never passes; None leaves that to the values seen.
    """

    name: Hashable
    kind: Kind
    dtype: Any
    levels: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def has_levels(self) -> bool:
        """Whether values come from a finite set (boolean, categorical, ordinal, constant)."""
        return self.kind in _LEVELLED

    def find(self, values: pd.Series) -> np.ndarray:
        """Return the index of each value in ``levels``, -1 where missing or none of them; shape (n_rows,)."""
        levels = pd.Index(list(self.levels), dtype=object, tupleize_cols=False)
        return levels.get_indexer(values.astype(object)).astype(np.int64)

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
        codes = self.find(values)
        unknown = (codes < 0) & values.notna().to_numpy()
        if unknown.any():
            unseen = values[unknown].iloc[0]
            raise DataError(
                f"Column {self.name!r} may hold only the levels seen at fit, however: it holds {unseen!r}. "
                "Fit again on rows with that level."
            )
        return codes

    @property
    def is_whole(self) -> bool:
        """Whether values are held as integers: whole numbers of an integer dtype, and times."""
        integral = self.kind is Kind.INTEGER and not pd.api.types.is_float_dtype(self.dtype)
        return integral or self.kind is Kind.DATETIME

    @property
    def time_unit(self) -> str:
        """Resolution of a time's integers: "s", "ms", "us" or "ns"."""
        dtype = getattr(self.dtype, "pyarrow_dtype", self.dtype)
        if str(dtype) in _DATE_UNITS:
            return _DATE_UNITS[str(dtype)]
        return str(getattr(dtype, "unit", None) or np.datetime_data(dtype)[0])

    def to_integers(self, values: pd.Series) -> np.ndarray:
        """Return present values of a whole column as integers, times in their own unit; shape (n_rows,)."""
        if self.kind is Kind.DATETIME:
            if getattr(values.dtype, "tz", None) is not None:
                values = values.dt.tz_convert("UTC").dt.tz_localize(None)
            return values.astype(f"{_time_kind(self.dtype)}[{self.time_unit}]").to_numpy().astype(np.int64)
        unsigned = str(self.dtype).lower() == "uint64"
        return values.to_numpy(dtype=np.uint64 if unsigned else np.int64)

    def restore(self, values: np.ndarray, missing: np.ndarray) -> pd.Series:
        """Turn decoded values into a series of the original dtype.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            Objects for kinds with levels, integers for whole columns (see `to_integers`), else floats.
        missing : ndarray of bool, shape (n_rows,)

        Returns
        -------
        series : Series of shape (n_rows,)
        """
        if self.has_levels:
            series = pd.Series(values, dtype=object).mask(pd.Series(missing), None)
        elif self.kind is Kind.DATETIME:
            series = pd.Series(values.astype(f"{_time_kind(self.dtype)}[{self.time_unit}]"))
            series = series.mask(pd.Series(missing), pd.NaT)
            if (zone := getattr(self.dtype, "tz", None)) is not None:
                series = series.dt.tz_localize("UTC").dt.tz_convert(zone)
        elif self.is_whole:
            series = pd.Series(pd.array(values)).mask(pd.Series(missing), pd.NA)
        else:
            series = pd.Series(values, dtype=np.float64).mask(pd.Series(missing), np.nan)
            series = series.clip(self.low, self.high)
        return series.astype(self.dtype).rename(self.name)


def _time_kind(dtype: Any) -> str:
    return "timedelta64" if pd.api.types.is_timedelta64_dtype(dtype) else "datetime64"


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
    def overrides(self) -> dict[Hashable, Any]:
        """What makes :meth:`infer` find the same kinds, orders and bounds in other rows."""
        return {column.name: _to_override(column) for column in self.columns}

    @property
    def names(self) -> list[Hashable]:
        """Column labels in order."""
        return [column.name for column in self.columns]

    def column(self, name: Hashable) -> Column:
        """Return the column of that label."""
        return next(column for column in self.columns if column.name == name)

    @classmethod
    def infer(cls, frame: pd.DataFrame, kinds: Mapping[Hashable, Any] | None = None) -> Schema:
        """Infer the kind of each column from its dtype and its values.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
        kinds : mapping of label to kind or mapping, optional
            What overrules the inference: a kind, ``{"zip": "categorical"}``, or more: the order of levels,
            ``{"grade": {"kind": "ordinal", "levels": ["low", "mid", "high"]}}``, and bounds of a continuous
            column, ``{"share": {"low": 0, "high": 1}}``.

        Returns
        -------
        schema : Schema

        Raises
        ------
        DataError
            Labels twice, no column, infinite values, nothing but missing values, an override that names no
            column or no kind, or a value beyond the levels or bounds given.
        """
        _check_labels(frame)
        given = read_overrides(kinds or {}, list(frame.columns))
        columns = tuple(_infer_column(frame[name], given.get(name, Override())) for name in frame.columns)
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
                    "name": plain(column.name),
                    "kind": str(column.kind),
                    "dtype": dtype_to_json(column.dtype),
                    "levels": [plain(level) for level in column.levels],
                }
                | {side: bound for side in ("low", "high") if (bound := getattr(column, side)) is not None}
                for column in self.columns
            ]
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Schema:
        """Build a schema from :meth:`to_dict`'s output."""
        return cls(
            tuple(
                Column(
                    name=unplain(entry["name"]),
                    kind=Kind(entry["kind"]),
                    dtype=dtype_from_json(entry["dtype"]),
                    levels=tuple(unplain(level) for level in entry["levels"]),
                    low=entry.get("low"),
                    high=entry.get("high"),
                )
                for entry in state["columns"]
            )
        )


def label_array(labels: Sequence[Hashable]) -> np.ndarray:
    """Return labels as an object array of one dimension, also where labels are tuples."""
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array


def check_unique(frame: pd.DataFrame) -> None:
    """Raise DataError if two columns have one label."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"Column labels must be unique, however: {twice!r} occurs twice. Rename one.")


def _check_labels(frame: pd.DataFrame) -> None:
    if frame.shape[1] == 0:
        raise DataError(
            "A table must have at least one column, however: n_columns=0. Pass the feature columns."
        )
    check_unique(frame)
    if len(frame) and frame.isna().to_numpy().all():
        raise DataError(
            f"At least one value must be present, however: all {frame.size} values are missing. "
            "Check how the table was read."
        )


def _check_finite(values: pd.Series) -> None:
    if pd.api.types.is_float_dtype(values.dtype):
        infinite = int(np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if infinite:
            raise DataError(
                f"Numbers must be finite, however: column {values.name!r} holds {infinite} infinite values. "
                "Replace them by a number or by a missing value."
            )


def _infer_column(values: pd.Series, given: Override) -> Column:
    _check_finite(values)
    kind = _infer_kind(values) if given.kind is None else given.kind
    _check_kind(values, kind)
    given.check(values, kind)
    categories: tuple[Any, ...] = ()
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = tuple(scalar(level) for level in values.dtype.categories)
    levels = _levels(values, given.levels or categories) if kind in _LEVELLED else ()
    for level in (values.name, *levels, *categories):
        plain(level)  # what cannot be written down is refused now, not after the training
    return Column(values.name, kind, values.dtype, levels, given.low, given.high)


def _to_override(column: Column) -> Any:
    if column.kind is Kind.ORDINAL:
        return {"kind": str(column.kind), "levels": list(column.levels)}
    bounds = {side: bound for side in ("low", "high") if (bound := getattr(column, side)) is not None}
    return {"kind": str(column.kind), **bounds} if bounds else str(column.kind)


def _infer_kind(values: pd.Series) -> Kind:
    present = values.dropna()
    dtype = values.dtype
    try:
        varies = present.nunique() > 1
    except TypeError:
        raise DataError(
            f"Cells must hold single values, however: column {values.name!r} holds "
            f"{type(present.iloc[0]).__name__}s. Spread them over columns."
        ) from None
    if not varies:
        return Kind.CONSTANT
    if pd.api.types.is_bool_dtype(dtype):
        return Kind.BOOLEAN
    if isinstance(dtype, pd.CategoricalDtype):
        return Kind.ORDINAL if dtype.ordered else Kind.CATEGORICAL
    if _is_time(dtype):
        return Kind.DATETIME
    if pd.api.types.is_integer_dtype(dtype):
        return Kind.INTEGER
    if pd.api.types.is_float_dtype(dtype):
        numbers = present.to_numpy(dtype=np.float64)
        return Kind.INTEGER if np.array_equal(numbers, np.rint(numbers)) else Kind.CONTINUOUS
    return Kind.CATEGORICAL


def _is_time(dtype: Any) -> bool:
    return pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype)


def _check_kind(values: pd.Series, kind: Kind) -> None:
    """Raise DataError if values of this dtype cannot be of this kind."""
    dtype = values.dtype
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    if kind in (Kind.CONTINUOUS, Kind.INTEGER) and not is_number:
        needed = "numbers"
    elif kind is Kind.DATETIME and not _is_time(dtype):
        needed = "datetimes and timedeltas"
    else:
        return
    raise DataError(
        f"Only {needed} can be {kind}, however: column {values.name!r} has dtype {dtype}. "
        "Convert the column or choose another kind."
    )


def _levels(values: pd.Series, categories: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values seen: in category order if there is one, else sorted (by text where types mix)."""
    seen = {scalar(value) for value in values.dropna().unique()}
    if categories:
        return tuple(level for level in categories if level in seen)
    try:
        return tuple(sorted(seen))
    except TypeError:
        return tuple(sorted(seen, key=lambda level: (type(level).__name__, str(level))))
