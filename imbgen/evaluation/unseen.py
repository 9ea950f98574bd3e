"""Which rows a model has seen, and rows of another file in the dtypes of the training rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln

from imbgen.errors import DataError
from imbgen.schema import Column, Kind, Schema

__all__ = ["conform", "count_by_chance", "is_beyond_chance", "seen_rows", "value_text"]

# Standard deviations; a dozen of folds and files are looked at.
_BEYOND = 3.0

_TRUTH = {"true": True, "True": True, "TRUE": True, "1": True}
_TRUTH |= {"false": False, "False": False, "FALSE": False, "0": False}


def seen_rows(rows: pd.DataFrame, training: pd.DataFrame) -> np.ndarray:
    """Tell which rows equal a training row in every column.

    Parameters
    ----------
    rows, training : DataFrame of shapes (n_rows, n_columns), (n_training, n_columns)
        The same columns; their dtypes may differ. Numbers count as equal to twelve digits, for text files
        do not keep more for sure, and as 32-bit numbers where one side holds these. Flags equal 1 and 0,
        and missing values each other.

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
    floats = {name: _narrowest(rows[name].dtype, training[name].dtype) for name in training.columns}
    known = set(_texts_of_rows(training, floats))
    return np.array([row in known for row in _texts_of_rows(rows, floats)], dtype=bool)


def count_by_chance(
    held_out: pd.DataFrame, training: pd.DataFrame, n_made: int, *, repeats: bool = False
) -> float:
    """Return how many held-out rows an honest sample would hold, beside those that equal a training row.

    In a table of few distinct rows a sample that never saw the held-out ones hits some all the same. Each row
    is new among `n` others with a chance that the counts of equal rows tell; what `n_made` more rows take
    from it is what they hit. Where no two rows are equal that is nothing.

    Parameters
    ----------
    held_out, training : DataFrame of shapes (n_held_out, n_columns), (n_training, n_columns)
        Real rows of one class.
    n_made : int
        How many rows were made.
    repeats : bool
        Whether rows of the whole table are known to repeat: a class of few rows may have no two equal ones.

    Returns
    -------
    count : float
        At most `n_held_out`.

    References
    ----------
    A. Chao, L. Jost (2012), "Coverage-based rarefaction and extrapolation", Ecology 93(12).
    """
    real = pd.concat([held_out, training], ignore_index=True)
    counts = Counter(_texts_of_rows(real, {name: _narrowest(real[name].dtype) for name in real.columns}))
    sizes = np.array(list(counts.values()))
    before, after = (_chance_of_new(sizes, n, repeats) for n in (len(training), len(training) + n_made))
    return len(held_out) * (before - after)


def _chance_of_new(sizes: np.ndarray, n: int, repeats: bool) -> float:
    """Return the chance that a row equals none of `n` others, from how often each distinct row occurs."""
    n_rows = int(sizes.sum())
    if n < n_rows:
        new = gammaln(n_rows - sizes + 1) + gammaln(n_rows - n) - gammaln(n_rows)
        fits = sizes <= n_rows - n
        new = new[fits] - gammaln(n_rows - sizes[fits] - n + 1)
        return float((sizes[fits] / n_rows * np.exp(new)).sum())
    once, twice = int((sizes == 1).sum()), int((sizes == 2).sum()) + repeats
    kept = (n_rows - 1) * once / max((n_rows - 1) * once + 2 * twice, 1)
    return once / n_rows * kept ** (n - n_rows + 1)


def is_beyond_chance(n_seen: float, by_chance: float) -> bool:
    """Whether more held-out rows are among made ones than chance puts there (see `count_by_chance`)."""
    return n_seen > by_chance + _BEYOND * by_chance**0.5


def _narrowest(*dtypes: Any) -> np.dtype:
    """Return the float dtype in which numbers of both dtypes can be compared."""
    sizes = [dtype.itemsize for dtype in dtypes if pd.api.types.is_float_dtype(dtype)]
    return np.dtype(f"f{min(sizes, default=8)}")


def _texts_of_rows(
    frame: pd.DataFrame, floats: Mapping[Hashable, np.dtype]
) -> Iterator[tuple[str | None, ...]]:
    return zip(*(_texts(frame[name], dtype) for name, dtype in floats.items()), strict=True)


def _texts(values: pd.Series, dtype: np.dtype) -> list[str | None]:
    if pd.api.types.is_numeric_dtype(values.dtype):  # at once, for it is much faster
        values = pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan))
    pairs = zip(values.astype(object), values.isna(), strict=True)
    return [None if missing else _as_text(value, dtype) for value, missing in pairs]


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
    values = values.reset_index(drop=True)
    try:
        if column.kind is Kind.DATETIME:
            return values.astype(column.dtype)
        return _as_levels(values, column) if column.has_levels else pd.to_numeric(values)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"Column {column.name!r} must hold {column.kind} values as at fit, however: it does not"
            f" ({str(error).splitlines()[0]}). Correct the column."
        ) from error


def _as_levels(values: pd.Series, column: Column) -> pd.Series:
    """Values as the levels that they stand for; a value that stands for none stays as it is."""
    dtype = _narrowest(values.dtype, column.dtype)
    if all(isinstance(level, bool) for level in column.levels):
        by_text = {text: truth for text, truth in _TRUTH.items() if truth in column.levels}
    else:
        by_text = {text: level for level in column.levels for text in _other_texts(level)}
        by_text |= {_as_text(level, dtype): level for level in column.levels}
    levels = [by_text.get(_as_text(value, dtype), value) for value in values.astype(object)]
    return pd.Series(levels, dtype=object, name=column.name).mask(values.isna().to_numpy(), None)


def _as_text(value: Any, dtype: np.dtype) -> str:
    if isinstance(value, Real | Decimal | np.bool_):
        return f"{float(dtype.type(value)) + 0.0:.12g}"  # there is no -0
    return str(value)


def value_text(value: Any) -> str:
    """Return one text for all that files make of a value: 1, 1.0, "1.0", True and "True" are "1".

    Examples
    --------
    >>> from imbgen.evaluation.unseen import value_text
    >>> [value_text(value) for value in (1, "1.0", True, "true", "sick")]
    ['1', '1', '1', '1', 'sick']
    """
    value = _TRUTH.get(value, value) if isinstance(value, str) else value
    with suppress(TypeError, ValueError):
        return _as_text(float(value), np.dtype(np.float64))
    return str(value)


def _other_texts(level: Any) -> Iterator[str]:
    """Yield what a text file may make of a level: a day without its hour, "01" as the number 1."""
    yield str(level).removesuffix(" 00:00:00")
    with suppress(TypeError, ValueError):
        yield _as_text(float(level), np.dtype(np.float64))
