"""Which rows a model has seen, and rows of another file in the dtypes of the training rows."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError
from imbgen.schema import Column, Kind, Schema

__all__ = ["conform", "seen_rows"]

_TRUTH = {"true": True, "True": True, "TRUE": True, "1": True}
_TRUTH |= {"false": False, "False": False, "FALSE": False, "0": False}


def seen_rows(rows: pd.DataFrame, training: pd.DataFrame) -> np.ndarray:
    """Tell which rows equal a training row in every column.

    Parameters
    ----------
    rows, training : DataFrame of shapes (n_rows, n_columns), (n_training, n_columns)
        The same columns. Numbers count as equal to twelve digits, for text files do not keep more for sure.

    Returns
    -------
    seen : ndarray of bool, shape (n_rows,)

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.evaluation import seen_rows
    >>> training = pd.DataFrame({"x": [0.1, 0.5], "c": ["a", None]})
    >>> seen_rows(pd.DataFrame({"x": [0.5, 0.1], "c": [None, "b"]}), training).tolist()
    [True, False]
    """
    known = set(_texts_of_rows(training))
    return np.array([row in known for row in _texts_of_rows(rows[training.columns])], dtype=bool)


def _texts_of_rows(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    return zip(*(_texts(frame[name]) for name in frame.columns), strict=True)


def _texts(values: pd.Series) -> list[str]:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return [f"{number:.12g}" for number in values.to_numpy(dtype=np.float64, na_value=np.nan)]
    return ["" if missing else f"={value}" for value, missing in zip(values, values.isna(), strict=True)]


def conform(rows: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the columns of a schema with its dtypes, as far as values allow.

    A table that was trained on from Parquet may come back as CSV, where dates are text and flags are words.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
    schema : Schema
        Of the training rows.

    Raises
    ------
    DataError
        A column is missing, or holds what cannot be of its kind.
    """
    rows = schema.check(rows)
    return schema.check(pd.concat([_convert(rows[column.name], column) for column in schema.columns], axis=1))


def _convert(values: pd.Series, column: Column) -> pd.Series:
    try:
        if column.kind is Kind.DATETIME:
            return values.astype(column.dtype).reset_index(drop=True)
        if not column.has_levels:
            return pd.to_numeric(values).reset_index(drop=True)
        return _as_levels(values, column)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"Column {column.name!r} must hold {column.kind} values as at fit, however: it does not"
            f" ({str(error).splitlines()[0]}). Correct the column."
        ) from error


def _as_levels(values: pd.Series, column: Column) -> pd.Series:
    """Values as the levels that they stand for; a value that stands for none stays as it is."""
    by_text: dict[str, Any] = {_as_text(level): level for level in column.levels}
    if set(column.levels) <= {True, False}:
        by_text = {text: truth for text, truth in _TRUTH.items() if truth in column.levels}
    levels = [by_text.get(_as_text(value), value) for value in values.astype(object)]
    return pd.Series(levels, dtype=object, name=column.name).mask(values.isna().to_numpy(), None)


def _as_text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, Real) else str(value)
