"""Rows that obey: drawn anew where that helps, mended where it does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbgen.errors import DataError
from imbgen.rules import RuleKeeper, read_rules
from imbgen.schema import Schema

CITIES = pd.DataFrame(
    {
        "city": ["a", "b", "c", "d", None],
        "state": ["p", "p", "q", "q", "q"],
        "size": [1.5, 2.0, 3.0, 4.0, 5.0],
    }
)
TOGETHER = [{"combinations": ["city", "state"]}]


def _keeper(rules, frame):
    return RuleKeeper(read_rules(rules), Schema.infer(frame)).fit(frame)


def _never():
    raise AssertionError("rows were drawn anew")


def test_rows_that_obey_are_left_as_they_are():
    rows = pd.DataFrame({"city": ["a", None], "state": ["p", "q"], "size": [9.0, np.nan]})
    kept = _keeper(TOGETHER, CITIES).keep(rows, _never, np.random.default_rng(0))
    pd.testing.assert_frame_equal(kept, rows)


def test_rows_drawn_anew_stand_where_the_broken_ones_stood():
    rows = pd.DataFrame({"city": ["a", "c", "b"], "state": ["q", "q", "p"], "size": [1.0, 2.0, 3.0]})
    fresh = pd.DataFrame({"city": ["a", "d"], "state": ["q", "q"], "size": [7.0, 8.0]})
    kept = _keeper(TOGETHER, CITIES).keep(rows, lambda: fresh, np.random.default_rng(0))
    assert kept["size"].tolist() == [8.0, 2.0, 3.0]


def test_what_cannot_be_drawn_is_mended_by_the_nearest_and_keeps_its_other_columns():
    """City d is in state q only; of a row (d, p) the nearest combinations share one of the two."""
    rows = pd.DataFrame({"city": ["d"], "state": ["p"], "size": [7.25]})
    n_draws = []
    kept = _keeper(TOGETHER, CITIES).keep(rows, lambda: n_draws.append(1) or rows, np.random.default_rng(0))
    assert tuple(kept[["city", "state"]].iloc[0]) in {("d", "q"), ("a", "p"), ("b", "p")}
    assert kept["size"].tolist() == [7.25]
    assert len(n_draws) == 4


def test_numbers_are_mended_by_the_nearest():
    frame = pd.DataFrame({"low": [0.0, 10.0, 100.0], "high": [1.0, 20.0, 300.0]})
    rows = pd.DataFrame({"low": [101.0, 12.0], "high": [99.0, 11.0]})
    kept = _keeper([{"ordered": ["low", "high"]}], frame).keep(rows, lambda: rows, np.random.default_rng(0))
    assert kept.to_numpy().tolist() == [[100.0, 300.0], [10.0, 20.0]]


def test_rules_that_share_a_column_are_mended_together_and_others_apart():
    frame = pd.DataFrame({"a": [1, 2], "b": [2, 3], "c": [3, 4], "x": [5, 6], "y": [6, 7]})
    rules = [{"ordered": ["a", "b"]}, {"ordered": ["x", "y"]}, {"ordered": ["b", "c"]}]
    keeper = _keeper(rules, frame)
    assert sorted(group.names for group in keeper.groups) == [["a", "b", "c"], ["x", "y"]]
    rows = pd.DataFrame({"a": [2], "b": [1], "c": [3], "x": [5], "y": [7]})
    kept = keeper.keep(rows, lambda: rows, np.random.default_rng(0))
    assert kept[["x", "y"]].to_numpy().tolist() == [[5, 7]]
    assert kept[["a", "b", "c"]].to_numpy().tolist() in ([[1, 2, 3]], [[2, 3, 4]])


def test_training_rows_that_break_a_rule_are_refused():
    frame = pd.DataFrame({"a": [1, 5, 7], "b": [2, 3, 4]})
    with pytest.raises(DataError, match=r"2 of 3 break \{ordered: \['a', 'b'\]\}"):
        _keeper([{"ordered": ["a", "b"]}], frame)


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 60))
def test_whatever_is_drawn_every_row_obeys(seed, n_training, n_rows):
    rng = np.random.default_rng(seed)

    def draw(n, ordered):
        low, high = rng.integers(0, 9, n), rng.integers(0, 9, n)
        frame = pd.DataFrame(
            {
                "low": np.minimum(low, high) if ordered else low,
                "high": pd.array(np.maximum(low, high) if ordered else high, dtype="Int64"),
                "kind": pd.Categorical(rng.choice(list("abc"), n), list("abc")),
            }
        )
        frame.loc[rng.random(n) < 0.2, "high"] = pd.NA
        return frame

    training, rows = draw(n_training, True), draw(n_rows, False)
    training.loc[:1, "low"], training.loc[:1, "high"] = [0, 7], [7, 8]  # so that whole numbers are learned
    schema = Schema.infer(training)
    rows = rows[rows["kind"].isin(training["kind"].unique())].reset_index(drop=True)
    rules = [{"ordered": ["low", "high"]}, {"combinations": ["low", "kind"]}]
    keeper = RuleKeeper(read_rules(rules), schema).fit(training)
    kept = keeper.keep(rows, lambda: rows, np.random.default_rng(0))
    assert len(kept) == len(rows)
    assert kept.dtypes.equals(rows.dtypes)
    assert (kept["low"] <= kept["high"]).fillna(True).all()
    seen = set(zip(training["low"], training["kind"], strict=True))
    assert set(zip(kept["low"], kept["kind"], strict=True)) <= seen
