"""Latent normal scores behind encoded rows: what was observed bounds them, what it leaves open is drawn."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.encoding.ranks import RankTransform
from imbgen.generators.base import BLOCK_ROWS
from imbgen.generators.components import dims_without_last_level
from imbgen.generators.conditionals import conditionals, standardised_factor
from imbgen.generators.mixture import shrink_to_diagonal

__all__ = [
    "center_levels",
    "draw_scores",
    "draw_truncated",
    "estimate_correlation",
    "factor_correlation",
    "latent_dims",
]

# Offsets hold for a round. The first rounds settle, the correlations of the others are averaged.
_ROUNDS, _SETTLING, _SWEEPS = 6, 4, 20


def latent_dims(encoder: TableEncoder) -> np.ndarray:
    """Return the encoded dimensions that have a latent score, int of shape (d_latent,).

    Of two levels the second has one, whose threshold is their share; of more, each has one.
    """
    first_of_two = {block.start for block in encoder.blocks if block.kind != "number" and block.width == 2}
    return np.array([dim for dim in range(encoder.d_encoded) if dim not in first_of_two], dtype=np.int64)


def center_levels(correlation: np.ndarray, encoder: TableEncoder) -> np.ndarray:
    """Return the correlation of scores of which those of one column's levels have lost their mean.

    The largest of them is observed, whatever is added to all; so their mean is not, nor are its correlations.

    Parameters
    ----------
    correlation : ndarray of shape (d_latent, d_latent)
    encoder : TableEncoder

    Returns
    -------
    correlation : ndarray of shape (d_latent, d_latent)
    """
    centering = np.eye(encoder.d_encoded)
    for block in encoder.blocks:
        if block.kind != "number" and block.width > 2:
            centering[block.dims, block.dims] -= 1.0 / block.width
    dims = latent_dims(encoder)
    centering = centering[np.ix_(dims, dims)]
    covariance = centering @ correlation @ centering
    sd = np.sqrt(covariance.diagonal())
    centered = covariance / np.outer(sd, sd)
    np.fill_diagonal(centered, 1.0)
    return centered


def factor_correlation(correlation: np.ndarray) -> np.ndarray:
    """Return a factor F with F F' the correlation, which may be singular; shape (d_latent, d_latent)."""
    values, vectors = np.linalg.eigh(correlation)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def draw_scores(factor: np.ndarray, encoder: TableEncoder, rng: np.random.Generator) -> np.ndarray:
    """Draw a block of latent scores as `MarginalCalibration` takes them.

    Parameters
    ----------
    factor : ndarray of shape (d_latent, n_factors)
        F, where F F' is the correlation.
    encoder : TableEncoder
    rng : numpy.random.Generator

    Returns
    -------
    raw : ndarray of float32, shape (BLOCK_ROWS, d_encoded)
        0 where a dimension has no latent score.
    """
    raw = np.zeros((BLOCK_ROWS, encoder.d_encoded), dtype=np.float32)
    raw[:, latent_dims(encoder)] = rng.standard_normal((BLOCK_ROWS, factor.shape[1])) @ factor.T
    return raw


def draw_truncated(
    mean: np.ndarray, sd: float, low: np.ndarray, high: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw normals between bounds by inversion.

    Parameters
    ----------
    mean, low, high : ndarray of shape (n,)
        Bounds may be infinite.
    sd : float
    rng : numpy.random.Generator

    Returns
    -------
    draws : ndarray of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.generators.latent_scores import draw_truncated
    >>> far = draw_truncated(np.zeros(3), 1.0, np.full(3, 30.0), np.full(3, np.inf), np.random.default_rng(0))
    >>> bool((far > 30).all() and (far < 31).all())
    True
    """
    low, high = (low - mean) / sd, (high - mean) / sd
    mirrored = low > 0  # small probabilities are exact in the lower tail only
    low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    below, above = ndtr(low), ndtr(high)
    ranks = below + (above - below) * rng.random(len(mean))
    draws = np.clip(ndtri(np.clip(ranks, 1e-300, 1 - 1e-16)), low, high)
    return mean + sd * np.where(mirrored, -draws, draws)


def estimate_correlation(
    encoded: np.ndarray, encoder: TableEncoder, shrinkage: float | str, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Estimate the correlation of latent scores by data augmentation.

    What rows leave open is drawn given the correlation (a Gibbs sweep), then the correlation is that of all
    scores; and again. The mean of the later ones is shrunk to the identity.

    Parameters
    ----------
    encoded : ndarray of shape (n_rows, d_encoded)
        Rows as `encoder` encodes them.
    encoder : TableEncoder
    shrinkage : "auto" or float
        As for `shrink_to_diagonal`; "auto" is that of the encoded rows.
    rng : numpy.random.Generator

    Returns
    -------
    correlation : ndarray of shape (d_latent, d_latent)
        Positive semidefinite.
    shrinkage : float
        The one used.

    References
    ----------
    P. D. Hoff (2007), "Extending the rank likelihood for semiparametric copula estimation", Annals of Applied
    Statistics 1(1).
    """
    # NOTE[DIFF]: Hoff draws the correlation from its posterior in every sweep; here it is that of the scores,
    # averaged over sweeps and shrunk. Levels without an order, of which Hoff has none, have a score each.
    share = np.ones(len(encoded))
    observed = encoded[:, dims_without_last_level(encoder)].astype(np.float64)
    observed = observed[:, observed.std(axis=0) > 0]
    _, amount = shrink_to_diagonal(_correlation(observed), observed, share, shrinkage)
    rows = _LatentRows(encoded, encoder)
    n_latent = rows.scores.shape[1]
    if amount == 1.0:
        return np.eye(n_latent), amount
    rows.start(rng)
    factor = np.eye(n_latent)
    total = np.zeros((n_latent, n_latent))
    for i in range(_ROUNDS):
        rows.calibrate(factor, rng)
        for _ in range(_SWEEPS):
            rows.sweep(factor, rng)
            factor = standardised_factor(rows.scores)
            if i >= _SETTLING:
                total += factor @ factor.T
    # Shrunk once, at the end: in the sweeps it would add up where rows leave much open.
    return shrink_to_diagonal(total / ((_ROUNDS - _SETTLING) * _SWEEPS), rows.scores, share, amount)


def _correlation(scores: np.ndarray) -> np.ndarray:
    return np.corrcoef(scores, rowvar=False).reshape(2 * (scores.shape[1],))


class _LatentRows:
    """Latent scores of rows, and what is known about each.

    A number that is alone of its value is its own score. One that repeats has a score in its interval of
    ranks, and a missing one any. The score of the second of two levels is above a threshold where it was
    observed, below where not. Of more levels that one was observed whose score plus offset is largest.
    """

    def __init__(self, encoded: np.ndarray, encoder: TableEncoder) -> None:
        self._encoder, self._dims = encoder, latent_dims(encoder)
        self.scores = encoded[:, self._dims].astype(np.float64)
        self._low, self._high = self.scores.copy(), self.scores.copy()
        self._offsets = np.zeros(len(self._dims))
        self._choices: dict[int, tuple[slice, np.ndarray]] = {}
        free = encoder.free_dims()
        for block in encoder.blocks:
            first = int(np.searchsorted(self._dims, block.start))
            if block.kind == "number":
                gaps = encoded[:, free[block.start]] < 0.5 if block.start in free else None
                self._bound_number(first, encoder.ranks[block.column], gaps)
            elif block.width == 2:
                self._bound_flag(first, float(encoder.shares[block.start + 1]))
            else:
                dims = slice(first, first + block.width)
                choice = dims, encoded[:, block.dims].argmax(axis=1)
                self._choices |= dict.fromkeys(range(first, first + block.width), choice)
                self._low[:, dims], self._high[:, dims] = -np.inf, np.inf
        self._open = [np.flatnonzero(low < high) for low, high in zip(self._low.T, self._high.T, strict=True)]

    def _bound_number(self, dim: int, ranks: RankTransform, gaps: np.ndarray | None) -> None:
        index = np.searchsorted(ranks.upper[:-1], ndtr(self.scores[:, dim]))
        repeats = ranks.atom[index]
        self._low[repeats, dim] = ndtri(ranks.lower[index[repeats]])
        self._high[repeats, dim] = ndtri(ranks.upper[index[repeats]])
        if gaps is not None:
            self._low[gaps, dim], self._high[gaps, dim] = -np.inf, np.inf

    def _bound_flag(self, dim: int, share: float) -> None:
        second, threshold = self.scores[:, dim] > 0.5, ndtri(1.0 - share)
        self._low[:, dim] = np.where(second, threshold, -np.inf)
        self._high[:, dim] = np.where(second, np.inf, threshold)

    def start(self, rng: np.random.Generator) -> None:
        """Draw what is open, each dimension for itself."""
        for dim, rows in enumerate(self._open):
            low, high = self._low[rows, dim], self._high[rows, dim]
            self.scores[rows, dim] = draw_truncated(np.zeros(len(rows)), 1.0, low, high, rng)

    def calibrate(self, factor: np.ndarray, rng: np.random.Generator) -> None:
        """Set the offsets with which levels are chosen in their shares under a correlation."""
        if self._choices:
            raw = draw_scores(factor, self._encoder, rng)
            self._offsets = MarginalCalibration.fit(raw, self._encoder).offsets[self._dims].astype(np.float64)

    def sweep(self, factor: np.ndarray, rng: np.random.Generator) -> None:
        """Draw what is open, dimension by dimension, given all others."""
        laws = conditionals(self.scores, factor)
        for dim, rows in enumerate(self._open):
            if len(rows):
                low, high = self._bounds(dim, rows)
                mean, sd = laws.given_others(dim, rows)
                laws.replace(dim, rows, draw_truncated(mean, sd, low, high, rng))

    def _bounds(self, dim: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the open scores of a dimension."""
        if dim not in self._choices:
            return self._low[rows, dim], self._high[rows, dim]
        dims, chosen = self._choices[dim]
        mine, offset = chosen == dim - dims.start, self._offsets[dim]
        place = dims.start + chosen
        of_chosen = self.scores[np.arange(len(chosen)), place] + self._offsets[place]
        others = self.scores[mine, dims] + self._offsets[dims]
        others[:, dim - dims.start] = -np.inf
        low = np.full(len(chosen), -np.inf)
        low[mine] = others.max(axis=1) - offset
        return low, np.where(mine, np.inf, of_chosen - offset)
