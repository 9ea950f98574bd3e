"""Kernels against their formulas, computed one by one."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from imbgen.generators.local_kernels import (
    BANDWIDTHS,
    SHRINKAGES,
    SMOOTHINGS,
    KernelWidths,
    LocalKernels,
    choose_widths,
)
from imbgen.generators.neighbors import find_neighbors


def _one_hot(codes, n_levels):
    return np.eye(n_levels)[codes]


def _kernels(n=12, p=3, k=4, seed=0, numbers=None, n_levels=(3, 2), weights=None):
    rng = np.random.default_rng(seed)
    if numbers is None:
        numbers = rng.multivariate_normal(np.zeros(p), 0.6 + 0.4 * np.eye(p), size=n)
    n = len(numbers)
    levels = [_one_hot(rng.integers(0, k_b, n), k_b) for k_b in n_levels]
    points = np.hstack([numbers, *levels])
    weights = np.full(n, 1 / n) if weights is None else weights
    return LocalKernels(numbers, levels, find_neighbors(points, k), weights)


def _class_covariance(numbers):
    covariance = np.cov(numbers.T, bias=True)
    diagonal = np.diag(np.diag(covariance))
    return 0.7 * covariance + 0.3 * diagonal + 0.001 * np.eye(len(covariance))


def _covariance(kernels, j, shrinkage, without=None):
    """Of the kernel at j for h = 1, in encoded space, by the formula of the class's docstring."""
    root = np.linalg.cholesky(_class_covariance(kernels.numbers))
    p = len(root)
    others = [m for m in kernels.neighbors[j] if m != without]
    if not others:  # nothing but the class is left
        return root @ root.T
    steps = (kernels.numbers[others] - kernels.numbers[j]) @ np.linalg.inv(root).T
    local = sum(np.outer(step, step) for step in steps) / len(others)
    mixed = (1 - shrinkage) * local + (shrinkage * np.trace(local) / p + 0.001) * np.eye(p)
    return root @ mixed @ root.T


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("k", [1, 2, 4, 11])
def test_distances_and_volumes_leave_a_row_out_of_the_covariance(shrinkage, k):
    kernels = _kernels(k=k)
    rows = np.array([3, 0, 7, 11])
    squares, log_volumes = kernels.compare(rows, [0.9, shrinkage])
    assert squares.shape == log_volumes.shape == (2, 4, 12)
    for a, i in enumerate(rows):
        for j in range(12):
            covariance = _covariance(kernels, j, shrinkage, without=i)
            step = kernels.numbers[i] - kernels.numbers[j]
            assert squares[1, a, j] == pytest.approx(step @ np.linalg.solve(covariance, step), rel=1e-8)
            half_log_determinant = 0.5 * np.linalg.slogdet(covariance)[1]
            assert log_volumes[1, a, j] == pytest.approx(half_log_determinant, rel=1e-8)


def _log_density(kernels, i, widths):
    """Of row i under the other kernels, and a hundredth of the broad law."""
    total, rest = 0.0, 1.0 - kernels.weights[i]
    for j in range(len(kernels.numbers)):
        if j == i:
            continue
        covariance = widths.bandwidth**2 * _covariance(kernels, j, widths.shrinkage, without=i)
        density = multivariate_normal(kernels.numbers[j], covariance).pdf(kernels.numbers[i])
        for hot in kernels.levels:
            same = float(hot[i] @ hot[j])
            density *= (1 - widths.smoothing) * same + widths.smoothing / hot.shape[1]
        total += kernels.weights[j] / rest * density
    broad = norm(scale=2).pdf(kernels.numbers[i]).prod() / np.prod([hot.shape[1] for hot in kernels.levels])
    return np.log(0.99 * total + 0.01 * broad)


@pytest.mark.parametrize("equal", [True, False])
def test_the_likelihood_is_the_mean_over_rows_left_out(equal):
    weights = np.full(12, 1 / 12) if equal else np.random.default_rng(1).dirichlet(np.ones(12))
    kernels = _kernels(weights=weights)
    widths = choose_widths(
        kernels, np.random.default_rng(0), bandwidths=[0.7], smoothings=[0.2], shrinkages=[0.4]
    )
    assert (widths.bandwidth, widths.smoothing, widths.shrinkage) == (0.7, 0.2, 0.4)
    expected = np.mean([_log_density(kernels, i, widths) for i in range(12)])
    assert widths.log_likelihood == pytest.approx(expected, rel=1e-8)


def test_the_widths_chosen_are_the_likeliest_of_all():
    kernels, rng = _kernels(n=25), np.random.default_rng(0)
    bandwidths, smoothings = BANDWIDTHS[::2], SMOOTHINGS[::2]
    chosen = choose_widths(kernels, rng, bandwidths=bandwidths, smoothings=smoothings)
    every = [
        choose_widths(kernels, rng, bandwidths=[h], smoothings=[t], shrinkages=[s])
        for h in bandwidths
        for t in smoothings
        for s in SHRINKAGES
    ]
    best = max(every, key=lambda widths: widths.log_likelihood)
    assert (chosen.bandwidth, chosen.smoothing) == (best.bandwidth, best.smoothing)
    assert chosen.log_likelihood == pytest.approx(best.log_likelihood)  # a mean over rows in another order
    assert chosen.shrinkage == best.shrinkage


@pytest.mark.parametrize("shrinkage", [0.0, 0.35, 1.0])
@pytest.mark.parametrize("equal", [True, False])
def test_draws_have_the_covariance_that_is_stated(shrinkage, equal):
    rng = np.random.default_rng(0)
    weights = np.full(12, 1 / 12) if equal else rng.dirichlet(np.ones(12))
    kernels = _kernels(weights=weights)
    drawn, _ = kernels.draw(200_000, KernelWidths(0.8, 0.1, shrinkage, 0.0), rng)
    mean = weights @ kernels.numbers
    spread = kernels.numbers - mean
    expected = np.einsum("n,ni,nj->ij", weights, spread, spread)
    expected += 0.8**2 * sum(weights[j] * _covariance(kernels, j, shrinkage) for j in range(12))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), expected, rtol=0.03)


def test_levels_are_kept_or_drawn_anew():
    kernels = _kernels(n=2, k=1, n_levels=(3,))
    _, (log_probabilities,) = kernels.draw(100, KernelWidths(0.5, 0.3, 0.5, 0.0), np.random.default_rng(0))
    probabilities = np.sort(np.exp(log_probabilities), axis=1)
    np.testing.assert_allclose(probabilities, np.tile([0.1, 0.1, 0.8], (100, 1)))


def _chosen(numbers, k):
    return choose_widths(_kernels(numbers=numbers, k=k, n_levels=()), np.random.default_rng(0))


def test_a_round_cloud_is_taken_as_round():
    numbers = np.random.default_rng(0).normal(size=(40, 4))
    assert _chosen(numbers, 8).shrinkage >= 0.75


@pytest.mark.parametrize("shape", ["cross", "spiral"])
def test_a_shape_that_turns_is_followed(shape):
    rng = np.random.default_rng(0)
    along, thin = rng.uniform(-2, 2, 200), rng.normal(0, 0.02, 200)
    if shape == "cross":  # without correlation as a whole
        numbers = np.where((rng.random(200) < 0.5)[:, None], np.c_[along, thin], np.c_[thin, along])
    else:
        angle = 2 * np.pi * (along + 2) / 2
        numbers = (angle / 6 + thin)[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    assert _chosen(numbers, 5).shrinkage == 0.1


def test_kernels_shrink_as_the_class_grows():
    sizes = []
    for n in (20, 100, 500):
        numbers = np.random.default_rng(n).normal(size=(n, 2))
        kernels = _kernels(numbers=numbers, k=5, n_levels=())
        widths = choose_widths(kernels, np.random.default_rng(0))
        drawn, _ = kernels.draw(20_000, widths, np.random.default_rng(1))
        noise = np.cov(drawn.T) - np.cov(numbers.T, bias=True)
        sizes.append(np.sqrt(np.trace(noise)))
    assert sizes[0] > 1.3 * sizes[1] > 1.3**2 * sizes[2]


def test_levels_alone_need_no_numbers():
    kernels = _kernels(numbers=np.empty((30, 0)), n_levels=(2, 3))
    widths = choose_widths(kernels, np.random.default_rng(0))
    numbers, logs = kernels.draw(7, widths, np.random.default_rng(0))
    assert numbers.shape == (7, 0)
    assert [log.shape for log in logs] == [(7, 2), (7, 3)]


@pytest.mark.parametrize("dependent", [True, False])
def test_levels_are_drawn_anew_as_far_as_they_are_independent(dependent):
    codes = np.random.default_rng(0).integers(0, 3, (100, 5))
    columns = codes[:, [0] * 5] if dependent else codes
    levels = [_one_hot(column, 3) for column in columns.T]
    neighbors = np.tile(np.arange(1, 6), (100, 1))
    kernels = LocalKernels(np.empty((100, 0)), levels, neighbors, np.full(100, 0.01))
    smoothing = choose_widths(kernels, np.random.default_rng(0)).smoothing
    assert smoothing == (SMOOTHINGS[0] if dependent else SMOOTHINGS[-1])
