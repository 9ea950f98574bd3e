from __future__ import annotations

import numpy as np
import pytest

from imbgen.metrics.association import correlation_ratio, cramers_v


def test_v_by_hand():
    first = np.repeat([0, 0, 1, 1], [30, 10, 10, 30])
    second = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    phi2 = 0.25 - 1 / 79
    assert cramers_v(first, second) == pytest.approx(np.sqrt(phi2 / (1 - 1 / 79)))


def test_ratio_by_hand():
    within = (4 * 0.25) / 5.0
    assert correlation_ratio([0, 0, 1, 1], [1.0, 2.0, 3.0, 4.0]) == pytest.approx(np.sqrt(1 - within * 3 / 2))


@pytest.mark.parametrize("n_rows", [40, 4000])
def test_independent_columns_have_no_association_whatever_the_rows(n_rows):
    rng = np.random.default_rng(1)
    draws = [
        (rng.integers(0, 8, n_rows), rng.integers(0, 8, n_rows), rng.normal(size=n_rows)) for _ in range(50)
    ]
    assert np.mean([cramers_v(a, b) ** 2 for a, b, _ in draws]) < 0.02
    assert np.mean([correlation_ratio(a, x) ** 2 for a, _, x in draws]) < 0.06


def test_missing_rows_are_left_out():
    assert cramers_v([0, 0, 1, 1, -1, 0], [0, 0, 1, 1, 1, -1]) == pytest.approx(1.0)
    assert correlation_ratio([0, 0, 1, 1, -1], [1.0, 1.0, 2.0, 2.0, 9.0]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("first", "second"), [([0, 0], [0, 1]), ([-1, -1], [0, 1]), ([], []), ([0, 1], [0, 1])]
)
def test_what_cannot_be_told_is_nan(first, second):
    assert np.isnan(cramers_v(np.array(first, dtype=int), np.array(second, dtype=int)))
    assert np.isnan(correlation_ratio(np.array(first, dtype=int), np.array(second, dtype=float)))
