"""`Layout`: which values are spikes, what a state says, and that spikes come back exactly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbgen.encoding import TableEncoder
from imbgen.schema import Schema

SPIKE_SHARE = 0.1


def _frame(n=200):
    rng = np.random.default_rng(0)
    amount = np.where(rng.random(n) < 0.6, 0.0, rng.gamma(2.0, 30.0, n))
    amount[rng.random(n) < 0.15] = np.nan
    return pd.DataFrame(
        {
            "amount": amount,
            "visits": np.where(rng.random(n) < 0.5, rng.integers(1, 3, n), rng.integers(3, 400, n)),
            "size": rng.choice([36, 38, 40], n),
            "day": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(np.where(rng.random(n) < 0.4, 0, rng.integers(1, 300, n)), unit="D"),
            "id": np.where(rng.random(n) < 0.3, "often", [f"id{i}" for i in range(n)]),
            "x": rng.normal(size=n),
        }
    )


def _fit(frame, spike_share=SPIKE_SHARE, kinds=None):
    return TableEncoder(Schema.infer(frame, kinds), spike_share=spike_share).fit(frame)


def test_values_of_the_share_are_spikes():
    frame = _frame()
    layout = _fit(frame).layout
    assert layout.spikes["amount"].tolist() == [0.0]
    assert layout.spikes["visits"].tolist() == [1, 2]
    assert layout.spikes["size"].tolist() == [36, 38, 40]
    assert len(layout.spikes["day"]) == 1
    assert layout.spikes["id"].tolist() == [0]  # the most frequent level
    assert not len(layout.spikes["x"])
    blocks = [(block.column, block.kind, block.width) for block in layout.blocks]
    assert blocks == [
        ("amount", "number", 1),
        ("amount", "state", 3),  # free, 0, missing
        ("visits", "number", 1),
        ("visits", "state", 3),
        ("size", "state", 3),  # nothing of it is free
        ("day", "number", 1),
        ("day", "state", 2),
        ("id", "number", 1),
        ("id", "state", 2),
        ("x", "number", 1),
    ]


def test_states_by_hand():
    frame = pd.DataFrame({"a": [0.0] * 5 + [1.5, 2.5, 3.5, np.nan, np.nan]})
    encoder = _fit(frame, spike_share=0.5)
    encoded = encoder.encode(frame, random_state=0)
    np.testing.assert_array_equal(encoded[:, 1:], np.repeat(np.eye(3)[[1, 0, 2]], [5, 3, 2], axis=0))
    assert (encoded[:5, 0] == 0).all()
    assert encoded[5, 0] < encoded[6, 0] < encoded[7, 0]
    assert encoder.free_dims() == {0: 1}
    np.testing.assert_allclose(encoder.shares[1:], [0.3, 0.5, 0.2])


@pytest.mark.parametrize("share", [0.02, 0.1, 0.35, None])
def test_rows_come_back(share):
    frame = _frame()
    encoder = _fit(frame, share)
    decoded = encoder.decode(encoder.encode(frame, random_state=0))
    pd.testing.assert_frame_equal(decoded[["amount", "visits", "size", "day", "id"]], frame.iloc[:, :5])
    state, arrays = encoder.get_state()
    twin = TableEncoder.from_state(state, arrays)
    pd.testing.assert_frame_equal(twin.decode(encoder.encode(frame, 0)), decoded)


def test_a_free_value_never_passes_a_spike_that_is_the_extreme():
    frame = pd.DataFrame({"a": np.r_[np.full(20, 5.0), 5.1, 6.0, 6.25, 7.5, np.full(20, 8.0)]})
    encoder = _fit(frame, spike_share=0.3)
    encoded = np.zeros((2, 4), dtype=np.float32)
    encoded[:, 0], encoded[:, 1] = [-9, 9], 1.0  # free, and as far out as a score may be
    decoded = encoder.decode(encoded)["a"]
    assert 5.0 <= decoded[0] < 5.1
    assert 7.5 < decoded[1] <= 8.0


def test_encoders_of_parts_share_the_layout():
    frame = _frame()
    whole = _fit(frame)
    for rows in (slice(0, 3), frame["amount"].isna(), frame["amount"] == 0):
        part = TableEncoder(whole.schema, like=whole).fit(frame[rows])
        assert part.blocks == whole.blocks
        assert part.encode(frame, 0).shape == whole.encode(frame, 0).shape
        assert part.decode(whole.encode(frame, 0)).dtypes.equals(frame.dtypes)


def test_integers_beyond_the_floats_are_spikes_to_the_last_digit():
    big = 2**60 + 1
    frame = pd.DataFrame({"id": [big] * 5 + [big + 2] * 5 + list(range(5))})
    encoder = _fit(frame, spike_share=0.2)
    assert encoder.layout.spikes["id"].tolist() == [big, big + 2]
    assert encoder.decode(encoder.encode(frame, 0))["id"].tolist() == frame["id"].tolist()


def test_an_ordinal_without_free_levels():
    grade = pd.Categorical(["lo", "mid", "hi"] * 6, ["lo", "mid", "hi"], ordered=True)
    frame = pd.DataFrame({"grade": grade})
    encoder = _fit(frame)
    assert [block.kind for block in encoder.blocks] == ["state"]
    pd.testing.assert_frame_equal(encoder.decode(encoder.encode(frame, 0)), frame)


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, 2.75, None]), min_size=4, max_size=40), st.floats(0.01, 0.9))
def test_any_column_comes_back_up_to_the_neighbours_of_a_single_value(values, share):
    frame = pd.DataFrame({"a": pd.Series(values, dtype=float), "b": range(len(values))})
    if frame["a"].isna().all():
        return
    encoder = _fit(frame, share)
    decoded = encoder.decode(encoder.encode(frame, random_state=1))
    pd.testing.assert_series_equal(decoded["a"].isna(), frame["a"].isna())
    spikes = encoder.layout.spikes.get("a", np.zeros(0))
    is_spike = frame["a"].isin(spikes)
    assert decoded["a"][is_spike].equals(frame["a"][is_spike])
    half_gap = np.diff(np.unique(frame["a"].dropna())).max(initial=0.0) / 2
    near = decoded["a"].dropna().between(frame["a"].min() - half_gap, frame["a"].max() + half_gap)
    assert near.all()
