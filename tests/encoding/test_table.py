"""A frame as an array and back: every kind of column, exact to the value and to the dtype."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from imbgen.encoding import TableEncoder
from imbgen.errors import DataError
from imbgen.schema import Schema

DAYS = pd.date_range("2020-01-01", periods=9)
TABLES = {
    "one row": {"a": [1.5], "b": ["x"]},
    "constants": {"text": ["x"] * 4, "zero": [0] * 4, "day": [DAYS[0]] * 4, "flag": [True] * 4},
    "one category": {"c": pd.Categorical(["a"] * 4, categories=["b", "a"]), "x": [1, 2, 3, 4]},
    "whole numbers": {"i": [3, -7, 3, 100], "i8": np.array([-128, 127, 0, 0], "int8")},
    "floats": {"f": [0.1, 0.2, 0.2, -5.0], "f32": np.array([1 / 3, 2, 2, 9], "float32")},
    "nullable": {
        "i": pd.array([1, None, 3, 3], "Int64"),
        "b": pd.array([True, None, False, True], "boolean"),
        "f": pd.array([0.5, None, 3.25, 3.25], "Float64"),
        "s": pd.array(["x", None, "y", "y"], "string"),
    },
    "categories": {
        "plain": pd.Categorical(["a", "b", None, "b"], categories=["z", "b", "a"]),
        "ordered": pd.Categorical(["lo", "hi", "hi", "lo"], ["lo", "mid", "hi"], ordered=True),
        "ordered with gaps": pd.Categorical(["lo", None, "hi", "lo"], ["lo", "mid", "hi"], ordered=True),
        "numbers": pd.Categorical([3, 1, 3, 1]),
        "truth": pd.Categorical([True, False, True, True]),
        "times": pd.Categorical(list(DAYS[:4])),
        "mixed": pd.Categorical(["a", 1, "a", 1]),
    },
    "times": {
        "day": DAYS[[0, 3, 3, 8]],
        "seconds": pd.Series(DAYS[[0, 3, 3, 8]]).astype("datetime64[s]"),
        "zone": DAYS[[0, 3, 3, 8]].tz_localize("Europe/Berlin"),
        "gaps": [DAYS[0], pd.NaT, DAYS[1], DAYS[1]],
        "span": pd.to_timedelta([1, 2, 2, 90], unit="s"),
        "span with gaps": pd.to_timedelta([1, None, 2, 90], unit="min"),
    },
    "text": {
        "object": pd.Series(["x", "y", None, "y"], dtype=object),
        "str": pd.Series(["x", "y", None, "y"], dtype="str"),
        "string": pd.Series(["x", "y", None, "y"], dtype="string"),
        "mixed": pd.Series(["x", 1, None, 2.5], dtype=object),
    },
    "truth": {"bool": [True, False, True, True], "gaps": pd.Series([True, None, False, True], dtype=object)},
    "missing": {
        "f": [np.nan, 0.5, 1.25, 1.25],
        "never": [np.nan] * 4,
        "nothing": [None] * 4,
        "constant with gaps": [2.0, np.nan, 2.0, 2.0],
        "text with gaps": ["x", None, "x", "x"],
    },
    "arrow": {
        "i": pd.array([1, 2, 2, None], "int64[pyarrow]"),
        "f": pd.array([1.5, 2.25, None, 9.0], "double[pyarrow]"),
        "b": pd.array([True, None, False, True], "bool[pyarrow]"),
    },
    "1,000 levels": {"id": [f"id{i}" for i in range(1000)], "x": np.arange(1000)},
    "1,000 ordered levels": {"id": pd.Categorical([f"id{i}" for i in range(1000)], ordered=True)},
    "40 levels with gaps": {"id": [None if i % 5 == 0 else f"id{i % 40}" for i in range(200)]},
    "odd labels": {0: [1, 2, 3], ("a", 1): ["x", "y", "x"], pd.Timestamp("2020"): [0.5, 1.5, 2.25]},
}


def _fit(frame, kinds=None, rows=None):
    return TableEncoder(Schema.infer(frame, kinds)).fit(frame if rows is None else rows)


def _through_json(encoder):
    state, arrays = encoder.get_state()
    return TableEncoder.from_state(json.loads(json.dumps(state)), arrays)


@pytest.mark.parametrize("name", TABLES)
def test_round_trip(name):
    frame = pd.DataFrame(TABLES[name])
    before = frame.copy()
    encoder = _fit(frame)
    encoded = encoder.encode(frame, random_state=0)
    assert encoded.dtype == np.float32
    assert encoded.shape == (len(frame), encoder.d_encoded)
    assert np.isfinite(encoded).all()
    pd.testing.assert_frame_equal(encoder.decode(encoded), frame, rtol=1e-6)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "odd labels"])
def test_round_trip_of_an_encoder_through_json(name):
    frame = pd.DataFrame(TABLES[name])
    encoder = _fit(frame)
    again = _through_json(encoder)
    encoded = encoder.encode(frame, random_state=3)
    np.testing.assert_array_equal(again.encode(frame, random_state=3), encoded)
    pd.testing.assert_frame_equal(again.decode(encoded), encoder.decode(encoded))
    np.testing.assert_array_equal(again.shares, encoder.shares)
    assert again.blocks == encoder.blocks


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_days_come_back_as_days(unit):
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.permutation(3000)[:500], unit="D")
    frame = pd.DataFrame({"day": pd.Series(days).astype(f"datetime64[{unit}]")})
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_repeated_milliseconds_come_back_exactly(unit):
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**11, 20), unit="ms")
    frame = pd.DataFrame({"t": pd.Series(times.repeat(3)).astype(f"datetime64[{unit}]")})
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


def test_the_far_future_comes_back():
    frame = pd.DataFrame({"until": pd.to_datetime(["2020-01-01", "9999-12-31", "9999-12-31", "2021-01-01"])})
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([2**60 + 1, 2**60 + 1, 5], "int64"),
        pd.array([2**60 + 1, 2**60 + 1, 7, None], "Int64"),
        pd.array([2**63 - 1, 1, 5], "int64"),
    ],
    ids=["int64", "Int64", "largest int64"],
)
def test_large_whole_numbers_come_back(values):
    frame = pd.DataFrame({"id": values})
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@pytest.mark.parametrize(
    "values",
    [
        pd.Categorical(np.array([1, 2, 1], dtype="int8")),
        pd.Categorical(np.array([0.1, 2, 0.1], dtype="float32")),
        pd.Categorical(pd.Series(["a", "b", "a"], dtype=object)),
        pd.array(["a", "b", "a"], dtype=pd.StringDtype("python")),
        pd.arrays.SparseArray([0.0, 1.5, 2.5], fill_value=0),
    ],
    ids=["int8 categories", "float32 categories", "object categories", "python strings", "sparse"],
)
def test_rare_dtypes_come_back(values):
    frame = pd.DataFrame({"a": values})
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@pytest.mark.parametrize("dtype", ["timestamp[us][pyarrow]", "duration[us][pyarrow]"])
def test_times_of_arrow_come_back(dtype):
    times = DAYS[[0, 3, 3, 8]]
    frame = pd.DataFrame({"t": pd.array(times - DAYS[0] if "duration" in dtype else times, dtype)})
    encoder = _through_json(_fit(frame))
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@st.composite
def _frames(draw):
    n_rows = draw(st.integers(1, 25))

    def column(values):
        return st.lists(values, min_size=n_rows, max_size=n_rows)

    columns = {
        "float": column(st.floats(-1e6, 1e6).map(lambda x: round(x, 3))),
        "coarse": column(st.sampled_from([0.0, 0.5, 37.5, np.nan])),
        "int": column(st.integers(-(2**31), 2**31)),
        "few": column(st.integers(0, 3)),
        "text": column(st.sampled_from(["x", "y", "z", None])).map(lambda v: pd.Series(v, dtype="str")),
        "any text": column(st.text(max_size=3)).map(lambda v: pd.Series(v, dtype=object)),
        "flag": column(st.booleans()),
        "maybe": column(st.sampled_from([True, False, None])).map(lambda v: pd.array(v, "boolean")),
        "grade": column(st.sampled_from(["lo", "hi"])).map(
            lambda v: pd.Categorical(v, ["lo", "mid", "hi"], ordered=True)
        ),
    }
    names = draw(st.lists(st.sampled_from(list(columns)), min_size=1, max_size=5, unique=True))
    return pd.DataFrame({name: draw(columns[name]) for name in names})


@settings(max_examples=60, deadline=None)
@given(_frames(), st.integers(0, 5))
def test_any_frame_comes_back(frame, seed):
    if frame.isna().to_numpy().all():
        return
    encoder = _fit(frame)
    decoded = encoder.decode(encoder.encode(frame, seed))
    # A score is a float32: a value alone on its rank may move by a hair of its gap.
    spread = max((np.ptp(frame[c].dropna()) for c in frame.columns if c in ("float", "int")), default=0.0)
    pd.testing.assert_frame_equal(decoded, frame, rtol=0, atol=1e-5 * spread)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=25), st.sampled_from([None, "Europe/Berlin"]))
def test_any_days_come_back(days, zone):
    times = (pd.Timestamp(2020, 1, 1) + pd.to_timedelta(days, "D")).tz_localize(zone)
    frame = pd.DataFrame({"day": times, "one": "x"})
    encoder = _fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@settings(max_examples=30, deadline=None)
@given(_frames())
def test_decoding_anything_gives_only_possible_values(frame):
    if frame.isna().to_numpy().all():
        return
    encoder = _fit(frame)
    scores = np.random.default_rng(0).normal(scale=3, size=(200, encoder.d_encoded)).astype(np.float32)
    decoded = encoder.decode(scores)
    assert decoded.dtypes.equals(frame.dtypes)
    for column in encoder.schema.columns:
        real, new = frame[column.name], decoded[column.name]
        if not real.isna().any():
            assert not new.isna().any()
        if column.has_levels:
            assert set(new.dropna()) <= set(real.dropna())
        elif column.kind.value in ("integer", "datetime") and len(new.dropna()):
            assert real.min() <= new.dropna().min() <= new.dropna().max() <= real.max()


def test_the_layout_by_hand():
    frame = pd.DataFrame(
        {
            "age": [31, 40, 54, 31],
            "sex": ["F", "M", "F", "M"],
            "tsh": [0.4, np.nan, 3.0, 0.5],
            "site": ["A", None, "A", "B"],
            "grade": pd.Categorical(["lo", "hi", "lo", "lo"], ["lo", "hi"], ordered=True),
            "same": [1, 1, 1, 1],
        }
    )
    encoder = _fit(frame)
    blocks = [(block.column, block.kind, block.start, block.width) for block in encoder.blocks]
    assert blocks == [
        ("age", "number", 0, 1),
        ("sex", "levels", 1, 2),
        ("tsh", "number", 3, 1),
        ("tsh", "state", 4, 2),
        ("site", "levels", 6, 3),
        ("grade", "number", 9, 1),
    ]
    encoded = encoder.encode(frame, random_state=0)
    np.testing.assert_array_equal(encoded[:, 1:3], [[1, 0], [0, 1], [1, 0], [0, 1]])
    np.testing.assert_array_equal(encoded[:, 4:6], [[1, 0], [0, 1], [1, 0], [1, 0]])
    np.testing.assert_array_equal(encoded[:, 6:9], [[1, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(ndtr(encoded[[0, 3, 2], 3]), np.array([1, 3, 5]) / 6, atol=1e-6)
    assert encoded[1, 3] == 0.0  # missing
    assert encoder.free_dims() == {3: 4}
    np.testing.assert_array_equal(encoder.number_dims, [0, 3, 9])
    np.testing.assert_allclose(encoder.shares[1:3], [0.5, 0.5])
    np.testing.assert_allclose(encoder.shares[6:9], [0.5, 0.25, 0.25])


def test_encoders_of_one_schema_share_the_layout():
    frame = pd.DataFrame(
        {
            "x": [0.5, 1.25, 2.0, np.nan, 3.5, 4.0],
            "site": ["a", "b", "c", "a", "b", "d"],
            "id": [f"id{i}" for i in range(6)],
        }
    )
    whole = TableEncoder(Schema.infer(frame)).fit(frame)
    for rows in ([0, 1], [2, 4, 5], [3]):  # other levels, nothing missing, everything missing
        part = TableEncoder(whole.schema, like=whole).fit(frame.iloc[rows])
        assert part.blocks == whole.blocks
        assert part.encode(frame, 0).shape == whole.encode(frame, 0).shape
        assert part.decode(whole.encode(frame, 0)).dtypes.equals(frame.dtypes)


def test_an_encoder_knows_only_the_values_it_was_fitted_on():
    frame = pd.DataFrame({"x": [0.5, 1.25, 2.0, 900.0], "i": [1, 2, 3, 900], "t": DAYS[[0, 1, 2, 8]]})
    encoder = _fit(frame, rows=frame.head(3))
    decoded = encoder.decode(np.full((1, 3), 40, dtype=np.float32))
    assert decoded["x"][0] == pytest.approx(2.0 + 0.375, abs=0.01)
    assert decoded["i"][0] == 3
    assert decoded["t"][0] == DAYS[2]


def test_frequent_levels_are_neighbours_in_a_rank_coded_column():
    frame = pd.DataFrame({"id": ["rare"] + ["often"] * 60 + [f"id{i}" for i in range(39)]})
    encoder = _fit(frame)
    assert encoder.d_encoded == 1
    ranks = (np.arange(1000) + 0.5) / 1000
    decoded = encoder.decode(ndtri(ranks)[:, None])["id"]
    assert (decoded[:600] == "often").all()
    assert (decoded[600:] != "often").all()
    assert decoded.nunique() == 41


def test_the_seed_breaks_ties():
    frame = pd.DataFrame({"x": [0, 0, 0, 1, 1]})
    encoder = _fit(frame)
    np.testing.assert_array_equal(encoder.encode(frame, 0), encoder.encode(frame, 0))
    assert not np.array_equal(encoder.encode(frame, 0), encoder.encode(frame, 1))


def test_the_noise_of_a_column_does_not_depend_on_the_others():
    frame = pd.DataFrame({"x": [0, 0, 0, 1, 1], "y": [1, 2, 1, 2, 1]})
    other = frame.assign(x=[5, 6, 7, 8, 9])
    first, second = _fit(frame), _fit(other)
    np.testing.assert_array_equal(first.encode(frame, 0)[:, 1], second.encode(other, 0)[:, 1])


def test_column_order_of_the_input_does_not_matter():
    frame = pd.DataFrame({"x": [0, 0, 1], "c": ["a", "b", "b"]})
    encoder = _fit(frame)
    np.testing.assert_array_equal(encoder.encode(frame, 0), encoder.encode(frame[["c", "x"]], 0))


def test_unseen_level():
    encoder = _fit(pd.DataFrame({"sex": ["F", "M"]}))
    with pytest.raises(DataError, match=r"Column 'sex' may hold only the levels seen at fit.*'X'"):
        encoder.encode(pd.DataFrame({"sex": ["F", "X"]}))


def test_missing_column_with_a_hint():
    encoder = _fit(pd.DataFrame({"pressure": [1, 2]}))
    with pytest.raises(DataError, match=r"'pressure' is missing\. Did you mean 'presure'\?"):
        encoder.encode(pd.DataFrame({"presure": [1, 2]}))


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
def test_infinite_values(dtype):
    encoder = _fit(pd.DataFrame({"x": [1.5, 2.5]}))
    with pytest.raises(DataError, match="column 'x' holds 2 infinite values"):
        encoder.encode(pd.DataFrame({"x": pd.Series([np.inf, -np.inf], dtype=dtype)}))


@pytest.mark.parametrize("value", [1.5, "a"])
def test_missing_values_where_there_were_none(value):
    encoder = _fit(pd.DataFrame({"x": [value, value * 2]}))
    with pytest.raises(DataError, match="missing"):
        encoder.encode(pd.DataFrame({"x": pd.Series([value, None])}))


@pytest.mark.parametrize(
    "values",
    [
        2**60 + np.arange(40),
        -(2**62) + 3 * np.arange(40),
        np.uint64(2**63) + np.arange(40, dtype=np.uint64),
        pd.array(2**60 + np.arange(40), dtype="Int64"),
        pd.Timestamp("2024-01-01").as_unit("ns") + pd.to_timedelta(np.arange(40), unit="ns"),
    ],
    ids=["int64", "negative", "uint64", "Int64", "nanoseconds"],
)
@pytest.mark.parametrize("loaded", [False, True])
def test_neighbours_beyond_what_floats_hold_stay_apart(values, loaded):
    frame = pd.DataFrame({"x": values})
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    encoded = encoder.encode(frame, 0)
    assert len(np.unique(encoded)) == 40
    if loaded:
        encoder = TableEncoder.from_state(*encoder.get_state())
    pd.testing.assert_frame_equal(encoder.decode(encoded), frame)
    far = encoder.decode(np.array([[-9.0], [9.0]], dtype=np.float32))["x"]
    assert far.tolist() == [frame["x"].min(), frame["x"].max()]


def test_numbers_below_the_lowest_that_was_seen():
    """A held-out row may be lower than the origin from which large numbers are counted."""
    frame = pd.DataFrame({"x": 2**60 + 10 * np.arange(40)})
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    lower = encoder.encode(pd.DataFrame({"x": [2**60 - 5, 0]}), 0)
    assert encoder.decode(lower)["x"].tolist() == [2**60, 2**60]


def test_a_column_over_all_of_its_dtype():
    frame = pd.DataFrame({"x": np.array([-(2**63), -5, 0, 7, 2**63 - 1] * 2)})
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)
