"""Density-ratio thinning: of many pre-samples, those that look most like real rows are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from imbgen.errors import hushed

__all__ = ["OVERDRAW", "DensityRatio"]

#: Pre-samples drawn for each that is kept.
OVERDRAW = 5
_N_FOLDS = 5
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
# Products of numbers are features up to this many numbers.
_MOST_CROSSED = 12


@dataclass(frozen=True, slots=True)
class DensityRatio:
    """Log odds of being real, by logistic regressions that each left out a fold of the rows.

    Features are the encoded dimensions, squares of the numbers and, up to 12 numbers, their products: in the
    space of normal scores these tell a law from one with other variances and correlations. The strength of
    the penalty is the one whose left-out log loss is lowest; if none is better than a coin, the odds are
    even.

    Parameters
    ----------
    centre, width : ndarray of shape (n_features,)
        What features are standardised by.
    weights : ndarray of shape (n_folds, n_features)
    offsets : ndarray of shape (n_folds,)
    number_dims : ndarray of int64
        Dimensions that hold numbers.

    References
    ----------
    S. Azadi et al. (2019), "Discriminator rejection sampling", arXiv:1810.06758, for the use of the odds.

    NOTE[DIFF]: there a network's critic gives the odds, and draws go on until enough are accepted. Here a
    draw of five times as many rows is thinned to the number wanted, so that the work is bounded.
    """

    centre: np.ndarray
    width: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    number_dims: np.ndarray

    @classmethod
    def fit(
        cls, real: np.ndarray, presampled: np.ndarray, number_dims: np.ndarray, rng: np.random.Generator
    ) -> Self:
        """Fit to encoded rows, shapes (n_real, d_encoded) and (n_presampled, d_encoded)."""
        rows = _features(np.concatenate([real, presampled]), number_dims)
        is_real = np.arange(len(rows)) < len(real)
        centre, width = rows.mean(axis=0), rows.std(axis=0)
        width[width < 1e-6] = 1.0
        rows = (rows - centre) / width
        n_folds = min(_N_FOLDS, len(real))
        folds = np.concatenate([rng.permutation(len(part)) % n_folds for part in (real, presampled)])
        best, weights, offsets = np.log(2.0), np.zeros((1, rows.shape[1])), np.zeros(1)
        for strength in _STRENGTHS:
            fitted = [_regress(rows[folds != k], is_real[folds != k], strength) for k in range(n_folds)]
            logits = np.empty(len(rows))
            for k, (weight, offset) in enumerate(fitted):
                logits[folds == k] = rows[folds == k] @ weight + offset
            balance = np.where(is_real, 0.5 / is_real.mean(), 0.5 / (~is_real).mean())
            loss = log_loss(is_real, 1.0 / (1.0 + np.exp(-logits)), sample_weight=balance)
            if loss < best:
                best = loss
                weights, offsets = (np.array(part) for part in zip(*fitted, strict=True))
        return cls(centre, width, weights, offsets, number_dims)

    def log_odds(self, rows: np.ndarray) -> np.ndarray:
        """Mean log odds of encoded rows, float64 of shape (n_rows,)."""
        features = (_features(rows, self.number_dims) - self.centre) / self.width
        return (features @ self.weights.T + self.offsets).mean(axis=1)

    def keep(self, rows: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return which `n` of the encoded rows are kept, int64, in the order in which they came.

        Rows are drawn one by one with probabilities in proportion to their odds, none twice.
        """
        drawn = self.log_odds(rows) + rng.gumbel(size=len(rows))
        # In no order of their odds: of what is kept, members get a stretch each.
        return np.sort(np.argpartition(-drawn, n - 1)[:n])

    def thin(self, rows: pd.DataFrame, encoded: np.ndarray, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return the `n` rows that are kept of a frame, whose encoded rows are given too."""
        return rows.iloc[self.keep(encoded, n, rng)].reset_index(drop=True)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a saved model keeps."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Build from :meth:`to_arrays`'s output."""
        return cls(**arrays)


def _features(rows: np.ndarray, number_dims: np.ndarray) -> np.ndarray:
    rows = rows.astype(np.float64)
    numbers = rows[:, number_dims]
    parts = [rows, numbers**2]
    if len(number_dims) <= _MOST_CROSSED:
        first, second = np.triu_indices(len(number_dims), 1)
        parts.append(numbers[:, first] * numbers[:, second])
    return np.hstack(parts)


def _regress(rows: np.ndarray, is_real: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=200)
    with hushed(ConvergenceWarning):  # candidates that stop short are compared by what they reached
        model.fit(rows, is_real)
    return model.coef_[0], float(model.intercept_[0])
