"""Conditional normal laws of one dimension given all others, while rows change dimension by dimension."""

from __future__ import annotations

from typing import Protocol

import numpy as np

__all__ = ["Conditionals", "conditionals", "standardised_factor"]

# Weight of the identity in what is inverted: unshrunk, more dimensions than rows have no inverse.
_RIDGE = 1e-3


class Conditionals(Protocol):
    """What a Gibbs sweep asks for."""

    def given_others(self, dim: int, rows: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the conditional means of a dimension in `rows`, and their standard deviation."""

    def replace(self, dim: int, rows: np.ndarray, values: np.ndarray) -> None:
        """Put new values into the scores."""


def standardised_factor(scores: np.ndarray) -> np.ndarray:
    """Return a factor F with F F' the correlation of scores; shape (d, n_rows).

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.generators.conditionals import standardised_factor
    >>> scores = np.random.default_rng(0).normal(size=(50, 3))
    >>> factor = standardised_factor(scores)
    >>> bool(np.allclose(factor @ factor.T, np.corrcoef(scores.T)))
    True
    """
    centered = scores - scores.mean(axis=0)
    return (centered / np.sqrt((centered**2).sum(axis=0))).T


def conditionals(scores: np.ndarray, factor: np.ndarray) -> Conditionals:
    """Return the conditionals of scores that are changed in place.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, d)
    factor : ndarray of shape (d, n_factors)
        F, where F F' is the correlation. Few factors make it cheap: no matrix of d by d is inverted.
    """
    n_dims, n_factors = factor.shape
    return _OfFewFactors(scores, factor) if n_factors < n_dims else _OfPrecision(scores, factor)


class _OfPrecision:
    def __init__(self, scores: np.ndarray, factor: np.ndarray) -> None:
        self._scores = scores
        self._precision = np.linalg.inv((1 - _RIDGE) * factor @ factor.T + _RIDGE * np.eye(len(factor)))

    def given_others(self, dim: int, rows: np.ndarray) -> tuple[np.ndarray, float]:
        precision = self._precision[dim, dim]
        weights = -self._precision[dim] / precision
        weights[dim] = 0.0
        return self._scores[rows] @ weights, precision**-0.5

    def replace(self, dim: int, rows: np.ndarray, values: np.ndarray) -> None:
        self._scores[rows, dim] = values


class _OfFewFactors:
    """By Woodbury's identity: the precision is (I - F W) / ridge, with W of shape (n_factors, d).

    Of the scores S only S F, of shape (n_rows, n_factors), is needed, and follows their changes.
    """

    def __init__(self, scores: np.ndarray, factor: np.ndarray) -> None:
        n_factors = factor.shape[1]
        inner = (1 - _RIDGE) * factor.T @ factor + _RIDGE * np.eye(n_factors)
        self._scores, self._factor = scores, factor
        self._weights = (1 - _RIDGE) * np.linalg.solve(inner, factor.T)
        self._products = scores @ factor

    def given_others(self, dim: int, rows: np.ndarray) -> tuple[np.ndarray, float]:
        weights, own = self._weights[:, dim], self._scores[rows, dim]
        left = 1.0 - self._factor[dim] @ weights  # the precision of this dimension, times the ridge
        mean = own - (own - self._products[rows] @ weights) / left
        return mean, float(np.sqrt(_RIDGE / left))

    def replace(self, dim: int, rows: np.ndarray, values: np.ndarray) -> None:
        change = values - self._scores[rows, dim]
        self._products[rows] += change[:, None] * self._factor[dim]
        self._scores[rows, dim] = values
