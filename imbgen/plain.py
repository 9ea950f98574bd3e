"""Labels, levels and dtypes as plain JSON types and back: a model on disk is data and nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError

__all__ = ["dtype_from_json", "dtype_to_json", "plain", "scalar", "unplain"]


def scalar(value: Any) -> Any:
    """Return a NumPy scalar as the Python object it stands for; anything else as it is."""
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.timedelta64):
        return pd.Timedelta(value)
    return value.item() if isinstance(value, np.generic) else value


def plain(value: Any) -> Any:
    """Return a label or level as JSON types; the inverse of `unplain`.

    Raises
    ------
    DataError
        A type that has no such form.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.plain import plain, unplain
    >>> plain(("a", 1)), unplain(plain(pd.Timestamp("2024-05-01")))
    ({'tuple': ['a', 1]}, Timestamp('2024-05-01 00:00:00'))
    """
    value = scalar(value)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return {"tuple": [plain(item) for item in value]}
        case pd.Timestamp():
            return {"timestamp": value.isoformat(), "unit": value.unit, "zone": value.tz and str(value.tz)}
        case pd.Timedelta():
            return {"timedelta": int(value.asm8.astype(np.int64)), "unit": value.unit}
        case pd.Period():
            return {"period": str(value), "freq": value.freqstr}
        case pd.Interval():
            return {"interval": [plain(value.left), plain(value.right)], "closed": value.closed}
        case Decimal():
            return {"decimal": str(value)}
        case dt.time():
            return {"time": value.isoformat()}
        case dt.date() if not isinstance(value, dt.datetime):
            return {"date": value.isoformat()}
    raise DataError(
        "Labels and levels must be text, numbers, booleans or times, however: "
        f"{value!r} is a {type(value).__name__}. Convert the column to text."
    )


def unplain(value: Any) -> Any:
    """Return what `plain` was given."""
    match value:
        case {"tuple": items}:
            return tuple(unplain(item) for item in items)
        case {"timestamp": text, "unit": unit, "zone": zone}:
            stamp = pd.Timestamp(text).as_unit(unit)
            return stamp.tz_convert(zone) if zone else stamp
        case {"timedelta": count, "unit": unit}:
            return pd.Timedelta(np.timedelta64(count, unit))
        case {"period": text, "freq": freq}:
            return pd.Period(text, freq=freq)
        case {"interval": [left, right], "closed": closed}:
            return pd.Interval(unplain(left), unplain(right), closed=closed)
        case {"decimal": text}:
            return Decimal(text)
        case {"time": text}:
            return dt.time.fromisoformat(text)
        case {"date": text}:
            return dt.date.fromisoformat(text)
    return value


def dtype_to_json(dtype: Any) -> Any:
    """Return a NumPy or pandas dtype as JSON types; the inverse of `dtype_from_json`."""
    if isinstance(dtype, pd.CategoricalDtype):
        categories = dtype.categories
        return {
            "categories": [plain(level) for level in categories],
            "of": dtype_to_json(categories.dtype),
            "ordered": bool(dtype.ordered),
        }
    if isinstance(dtype, pd.StringDtype):
        return {"text": dtype.storage, "missing": "NA" if dtype.na_value is pd.NA else "nan"}
    return str(dtype)


def dtype_from_json(state: Any) -> Any:
    """Return the dtype that `dtype_to_json` was given."""
    match state:
        case {"categories": levels, "of": of, "ordered": ordered}:
            categories = pd.Index([unplain(level) for level in levels], dtype=dtype_from_json(of))
            return pd.CategoricalDtype(categories, ordered=ordered)
        case {"text": storage, "missing": "NA"}:
            return pd.StringDtype(storage)
        case {"text": storage}:
            return pd.StringDtype(storage, na_value=np.nan)
    return pd.api.types.pandas_dtype(state)
