"""Tables of one class with columns of every kind, as a strategy of hypothesis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "`imbgen.testing.strategies` needs hypothesis, however: it is not installed. "
        'Install it with `pip install "imbgen[test]"`.'
    ) from error

__all__ = ["COLUMNS", "tables"]

Maker = Callable[[np.random.Generator, int], Any]

_START = pd.Timestamp("2021-03-01")
_LEVELS = ["u", "v", "w"]


@st.composite
def tables(
    draw: st.DrawFn, *, min_rows: int = 2, max_rows: int = 60, max_columns: int = 6, gaps: bool = True
) -> pd.DataFrame:
    """Tables with a few columns of kinds drawn from `COLUMNS`.

    Parameters
    ----------
    min_rows, max_rows : int
        Bounds of the number of rows.
    max_columns : int
        Most columns.
    gaps : bool
        Whether columns may have missing values, where their dtype has room for them.

    Returns
    -------
    tables : hypothesis strategy of DataFrame
        Each has a value in at least one cell. Names of columns tell their kinds.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from imbgen import KernelGenerator
    >>> from imbgen.testing.strategies import tables
    >>> @settings(max_examples=3)
    ... @given(tables())
    ... def dtypes_are_kept(table):
    ...     rows = KernelGenerator(random_state=0).fit(table).sample(5)
    ...     assert rows.dtypes.equals(table.dtypes)
    >>> dtypes_are_kept()
    """
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=max_columns))
    n_rows = draw(st.integers(min_rows, max_rows))
    missing = draw(st.sampled_from([0.0, 0.1, 0.5])) if gaps else 0.0
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = {}
    for i, kind in enumerate(kinds):
        values = pd.Series(COLUMNS[kind](rng, n_rows))
        holes = rng.random(n_rows) < missing
        holes[0] = False
        columns[f"{kind} {i}"] = values.mask(pd.Series(holes)) if _may_miss(values) else values
    return pd.DataFrame(columns)


def _may_miss(values: pd.Series) -> bool:
    return not isinstance(values.dtype, np.dtype) or values.dtype.kind in "fOMm"


def _days(rng: np.random.Generator, n: int) -> pd.DatetimeIndex:
    return _START + pd.to_timedelta(rng.integers(0, 400, n), unit="D")


def _minutes(rng: np.random.Generator, n: int) -> pd.TimedeltaIndex:
    return pd.to_timedelta(rng.integers(0, 999, n), unit="min")


def _choice(rng: np.random.Generator, values: list[Any], n: int) -> pd.Series:
    return pd.Series([values[i] for i in rng.integers(0, len(values), n)], dtype=object)


def _decimals(rng: np.random.Generator, n: int) -> pd.Series:
    return pd.Series([Decimal(int(i)) / 4 for i in rng.integers(0, 99, n)], dtype=object)


#: Name of a kind -> function of a random generator and a number of rows that makes a column of it.
COLUMNS: dict[str, Maker] = {
    "float": lambda rng, n: rng.normal(size=n),
    "float32": lambda rng, n: rng.normal(size=n).astype(np.float32),
    "float16": lambda rng, n: rng.normal(size=n).astype(np.float16),
    "Float64": lambda rng, n: pd.array(rng.normal(size=n), dtype="Float64"),
    "heavy tail": lambda rng, n: rng.lognormal(0, 3, n),
    "two decimals": lambda rng, n: np.round(rng.normal(0, 5, n), 2),
    "mostly zero": lambda rng, n: np.where(rng.random(n) < 0.8, 0.0, rng.gamma(1, 50, n)),
    "half spike": lambda rng, n: np.where(rng.random(n) < 0.5, 37.5, rng.normal(size=n)),
    "huge": lambda rng, n: rng.normal(size=n) * 1e300,
    "tiny": lambda rng, n: rng.normal(size=n) * 1e-300,
    "largest floats": lambda rng, n: rng.choice([-1.797e308, 0.0, 1.797e308], n),
    "smallest floats": lambda rng, n: rng.integers(0, 9, n) * 5e-324,
    "close floats": lambda rng, n: 1e15 + rng.integers(0, 4, n) * 0.125,
    "minus zero": lambda rng, n: rng.choice([-0.0, 0.0, 1.0], n),
    "whole floats": lambda rng, n: rng.integers(0, 9, n).astype(np.float64),
    "sparse": lambda rng, n: pd.arrays.SparseArray(np.where(rng.random(n) < 0.8, 0.0, rng.normal(size=n))),
    "int8": lambda rng, n: rng.integers(-128, 128, n).astype(np.int8),
    "int64": lambda rng, n: rng.integers(-50, 50, n),
    "large int64": lambda rng, n: rng.integers(-(2**63), 2**63 - 1, n),
    "uint64": lambda rng, n: rng.integers(0, 2**64 - 1, n, dtype=np.uint64),
    "Int8": lambda rng, n: pd.array(rng.integers(-128, 127, n), dtype="Int8"),
    "Int64": lambda rng, n: pd.array(rng.integers(0, 9, n), dtype="Int64"),
    "UInt8": lambda rng, n: pd.array(rng.integers(0, 255, n), dtype="UInt8"),
    "bool": lambda rng, n: rng.random(n) < 0.4,
    "boolean": lambda rng, n: pd.array(rng.random(n) < 0.4, dtype="boolean"),
    "category": lambda rng, n: pd.Categorical(rng.choice(list("abc"), n), categories=list("zcba")),
    "ordered": lambda rng, n: pd.Categorical(rng.choice(["lo", "hi"], n), ["lo", "mid", "hi"], ordered=True),
    "category of numbers": lambda rng, n: pd.Categorical(rng.choice([5, 7, 9], n)),
    "category of flags": lambda rng, n: pd.Categorical(rng.random(n) < 0.5),
    "category of intervals": lambda rng, n: pd.cut(rng.random(n), [0, 0.2, 0.7, 1]),
    "category of times": lambda rng, n: pd.Categorical(_days(rng, n).to_period("Q").to_timestamp()),
    "one of the categories": lambda rng, n: pd.Categorical(["a"] * n, categories=["a", "b"]),
    "text": lambda rng, n: rng.choice(_LEVELS, n).astype(object),
    "string": lambda rng, n: pd.array(rng.choice(_LEVELS, n), dtype="string"),
    "odd text": lambda rng, n: _choice(rng, ["", " ", "é", "😀", "a\n", "nan", "None", "0"], n),
    "a thousand levels": lambda rng, n: [f"id{i}" for i in rng.integers(0, 1000, n)],
    "mixed objects": lambda rng, n: _choice(rng, [1, "a", 2.5, True], n),
    "flags as objects": lambda rng, n: _choice(rng, [True, False], n),
    "decimal": _decimals,
    "date": lambda rng, n: _choice(rng, [dt.date(2020, 1, d) for d in range(1, 29)], n),
    "time of day": lambda rng, n: _choice(rng, [dt.time(h) for h in range(24)], n),
    "tuples": lambda rng, n: _choice(rng, [(1, 2), (3,)], n),
    "datetime": lambda rng, n: _days(rng, n).astype("datetime64[ns]"),
    "datetime in seconds": lambda rng, n: _days(rng, n).astype("datetime64[s]"),
    "datetime in a zone": lambda rng, n: (
        (_days(rng, n) + _minutes(rng, n)).tz_localize("UTC").tz_convert("America/New_York")
    ),
    "timedelta": _minutes,
    "period": lambda rng, n: _days(rng, n).to_period("M"),
    "arrow int64": lambda rng, n: pd.array(rng.integers(0, 99, n), dtype="int64[pyarrow]"),
    "arrow double": lambda rng, n: pd.array(rng.normal(size=n), dtype="double[pyarrow]"),
    "arrow bool": lambda rng, n: pd.array(rng.random(n) < 0.5, dtype="bool[pyarrow]"),
    "arrow string": lambda rng, n: pd.array(rng.choice(_LEVELS, n), dtype=pd.ArrowDtype(pa.string())),
    "arrow timestamp": lambda rng, n: pd.Series(_days(rng, n)).astype("timestamp[us][pyarrow]"),
    "arrow date": lambda rng, n: pd.Series(_days(rng, n)).astype("date32[pyarrow]"),
    "arrow duration": lambda rng, n: pd.Series(_minutes(rng, n)).astype("duration[ms][pyarrow]"),
    "arrow decimal": lambda rng, n: _decimals(rng, n).astype(pd.ArrowDtype(pa.decimal128(9, 2))),
    "one value": lambda rng, n: ["x"] * n,
    "never there": lambda rng, n: [np.nan] * n,
}
