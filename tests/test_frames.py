"""Any table in, the same container out."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from imbgen import GMMGenerator
from imbgen.errors import DataError
from imbgen.frames import to_frame

POLARS = pl.DataFrame(
    {
        "int": [1, 2, None, 4],
        "small": pl.Series([1, 2, 3, 200], dtype=pl.UInt8),
        "float": pl.Series([1.5, None, 2.5, 3.5], dtype=pl.Float32),
        "bool": [True, None, False, True],
        "text": ["a", None, "b", "a"],
        "category": pl.Series(["a", "b", "a", None], dtype=pl.Categorical),
        "enum": pl.Series(["a", "b", "a", "a"], dtype=pl.Enum(["b", "a", "z"])),
        "date": [dt.date(2024, 1, day) for day in (1, 1, 2, 3)],
        "time": [dt.time(10, minute) for minute in (1, 1, 2, 3)],
        "span": pl.Series([1, 2, 3, 4]).cast(pl.Duration("ms")),
        "zone": pl.Series([1, 2, 3, 4]).cast(pl.Datetime("us", "Europe/Berlin")),
        "nothing": [None] * 4,
    }
)


def test_pandas_gets_a_fresh_index_and_is_left_alone():
    table = pd.DataFrame({"a": [1, 2]}, index=[5, 3])
    frame, container = to_frame(table)
    assert list(frame.index) == [0, 1]
    frame.loc[0, "a"] = 9
    assert list(table["a"]) == [1, 2]
    assert list(table.index) == [5, 3]
    assert container.restore(frame) is frame


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u8", "?", "<U3", "M8[s]", "m8[ms]", "O"])
def test_arrays_come_back_in_their_dtype(dtype):
    array = np.array([[1, 2, 3], [4, 5, 6]]).astype(dtype)
    frame, container = to_frame(array)
    assert list(frame.columns) == ["x0", "x1", "x2"]
    restored = container.restore(frame)
    assert restored.dtype == array.dtype
    np.testing.assert_array_equal(restored, array)


def test_an_array_is_copied():
    array = np.zeros((2, 2))
    frame, _ = to_frame(array)
    frame.iloc[0, 0] = 1.0
    assert not array.any()


def test_objects_get_the_type_of_their_values():
    frame, container = to_frame(np.array([[1, "a", 0.5], [2, "b", 1.5]], dtype=object))
    assert [frame[name].dtype.kind for name in frame][::2] == ["i", "f"]
    assert container.restore(frame).dtype == object


def test_lists_are_arrays():
    frame, container = to_frame([[1.5, 2], [3, 4]])
    assert frame.to_dict("list") == {"x0": [1.5, 3.0], "x1": [2.0, 4.0]}
    assert isinstance(container.restore(frame), np.ndarray)


def test_polars_comes_back_as_polars():
    frame, container = to_frame(POLARS)
    assert isinstance(frame, pd.DataFrame)
    restored = container.restore(frame)
    assert restored.schema == POLARS.schema
    assert restored.equals(POLARS)


def test_arrow_comes_back_as_arrow():
    table = pa.table({"a": pa.array([1, None, 3], pa.int16()), "t": pa.array(["x", "y", None])})
    frame, container = to_frame(table)
    restored = container.restore(frame)
    assert restored.schema.equals(table.schema)
    assert restored.equals(table)


@pytest.mark.parametrize("name", ["time", "price"])
def test_generators_give_back_times_of_day_and_decimals(name):
    prices = pl.Series(["1.50", "2.25", "3.00", "3.00"]).cast(pl.Decimal(10, 2))
    table = POLARS.with_columns(price=prices).select(name, "small")
    assert GMMGenerator(random_state=0, max_components=1).fit(table).sample(6).schema == table.schema


@pytest.mark.parametrize(
    "table", [POLARS.drop("time"), POLARS.drop("time", "enum", "category", "nothing").to_arrow()]
)
def test_generators_give_back_what_they_got(table):
    new = GMMGenerator(random_state=0, max_components=1).fit(table).sample(6)
    assert type(new) is type(table)
    assert len(new) == 6
    if isinstance(table, pl.DataFrame):
        assert new.schema == table.schema
        assert new["nothing"].null_count() == 6
    else:
        assert new.schema.names == table.schema.names


@pytest.mark.parametrize(
    ("table", "fact"),
    [
        (np.zeros(3), r"its shape is \(3,\)"),
        (np.zeros((2, 2, 2)), r"its shape is \(2, 2, 2\)"),
        (np.zeros((2, 2), dtype=complex), "its dtype is complex128"),
        ([1, 2], r"its shape is \(2,\)"),
        ("data.csv", "it is a str"),
        (None, "it is a NoneType"),
        ({"a": [1]}, "it is a dict"),
        (pd.Series([1, 2]), "it is a Series"),
        (POLARS.lazy(), "it is a LazyFrame"),
    ],
)
def test_what_is_not_a_table(table, fact):
    with pytest.raises(DataError, match=f"`rows` must .*however: {fact}"):
        to_frame(table, name="rows")


def test_masked_values_are_no_values():
    masked = np.ma.masked_array(np.ones((2, 2)), mask=[[True, False], [False, False]])
    with pytest.raises(DataError, match="must have no mask, however: 1 of its values"):
        to_frame(masked)
    assert to_frame(np.ma.masked_array(np.ones((2, 2))))[0].shape == (2, 2)


def test_lists_of_unequal_length():
    with pytest.raises(DataError):
        to_frame([[1, 2], [3]])


def test_what_a_model_keeps():
    for table in (np.zeros((1, 1), dtype="f4"), pd.DataFrame({"a": [1]}), POLARS):
        frame, container = to_frame(table)
        kept = type(container)(**container.to_json())
        if isinstance(table, np.ndarray):
            assert kept.restore(frame).dtype == np.float32
        else:
            assert isinstance(kept.restore(frame), pd.DataFrame)


@pytest.mark.parametrize(
    "column",
    [
        pa.nulls(4),
        pa.array([dt.date(2020, 1, day) for day in (1, 2, 3, 9)], pa.date64()),
        pa.array(["u", "v", "u", None]).dictionary_encode(),
        pa.array(["u", "v", "u", "v"], pa.large_string()),
        pa.array([dt.time(hour) for hour in (1, 2, 2, 5)], pa.time64("us")),
        pa.array([Decimal("1.5"), Decimal("2.0"), None, Decimal("2.5")]),
        pa.array(np.arange(4, dtype=np.float16)),
        pa.array([1, None, 3, 3], pa.int8()),
    ],
    ids=lambda column: str(column.type).split("<")[0],
)
def test_every_type_of_an_arrow_table_comes_back(column):
    table = pa.table({"x": np.arange(4.0), "column": column})
    frame, container = to_frame(table)
    assert container.restore(frame).equals(table)


def test_an_index_that_pandas_left_in_an_arrow_table_is_a_column():
    table = pa.Table.from_pandas(pd.DataFrame({"x": [1.0, 2.0]}, index=pd.Index([5, 7], name="id")))
    frame, container = to_frame(table)
    assert list(frame) == ["x", "id"]
    assert container.restore(frame).schema.equals(table.schema)


@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_a_column_without_a_name_is_told(missing):
    with pytest.raises(DataError, match="Columns of `X` must have names"):
        to_frame(pd.DataFrame([[1, 2]], columns=["a", missing]))


@pytest.mark.parametrize("as_polars", [True, False])
def test_large_integers_stay_what_they_are_beside_gaps(as_polars):
    table = pa.table({"x": pa.array([2**60 + 1, None, 2**60 + 3]), "y": pa.array([1, 2, None], pa.uint8())})
    table = pl.from_arrow(table) if as_polars else table
    frame, container = to_frame(table)
    assert frame["x"].tolist() == [2**60 + 1, pd.NA, 2**60 + 3]
    assert container.restore(frame).equals(table)
