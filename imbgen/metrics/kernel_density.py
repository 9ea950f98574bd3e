"""Kernel density estimate over numbers and levels, with its bandwidths chosen by leave-one-out likelihood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["MixedKernelDensity"]

_WIDTHS = np.geomspace(0.08, 1.2, 9)
_SMOOTHINGS = np.array([0.01, 0.03, 0.08, 0.16, 0.3, 0.5, 0.75, 1.0])


class MixedKernelDensity:
    """Product kernel: Gaussian on numbers, Aitchison-Aitken on levels.

    The density at (x, c) is the mean over sample rows (x_i, c_i) of

    .. math:: N(x; x_i, h^2 I) \\prod_j \\left[(1 - t) 1\\{c_j = c_{ij}\\} + t / K_j\\right].

    The bandwidths h and t maximise the leave-one-out log likelihood of the sample, by coordinate ascent on
    a grid with a floor. A sample of clumps or copies therefore gets narrow kernels, and held-out rows
    between the clumps a low density.

    Parameters
    ----------
    numbers : ndarray of float32, shape (n_sample, d_numbers)
        Coordinates of about unit scale.
    codes : ndarray of int64, shape (n_sample, n_levelled)
        Levels as 0 .. K_j - 1.
    n_levels : sequence of int, length n_levelled
        K_j.
    max_rows : int
        Rows on which the leave-one-out likelihood is computed.

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
        self, numbers: np.ndarray, codes: np.ndarray, n_levels: Sequence[int], *, max_rows: int = 400
    ) -> None:
        self._numbers = np.asarray(numbers, dtype=np.float32)
        self._codes = np.asarray(codes, dtype=np.int64)
        self._n_levels = np.asarray(n_levels, dtype=np.int64)
        rows = slice(0, min(max_rows, len(self._numbers)))
        self._fit_bandwidths(self._numbers[rows], self._codes[rows])

    def log_density(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the log density of rows, float64 of shape (n_rows,)."""
        distances, matches = self._compare(numbers, codes)
        return self._log_mean(distances, matches, self.width, self.smoothing)

    def _fit_bandwidths(self, numbers: np.ndarray, codes: np.ndarray) -> None:
        distances, matches = self._compare(numbers, codes)
        own = np.arange(len(numbers))

        def leave_one_out(width: float, smoothing: float) -> float:
            return float(self._log_mean(distances, matches, width, smoothing, skip=own).mean())

        width, smoothing = 0.4, 0.3
        for _ in range(2):
            if numbers.shape[1]:
                width = max(_WIDTHS, key=lambda candidate: leave_one_out(candidate, smoothing))
            if codes.shape[1]:
                smoothing = max(_SMOOTHINGS, key=lambda candidate: leave_one_out(width, candidate))
            if not (numbers.shape[1] and codes.shape[1]):
                break
        self.width, self.smoothing = float(width), float(smoothing)

    def _compare(self, numbers: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Squared distances and, per number of levels K, counts of equal levels; all (n_rows, n_sample)."""
        own = self._numbers
        squares = (numbers**2).sum(1)[:, None] + (own**2).sum(1)[None] - 2.0 * (numbers @ own.T)
        matches = []
        for k in np.unique(self._n_levels):
            columns = self._n_levels == k
            matches.append(_one_hot(codes[:, columns], k) @ _one_hot(self._codes[:, columns], k).T)
        return np.maximum(squares, 0.0), matches

    def _log_mean(
        self,
        distances: np.ndarray,
        matches: list[np.ndarray],
        width: float,
        smoothing: float,
        skip: np.ndarray | None = None,
    ) -> np.ndarray:
        """Log of the mean kernel per row; ``skip[i]`` is the sample row left out for row i."""
        log_kernel = distances * np.float32(-0.5 / width**2)
        constant = -self._numbers.shape[1] * np.log(width * np.sqrt(2 * np.pi))
        for k, count in zip(np.unique(self._n_levels), matches, strict=True):
            apart = np.log(smoothing / k)
            log_kernel += np.float32(np.log(1 - smoothing + smoothing / k) - apart) * count
            constant += apart * int((self._n_levels == k).sum())
        n_sample = log_kernel.shape[1]
        if skip is not None:
            log_kernel[np.arange(len(skip)), skip] = -np.inf
            n_sample -= 1
        highest = log_kernel.max(axis=1, keepdims=True)
        total = np.exp(log_kernel - highest).sum(axis=1, dtype=np.float64)
        return highest[:, 0].astype(np.float64) + np.log(total / n_sample) + constant


def _one_hot(codes: np.ndarray, k: int) -> np.ndarray:
    return (codes[:, :, None] == np.arange(k)).reshape(len(codes), -1).astype(np.float32)
