"""What a column is: inferred kinds, overrides, levels, errors, JSON."""

import json

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.schema import Column, Kind, Schema

KINDS = {
    "continuous": [0.5, 1.0, np.nan],
    "integer": [1, 2, 5],
    "integer with gaps": [1.0, np.nan, 5.0],
    "integer nullable": pd.array([1, None, 5], "Int16"),
    "boolean": [True, False, True],
    "boolean nullable": pd.array([True, None, False], "boolean"),
    "categorical": ["a", "b", None],
    "categorical dtype": pd.Categorical(["a", "b", "a"]),
    "categorical mixed": pd.Series([1, "a", None], dtype=object),
    "ordinal": pd.Categorical(["a", "b", "a"], ordered=True),
    "datetime": pd.to_datetime(["2024-01-01", "2024-01-02", None]),
    "datetime zone": pd.to_datetime(["2024-01-01", "2024-01-02", None]).tz_localize("UTC"),
    "datetime span": pd.to_timedelta([1, 2, 3], unit="s"),
    "constant": [3, 3, 3],
    "constant with gaps": ["x", None, "x"],
    "constant time": pd.to_datetime(["2024-01-01"] * 3),
    "constant nothing": [np.nan] * 3,
    "constant ordered": pd.Categorical(["a"] * 3, ["a", "b"], ordered=True),
}


@pytest.mark.parametrize("name", KINDS)
def test_inferred_kinds(name):
    frame = pd.DataFrame({"column": KINDS[name], "other": [1, 2, 3]})
    column = Schema.infer(frame).column("column")
    assert column.kind == name.split()[0]
    assert column.dtype == frame["column"].dtype


def test_columns_keep_their_order():
    frame = pd.DataFrame({"z": [1, 2], "a": [1, 2], 0: [1, 2]})
    assert Schema.infer(frame).names == ["z", "a", 0]


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (["b", "a", None, "b"], ("a", "b")),
        ([True, False, True, True], (False, True)),
        (pd.Categorical(["x", "z", "z", None], ["z", "y", "x"]), ("z", "x")),  # seen ones, in their order
        (pd.Series(["a", 1, 2.5, None], dtype=object), (2.5, 1, "a")),
        ([7, 7, 7, 7], (7,)),
        ([None] * 4, ()),
        ([1.5, 2.5, 1.5, 2.5], ()),  # numbers have none
    ],
)
def test_levels(values, levels):
    column = Schema.infer(pd.DataFrame({"c": values, "other": range(4)})).column("c")
    assert column.levels == levels
    assert all(not isinstance(level, np.generic) for level in column.levels)


def test_all_categories_are_kept_with_their_order():
    frame = pd.DataFrame({"c": pd.Categorical(["x", "y"], ["z", "y", "x"], ordered=True)})
    column = Schema.infer(frame).column("c")
    restored = column.restore(np.array(["y", "x"], dtype=object), np.zeros(2, dtype=bool))
    assert list(restored.cat.categories) == ["z", "y", "x"]
    assert restored.cat.ordered


@pytest.mark.parametrize("kind", ["continuous", "integer", "categorical", "ordinal"])
def test_the_user_overrules_the_inference(kind):
    frame = pd.DataFrame({"zip": [1, 2, 1], "x": [1, 2, 3]})
    schema = Schema.infer(frame, {"zip": kind})
    assert schema.column("zip").kind is Kind(kind)
    assert schema.column("x").kind is Kind.INTEGER
    assert schema.column("zip").levels == ((1, 2) if schema.column("zip").has_levels else ())


@pytest.mark.parametrize(
    ("frame", "kinds", "message"),
    [
        (pd.DataFrame(index=range(3)), None, "n_columns=0"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None, "'a' occurs twice"),
        (pd.DataFrame({"a": [1.0, np.inf, -np.inf]}), None, "column 'a' holds 2 infinite values"),
        (pd.DataFrame({"a": [None, None], "b": [np.nan, np.nan]}), None, "all 4 values are missing"),
        (pd.DataFrame({"age": [1, 2]}), {"agee": "integer"}, r"'agee' is none\. Did you mean 'age'\?"),
        (pd.DataFrame({"age": [1, 2]}), {"age": "ordnal"}, r"given 'ordnal'\. Did you mean 'ordinal'\?"),
        (pd.DataFrame({"a": ["x", "y"]}), {"a": "continuous"}, "Only numbers can be continuous"),
        (pd.DataFrame({"a": [True, False]}), {"a": "integer"}, "dtype bool"),
    ],
)
def test_errors(frame, kinds, message):
    with pytest.raises(DataError, match=message):
        Schema.infer(frame, kinds)


@pytest.mark.parametrize(
    ("values", "kind"), [([[1], [2]], None), ([1.5, 2.5], "datetime")], ids=["lists", "floats as times"]
)
def test_columns_that_cannot_be_used(values, kind):
    frame = pd.DataFrame({"odd": values})
    with pytest.raises(DataError, match="'odd'"):
        Schema.infer(frame, None if kind is None else {"odd": kind})


def test_check_selects_and_orders():
    schema = Schema.infer(pd.DataFrame({"a": [1, 2], "b": [3, 4]}))
    frame = pd.DataFrame({"c": [0], "b": [1], "a": [2]})
    assert list(schema.check(frame).columns) == ["a", "b"]


def test_codes_by_hand():
    column = Column("c", Kind.CATEGORICAL, np.dtype(object), ("a", 1, "b"))
    values = pd.Series(["b", None, 1, "a", np.nan], dtype=object, index=[9, 9, 3, 2, 1])
    np.testing.assert_array_equal(column.codes(values), [2, -1, 1, 0, -1])


def test_codes_of_times():
    days = pd.date_range("2024-01-01", periods=3)
    column = Schema.infer(pd.DataFrame({"c": days}), {"c": "categorical"}).column("c")
    np.testing.assert_array_equal(column.codes(pd.Series(days[::-1])), [2, 1, 0])


@pytest.mark.parametrize("position", [0, 3])
def test_an_unseen_level_is_named(position):
    column = Column("c", Kind.CATEGORICAL, np.dtype(object), ("a",))
    values = pd.Series(["a", None, "a", "a"], dtype=object)
    values[position] = "new"
    with pytest.raises(DataError, match=r"Column 'c' may hold only the levels seen at fit, however: .*'new'"):
        column.codes(values)


def test_restore_by_hand():
    missing = np.array([False, True, False])
    integer = Column("i", Kind.INTEGER, pd.Int16Dtype()).restore(np.array([3, 0, -1]), missing)
    pd.testing.assert_series_equal(integer, pd.Series([3, None, -1], dtype="Int16", name="i"))
    dtype = pd.CategoricalDtype(["lo", "mid", "hi"], ordered=True)
    ordinal = Column("o", Kind.ORDINAL, dtype, ("lo", "hi"))
    restored = ordinal.restore(np.array(["hi", "lo", "lo"], dtype=object), missing)
    expected = pd.Series(pd.Categorical(["hi", None, "lo"], ["lo", "mid", "hi"], ordered=True), name="o")
    pd.testing.assert_series_equal(restored, expected)
    day = Column("t", Kind.DATETIME, pd.DatetimeTZDtype("us", "Europe/Berlin"))
    restored = day.restore(np.array([0, 0, 86_400_000_000]), missing)
    expected = pd.to_datetime(["1970-01-01", None, "1970-01-02"], utc=True).tz_convert("Europe/Berlin")
    pd.testing.assert_series_equal(restored, pd.Series(expected, name="t").astype(day.dtype))


@pytest.mark.parametrize("name", KINDS)
def test_json_and_back(name):
    schema = Schema.infer(pd.DataFrame({"column": KINDS[name], "other": [1, 2, 3]}))
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


def test_levels_that_are_no_json():
    frame = pd.DataFrame({"c": pd.Series([b"a", b"b"], dtype=object)})
    with pytest.raises(DataError, match=r"b'a' is a bytes\. Convert the column to text"):
        Schema.infer(frame)


def test_schemas_are_frozen():
    schema = Schema.infer(pd.DataFrame({"a": [1, 2]}))
    with pytest.raises(AttributeError):
        schema.column("a").kind = Kind.CATEGORICAL
