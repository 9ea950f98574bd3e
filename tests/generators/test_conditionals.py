"""Conditional laws of normals against the textbook's formula, by inversion."""

import numpy as np
import pytest

from imbgen.generators.conditionals import conditionals, standardised_factor

RIDGE = 1e-3


def _by_inversion(scores, correlation, dim):
    """Mean and standard deviation of a dimension given the others: regression on them."""
    ridged = (1 - RIDGE) * correlation + RIDGE * np.eye(len(correlation))
    others = np.delete(np.arange(len(ridged)), dim)
    weights = np.linalg.solve(ridged[np.ix_(others, others)], ridged[others, dim])
    return scores[:, others] @ weights, np.sqrt(ridged[dim, dim] - weights @ ridged[others, dim])


@pytest.mark.parametrize(("n_rows", "n_dims"), [(60, 4), (12, 12), (8, 30), (3, 5)])
def test_conditionals_are_regressions_on_the_others_also_after_changes(n_rows, n_dims):
    rng = np.random.default_rng(n_dims)
    scores = rng.normal(size=(n_rows, n_dims)) @ rng.normal(size=(n_dims, n_dims))
    scores /= scores.std(axis=0)
    factor = standardised_factor(scores)
    laws = conditionals(scores, factor)
    rows = np.arange(0, n_rows, 2)
    for dim in range(n_dims):
        mean, sd = laws.given_others(dim, rows)
        expected_mean, expected_sd = _by_inversion(scores, factor @ factor.T, dim)
        np.testing.assert_allclose(mean, expected_mean[rows], atol=1e-6)
        assert sd == pytest.approx(expected_sd, rel=1e-6)
        values = rng.normal(size=len(rows))
        laws.replace(dim, rows, values)
        np.testing.assert_array_equal(scores[rows, dim], values)


def test_the_factor_is_one_of_the_correlation():
    scores = np.random.default_rng(0).normal(2.0, 3.0, size=(40, 5))
    factor = standardised_factor(scores)
    np.testing.assert_allclose(factor @ factor.T, np.corrcoef(scores.T))
