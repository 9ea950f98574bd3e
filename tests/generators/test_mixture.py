"""The Gaussian mixture against SciPy and against the formulas of the papers."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from imbgen.generators.mixture import Mixture, choose_mixture, shrink_to_diagonal


@pytest.fixture
def mixture():
    return Mixture(
        np.array([0.3, 0.7]),
        np.array([[0.0, 1.0], [4.0, -2.0]]),
        np.array([[[1.0, 0.6], [0.6, 2.0]], [[0.5, -0.2], [-0.2, 0.4]]]),
    )


def _components(mixture, rows):
    return np.stack(
        [
            weight * multivariate_normal(mean, covariance).pdf(rows)
            for weight, mean, covariance in zip(
                mixture.weights, mixture.means, mixture.covariances, strict=True
            )
        ],
        axis=1,
    )


def test_density_and_responsibilities_are_scipys(mixture):
    rows = np.random.default_rng(0).normal(1, 3, size=(50, 2))
    joint = _components(mixture, rows)
    np.testing.assert_allclose(mixture.log_joint(rows), np.log(joint))
    np.testing.assert_allclose(mixture.log_density(rows), np.log(joint.sum(axis=1)))
    np.testing.assert_allclose(mixture.responsibilities(rows), joint / joint.sum(axis=1, keepdims=True))


def test_far_rows_keep_finite_densities_and_whole_responsibilities(mixture):
    rows = np.array([[1e4, 0.0], [-1e4, 5.0]])
    assert np.isfinite(mixture.log_density(rows)).all()
    np.testing.assert_allclose(mixture.responsibilities(rows).sum(axis=1), 1.0)


def test_draws_have_the_moments(mixture):
    rows = mixture.sample(100_000, np.random.default_rng(0))
    mean = mixture.weights @ mixture.means
    spread = mixture.means - mean
    covariance = np.einsum("k,kij->ij", mixture.weights, mixture.covariances)
    covariance += np.einsum("k,ki,kj->ij", mixture.weights, spread, spread)
    np.testing.assert_allclose(rows.mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(rows.T), covariance, rtol=0.03)


def _schaefer_strimmer(rows):
    """Target D, from the paper: sum of Var(r_ij) over sum of r_ij squared, by loops."""
    n, d = rows.shape
    scores = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    above = below = 0.0
    for i in range(d):
        for j in range(d):
            if i != j:
                w = scores[:, i] * scores[:, j]
                above += n / (n - 1) ** 3 * ((w - w.mean()) ** 2).sum()
                below += (n / (n - 1) * w.mean()) ** 2
    return min(max(above / below, 0.0), 1.0)


@pytest.mark.parametrize(("n", "d", "rho"), [(200, 3, 0.7), (40, 6, 0.3), (15, 10, 0.1)])
def test_automatic_shrinkage_is_schaefer_and_strimmers(n, d, rho):
    covariance = np.full((d, d), rho) + (1 - rho) * np.eye(d)
    rows = np.random.default_rng(n).multivariate_normal(np.zeros(d), covariance, size=n)
    estimate = np.cov(rows.T, bias=True)
    shrunk, amount = shrink_to_diagonal(estimate, rows, np.ones(n), "auto")
    assert amount == pytest.approx(_schaefer_strimmer(rows), rel=3 / n)
    np.testing.assert_allclose(np.diag(shrunk), np.diag(estimate))
    off = ~np.eye(d, dtype=bool)
    np.testing.assert_allclose(shrunk[off], (1 - amount) * estimate[off])


@pytest.mark.parametrize("amount", [0.0, 0.25, 1.0])
def test_a_given_shrinkage_is_used(amount):
    covariance = np.array([[2.0, 1.0], [1.0, 3.0]])
    shrunk, used = shrink_to_diagonal(covariance, np.zeros((5, 2)), np.ones(5), amount)
    np.testing.assert_allclose(shrunk, [[2, 1 - amount], [1 - amount, 3]])
    assert used == amount


def test_rows_without_weight_do_not_count():
    rng = np.random.default_rng(0)
    mine, others = rng.normal(size=(60, 3)), rng.normal(50, 9, size=(40, 3))
    alone = shrink_to_diagonal(np.cov(mine.T, bias=True), mine, np.ones(60), "auto")
    rows, weights = np.concatenate([mine, others]), np.repeat([1.0, 0.0], [60, 40])
    together = shrink_to_diagonal(np.cov(mine.T, bias=True), rows, weights, "auto")
    np.testing.assert_allclose(alone[0], together[0])


def test_one_dimension_needs_no_shrinkage():
    assert shrink_to_diagonal(np.eye(1), np.zeros((4, 1)), np.ones(4), "auto")[1] == 0.0


N_PARAMETERS = {
    "full": lambda k, d: k * d * (d + 1) / 2,
    "tied": lambda k, d: d * (d + 1) / 2,
    "diag": lambda k, d: k * d,
    "spherical": lambda k, d: k,
}


def test_the_table_holds_bic_and_aic_of_every_candidate():
    rows = np.random.default_rng(0).normal(size=(80, 3))
    mixture, table = choose_mixture(
        rows,
        n_components=[1, 2, 3],
        covariance_types=list(N_PARAMETERS),
        criterion="bic",
        regularization=0.01,
        seed=0,
    )
    candidates = list(zip(table["covariance_type"], table["n_components"], strict=True))
    assert candidates == [(kind, k) for kind in N_PARAMETERS for k in (1, 2, 3)]
    for _, row in table.iterrows():
        k = row["n_components"]
        n_free = N_PARAMETERS[row["covariance_type"]](k, 3) + k * 3 + k - 1
        log_likelihood = row["log_likelihood"] * 80
        assert row["bic"] == pytest.approx(n_free * np.log(80) - 2 * log_likelihood)
        assert row["aic"] == pytest.approx(2 * n_free - 2 * log_likelihood)
    best = table.loc[table["bic"].idxmin()]
    assert (mixture.covariance_type, mixture.n_components) == (best["covariance_type"], best["n_components"])


def test_candidates_that_cannot_win_are_left_out_and_the_choice_stays():
    """Of 30 rows in 400 dimensions, one full covariance costs more than all rows on its peak could bring."""
    rows = np.random.default_rng(0).normal(size=(30, 400))
    common = {"n_components": [1, 2], "criterion": "bic", "regularization": 0.01, "seed": 0}
    mixture, table = choose_mixture(rows, covariance_types=list(N_PARAMETERS), **common)
    assert set(table["covariance_type"]) == {"diag", "spherical"}
    for kind in ("full", "tied"):
        _, alone = choose_mixture(rows, covariance_types=[kind], **common)
        assert len(alone) >= 1  # with nothing to lose against, the smallest is tried
        assert alone["bic"].min() > table["bic"].min()
    assert mixture.bic(rows) == pytest.approx(table["bic"].min())


def test_a_diagonal_covariance_has_scipys_density_and_its_moments():
    variances = np.array([0.3, 2.0, 5.0])
    mixture = Mixture(np.ones(1), np.array([[1.0, 0.0, -1.0]]), np.diag(variances)[None])
    rows = np.random.default_rng(0).normal(size=(20, 3))
    law = multivariate_normal(mixture.means[0], np.diag(variances))
    np.testing.assert_allclose(mixture.log_density(rows), law.logpdf(rows))
    draws = mixture.sample(50_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.cov(draws.T), np.diag(variances), atol=0.1)
