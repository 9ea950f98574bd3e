from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from imbgen.plots._gaussians import DiscriminantPlane, responsibilities

RNG = np.random.default_rng(0)


def spreads(k, d):
    roots = RNG.normal(size=(k, d, d))
    return roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(d)


def test_responsibilities_agree_with_bayes():
    means, covariances, weights = RNG.normal(size=(3, 4)), spreads(3, 4), np.array([0.5, 0.3, 0.2])
    rows = RNG.normal(size=(20, 4))
    joint = np.stack(
        [w * multivariate_normal(m, c).pdf(rows) for m, c, w in zip(means, covariances, weights, strict=True)]
    ).T
    owners = responsibilities(rows, means, covariances, weights)
    np.testing.assert_allclose(owners, joint / joint.sum(axis=1, keepdims=True), rtol=1e-8)


def test_a_row_far_from_all_still_has_an_owner():
    means, covariances = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([np.eye(2)] * 2)
    assert responsibilities(np.array([[1e6, 0.0]]), means, covariances, np.ones(2) / 2).tolist() == [[0, 1]]


def test_the_plane_is_that_on_which_the_means_part():
    """Three means in the last two of five dimensions, and wide noise in the others."""
    means = np.zeros((3, 5))
    means[:, 3:] = [[4, 0], [-2, 3], [-2, -3]]
    noise = np.array([np.diag([50.0, 40.0, 30.0, 1.0, 1.0])] * 3)
    plane = DiscriminantPlane.fit(means, noise, np.ones(3) / 3)
    assert plane.n_discriminants == 2
    np.testing.assert_allclose(plane.directions[:, :3], 0.0, atol=1e-9)


@pytest.mark.parametrize(("k", "n_discriminants"), [(1, 0), (2, 1), (3, 2), (6, 2)])
@pytest.mark.parametrize("d", [2, 3, 8])
def test_directions_are_orthonormal_whatever_the_number_of_components(k, n_discriminants, d):
    plane = DiscriminantPlane.fit(RNG.normal(size=(k, d)), spreads(k, d), np.ones(k) / k)
    assert plane.n_discriminants == n_discriminants
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-9)
    assert (plane.directions.max(axis=1) == np.abs(plane.directions).max(axis=1)).all()


def test_one_component_is_seen_on_its_plane_of_greatest_variance():
    covariance = np.diag([1.0, 9.0, 4.0])
    plane = DiscriminantPlane.fit(np.zeros((1, 3)), covariance[None], np.ones(1))
    np.testing.assert_allclose(plane.directions, np.eye(3)[[1, 2]], atol=1e-9)


def test_equal_means_part_in_no_direction():
    plane = DiscriminantPlane.fit(np.ones((4, 3)), spreads(4, 3), np.ones(4) / 4)
    assert plane.n_discriminants == 0
