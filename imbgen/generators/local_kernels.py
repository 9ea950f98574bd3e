"""Local Gaussian kernels with levels: their draws, their density, and widths by leave-one-out likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

__all__ = ["BANDWIDTHS", "SHRINKAGES", "SMOOTHINGS", "KernelWidths", "LocalKernels", "choose_widths"]

#: Candidates for h, t and ρ.
BANDWIDTHS = tuple(np.geomspace(0.05, 1.5, 10).tolist())
SMOOTHINGS = tuple(np.geomspace(0.005, 0.9, 8).tolist())
SHRINKAGES = (1.0, 0.75, 0.5, 0.25, 0.1)  # where the rows do not tell, the first is taken
_RIDGE = 1e-3
# Weight of the diagonal in the covariance of the class, and of a broad law that bounds what one row costs.
_DIAGONAL = 0.3
_BACKGROUND, _BACKGROUND_WIDTH = 0.01, 2.0
# Rows that the likelihood is a mean over.
_MOST_SCORED = 200


@dataclass(frozen=True, slots=True)
class KernelWidths:
    """What the leave-one-out likelihood decides.

    Parameters
    ----------
    bandwidth : float
        h: standard deviation of a kernel, in units of its local covariance.
    smoothing : float
        t: probability that a level is drawn anew from all levels of its column.
    shrinkage : float
        ρ: weight of the shape of the class, against that of the neighbours.
    log_likelihood : float
        Mean over rows, each left out in turn, nats per row.
    """

    bandwidth: float
    smoothing: float
    shrinkage: float
    log_likelihood: float


class LocalKernels:
    r"""Kernels at the rows of a class.

    Numbers are turned to coordinates :math:`x = L^{-1} z`, in which the class has unit covariance. There the
    kernel at row j is Gaussian with covariance

    .. math:: h^2 \left[(1 - \rho) S_j + \left(\rho \frac{\mathrm{tr} S_j}{p} + \epsilon\right) I\right],
              \qquad S_j = \frac1k \sum_{m \in N(j)} (x_m - x_j)(x_m - x_j)^\top,

    N(j) being the k neighbours of j: their shape is shrunk to that of the class, their size is kept. On
    levels it is Aitchison and Aitken's: a level is kept with probability 1 - t, else drawn from the K levels
    of its column. :math:`LL^\top` is the covariance of the class with 0.3 of its off-diagonal taken away,
    :math:`\epsilon` a ridge of 0.001 on both.

    Parameters
    ----------
    numbers : ndarray of float64, shape (n_rows, p)
    levels : sequence of ndarray of float64, shape (n_rows, K_b)
        One-hots.
    neighbors : ndarray of int64, shape (n_rows, k)
    weights : ndarray of float64, shape (n_rows,)
        Probability of each kernel; they sum to 1.

    References
    ----------
    J. Aitchison, C. G. G. Aitken (1976), "Multivariate binary discrimination by the kernel method",
    Biometrika 63(3).
    A. Sakho, E. Malherbe, E. Scornet (2024), "Do we need rebalancing strategies?", arXiv:2402.03819, on
    Gaussian kernels with the covariance of neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.generators.local_kernels import KernelWidths, LocalKernels
    >>> numbers, neighbors = np.array([[0.0], [1.0], [2.0]]), np.array([[1], [0], [1]])
    >>> kernels = LocalKernels(numbers, [], neighbors, np.full(3, 1 / 3))
    >>> drawn, _ = kernels.draw(5, KernelWidths(0.3, 0.1, 0.5, 0.0), np.random.default_rng(0))
    >>> drawn.shape
    (5, 1)
    """

    # NOTE[DIFF]: Sakho et al. centre a kernel at the mean of the neighbours; here it stays at the row, so
    # that the spread of a class is not contracted, and the covariance is shrunk to that of the class.

    def __init__(
        self, numbers: np.ndarray, levels: Sequence[np.ndarray], neighbors: np.ndarray, weights: np.ndarray
    ) -> None:
        self.numbers, self.levels = numbers, list(levels)
        self.neighbors, self.weights = neighbors, weights
        self._root = _class_root(numbers)
        self._white = np.linalg.solve(self._root, numbers.T).T
        # One neighbour at a time: all differences at once take k times the memory of the table.
        sums = sum(((self._white[m] - self._white) ** 2).sum(axis=1) for m in neighbors.T)
        self._sizes = sums / neighbors.shape[1] / max(numbers.shape[1], 1)

    def draw(
        self, n: int, widths: KernelWidths, rng: np.random.Generator
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Draw rows.

        Parameters
        ----------
        n : int
        widths : KernelWidths
        rng : numpy.random.Generator

        Returns
        -------
        numbers : ndarray of float64, shape (n, p)
        log_probabilities : list of ndarray of float64, shape (n, K_b)
            Of each level.
        """
        row = rng.choice(len(self.numbers), size=n, p=self.weights)
        numbers = self.numbers[row] + widths.bandwidth * self._noise(row, widths.shrinkage, rng)
        keep = 1.0 - widths.smoothing
        return numbers, [np.log(keep * hot[row] + widths.smoothing / hot.shape[1]) for hot in self.levels]

    def _noise(self, row: np.ndarray, shrinkage: float, rng: np.random.Generator) -> np.ndarray:
        """Noise of the kernels of rows for h = 1, shape (n, p).

        A random combination of the differences to the neighbours has their covariance, so none is kept.
        """
        noise = np.zeros((len(row), self.numbers.shape[1]))
        for m in self.neighbors[row].T:
            noise += rng.standard_normal((len(row), 1)) * (self._white[m] - self._white[row])
        noise *= np.sqrt((1.0 - shrinkage) / self.neighbors.shape[1])
        radius = np.sqrt(shrinkage * self._sizes[row] + _RIDGE)
        return (noise + radius[:, None] * rng.standard_normal(noise.shape)) @ self._root.T

    def compare(self, rows: np.ndarray, shrinkages: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Squared distances of rows from every kernel, and the kernels' log volumes, for h = 1.

        A row does not count in the covariance of neighbours by which it is judged: where it is one of the k,
        the other k - 1 are taken, or for k = 1 the covariance of the class.

        Parameters
        ----------
        rows : ndarray of int64, shape (n_scored,)
            Places of the rows.
        shrinkages : sequence of float
            Values of ρ.

        Returns
        -------
        squares, log_volumes : ndarray of float64, shape (n_shrinkages, n_scored, n_rows)
            Squared Mahalanobis distance, and half the log determinant of the covariance.
        """
        n_rows, k = self.neighbors.shape
        squares, log_volumes = np.empty((2, len(shrinkages), len(rows), n_rows))
        toward = np.array(shrinkages)[:, None, None]
        for j in range(n_rows):
            difference = self._white[self.neighbors[j]] - self._white[j]
            variances, axes = np.linalg.eigh(difference.T @ difference / k)
            along = ((self._white[rows] - self._white[j]) @ axes) ** 2
            total = (1.0 - toward) * variances + toward * self._sizes[j] + _RIDGE
            squares[:, :, j] = (along / total).sum(axis=2)
            log_volumes[:, :, j] = 0.5 * np.log(total).sum(axis=2)
            known = np.isin(rows, self.neighbors[j])
            squares[:, known, j], log_volumes[:, known, j] = _without_itself(
                along[known], variances, k, toward
            )
        return squares, log_volumes + np.log(np.diag(self._root)).sum()


def _class_root(numbers: np.ndarray) -> np.ndarray:
    """Cholesky root of the covariance of the class, shape (p, p)."""
    n_dims = numbers.shape[1]
    if not n_dims:
        return np.empty((0, 0))
    covariance = np.cov(numbers, rowvar=False, bias=True).reshape(n_dims, n_dims)
    shrunk = (1 - _DIAGONAL) * covariance + _DIAGONAL * np.diag(np.diag(covariance))
    return np.linalg.cholesky(shrunk + _RIDGE * np.eye(n_dims))


def _without_itself(
    along: np.ndarray, variances: np.ndarray, k: int, toward: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Squares and log volumes of neighbours of a kernel, each taken out of the covariance in turn.

    Parameters
    ----------
    along : ndarray of shape (n_known, p)
        Squared differences along the axes of the covariance of the k neighbours.
    variances : ndarray of shape (p,)
        Its eigenvalues.
    k : int
    toward : ndarray of shape (n_shrinkages, 1, 1)
        ρ.

    Returns
    -------
    squares, log_volumes : ndarray of shape (n_shrinkages, n_known)
    """
    if k == 1:
        squares = np.broadcast_to(along.sum(axis=1), (len(toward), len(along)))
        return squares, np.zeros_like(squares)
    size = (k * variances.sum() - along.sum(axis=1)) / (k - 1) / max(len(variances), 1)
    total = (1.0 - toward) * variances * k / (k - 1) + toward * size[:, None] + _RIDGE
    squares = (along / total).sum(axis=2)
    # The row's own difference goes by a downdate of rank one (Sherman and Morrison).
    rest = 1.0 - (1.0 - toward[:, :, 0]) / (k - 1) * squares
    return squares / rest, 0.5 * (np.log(total).sum(axis=2) + np.log(rest))


def choose_widths(
    kernels: LocalKernels,
    rng: np.random.Generator,
    *,
    bandwidths: Sequence[float] = BANDWIDTHS,
    smoothings: Sequence[float] = SMOOTHINGS,
    shrinkages: Sequence[float] = SHRINKAGES,
) -> KernelWidths:
    """Choose the widths under which the rows, each left out in turn, are likeliest.

    Parameters
    ----------
    kernels : LocalKernels
        Of at least 2 rows.
    rng : numpy.random.Generator
        Draws the rows that are scored, 200 at most.
    bandwidths, smoothings, shrinkages : sequence of float
        Candidates for h, t and ρ; the first of those on which nothing depends.

    Returns
    -------
    widths : KernelWidths

    References
    ----------
    R. P. W. Duin (1976), "On the choice of smoothing parameters for Parzen estimators of probability density
    functions", IEEE Transactions on Computers C-25(11).
    """
    n_rows, n_dims = kernels.numbers.shape
    if not n_dims:
        bandwidths, shrinkages = bandwidths[:1], shrinkages[:1]
    if not kernels.levels:
        smoothings = smoothings[:1]
    rows = rng.choice(n_rows, min(n_rows, _MOST_SCORED), replace=False)
    levels = _LevelLikelihood(kernels.levels, rows)
    found = [
        _climb(_LeaveOneOut(kernels, rows, levels, *distances), bandwidths, smoothings, shrinkage)
        for shrinkage, *distances in zip(shrinkages, *kernels.compare(rows, shrinkages), strict=True)
    ]
    return max(found, key=lambda widths: widths.log_likelihood)


def _climb(
    likelihood: _LeaveOneOut, bandwidths: Sequence[float], smoothings: Sequence[float], shrinkage: float
) -> KernelWidths:
    """Coordinate ascent over bandwidths and smoothings."""
    score = cache(likelihood)
    h, t = bandwidths[len(bandwidths) // 2], smoothings[len(smoothings) // 2]
    for _ in range(2):
        h = max(bandwidths, key=lambda candidate: score(candidate, t))
        t = max(smoothings, key=lambda candidate: score(h, candidate))
    return KernelWidths(h, t, shrinkage, score(h, t))


class _LevelLikelihood:
    """Log of the kernels on levels, shape (n_scored, n_rows); columns of equal K are counted together."""

    def __init__(self, levels: Sequence[np.ndarray], rows: np.ndarray) -> None:
        self._agreements: dict[int, np.ndarray | float] = {}
        self._counts: dict[int, int] = {}
        for hot in levels:
            k = hot.shape[1]
            self._agreements[k] = self._agreements.get(k, 0.0) + hot[rows] @ hot.T
            self._counts[k] = self._counts.get(k, 0) + 1
        self.log_uniform = -sum(count * np.log(k) for k, count in self._counts.items())

    def __call__(self, smoothing: float) -> np.ndarray | float:
        total: np.ndarray | float = 0.0
        for k, agreement in self._agreements.items():
            apart, same = np.log(smoothing / k), np.log(1 - smoothing + smoothing / k)
            total = total + apart * self._counts[k] + (same - apart) * agreement
        return total


class _LeaveOneOut:
    """Mean log density of the scored rows, each left out in turn, nats, as a function of h and t."""

    def __init__(
        self,
        kernels: LocalKernels,
        rows: np.ndarray,
        levels: _LevelLikelihood,
        squares: np.ndarray,
        log_volumes: np.ndarray,
    ) -> None:
        weights = np.tile(kernels.weights, (len(rows), 1))
        weights[np.arange(len(rows)), rows] = 0.0
        with np.errstate(divide="ignore"):
            log_weights = np.log(weights / weights.sum(axis=1, keepdims=True))
        self._squares, self._log_factors = squares, log_weights - log_volumes
        self._levels, self._n_dims = levels, kernels.numbers.shape[1]
        variance = _BACKGROUND_WIDTH**2
        broad = -0.5 * (kernels.numbers[rows] ** 2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
        self._background = np.log(_BACKGROUND) + broad + levels.log_uniform

    def __call__(self, bandwidth: float, smoothing: float) -> float:
        logs = self._log_factors - 0.5 * self._squares / bandwidth**2 + self._levels(smoothing)
        largest = logs.max(axis=1, keepdims=True)
        kernels = largest[:, 0] + np.log(np.exp(logs - largest).sum(axis=1))
        kernels += np.log1p(-_BACKGROUND) - self._n_dims * np.log(bandwidth * np.sqrt(2 * np.pi))
        return float(np.logaddexp(kernels, self._background).mean())
