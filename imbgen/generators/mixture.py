"""Fitting a Gaussian mixture: choice by BIC or AIC, shrinkage, density and draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from imbgen.errors import hushed

__all__ = ["Mixture", "choose_mixture", "shrink_to_diagonal"]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A Gaussian mixture as plain arrays.

    Parameters
    ----------
    weights : ndarray of shape (k,)
    means : ndarray of shape (k, d)
    covariances : ndarray of shape (k, d, d)
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def log_joint(self, rows: np.ndarray) -> np.ndarray:
        """Log of weight times component density, nats, shape (n_rows, k)."""
        n_dims = self.means.shape[1]
        log = np.empty((len(rows), len(self.weights)))
        for j, factor in enumerate(np.linalg.cholesky(self.covariances)):
            white = solve_triangular(factor, (rows - self.means[j]).T, lower=True)
            log_volume = np.log(np.diag(factor)).sum() + 0.5 * n_dims * np.log(2 * np.pi)
            log[:, j] = np.log(self.weights[j]) - 0.5 * (white**2).sum(axis=0) - log_volume
        return log

    def log_density(self, rows: np.ndarray) -> np.ndarray:
        """Log density, nats, shape (n_rows,)."""
        return logsumexp(self.log_joint(rows), axis=1)

    def responsibilities(self, rows: np.ndarray) -> np.ndarray:
        """Soft assignment, shape (n_rows, k), rows summing to 1."""
        log = self.log_joint(rows)
        return np.exp(log - logsumexp(log, axis=1, keepdims=True))

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw rows, shape (n, d)."""
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        noise = rng.standard_normal((n, self.means.shape[1]))
        factors = np.linalg.cholesky(self.covariances)
        rows = np.empty_like(noise)
        for j, factor in enumerate(factors):
            mine = component == j
            rows[mine] = self.means[j] + noise[mine] @ factor.T
        return rows


def choose_mixture(
    rows: np.ndarray,
    *,
    n_components: Sequence[int],
    covariance_types: Sequence[str],
    criterion: str,
    regularization: float,
    seed: int,
) -> tuple[GaussianMixture, pd.DataFrame]:
    """Fit every candidate and return the one with the lowest criterion, and the table of all.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
    n_components, covariance_types : sequence
        Candidates.
    criterion : {"bic", "aic"}
    regularization : float
        Added to the variances.
    seed : int

    Returns
    -------
    mixture : sklearn.mixture.GaussianMixture
    table : DataFrame
        Columns `n_components`, `covariance_type`, `bic`, `aic`, `log_likelihood` (nats per row).
    """
    records, fitted = [], []
    for kind in covariance_types:
        for k in n_components:
            mixture = GaussianMixture(k, covariance_type=kind, reg_covar=regularization, random_state=seed)
            with hushed(ConvergenceWarning):  # candidates that stop short are compared by what they reached
                mixture.fit(rows)
            fitted.append(mixture)
            scores = {
                "bic": mixture.bic(rows),
                "aic": mixture.aic(rows),
                "log_likelihood": mixture.score(rows),
            }
            records.append({"n_components": k, "covariance_type": kind, **scores})
    table = pd.DataFrame.from_records(records)
    return fitted[int(table[criterion].to_numpy().argmin())], table


def shrink_to_diagonal(
    covariance: np.ndarray, rows: np.ndarray, weights: np.ndarray, shrinkage: float | str
) -> tuple[np.ndarray, float]:
    """Shrink a covariance towards its diagonal.

    Parameters
    ----------
    covariance : ndarray of shape (d, d)
    rows : ndarray of shape (n_rows, d)
        What it was estimated from.
    weights : ndarray of shape (n_rows,)
        Responsibility of this component for each row.
    shrinkage : "auto" or float
        "auto": the optimal intensity for correlations, sum of Var(r_ij) over sum of r_ij^2, clipped to
        [0, 1].

    Returns
    -------
    covariance : ndarray of shape (d, d)
    shrinkage : float
        The intensity used.

    References
    ----------
    J. Schäfer, K. Strimmer (2005), Statistical Applications in Genetics and Molecular Biology 4(1).
    """
    diagonal = np.diag(np.diag(covariance))
    if isinstance(shrinkage, str):
        shrinkage = _optimal_shrinkage(covariance, rows, weights)
    return (1 - shrinkage) * covariance + shrinkage * diagonal, float(shrinkage)


def _optimal_shrinkage(covariance: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> float:
    n_effective = weights.sum() ** 2 / (weights**2).sum()
    weights = weights / weights.sum()
    scores = (rows - weights @ rows) / np.sqrt(np.diag(covariance))
    products = np.einsum("n,ni,nj->ij", weights, scores, scores)
    squares = np.einsum("n,ni,nj->ij", weights, scores**2, scores**2)
    variance = (squares - products**2) / max(n_effective - 1.0, 1.0)
    off_diagonal = ~np.eye(len(covariance), dtype=bool)
    signal = (products[off_diagonal] ** 2).sum()
    return float(np.clip(variance[off_diagonal].sum() / signal, 0.0, 1.0)) if signal > 0 else 0.0
