from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, rankdata

from imbgen.metrics.coordinates import ScoringCoordinates
from imbgen.schema import Schema


def coordinates_of(frame, *, nullable=(), n_components=20):
    return ScoringCoordinates(frame, Schema.infer(frame), frozenset(nullable), n_components=n_components)


def test_a_lone_number_is_its_normal_score_in_unit_scale():
    values = np.random.default_rng(0).integers(0, 8, size=50) / 2
    numbers, codes = coordinates_of(pd.DataFrame({"x": values})).project(pd.DataFrame({"x": values}))
    scores = norm.ppf((rankdata(values) - 0.5) / 50)
    expected = (scores - scores.mean()) / np.sqrt(scores.var() + 0.05)
    np.testing.assert_allclose(np.abs(numbers[:, 0]), np.abs(expected), atol=1e-5)
    assert codes.shape == (50, 0)


def test_axes_are_uncorrelated_and_of_unit_scale():
    rng = np.random.default_rng(1)
    a = rng.normal(size=400)
    frame = pd.DataFrame({"a": a, "b": a + rng.normal(size=400), "c": rng.normal(size=400) ** 3})
    numbers, _ = coordinates_of(frame).project(frame)
    np.testing.assert_allclose(np.cov(numbers, rowvar=False), np.eye(3), atol=0.2)


def test_few_rows_give_few_axes():
    frame = pd.DataFrame(np.random.default_rng(2).normal(size=(8, 6)))
    assert coordinates_of(frame).project(frame)[0].shape == (8, 4)
    assert coordinates_of(frame, n_components=2).project(frame)[0].shape == (8, 2)


def test_gaps_are_a_level_and_a_middle_score():
    frame = pd.DataFrame({"x": [1.0, 2.0, np.nan, 3.0], "c": ["a", None, "b", "a"]})
    space = coordinates_of(frame, nullable=["x", "c"])
    assert space.n_levels.tolist() == [3, 2]
    numbers, codes = space.project(frame)
    assert codes.tolist() == [[0, 0], [2, 0], [1, 1], [0, 0]]
    assert numbers[2, 0] == pytest.approx(numbers[1, 0], abs=1e-6)


def test_what_the_reference_lacks_equals_nothing():
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "c": ["a", "b", "a"]})
    numbers, codes = coordinates_of(frame).project(pd.DataFrame({"x": [np.nan, 1e9], "c": ["new", None]}))
    assert np.isfinite(numbers).all()
    assert codes.tolist() == [[-1], [-1]]


def test_constants_take_no_axis():
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0, 8.0], "same": [5.0] * 4, "c": ["a"] * 4})
    numbers, codes = coordinates_of(frame).project(frame)
    assert numbers.shape == (4, 1)
    assert (codes == 0).all()


@pytest.mark.parametrize("unit", ["s", "ns"])
def test_times_order_and_levels_are_numbers(unit):
    days = pd.Series(pd.to_datetime(["2024-01-01", None, "2024-01-03", "2024-01-02"])).astype(
        f"datetime64[{unit}]"
    )
    days.index = [3, 3, 1, 1]  # as after drawing with replacement
    sizes = pd.Categorical(["S", "L", None, "M"], categories=["S", "M", "L"], ordered=True)
    frame = pd.DataFrame({"day": days})
    numbers, codes = coordinates_of(frame, nullable=["day"]).project(frame)
    assert abs(numbers[0, 0] - numbers[2, 0]) == pytest.approx(
        2 * abs(numbers[0, 0] - numbers[3, 0]), rel=1e-4
    )
    assert codes.ravel().tolist() == [0, 1, 0, 0]
    ordinal = pd.DataFrame({"size": sizes})
    numbers, _ = coordinates_of(ordinal, nullable=["size"]).project(ordinal)
    assert abs(numbers[0, 0] - numbers[1, 0]) > abs(numbers[0, 0] - numbers[3, 0])
