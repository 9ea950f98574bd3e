"""Copies of rows are merged; rows that are equal because there are few values are not."""

import numpy as np
import pandas as pd
import pytest

from imbgen.generators.distinct import merge_copies
from imbgen.schema import Schema


def _merge(frame):
    return merge_copies(frame, Schema.infer(frame))


def _rows(n=20):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "amount": np.where(rng.random(n) < 0.6, 0.0, rng.gamma(1, size=n)),
            "sex": rng.choice(["F", None], n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 3, n), unit="D"),
            ("a", 1): rng.integers(0, 2, n),
        }
    )


def test_copies_become_one_row_of_their_weight():
    rows = _rows()
    copied = rows.iloc[np.repeat(np.arange(20), np.arange(20) % 4 + 1)].sample(frac=1, random_state=0)
    merged, weights = _merge(copied)
    counts = copied["x"].value_counts()
    np.testing.assert_allclose(weights, counts[merged["x"]] / len(copied))
    order = merged["x"].argsort().to_numpy()
    expected = rows.sort_values("x").reset_index(drop=True)
    pd.testing.assert_frame_equal(merged.iloc[order].reset_index(drop=True), expected)


def test_rows_that_are_all_different_stay_as_they_are():
    rows = _rows()
    merged, weights = _merge(rows)
    assert merged.equals(rows)
    np.testing.assert_allclose(weights, 1 / 20)


@pytest.mark.parametrize("table", ["levels", "whole numbers", "zero inflated"])
def test_equal_rows_of_few_values_are_no_copies(table):
    rng = np.random.default_rng(0)
    frames = {
        "levels": pd.DataFrame({"a": rng.choice(["x", "y"], 50), "b": rng.random(50) < 0.5}),
        "whole numbers": pd.DataFrame({"a": rng.integers(0, 5, 50), "b": rng.random(50) < 0.5}),
        "zero inflated": pd.DataFrame(
            {"a": np.r_[np.zeros(40), rng.gamma(1, size=10)], "b": rng.random(50) < 0.5}
        ),
    }
    assert frames[table].duplicated().any()
    merged, weights = _merge(frames[table])
    assert merged.equals(frames[table])
    np.testing.assert_allclose(weights, 1 / 50)


def test_a_gap_marks_no_copy():
    frame = pd.DataFrame({"x": [0.5, np.nan, np.nan, 1.5], "c": ["a", "b", "b", "b"]})
    assert len(_merge(frame)[0]) == 4
