"""Rows told apart across dtypes and files."""

import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.evaluation import conform, seen_rows
from imbgen.evaluation.unseen import count_by_chance, is_beyond_chance
from imbgen.schema import Schema
from imbgen.tables import read_table, write_table

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


# As text the second is 0.7839755, and to six digits that would not be the number of 32 bits.
WIDE = np.array([0.1, 0.7839755, -1.0 / 3.0])
ZONED = pd.Series(pd.to_datetime(["2024-01-01 10:30", None, "2024-06-01 00:00"])).dt.tz_localize(
    "Europe/Berlin"
)
ODD = {
    "whole": pd.Series([1, None, 3], dtype="Int64"),
    "whole number, called categorical": pd.Series([1, 2, 1]),
    "nullable, called categorical": pd.Series([1, None, 2], dtype="Int64"),
    "zero and one, called categorical": pd.Series([0, 1, 1]),
    "category of whole numbers": pd.Series([1, 2, 1]).astype("category"),
    "category of days": pd.Series(pd.to_datetime(["2024-01-01", "2024-02-03", "2024-01-01"])).astype(
        "category"
    ),
    "constant number": pd.Series([7, 7, 7]),
    "constant of 32 bits": pd.Series([0.1] * 3, dtype="float32"),
    "nothing": pd.Series([np.nan] * 3),
    "32 bits": pd.Series(WIDE, dtype="float32"),
    "nullable 32 bits": pd.Series(WIDE, dtype="Float32"),
    "nullable flag": pd.Series([True, None, False], dtype="boolean"),
    "flag as object": pd.Series([True, None, False], dtype=object),
    "text": pd.Series(["a", None, "b"], dtype="string"),
    "arrow text": pd.Series(["a", None, "b"], dtype="string[pyarrow]"),
    "text of digits": pd.Series(["01", "02", "10"]),
    "duration": pd.Series(pd.to_timedelta([1, 90, 86_400], unit="s")),
    "zoned time": ZONED,
    "time of seconds": pd.Series(pd.to_datetime(["2024-01-01 10:30", "2024-02-03 00:00", None])).astype(
        "datetime64[s]"
    ),
    "decimal": pd.Series([Decimal("0.50"), Decimal(2), Decimal("0.50")], dtype=object),
    "day as object": pd.Series([dt.date(2024, 1, 1), dt.date(2024, 2, 3), None], dtype=object),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("form", ["csv", "parquet", "same"])
def test_rows_of_odd_dtypes_are_known_again(name, form, tmp_path):
    frame = pd.DataFrame({"odd": ODD[name], "x": [0.5, 1.5, 2.5]})
    schema = Schema.infer(frame, {"odd": "categorical"} if "called" in name else None)
    write_table(frame, tmp_path / "training_rows.parquet")
    training = read_table(tmp_path / "training_rows.parquet")
    rows = {"csv": _as_csv(frame), "parquet": training, "same": frame}[form]
    assert seen_rows(conform(rows, schema), training).tolist() == [True] * 3
    assert not seen_rows(conform(rows.assign(x=9.0), schema), training).any()


def test_numbers_of_32_and_64_bits_are_compared_as_32():
    narrow = pd.DataFrame({"x": WIDE.astype("float32")})
    wide = pd.DataFrame({"x": WIDE})
    assert seen_rows(wide, narrow).all()
    assert seen_rows(narrow, wide).all()
    assert not seen_rows(wide + 1e-4, narrow).any()


def test_a_constant_of_64_bits_may_come_with_32():
    frame = pd.DataFrame({"c": [0.1, 0.1], "x": [1.0, 2.0]})
    rows = conform(frame.astype({"c": "float32"}), Schema.infer(frame))
    assert rows["c"].tolist() == [0.1, 0.1]
    assert seen_rows(rows, frame).all()


def test_a_whole_number_called_continuous_is_not_cut():
    schema = Schema.infer(pd.DataFrame({"x": [1, 2, 3]}), {"x": "continuous"})
    assert conform(pd.DataFrame({"x": [1.5]}), schema)["x"].tolist() == [1.5]


def test_two_texts_of_the_same_digits_stay_apart():
    schema = Schema.infer(pd.DataFrame({"code": ["01", "1", "02"]}))
    assert conform(pd.DataFrame({"code": ["01", "1", "02"]}), schema)["code"].tolist() == ["01", "1", "02"]


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


@pytest.mark.parametrize(("n_training", "n_made"), [(2, 3), (20, 40), (50, 200)])
def test_what_chance_puts_among_made_rows_is_foreseen(n_training, n_made):
    """On rows of a known law, against counts of samples that never saw the held-out rows."""
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(1, 61) ** 1.2
    weights /= weights.sum()

    def draw(n_rows):
        return pd.DataFrame({"x": rng.choice(60, n_rows, p=weights)})

    foreseen, found = [], []
    for _ in range(150):
        held_out, training, made = draw(20), draw(n_training), draw(n_made)
        foreseen.append(count_by_chance(held_out, training, n_made))
        found.append((held_out["x"].isin(made["x"]) & ~held_out["x"].isin(training["x"])).sum())
    assert np.mean(foreseen) == pytest.approx(np.mean(found), rel=0.15)


def test_where_no_two_rows_are_equal_chance_puts_none():
    held_out, training = pd.DataFrame({"x": [0.1, 0.2]}), pd.DataFrame({"x": [0.3, 0.4, 0.5]})
    assert count_by_chance(held_out, training, 1000) == pytest.approx(0.0)
    assert count_by_chance(held_out, training, 1000, repeats=True) > 1.0


def test_a_few_more_than_chance_foresees_are_chance():
    assert [is_beyond_chance(n_seen, 2.0) for n_seen in (0, 6, 7)] == [False, False, True]
    assert [is_beyond_chance(n_seen, 0.0) for n_seen in (0, 1)] == [False, True]
