"""Which classes get rows, and how many."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbgen import GMMGenerator, OverSampler
from imbgen.errors import ParameterError
from imbgen.sampling_strategy import count_new_rows

GMM = GMMGenerator(max_components=1)
THREE = np.repeat([0, 1, 2], [40, 20, 12])
TWO = np.repeat(["no", "yes"], [45, 15])


@pytest.mark.parametrize(
    ("strategy", "added"),
    [
        ("auto", {1: 20, 2: 28}),
        ("not majority", {1: 20, 2: 28}),
        ("minority", {2: 28}),
        ("not minority", {1: 20}),
        ("all", {1: 20, 2: 28}),
        ({1: 25, 2: 12}, {1: 5}),
        ({2: 13}, {2: 1}),
        ([2], {2: 28}),
        ((2, np.int64(1)), {1: 20, 2: 28}),
        ([0], {}),
        ([], {}),
        pytest.param(lambda y: {1: 30}, {1: 10}, id="a function"),
    ],
    ids=str,
)
def test_three_classes(strategy, added):
    n_new = count_new_rows(strategy, THREE)
    assert {label: n for label, n in n_new.items() if n} == added
    X = pd.DataFrame({"x": np.random.default_rng(0).normal(THREE)})
    sampler = OverSampler(GMM, sampling_strategy=strategy, random_state=0)
    X_new, y_new = sampler.fit_resample(X, THREE)
    assert len(X_new) == len(y_new) == 72 + sum(added.values())
    assert {label: int((y_new[72:] == label).sum()) for label in np.unique(y_new[72:])} == added
    assert set(sampler.generators_) == set(added)


@pytest.mark.parametrize(
    ("sizes", "ratio", "n_new"),
    [((100, 28), 0.29, 1), ((90, 60), 0.7, 3), ((45, 15), 0.8, 21), ((45, 15), 1, 30), ((10, 3), 0.35, 1)],
)
def test_a_ratio_is_reached_to_the_nearest_row(sizes, ratio, n_new):
    assert count_new_rows(ratio, np.repeat(["no", "yes"], sizes)) == {"yes": n_new}


@given(st.integers(2, 500), st.integers(1, 100))
def test_a_ratio_is_never_a_row_off(n_larger, percent):
    """In whole numbers: 100 times the rows is within half a row, 50, of percent times the larger class."""
    y = np.repeat([0, 1], [n_larger, 1])
    if percent * n_larger < 50:
        return
    total = 1 + count_new_rows(percent / 100, y)[1]
    assert abs(100 * total - percent * n_larger) <= 50


def test_a_ratio_that_is_there_adds_nothing():
    assert count_new_rows(1 / 3, TWO) == {"yes": 0}
    X_new, _ = OverSampler(GMM, sampling_strategy=1 / 3).fit_resample(pd.DataFrame({"x": range(60)}), TWO)
    assert len(X_new) == 60


@pytest.mark.parametrize(
    ("strategy", "y", "message"),
    [
        (0.2, TWO, r"sampling_strategy=0.2, and 'no' \(45 rows\), 'yes' \(15 rows\) is a ratio of 0.333"),
        (0.5, THREE, "a float only when the type of target is binary"),
        (["yess"], TWO, "'yess' is none. Did you mean 'yes'"),
        ({"maybe": 60}, TWO, "maybe"),
        ({1: 10}, THREE, r"The classes are 0 \(40 rows\), 1 \(20 rows\)"),
    ],
)
def test_strategies_that_do_not_fit(strategy, y, message):
    with pytest.raises(ParameterError, match=message):
        OverSampler(GMM, sampling_strategy=strategy).fit(pd.DataFrame({"x": np.arange(len(y))}), y)


@pytest.mark.parametrize("strategy", [0, -0.5, 1.5, "balanced", None])
def test_what_is_no_strategy(strategy):
    with pytest.raises(ValueError, match="'sampling_strategy' parameter of OverSampler must be"):
        OverSampler(GMM, sampling_strategy=strategy).fit(pd.DataFrame({"x": range(60)}), TWO)
