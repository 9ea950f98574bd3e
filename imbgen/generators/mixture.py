"""Fitting a Gaussian mixture: choice by BIC or AIC, shrinkage, density and draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    _factors: list[np.ndarray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_factors", [_factor(covariance) for covariance in self.covariances])

    def log_joint(self, rows: np.ndarray) -> np.ndarray:
        """Log of weight times component density, nats, shape (n_rows, k)."""
        n_dims = self.means.shape[1]
        log = np.empty((len(rows), len(self.weights)))
        for j, factor in enumerate(self._factors):
            centered = (rows - self.means[j]).T
            if factor.ndim == 1:
                white, sd = centered / factor[:, None], factor
            else:
                white, sd = solve_triangular(factor, centered, lower=True), np.diag(factor)
            log_volume = np.log(sd).sum() + 0.5 * n_dims * np.log(2 * np.pi)
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
        rows = np.empty_like(noise)
        for j, factor in enumerate(self._factors):
            mine = component == j
            spread = noise[mine] * factor if factor.ndim == 1 else noise[mine] @ factor.T
            rows[mine] = self.means[j] + spread
        return rows


def _factor(covariance: np.ndarray) -> np.ndarray:
    """Cholesky factor, of a diagonal matrix its diagonal alone: thousands of dimensions have no other."""
    diagonal = np.diag(covariance)
    if np.count_nonzero(covariance) == np.count_nonzero(diagonal):
        return np.sqrt(diagonal)
    return np.linalg.cholesky(covariance)


def choose_mixture(
    rows: np.ndarray,
    *,
    n_components: Sequence[int],
    covariance_types: Sequence[str],
    criterion: str,
    regularization: float,
    seed: int,
) -> tuple[GaussianMixture, pd.DataFrame]:
    """Fit every candidate that may win, and return the one with the lowest criterion, and the table of them.

    A candidate whose parameters alone cost more than any likelihood could bring is left out: in thousands of
    dimensions, full covariances of a hundred rows.

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
        Columns `n_components`, `covariance_type`, `bic`, `aic`, `log_likelihood` (nats per row); in the order
        of the candidates.
    """
    candidates = [(kind, k) for kind in covariance_types for k in n_components]
    by_size = sorted(
        candidates, key=lambda candidate: _n_parameters(candidate[0], candidate[1], rows.shape[1])
    )
    fitted: dict[tuple[str, int], tuple[GaussianMixture, dict[str, float]]] = {}
    lowest = np.inf
    for kind, k in by_size:
        if (
            _lowest_possible(criterion, _n_parameters(kind, k, rows.shape[1]), rows.shape, regularization)
            > lowest
        ):
            break
        mixture = GaussianMixture(k, covariance_type=kind, reg_covar=regularization, random_state=seed)
        with hushed(ConvergenceWarning):  # candidates that stop short are compared by what they reached
            mixture.fit(rows)
        scores = {
            "bic": mixture.bic(rows),
            "aic": mixture.aic(rows),
            "log_likelihood": mixture.score(rows),
        }
        fitted[kind, k] = mixture, scores
        lowest = min(lowest, scores[criterion])
    kept = [candidate for candidate in candidates if candidate in fitted]
    records = [{"n_components": k, "covariance_type": kind, **fitted[kind, k][1]} for kind, k in kept]
    table = pd.DataFrame.from_records(records)
    return fitted[kept[int(table[criterion].to_numpy().argmin())]][0], table


def _n_parameters(kind: str, k: int, d: int) -> int:
    of_covariances = {"full": k * d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": k * d, "spherical": k}
    return of_covariances[kind] + k * d + k - 1


def _lowest_possible(
    criterion: str, n_parameters: int, shape: tuple[int, int], regularization: float
) -> float:
    """Criterion of a candidate whose every row lies on the peak of the narrowest density it can have."""
    n_rows, n_dims = shape
    log_likelihood = -0.5 * n_rows * n_dims * np.log(2 * np.pi * regularization)
    return -2 * log_likelihood + n_parameters * (np.log(n_rows) if criterion == "bic" else 2.0)


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
