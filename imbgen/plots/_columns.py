"""Checks of frames, and columns seen as numbers or as labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pandas import Categorical, CategoricalDtype, DataFrame, Index, Series, factorize
from pandas.api import types

from imbgen.errors import DataError, did_you_mean

__all__ = [
    "Kind",
    "as_numbers",
    "check_frame",
    "check_table",
    "common_columns",
    "is_ordered",
    "kind_of",
    "label_counts",
    "level_codes",
    "row_labels",
    "row_mask",
]

Kind = Literal["number", "datetime", "category"]


def check_frame(frame: DataFrame, name: str) -> None:
    """Raise unless `frame` is a pandas frame with rows and distinct column names."""
    if not isinstance(frame, DataFrame):
        raise DataError(
            f"Pictures are drawn of pandas DataFrames, however: {name!r} is a {type(frame).__name__}. "
            "Convert it, for instance with `.to_pandas()`."
        )
    if frame.empty:
        raise DataError(
            f"A picture needs rows and columns, however: {name!r} has shape {frame.shape}. "
            "Leave it out or pass a table with rows."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(
            f"Column names must be distinct, however: {name!r} repeats {twice!r}. Rename one of them."
        )


def check_table(table: DataFrame, needed: Sequence[str], name: str) -> None:
    """Raise unless `table` has rows and the `needed` columns."""
    check_frame(table, name)
    for column in needed:
        if column not in table.columns:
            raise DataError(
                f"{name!r} must have the columns {list(needed)}, however: {column!r} is missing."
                f"{did_you_mean(column, table.columns)} Its columns are {list(table.columns)}."
            )


def row_labels(y: ArrayLike, n_rows: int | None, name: str) -> np.ndarray:
    """Return labels as text, an object array of shape (n_rows,); None stands for any number of rows above 0.

    Examples
    --------
    >>> from imbgen.plots._columns import row_labels
    >>> row_labels([1, None], 2, "y").tolist()
    ['1', 'missing']
    """
    labels = np.asarray(y, dtype=object)
    if labels.ndim != 1 or len(labels) == 0 or n_rows not in (None, len(labels)):
        wanted = "" if n_rows is None else f", {n_rows} in all"
        raise DataError(
            f"`{name}` must hold one label per row{wanted}, however: its shape is {labels.shape}. "
            "Pass a column."
        )
    return Series(labels).map(str, na_action="ignore").fillna("missing").to_numpy(dtype=object)


def row_mask(mask: ArrayLike, n_rows: int, of: str) -> np.ndarray:
    """Return `synthetic_mask` as an array of shape (n_rows,), or raise unless it is a boolean per row."""
    array = np.asarray(mask)
    if array.dtype != bool or array.shape != (n_rows,):
        raise DataError(
            f"`synthetic_mask` must hold one boolean per row of `{of}`, however: it has dtype {array.dtype} "
            f"and shape {array.shape} for {n_rows} rows. Build it as `np.arange(len({of})) >= n_real`."
        )
    return array


def common_columns(
    frames: Mapping[str, DataFrame], columns: Iterable[Hashable] | None = None
) -> list[Hashable]:
    """Check the frames and return the columns to draw, in the order of the first frame.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Frames by name; the first one leads.
    columns : iterable of hashable, optional
        Columns asked for; kept in their own order.

    Returns
    -------
    columns : list of hashable
        Columns that every frame has.

    Raises
    ------
    DataError
        If a frame is empty, nothing is shared, or a column asked for is unknown.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots._columns import common_columns
    >>> common_columns({"a": DataFrame({"x": [1], "y": [2]}), "b": DataFrame({"y": [3]})})
    ['y']
    """
    if not frames:
        raise DataError("At least one frame is needed, however: `frames` is empty. Pass {'real': frame}.")
    for name, frame in frames.items():
        check_frame(frame, name)
    first, *rest = frames.values()
    shared = [column for column in first.columns if all(column in frame.columns for frame in rest)]
    if not shared:
        raise DataError(
            f"The frames must share a column, however: {list(frames)} share none. Rename some columns."
        )
    if columns is None:
        return shared
    asked = list(dict.fromkeys(columns))
    for column in asked:
        if column not in shared:
            raise DataError(
                f"`columns` must be in every frame, however: {column!r} is not."
                f"{did_you_mean(column, shared)} Choose from {shared[:20]}."
            )
    if not asked:
        raise DataError("`columns` must name a column, however: it is empty. Leave it out to draw all.")
    return asked


def kind_of(parts: Iterable[Series]) -> Kind:
    """Return what a column is in all frames at once; parts without any value have no say.

    Examples
    --------
    >>> from pandas import Series
    >>> from imbgen.plots._columns import kind_of
    >>> kind_of([Series([1.5, 2.0]), Series([None, None])]), kind_of([Series([True]), Series([1])])
    ('number', 'category')
    """
    filled = [part.infer_objects() for part in parts if part.notna().any()]
    if filled and all(_is_number(part) for part in filled):
        return "number"
    if filled and all(types.is_datetime64_any_dtype(part) for part in filled):
        return "datetime"
    return "category"


def _is_number(part: Series) -> bool:
    number = types.is_numeric_dtype(part) or types.is_timedelta64_dtype(part)
    return bool(number and not types.is_bool_dtype(part))


def as_numbers(part: Series) -> np.ndarray:
    """Return a column as floats: dates and durations in days, NaN for what is missing or infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.plots._columns import as_numbers
    >>> as_numbers(pd.Series(pd.to_datetime(["1970-01-02 12:00", None])))
    array([1.5, nan])
    """
    part = part.infer_objects()
    if not part.notna().any():
        return np.full(len(part), np.nan)
    if types.is_datetime64_any_dtype(part) or types.is_timedelta64_dtype(part):
        ticks = part.to_numpy(dtype="M8[ns]" if types.is_datetime64_any_dtype(part) else "m8[ns]")
        values = ticks.astype("int64") / 86_400e9
        values[np.isnat(ticks)] = np.nan
        return values
    values = part.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def label_counts(part: Series) -> Series:
    """Return the rows per level, levels as text; an ordered column keeps its order, absent levels too.

    Examples
    --------
    >>> from pandas import Series
    >>> from imbgen.plots._columns import label_counts
    >>> label_counts(Series(["b", "a", None, "b"])).to_dict()
    {'b': 2, 'a': 1}
    """
    counts = part.value_counts(sort=not is_ordered(part))
    if is_ordered(part):
        counts = counts.reindex(Index(Categorical(part).categories))
    counts.index = Index([str(level) for level in counts.index], dtype=object)
    return counts.groupby(level=0, sort=False).sum()


def level_codes(part: Series) -> tuple[np.ndarray, list[str]]:
    """Return the place of each row's level, -1 where missing, and the levels as text.

    Examples
    --------
    >>> from pandas import Series
    >>> from imbgen.plots._columns import level_codes
    >>> codes, levels = level_codes(Series(["b", None, "a", "b"]))
    >>> codes.tolist(), levels
    ([0, -1, 1, 0], ['b', 'a'])
    """
    codes, values = factorize(part)
    merged, levels = factorize(np.array([str(value) for value in values], dtype=object))
    return np.append(merged, -1)[codes], list(levels)


def is_ordered(part: Series) -> bool:
    """Tell whether the column is an ordered categorical."""
    return isinstance(part.dtype, CategoricalDtype) and bool(part.dtype.ordered)
