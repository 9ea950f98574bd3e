"""Kernel density estimate over numbers and levels, with its widths chosen by likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache

import numpy as np

from imbgen.errors import DataError

__all__ = ["MixedKernelDensity"]

# Coordinates have about unit scale. The floors bound what a row gains by standing exactly on a sample row.
_WIDTHS = tuple(np.geomspace(0.05, 1.2, 8).tolist())
_SMOOTHINGS = tuple(np.geomspace(0.002, 1.0, 8).tolist())
# Share and width of a broad law mixed in: bounds what one row far from the sample costs.
_BACKGROUND = 0.01
_BACKGROUND_WIDTH = 2.0
# Kernels this far below the highest count as e^-80: smaller float32 numbers are denormal, and slow.
_NEGLIGIBLE = -80.0


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What the kernel needs to know of rows and sample rows, whatever its widths.

    Parameters
    ----------
    terms : ndarray of float32, shape (1 + n_K, n_rows, n_sample)
        Squared distances between numbers; counts of equal levels, for each number of levels K that occurs.
    background : ndarray of float64, shape (n_rows,)
        Log density of the broad law.
    left_out : ndarray of int64, shape (n_rows,), or None
        The sample row that is left out for each row: itself.
    """

    terms: np.ndarray
    background: np.ndarray
    left_out: np.ndarray | None


class MixedKernelDensity:
    r"""Product kernel, Gaussian on numbers and Aitchison-Aitken on levels, over a broad background.

    The density at (x, c) is, over the n sample rows (x_i, c_i),

    .. math:: q(x, c) = \frac{1 - \epsilon}{n} \sum_i N(x; x_i, h^2 I)
        \prod_j \left[(1 - t) 1\{c_j = c_{ij}\} + \frac{t}{K_j}\right]
        + \epsilon \, N(x; 0, 2^2 I) \prod_j \frac{1}{K_j}

    with ε = 0.01. The widths h and t maximise the log likelihood of the sample rows, each left out of the
    estimate that it is judged by; and that of the training rows, if these are given. The narrower widths
    are used. A sample of clumps, or of copies of training rows, thereby gets narrow kernels, and held-out
    rows between its clumps a low density.

    Parameters
    ----------
    numbers : ndarray of float32, shape (n_sample, n_numbers)
        Coordinates of about unit scale.
    codes : ndarray of int64, shape (n_sample, n_levelled)
        Levels as 0 .. K_j - 1; -1 equals no other.
    n_levels : sequence of int, length n_levelled
        K_j.
    training : tuple (numbers, codes), optional
        The rows that whatever made the sample was fitted on.
    max_rows : int
        Most rows, drawn at random, on which each of the two likelihoods is computed.
    random_state : int
        Seed of that draw.

    Attributes
    ----------
    width : float
        h.
    smoothing : float
        t; 0 tells levels apart wholly, 1 ignores them.

    References
    ----------
    J. Aitchison, C. G. G. Aitken (1976), "Multivariate binary discrimination by the kernel method",
    Biometrika 63(3).
    R. P. W. Duin (1976), "On the choice of smoothing parameters for Parzen estimators of probability density
    functions", IEEE Transactions on Computers C-25(11), on the leave-one-out likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics import MixedKernelDensity
    >>> rng = np.random.default_rng(0)
    >>> sample = rng.normal(size=(1000, 1)).astype(np.float32)
    >>> density = MixedKernelDensity(sample, np.zeros((1000, 0), dtype=np.int64), [])
    >>> log_p = density.log_density(np.zeros((1, 1), dtype=np.float32), np.zeros((1, 0), dtype=np.int64))
    >>> bool(abs(log_p[0] - np.log(0.3989)) < 0.1)
    True
    """

    def __init__(
        self,
        numbers: np.ndarray,
        codes: np.ndarray,
        n_levels: Sequence[int] | np.ndarray,
        *,
        training: tuple[np.ndarray, np.ndarray] | None = None,
        max_rows: int = 200,
        random_state: int = 0,
    ) -> None:
        if len(numbers) == 0:
            raise DataError("A density needs at least one row, however: n_sample=0. Sample some rows.")
        self._numbers = np.asarray(numbers, dtype=np.float32)
        self._codes = np.asarray(codes, dtype=np.int64)
        self._n_levels = np.asarray(n_levels, dtype=np.int64)
        rng = np.random.default_rng(random_state)
        self.width, self.smoothing = _WIDTHS[-1], _SMOOTHINGS[-1]
        if len(self._numbers) > 1:
            rows = _draw(len(self._numbers), max_rows, rng)
            self._narrow(self._compare(self._numbers[rows], self._codes[rows], left_out=rows))
        if training is not None and len(training[0]):
            rows = _draw(len(training[0]), max_rows, rng)
            self._narrow(self._compare(training[0][rows], training[1][rows]))

    def log_density(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the log density of rows, nats, float64 of shape (n_rows,)."""
        return self._log_mix(self._compare(numbers, codes), self.width, self.smoothing)

    def widened(self, other: MixedKernelDensity) -> MixedKernelDensity:
        """Return the estimate of the same sample with widths at least those of `other`."""
        wide = copy(self)
        wide.width, wide.smoothing = max(self.width, other.width), max(self.smoothing, other.smoothing)
        return wide

    def _narrow(self, rows: _Comparison) -> None:
        """Lower the widths to those of the highest mean log density of the rows, by coordinate ascent."""

        @cache
        def likelihood(width: float, smoothing: float) -> float:
            return float(self._log_mix(rows, width, smoothing).mean())

        width, smoothing = _WIDTHS[-1], _SMOOTHINGS[len(_SMOOTHINGS) // 2]
        for _ in range(2):
            if self._numbers.shape[1]:
                width = max(_WIDTHS, key=lambda candidate: likelihood(candidate, smoothing))
            if len(self._n_levels):
                smoothing = max(_SMOOTHINGS, key=lambda candidate: likelihood(width, candidate))
        if self._numbers.shape[1]:
            self.width = min(self.width, _peak(_WIDTHS, width, lambda w: likelihood(w, smoothing)))
        if len(self._n_levels):
            self.smoothing = min(
                self.smoothing, _peak(_SMOOTHINGS, smoothing, lambda s: likelihood(width, s))
            )

    def _compare(
        self, numbers: np.ndarray, codes: np.ndarray, left_out: np.ndarray | None = None
    ) -> _Comparison:
        own = self._numbers
        squares = (numbers**2).sum(1)[:, None] + (own**2).sum(1)[None] - 2.0 * (numbers @ own.T)
        terms = [np.maximum(squares, 0.0)]
        for k in np.unique(self._n_levels):
            columns = self._n_levels == k
            terms.append(_one_hot(codes[:, columns], k) @ _one_hot(self._codes[:, columns], k).T)
        return _Comparison(np.stack(terms), self._log_background(numbers), left_out)

    def _log_background(self, numbers: np.ndarray) -> np.ndarray:
        variance = _BACKGROUND_WIDTH**2
        normal = -0.5 * (numbers.astype(np.float64) ** 2 / variance + np.log(2 * np.pi * variance)).sum(
            axis=1
        )
        return normal - np.log(self._n_levels).sum()

    def _log_mix(self, rows: _Comparison, width: float, smoothing: float) -> np.ndarray:
        estimate = self._log_mean(rows, width, smoothing)
        return np.logaddexp(np.log1p(-_BACKGROUND) + estimate, np.log(_BACKGROUND) + rows.background)

    def _log_mean(self, rows: _Comparison, width: float, smoothing: float) -> np.ndarray:
        """Log of the mean kernel per row, float64 of shape (n_rows,)."""
        counts_of_k = zip(*np.unique(self._n_levels, return_counts=True), strict=True)
        weights = [-0.5 / width**2]
        constant = -self._numbers.shape[1] * np.log(width * np.sqrt(2 * np.pi))
        for k, count in counts_of_k:
            apart = np.log(smoothing / k)
            weights.append(np.log(1 - smoothing + smoothing / k) - apart)
            constant += apart * count
        _, n_rows, n_sample = rows.terms.shape
        flat = np.array(weights, dtype=np.float32) @ rows.terms.reshape(len(weights), -1)
        log_kernel = flat.reshape(n_rows, n_sample)
        if rows.left_out is not None:
            log_kernel[np.arange(n_rows), rows.left_out] = -np.inf
            n_sample -= 1
        highest = log_kernel.max(axis=1, keepdims=True)
        log_kernel -= highest
        np.maximum(log_kernel, _NEGLIGIBLE, out=log_kernel)
        total = np.exp(log_kernel, out=log_kernel).sum(axis=1).astype(np.float64)
        return highest[:, 0].astype(np.float64) + np.log(total / n_sample) + constant


def _peak(grid: Sequence[float], best: float, height: Callable[[float], float]) -> float:
    """Top of the parabola through the best point of a geometric grid and its two neighbours."""
    i = grid.index(best)
    if i in (0, len(grid) - 1):
        return best
    below, top, above = (height(point) for point in grid[i - 1 : i + 2])
    curvature = below - 2 * top + above
    return best * (grid[i + 1] / best) ** (0.5 * (below - above) / curvature) if curvature < 0 else best


def _draw(n_rows: int, n_most: int, rng: np.random.Generator) -> np.ndarray:
    return np.arange(n_rows) if n_rows <= n_most else np.sort(rng.choice(n_rows, n_most, replace=False))


def _one_hot(codes: np.ndarray, k: int) -> np.ndarray:
    return (codes[:, :, None] == np.arange(k)).reshape(len(codes), -1).astype(np.float32)
