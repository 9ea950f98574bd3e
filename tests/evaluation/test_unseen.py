"""Rows told apart across dtypes and files."""

import io

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.evaluation import conform, seen_rows
from imbgen.schema import Schema

TRAINING = pd.DataFrame(
    {
        "age": pd.Series([31, 40, 54], dtype="int64"),
        "dose": [0.1 + 0.2, np.nan, 2.5],
        "flag": [True, False, True],
        "site": pd.Categorical(["north", "south", "north"]),
        "code": pd.Series([1, 2, 1]).astype("category"),
        "grade": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
        "day": pd.to_datetime(["2024-01-01", "2024-02-03", None]),
    }
)
SCHEMA = Schema.infer(TRAINING)


def _as_csv(frame):
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)))


def test_a_table_that_came_back_as_csv_is_known_again():
    rows = conform(_as_csv(TRAINING), SCHEMA)
    assert seen_rows(rows, TRAINING).tolist() == [True] * 3
    assert rows["day"].dtype == TRAINING["day"].dtype
    assert rows["flag"].tolist() == [True, False, True]
    for column in SCHEMA.columns:
        assert (column.find(rows[column.name]) == column.find(TRAINING[column.name])).all()


@pytest.mark.parametrize(
    ("column", "value"),
    [("age", 32), ("dose", 2.6), ("flag", False), ("site", "south"), ("day", pd.Timestamp("2024-02-04"))],
)
def test_a_row_that_differs_in_one_column_is_unseen(column, value):
    rows = TRAINING.copy()
    rows.loc[2, column] = value
    assert seen_rows(rows, TRAINING).tolist() == [True, True, False]


def test_a_gap_equals_a_gap_only():
    rows = TRAINING.assign(dose=[np.nan, np.nan, 0.0])
    assert seen_rows(rows, TRAINING).tolist() == [False, True, False]


def test_order_of_columns_and_extra_ones_do_not_matter():
    shuffled = TRAINING[TRAINING.columns[::-1]].assign(extra=1)
    assert seen_rows(conform(shuffled, SCHEMA), TRAINING).all()


def test_a_level_that_was_not_seen_stays_what_it_is():
    rows = conform(_as_csv(TRAINING).assign(site="west"), SCHEMA)
    assert rows["site"].tolist() == ["west"] * 3


@pytest.mark.parametrize("words", [["true", "false", "TRUE"], [1, 0, 1], ["1", "0", "1"]])
def test_truth_in_other_words(words):
    assert conform(_as_csv(TRAINING).assign(flag=words), SCHEMA)["flag"].tolist() == [True, False, True]


def test_no_row_is_seen_in_no_rows():
    assert seen_rows(TRAINING.head(0), TRAINING).shape == (0,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"age": "old"}, "Column 'age' must hold integer values as at fit"),
        ({"day": "someday"}, "Column 'day' must hold datetime values as at fit"),
        ({"dose": np.inf}, "must be finite"),
    ],
)
def test_values_of_another_kind(changes, message):
    with pytest.raises(DataError, match=message):
        conform(_as_csv(TRAINING).assign(**changes), SCHEMA)


def test_a_missing_column():
    with pytest.raises(DataError, match=r"'dose' is missing.*Did you mean 'doses'\?"):
        conform(_as_csv(TRAINING).rename(columns={"dose": "doses"}), SCHEMA)
