from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal

from imbgen.errors import DataError
from imbgen.metrics import MixedKernelDensity


def no_codes(n_rows: int) -> np.ndarray:
    return np.zeros((n_rows, 0), dtype=np.int64)


def no_numbers(n_rows: int) -> np.ndarray:
    return np.zeros((n_rows, 0), dtype=np.float32)


def log_density_by_loops(density, numbers, codes, sample_numbers, sample_codes, n_levels):
    """The formula of the docstring, written again with scipy and loops."""
    h, t, d = density.width, density.smoothing, numbers.shape[1]
    found = []
    for x, c in zip(numbers, codes, strict=True):
        total = 0.0
        for x_i, c_i in zip(sample_numbers, sample_codes, strict=True):
            kernel = multivariate_normal.pdf(x, x_i, h**2 * np.eye(d)) if d else 1.0
            for a, b, k in zip(c, c_i, n_levels, strict=True):
                kernel *= (1 - t) * (a == b) + t / k
            total += kernel
        background = multivariate_normal.pdf(x, np.zeros(d), 4 * np.eye(d)) if d else 1.0
        found.append(np.log(0.99 * total / len(sample_numbers) + 0.01 * background / np.prod(n_levels)))
    return np.array(found)


@pytest.mark.parametrize(("d_numbers", "n_levels"), [(2, [3, 2, 3]), (3, []), (0, [4, 2])])
def test_equals_the_formula(d_numbers, n_levels):
    rng = np.random.default_rng(0)

    def draw(n_rows):
        codes = np.array([rng.integers(k, size=n_rows) for k in n_levels]).reshape(len(n_levels), n_rows).T
        return rng.normal(size=(n_rows, d_numbers)).astype(np.float32), codes.astype(np.int64)

    sample, rows = draw(12), draw(5)
    density = MixedKernelDensity(*sample, n_levels)
    expected = log_density_by_loops(density, *rows, *sample, n_levels)
    np.testing.assert_allclose(density.log_density(*rows), expected, rtol=1e-4)


def test_integrates_to_one_over_numbers():
    sample = np.random.default_rng(1).normal(size=(40, 1)).astype(np.float32)
    density = MixedKernelDensity(sample, no_codes(40), [])

    def q(x):
        return float(np.exp(density.log_density(np.array([[x]], dtype=np.float32), no_codes(1))[0]))

    assert quad(q, -15, 15, limit=400)[0] == pytest.approx(1.0, abs=1e-3)


def test_sums_to_one_over_levels():
    rng = np.random.default_rng(2)
    codes = np.stack([rng.integers(3, size=50), rng.integers(2, size=50)], axis=1)
    density = MixedKernelDensity(no_numbers(50), codes, [3, 2])
    cells = np.array([[a, b] for a in range(3) for b in range(2)])
    assert np.exp(density.log_density(no_numbers(6), cells)).sum() == pytest.approx(1.0, abs=1e-5)


def test_is_near_a_known_law():
    rng = np.random.default_rng(3)
    sample = rng.normal(size=(5000, 1)).astype(np.float32)
    rows = np.linspace(-1.5, 1.5, 7, dtype=np.float32)[:, None]
    truth = -0.5 * rows[:, 0] ** 2 - 0.5 * np.log(2 * np.pi)
    found = MixedKernelDensity(sample, no_codes(5000), []).log_density(rows, no_codes(7))
    np.testing.assert_allclose(found, truth, atol=0.2)


def test_repeats_narrow_the_kernel():
    rng = np.random.default_rng(4)
    fresh = rng.normal(size=(300, 4)).astype(np.float32)
    codes = rng.integers(4, size=(300, 3))
    often = np.repeat(np.arange(30), 10)
    honest = MixedKernelDensity(fresh, codes, [4, 4, 4])
    repeated = MixedKernelDensity(fresh[often], codes[often], [4, 4, 4])
    assert repeated.width < honest.width
    assert repeated.smoothing < honest.smoothing


def test_copies_of_training_rows_narrow_the_kernel():
    rng = np.random.default_rng(5)
    sample = rng.normal(size=(200, 4)).astype(np.float32)
    others = rng.normal(size=(200, 4)).astype(np.float32)
    alone = MixedKernelDensity(sample, no_codes(200), [])
    fresh = MixedKernelDensity(sample, no_codes(200), [], training=(others, no_codes(200)))
    copied = MixedKernelDensity(sample, no_codes(200), [], training=(sample, no_codes(200)))
    assert copied.width < fresh.width <= alone.width


def test_widened_takes_the_wider_of_each():
    rng = np.random.default_rng(7)
    sample, codes = rng.normal(size=(100, 2)).astype(np.float32), rng.integers(3, size=(100, 2))
    narrow = MixedKernelDensity(sample, codes, [3, 3], training=(sample, codes))
    wide = MixedKernelDensity(sample, codes, [3, 3])
    both = narrow.widened(wide)
    assert (both.width, both.smoothing) == (wide.width, wide.smoothing)
    assert narrow.width < wide.width
    np.testing.assert_array_equal(both.log_density(sample, codes), wide.log_density(sample, codes))


def test_a_far_row_costs_a_bounded_amount():
    sample = np.random.default_rng(6).normal(size=(100, 1)).astype(np.float32)
    density = MixedKernelDensity(sample, no_codes(100), [])
    background = np.log(0.01) - 0.5 * (6.0**2 / 4 + np.log(2 * np.pi * 4))
    found = density.log_density(np.array([[6.0]], dtype=np.float32), no_codes(1))
    assert found[0] == pytest.approx(background, abs=0.5)


def test_no_rows_are_refused():
    with pytest.raises(DataError, match="n_sample=0"):
        MixedKernelDensity(no_numbers(0), no_codes(0), [])
