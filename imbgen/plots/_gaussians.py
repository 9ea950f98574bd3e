"""Gaussian components as arrays: who owns a row, and the plane on which the components part best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, null_space, solve_triangular
from scipy.special import softmax

__all__ = ["DiscriminantPlane", "responsibilities"]


def responsibilities(
    rows: np.ndarray, means: np.ndarray, covariances: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the probability of each component given each row.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
    means : ndarray of shape (k, d)
    covariances : ndarray of shape (k, d, d)
        Positive definite.
    weights : ndarray of shape (k,)

    Returns
    -------
    responsibilities : ndarray of shape (n_rows, k)
        Rows sum to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.plots._gaussians import responsibilities
    >>> means, covariances = np.array([[0.0], [4.0]]), np.ones((2, 1, 1))
    >>> responsibilities(np.array([[2.0]]), means, covariances, np.array([0.75, 0.25])).round(2).tolist()
    [[0.75, 0.25]]
    """
    log = np.empty((len(rows), len(weights)))
    for place, factor in enumerate(np.linalg.cholesky(covariances)):
        white = solve_triangular(factor, (rows - means[place]).T, lower=True)
        log[:, place] = np.log(weights[place]) - 0.5 * (white**2).sum(axis=0)
        log[:, place] -= np.log(np.diag(factor)).sum()
    return softmax(log, axis=1)


@dataclass(frozen=True)
class DiscriminantPlane:
    """Two orthonormal directions, and how many of them part the components.

    Attributes
    ----------
    directions : ndarray of shape (2, d)
        First those that part the means most in units of the spread within components (Fisher's linear
        discriminants, made orthogonal), then those of the greatest variance that is left.
    n_discriminants : int
        0 for one component, 1 for two, else up to 2.
    """

    directions: np.ndarray
    n_discriminants: int

    @classmethod
    def fit(cls, means: np.ndarray, covariances: np.ndarray, weights: np.ndarray) -> DiscriminantPlane:
        """Find the plane of a mixture of shapes (k, d), (k, d, d), (k,), with d of 2 or more.

        Examples
        --------
        >>> import numpy as np
        >>> from imbgen.plots._gaussians import DiscriminantPlane
        >>> means = np.array([[0.0, 0.0, 0.0], [0.0, 9.0, 0.0]])
        >>> spread = np.array([np.diag([4.0, 1.0, 1.0])] * 2)
        >>> plane = DiscriminantPlane.fit(means, spread, np.array([0.5, 0.5]))
        >>> np.abs(plane.directions).round(6).tolist(), plane.n_discriminants
        ([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], 1)
        """
        apart = means - weights @ means
        between = np.einsum("k,ki,kj->ij", weights, apart, apart)
        within = np.einsum("k,kij->ij", weights, covariances)
        gains, vectors = eigh(between, within)
        found = vectors[:, ::-1][:, : int((gains[::-1][:2] > 1e-9).sum())]
        found = np.linalg.qr(found)[0]
        rest = null_space(found.T) if found.shape[1] else np.eye(len(within))
        _, axes = eigh(rest.T @ (between + within) @ rest)
        directions = np.hstack([found, rest @ axes[:, ::-1]]).T[:2]
        largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
        return cls(directions * np.sign(largest), found.shape[1])
