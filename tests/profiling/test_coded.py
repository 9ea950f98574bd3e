from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.profiling.coded import code_columns


def code(**columns):
    return code_columns(pd.DataFrame(columns))[1]


@pytest.mark.parametrize(
    "values",
    [
        [3.5, None, -1.0, 3.5],
        pd.array([7, None, -2, 7], dtype="Int64"),
        pd.to_datetime(["2024-03-01", None, "2020-01-01", "2024-03-01"]),
        pd.to_timedelta([5, None, 1, 5], "D"),
    ],
)
def test_numbers_and_times_are_coded_in_their_order(values):
    (column,) = code(x=values)
    assert column.codes.tolist() == [1, -1, 0, 1]
    assert column.counts.tolist() == [1, 2]
    assert column.is_sorted
    assert (column.n_present, column.missing.tolist()) == (3, [False, True, False, False])


def test_levels_are_coded_as_they_come():
    (column,) = code(x=["b", "a", None, "b"])
    assert not column.is_sorted
    assert column.values.tolist() == ["b", "a"]
    assert column.codes.tolist() == [0, 1, -1, 0]


def test_texts_are_stripped_and_the_most_frequent_comes_first():
    (column,) = code(x=pd.Series([" a", "b", 7, "b", None], dtype=object))
    texts, counts = column.texts
    assert (texts.tolist(), counts.tolist()) == (["b", "a"], [2, 1])


def test_infinite_numbers_are_counted_and_then_missing():
    frame = pd.DataFrame({"x": [1.0, np.inf, -np.inf, 2.0], "y": [1, 2, 3, 4]})
    finite, (x, y) = code_columns(frame)
    assert (x.n_infinite, y.n_infinite) == (2, 0)
    assert x.codes.tolist() == [0, -1, -1, 1]
    assert finite["x"].isna().tolist() == [False, True, True, False]
    assert np.isinf(frame["x"]).sum() == 2


def test_kinds_overrule_the_inference():
    frame = pd.DataFrame({"zip": [30, 10, 20]})
    assert code_columns(frame)[1][0].is_sorted
    (column,) = code_columns(frame, {"zip": "categorical"})[1]
    assert not column.is_sorted
    assert column.values.tolist() == [30, 10, 20]


@pytest.mark.parametrize(
    ("frame", "part"),
    [
        (pd.DataFrame({"x": []}), "at least one row"),
        (pd.DataFrame(index=range(3)), "at least one column"),
        (pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "'a' occurs twice"),
        (pd.DataFrame({"x": [[1], [2]]}), "single values"),
    ],
)
def test_what_is_no_table_is_refused(frame, part):
    with pytest.raises(DataError, match=part):
        code_columns(frame)
