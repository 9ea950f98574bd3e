"""Marginal calibration: a generator's output, column by column, brought to the training rows' marginals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from imbgen.encoding.table import TableEncoder

__all__ = ["MarginalCalibration"]

# Knots are spaced evenly in normal scores, so that tails are as finely mapped as the middle.
_SCORES = np.linspace(-3.0, 3.0, 513)
_RANKS = ndtr(_SCORES)
# Knots that give the slope beyond the last one.
_TAIL = 32
_SWEEPS = 8
_NEVER = -1e30


@dataclass(frozen=True, slots=True)
class MarginalCalibration:
    """Maps a generator's scores to an encoded array with the marginals of the training rows.

    For a number, a monotone map: the q-quantile of the generator's output goes to the normal q-quantile,
    which decodes to the training rows' q-quantile. For levels, an offset to each level's score, chosen so
    that the largest score picks each level in its training share. The order of rows, and with it the
    dependence between columns, stays.

    Parameters
    ----------
    knots : ndarray of float32, shape (n_numbers, n_knots)
        Output quantiles of each number dimension, non-decreasing along a row.
    offsets : ndarray of float32, shape (d_encoded,)
        Added to the scores of levels; 0 for numbers.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from imbgen.encoding import MarginalCalibration, TableEncoder
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"x": np.arange(100) / 7, "flag": ["no"] * 90 + ["yes"] * 10})
    >>> encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    >>> output = np.random.default_rng(0).normal(3.0, 0.1, size=(4000, 3)).astype(np.float32)
    >>> rows = encoder.decode(MarginalCalibration.fit(output, encoder).apply(output, encoder))
    >>> round(float((rows["flag"] == "yes").mean()), 2)
    0.1
    >>> bool(abs(rows["x"].median() - frame["x"].median()) < 0.1)
    True
    """

    knots: np.ndarray
    offsets: np.ndarray

    @classmethod
    def fit(
        cls, output: np.ndarray, encoder: TableEncoder, *, kept: Collection[int] = ()
    ) -> MarginalCalibration:
        """Learn the maps from a sample of raw output, shape (n_rows, d_encoded).

        Dimensions `kept` have the training rows' marginals by construction, and pass unchanged.
        """
        offsets = np.zeros(encoder.d_encoded, dtype=np.float32)
        for block in encoder.blocks:
            if block.kind != "number" and block.start not in kept:
                offsets[block.dims] = _balance(output[:, block.dims], encoder.shares[block.dims])
        hard = _pick_levels(output + offsets, encoder)
        free = encoder.free_dims()
        knots = np.empty((len(encoder.number_dims), len(_RANKS)), dtype=np.float32)
        for i, dim in enumerate(encoder.number_dims):
            is_free = hard[:, free[dim]] > 0.5 if dim in free else np.ones(len(hard), dtype=bool)
            values = hard[is_free, dim] if is_free.any() else hard[:, dim]
            knots[i] = _SCORES if dim in kept else np.quantile(values, _RANKS)
        return cls(knots, offsets)

    def apply(self, output: np.ndarray, encoder: TableEncoder) -> np.ndarray:
        """Return an encoded array (calibrated scores, exact one-hots) of the same shape."""
        encoded = _pick_levels(output + self.offsets, encoder)
        for dim, knots in zip(encoder.number_dims, self.knots, strict=True):
            encoded[:, dim] = _to_normal(output[:, dim], knots)
        return encoded

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a saved model keeps."""
        return {"knots": self.knots, "offsets": self.offsets}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> MarginalCalibration:
        """Build from :meth:`to_arrays`'s output."""
        return cls(arrays["knots"], arrays["offsets"])


def _pick_levels(scores: np.ndarray, encoder: TableEncoder) -> np.ndarray:
    picked = scores.astype(np.float32, copy=True)
    for block in encoder.blocks:
        if block.kind != "number":
            chosen = scores[:, block.dims].argmax(axis=1)
            picked[:, block.dims] = chosen[:, None] == np.arange(block.width)
    return picked


def _to_normal(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Map output to normal scores: between knots by interpolation, beyond them by the slope of the tail."""
    points, place, counts = np.unique(knots, return_inverse=True, return_counts=True)
    scores = (
        np.bincount(place, weights=_SCORES) / counts
    )  # a collapsed output lands in the middle of its knots
    mapped = np.interp(values, points, scores)
    if len(points) > _TAIL:
        low = (scores[_TAIL] - scores[0]) / (points[_TAIL] - points[0])
        high = (scores[-1] - scores[-1 - _TAIL]) / (points[-1] - points[-1 - _TAIL])
        mapped += low * np.minimum(values - points[0], 0.0) + high * np.maximum(values - points[-1], 0.0)
    return mapped


def _balance(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Offsets with which the largest score picks each level in its share, by coordinate-wise quantiles."""
    offsets = np.where(shares > 0, 0.0, _NEVER)
    rarest_first = [level for level in np.argsort(shares) if shares[level] > 0]
    by_level = np.ascontiguousarray(scores.T)
    shifted = by_level + offsets[:, None]
    for _ in range(1 if len(rarest_first) == 2 else _SWEEPS):
        for level in rarest_first[:-1]:
            shifted[level] = -np.inf
            lead = by_level[level] - shifted.max(axis=0)
            offsets[level] = -_quantile(lead, 1.0 - shares[level])
            shifted[level] = by_level[level] + offsets[level]
    return offsets


def _quantile(values: np.ndarray, q: float) -> float:
    """`np.quantile` less its preparations, which take longer than the search; reorders `values`."""
    place = q * (len(values) - 1)
    below = min(int(place), len(values) - 2)
    values.partition((below, below + 1))
    low, high = values[below], values[below + 1]
    return float(low + (high - low) * (place - below))
