"""Rank space: what goes in comes out, in its share, on its grid, and never further than half a gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import kstest

from imbgen.encoding import RankTransform, find_step

UNIFORM = ndtri((np.arange(20_000) + 0.5) / 20_000)
# Magnitudes between 1e-3 and 1e6, or zero; extreme ones have tests of their own.
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: x if abs(x) >= 1e-3 else 0.0)
COLUMNS = st.one_of(
    st.lists(NUMBERS, min_size=1, max_size=40),
    # Drawn from a few values, so that most are ties.
    st.lists(NUMBERS, min_size=1, max_size=4).flatmap(
        lambda pool: st.lists(st.sampled_from(pool), min_size=1, max_size=40)
    ),
    st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=40),
    st.lists(st.integers(-500, 500).map(lambda i: i / 100), min_size=1, max_size=40),
).map(np.array)


def _half_gap_bounds(values):
    """The furthest legal outputs, from the rule: half a gap, not across zero, not past a repeated extreme."""
    distinct, counts = np.unique(values, return_counts=True)
    low, high = distinct[0], distinct[-1]
    if len(distinct) > 1:
        if counts[0] == 1:
            below = low - (distinct[1] - low) / 2
            low = max(below, 0.0) if low >= 0 else below
        if counts[-1] == 1:
            above = high + (high - distinct[-2]) / 2
            high = min(above, 0.0) if high <= 0 else above
    return low, high


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([1.0, 2.0, -7.0], 1.0),
        ([0.5], 0.1),
        ([0.25, 1.5], 0.01),
        ([99.999, 0.0], 0.001),
        ([1e-6, 0.1], 1e-6),
        ([1 / 3], 0.0),
        ([0.1 + 0.2], 0.1),  # 0.30000000000000004 is a rounding error away from the grid
        ([1e-7, 1.0], 0.0),
    ],
)
def test_find_step(values, step):
    assert find_step(np.array(values)) == step


@pytest.mark.parametrize("scale", [1e-13, 1e-15, 1e-30])
def test_columns_of_tiny_numbers_survive(scale):
    values = np.arange(1.0, 9.0) / 7 * scale
    ranks = RankTransform.fit(values)
    np.testing.assert_allclose(
        ranks.decode(ranks.encode(values, np.random.default_rng(0))), values, rtol=1e-9
    )


@pytest.mark.parametrize("values", [[1.0, 1e303, 2e303], [-1.5e308, 0.5, 1.5e308]])
def test_columns_of_huge_numbers_survive(values):
    values = np.array(values)
    ranks = RankTransform.fit(values)
    decoded = ranks.decode(UNIFORM)
    assert np.isfinite(decoded).all()
    np.testing.assert_allclose(
        ranks.decode(ranks.encode(values, np.random.default_rng(0))), values, rtol=1e-9
    )


def test_fractions_of_large_numbers_survive():
    values = 1.7e12 + np.arange(8) / 4
    assert find_step(values) == 0.01


@given(COLUMNS, st.integers(0, 100))
def test_decoding_what_was_encoded_gives_it_back(values, seed):
    ranks = RankTransform.fit(values)
    decoded = ranks.decode(ranks.encode(values, np.random.default_rng(seed)))
    distinct, counts = np.unique(values, return_counts=True)
    repeated = np.isin(values, distinct[counts > 1])
    np.testing.assert_array_equal(decoded[repeated], values[repeated])
    np.testing.assert_allclose(decoded, values, rtol=1e-12, atol=1e-9 * np.ptp(values))


@given(COLUMNS)
def test_every_repeated_value_comes_out_in_its_share(values):
    decoded = RankTransform.fit(values).decode(UNIFORM)
    distinct, counts = np.unique(values, return_counts=True)
    for value, count in zip(distinct[counts > 1], counts[counts > 1], strict=True):
        # A smooth neighbour may be rounded onto the value too, if both lie on a grid.
        share = (decoded == value).mean()
        assert share >= count / len(values) - 2 / len(UNIFORM)
        apart = np.diff(distinct).min() > 1e-9 * np.abs(distinct).max() if len(distinct) > 1 else True
        if find_step(distinct) == 0.0 and apart:  # nearer, floats between two values are the values
            assert share <= count / len(values) + 2 / len(UNIFORM)


@given(COLUMNS)
def test_the_shares_below_each_value_are_kept(values):
    decoded = RankTransform.fit(values).decode(UNIFORM)
    for value in np.unique(values):
        middle = ((values < value).mean() + (values <= value).mean()) / 2
        error = 1e-11 * abs(value)
        assert (decoded < value - error).mean() <= middle + 2 / len(UNIFORM)
        assert (decoded <= value + error).mean() >= middle - 2 / len(UNIFORM)


@given(COLUMNS)
def test_decoding_keeps_the_order(values):
    assert (np.diff(RankTransform.fit(values).decode(UNIFORM)) >= 0).all()


@given(COLUMNS)
def test_the_range_is_passed_by_half_a_gap_at_most(values):
    decoded = RankTransform.fit(values).decode(np.array([-40.0, *UNIFORM, 40.0]))
    low, high = _half_gap_bounds(values)
    slack = find_step(np.unique(values)) / 2 + 1e-9 * np.ptp(values)  # half a gap, rounded to the grid
    assert decoded.min() >= low - slack
    assert decoded.max() <= high + slack
    assert not (values.min() >= 0 > decoded.min())
    assert not (values.max() <= 0 < decoded.max())


def test_an_empty_stretch_stays_empty():
    low, high = np.arange(0.0, 1.0, 0.07), np.arange(100.0, 101.0, 0.07)
    decoded = RankTransform.fit(np.concatenate([low, high])).decode(UNIFORM)
    assert not ((decoded > low[-1] + 0.0701) & (decoded < high[0] - 0.0701)).any()
    assert ((decoded > low[-1] + 0.06) & (decoded < high[0] - 0.06)).any()  # but reached into


def test_a_lone_value_reaches_half_way():
    decoded = RankTransform.fit(np.array([0.0, 0.07, 10.07])).decode(UNIFORM)
    assert decoded.max() == pytest.approx(15.07, abs=0.01)
    assert ((decoded > 5.1) & (decoded < 10)).any()
    assert not ((decoded > 0.15) & (decoded < 5.0)).any()


@given(COLUMNS)
def test_without_extension_the_range_is_kept(values):
    decoded = RankTransform.fit(values, extend=False).decode(np.array([-40.0, *UNIFORM, 40.0]))
    assert decoded.min() >= values.min()
    assert decoded.max() <= values.max()


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40))
def test_whole_numbers_stay_whole_and_in_range(values):
    decoded = RankTransform.fit(np.array(values, dtype=float), step=1.0, extend=False).decode(UNIFORM)
    np.testing.assert_array_equal(decoded, np.rint(decoded))
    assert min(values) <= decoded.min() <= decoded.max() <= max(values)


@given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=40, unique=True))
def test_the_grid_of_the_column_is_kept(hundredths):
    values = np.array(hundredths) / 100
    step = find_step(values)
    decoded = RankTransform.fit(values).decode(UNIFORM)
    np.testing.assert_allclose(decoded / step, np.rint(decoded / step), atol=1e-6)


@given(COLUMNS, st.lists(NUMBERS, min_size=1, max_size=20))
def test_any_number_has_a_finite_score_in_order(values, others):
    ranks = RankTransform.fit(values)
    others = np.sort(np.setdiff1d(np.array(others), values))
    scores = ranks.encode(others, np.random.default_rng(0))
    assert np.isfinite(scores).all()
    assert (np.diff(scores) >= 0).all()


def test_singles_get_the_middle_of_their_rank():
    values = np.random.default_rng(0).permutation(11) / 7
    scores = RankTransform.fit(values).encode(values, np.random.default_rng(1))
    np.testing.assert_allclose(np.sort(ndtr(scores)), (np.arange(11) + 0.5) / 11, atol=1e-12)


def test_ties_are_spread_evenly_over_their_interval():
    values = np.array([0.0] * 300 + [1.0] * 500 + [2.0] * 200)
    scores = RankTransform.fit(values).encode(values, np.random.default_rng(0))
    assert kstest(ndtr(scores[300:800]), "uniform", args=(0.3, 0.5)).pvalue > 0.01
    assert kstest(scores, "norm").pvalue > 0.01


def test_the_seed_decides_how_ties_are_broken():
    values = np.zeros(10)
    first, again, other = (
        RankTransform.fit(values).encode(values, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@settings(max_examples=20)
@given(NUMBERS, st.integers(1, 5))
def test_one_value_decodes_to_itself(value, count):
    ranks = RankTransform.fit(np.full(count, value))
    np.testing.assert_allclose(ranks.decode(np.array([-40.0, 0.0, 40.0])), value, rtol=1e-12)


def test_documented_extension_by_hand():
    ranks = RankTransform.fit(np.array([1.25, 3.5, 4.125]) / 3, step=0.0)
    low, high = ranks.decode(np.array([-40.0, 40.0]))
    assert low == pytest.approx((1.25 - (3.5 - 1.25) / 2) / 3)
    assert high == pytest.approx((4.125 + (4.125 - 3.5) / 2) / 3)
    # Near zero the extension ends there; past a repeated extreme there is none.
    assert RankTransform.fit(np.array([0.1, 5.0]) / 3, step=0.0).decode(np.array([-40.0]))[0] == 0.0
    assert RankTransform.fit(np.array([1.0, 1.0, 5.0]) / 3, step=0.0).decode(np.array([-40.0]))[0] == 1 / 3
