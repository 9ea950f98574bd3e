from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.plots._columns import as_numbers, common_columns, kind_of, label_counts, level_codes

FRAME = pd.DataFrame({"age": [1.0], "sex": ["f"]})


@pytest.mark.parametrize(
    ("frames", "columns", "message"),
    [
        ({}, None, "At least one frame"),
        ({"real": FRAME.iloc[:0]}, None, r"'real' has shape \(0, 2\)"),
        ({"real": FRAME, "synthetic": FRAME[[]]}, None, "'synthetic' has shape"),
        ({"real": FRAME.to_numpy()}, None, "'real' is a ndarray"),
        ({"real": FRAME, "synthetic": pd.DataFrame({"x": [1]})}, None, "share none"),
        ({"real": FRAME}, ["agee"], "Did you mean 'age'"),
        ({"real": FRAME}, [], "`columns` must name a column"),
        ({"real": FRAME[["age", "age"]]}, None, "repeats 'age'"),
    ],
)
def test_bad_frames_are_told(frames, columns, message):
    with pytest.raises(DataError, match=message):
        common_columns(frames, columns)


def test_columns_keep_the_order_asked_for():
    assert common_columns({"real": FRAME}, ["sex", "age"]) == ["sex", "age"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "number"),
        (pd.array([1, None], "Int64"), "number"),
        (pd.Series([1, None], dtype=object), "number"),
        (pd.to_timedelta([1, 2], unit="h"), "number"),
        (pd.to_datetime(["2020-01-01"]), "datetime"),
        ([True, False], "category"),
        (pd.Categorical([1, 2]), "category"),
        ([None], "category"),
    ],
)
def test_kind(values, kind):
    assert kind_of([pd.Series(values)]) == kind


def test_numbers_of_one_frame_and_text_of_another_are_categories():
    assert kind_of([pd.Series([1.0]), pd.Series(["1"])]) == "category"


def test_times_are_days_in_utc():
    zoned = pd.Series(pd.to_datetime(["1970-01-02 01:00"]).tz_localize("Etc/GMT-1"))
    assert as_numbers(zoned) == pytest.approx([1.0])
    assert as_numbers(pd.Series(pd.to_timedelta([36, None], unit="h"))) == pytest.approx(
        [1.5, np.nan], nan_ok=True
    )


def test_infinite_numbers_are_missing():
    assert np.isnan(as_numbers(pd.Series([np.inf, -np.inf]))).all()


def test_levels_that_read_alike_are_one():
    mixed = pd.Series([1, "1", None], dtype=object)
    assert label_counts(mixed).to_dict() == {"1": 2}
    codes, levels = level_codes(mixed)
    assert (codes.tolist(), levels) == ([0, 0, -1], ["1"])


def test_ordered_levels_keep_their_order():
    grades = pd.Series(pd.Categorical(["A", "A", "C"], categories=["C", "B", "A"], ordered=True))
    assert label_counts(grades).to_dict() == {"C": 1, "B": 0, "A": 2}
    assert list(label_counts(grades).index) == ["C", "B", "A"]
