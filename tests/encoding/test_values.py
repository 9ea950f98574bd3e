"""A frame as raw numbers and codes, and back: exact to the value, on the grid, within the range."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbgen.encoding import ValueEncoder
from imbgen.errors import DataError
from imbgen.schema import Schema
from imbgen.testing import standard_tables

NOON = pd.Timestamp("2024-02-29 12:00")
TABLES = {
    **standard_tables(),
    "huge whole numbers": pd.DataFrame(
        {
            "i": [2**63 - 1, 2**63 - 9, 2**63 - 2**40],
            "low": [-(2**63), -(2**63) + 1, -(2**63) + 2**50],
            "u": np.array([2**64 - 1, 2**64 - 2, 2**64 - 2**45], dtype="uint64"),
            "gap": pd.array([2**62 + 1, None, 2**62 + 3], dtype="Int64"),
        }
    ),
    "times": pd.DataFrame(
        {
            "day": pd.to_datetime(["2024-01-01", "1969-12-31", "2199-06-01"]),
            "zone": (NOON + pd.to_timedelta([0, 31, 400], unit="D")).tz_localize("Europe/Berlin"),
            "second": pd.Series(NOON + pd.to_timedelta([0, 1, 86_401], unit="s")).astype("datetime64[s]"),
            "microsecond": NOON + pd.to_timedelta([0, 1, 3 * 10**14 + 7], unit="us"),
            "nanosecond": NOON + pd.to_timedelta([0, 1, 10**15 + 3], unit="ns"),
            "gap": [NOON, pd.NaT, NOON + pd.Timedelta("1h")],
            "span": pd.to_timedelta([-90, 0, 1], unit="min"),
        }
    ),
    "decimals": pd.DataFrame(
        {"tenth": [0.1, 0.3, 0.7], "millionth": [1e-6, 0.07, -3.5], "third": [1 / 3, 1e-300, 1e300]}
    ),
    "single precision": pd.DataFrame({"f": np.array([0.1, 1 / 3, 16_777_216], dtype="float32")}),
    "labels": pd.DataFrame({0: [1, 2, 3], ("a", 1): ["x", None, "y"]}),
}


def _fit(frame, kinds=None):
    return ValueEncoder(Schema.infer(frame, kinds)).fit(frame)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_encoded_is_decoded(table):
    frame = TABLES[table].reset_index(drop=True)
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(*encoder.encode(frame)), frame)


@pytest.mark.parametrize("table", TABLES)
def test_the_state_is_json_and_gives_the_same_encoder(table):
    frame = TABLES[table]
    encoder = _fit(frame)
    restored = ValueEncoder.from_state(json.loads(json.dumps(encoder.get_state())))
    numbers, codes = encoder.encode(frame)
    for before, after in zip((numbers, codes), restored.encode(frame), strict=True):
        np.testing.assert_array_equal(before, after)
    moved = np.random.default_rng(0).normal(size=(50, 1)) * 3 + numbers[:1]
    some = np.repeat(codes[:1], 50, axis=0)
    pd.testing.assert_frame_equal(encoder.decode(moved, some), restored.decode(moved, some))


def test_whole_numbers_count_from_the_lowest_and_times_in_days():
    frame = pd.DataFrame(
        {
            "i": [10, 12, 15],
            "f": [10.0, 12.5, 15.0],
            "day": NOON + pd.to_timedelta([0, 12, 60], unit="h"),
            "span": pd.to_timedelta([1, 2, 7], unit="D"),
        }
    )
    for resolution in ("s", "ms", "us", "ns"):
        held = frame.astype({"day": f"datetime64[{resolution}]", "span": f"timedelta64[{resolution}]"})
        numbers, codes = _fit(held).encode(held)
        np.testing.assert_array_equal(numbers, [[0, 10, 0, 0], [2, 12.5, 0.5, 1], [5, 15, 2.5, 6]])
        assert codes.shape == (3, 0)


def test_codes_are_places_among_the_levels_and_missing_comes_last():
    frame = pd.DataFrame(
        {
            "grade": pd.Categorical(["mid", "low", None], ["low", "mid", "high"], ordered=True),
            "flag": [True, False, True],
            "only": ["x"] * 3,
            "never": [np.nan] * 3,
        }
    )
    numbers, codes = _fit(frame).encode(frame)
    assert numbers.shape == (3, 0)
    assert codes.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [2, 1, 0, 0]]


def test_new_numbers_fall_on_the_grid_of_the_column_and_inside_its_range():
    frame = pd.DataFrame(
        {
            "whole": [0, 10, 20],
            "whole float": [0.0, 10.0, 20.0],
            "tenths": [0.1, 10.0, 19.9],
            "free": [1 / 3, 10.0, 20.0],
            "day": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-21"]),
            "hour": pd.to_datetime(["2024-01-01 01:00", "2024-01-11 00:00", "2024-01-21 00:00"]),
        }
    )
    encoder = _fit(frame)
    numbers = np.repeat([[-5.0], [2.26], [7.5004], [7.77], [99.0]], 6, axis=1)
    new = encoder.decode(numbers, np.empty((5, 0), dtype=np.int64))
    assert new.dtypes.equals(frame.dtypes)
    assert new["whole"].tolist() == [0, 2, 8, 8, 20]
    assert new["whole float"].tolist() == [0.0, 2.0, 8.0, 8.0, 20.0]
    assert new["tenths"].tolist() == [0.1, 2.3, 7.5, 7.8, 19.9]
    assert new["free"].tolist() == [1 / 3, 2.26, 7.5004, 7.77, 20.0]
    days = ["2024-01-01", "2024-01-03", "2024-01-09", "2024-01-09", "2024-01-21"]
    assert new["day"].tolist() == pd.to_datetime(days).tolist()
    hours = ["01-01 01:00", "01-03 07:00", "01-08 13:00", "01-08 19:00", "01-21 00:00"]
    assert new["hour"].tolist() == pd.to_datetime([f"2024-{hour}" for hour in hours]).tolist()


def test_a_span_wider_than_a_float_is_exact_at_its_ends_and_stays_inside():
    frame = pd.DataFrame({"i": [-(2**63), 5, 2**63 - 1]})
    encoder = _fit(frame)
    back = encoder.decode(*encoder.encode(frame))["i"]
    assert back.iloc[[0, 2]].tolist() == frame["i"].iloc[[0, 2]].tolist()
    assert abs(back[1] - 5) <= 2**11
    assert encoder.decode(np.array([[1e30]]), np.empty((1, 0), dtype=np.int64))["i"].tolist() == [2**63 - 1]


@pytest.mark.parametrize("dtype", ["float64", "Int64"])
def test_a_column_without_a_value_that_is_declared_a_number(dtype):
    frame = pd.DataFrame({"never": pd.Series([None] * 3, dtype=dtype), "x": [1.5, 2.5, 3.0]})
    encoder = _fit(frame, {"never": "integer"})
    numbers, codes = encoder.encode(frame)
    assert np.isnan(numbers[:, 0]).all()
    pd.testing.assert_frame_equal(encoder.decode(numbers, codes), frame)


def test_rows_beyond_the_range_are_encoded_as_they_are():
    encoder = _fit(pd.DataFrame({"i": [5, 6, 9]}))
    assert encoder.encode(pd.DataFrame({"i": [1, 99]}))[0].tolist() == [[-4.0], [94.0]]


def test_a_level_never_seen_is_refused():
    encoder = _fit(pd.DataFrame({"c": ["a", "b"]}))
    with pytest.raises(DataError, match="only the levels seen at fit"):
        encoder.encode(pd.DataFrame({"c": ["a", "z"]}))


WHOLE = st.integers(-(2**50), 2**50)
COLUMNS = {
    "whole": (WHOLE, "int64"),
    "nullable": (st.none() | WHOLE, "Int64"),
    "float": (st.none() | st.floats(allow_infinity=False, allow_nan=False), "float64"),
    "cents": (WHOLE.map(lambda n: n / 100), "float64"),
    "text": (st.none() | st.sampled_from(["", "a", "é", "1"]), object),
    "time": (st.none() | st.integers(0, 2**50).map(lambda n: pd.Timestamp(n * 1000)), "datetime64[ns]"),
    "flag": (st.booleans(), "bool"),
}


@given(st.data(), st.integers(1, 6))
@settings(max_examples=60)
def test_any_frame_comes_back(data, n_rows):
    frame = pd.DataFrame(
        {
            name: pd.Series(data.draw(st.lists(values, min_size=n_rows, max_size=n_rows)), dtype=dtype)
            for name, (values, dtype) in COLUMNS.items()
        }
    )
    encoder = _fit(frame)
    encoder = ValueEncoder.from_state(json.loads(json.dumps(encoder.get_state())))
    pd.testing.assert_frame_equal(encoder.decode(*encoder.encode(frame)), frame)
