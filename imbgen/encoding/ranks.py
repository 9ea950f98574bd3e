"""Rank space: a number column as normal scores, and back through its smoothed empirical quantile function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

__all__ = ["RankTransform", "find_step", "round_to_step"]

# Decimal grids that a float column is tried on, coarse first, as the number of grid points in 1.
_GRIDS = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
# Rounding errors that a value computed from decimals may carry.
_ULPS = 4
# A value reaches into a gap no further than the widest of so many gaps behind it.
_N_GAPS_BEHIND = 3
# Beyond this size differences of two values may overflow.
_HUGE = 1e280


def find_step(values: np.ndarray) -> float:
    """Return the coarsest decimal grid that holds all values, 0.0 if none does.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)

    Returns
    -------
    step : float
        1, 0.1, ..., 1e-6, or 0.0 for a column off every grid.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.encoding import find_step
    >>> find_step(np.array([0.25, 1.5])), find_step(np.array([1 / 3]))
    (0.01, 0.0)
    """
    tolerance = np.abs(values) * np.finfo(np.float64).eps * _ULPS
    with np.errstate(over="ignore", invalid="ignore"):  # a value too large to scale is off the grid
        for per_unit in _GRIDS:
            on_grid = np.rint(values * per_unit) / per_unit
            if np.all(np.abs(on_grid - values) <= tolerance):
                return 1.0 / per_unit
    return 0.0


def round_to_step(values: np.ndarray, step: float) -> np.ndarray:
    """Round to the multiples of a step that `find_step` found.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
    step : float
        1, 0.1, ..., 1e-6; 0.0 rounds nothing.

    Returns
    -------
    rounded : ndarray of float64, shape (n_values,)

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.encoding import round_to_step
    >>> round_to_step(np.array([0.249, 1.5]), 0.01)
    array([0.25, 1.5 ])
    """
    if not step:
        return values
    per_unit = round(1 / step)  # dividing by a power of ten gives the decimal, multiplying not
    return np.rint(values * per_unit) / per_unit


@dataclass(frozen=True, slots=True)
class RankTransform:
    """Monotone map between a column's values and normal scores.

    Each distinct value owns an interval of ranks as wide as its share. A value that occurs more than once is
    an *atom*: its interval decodes to exactly that value. A value that occurs once stands for its
    neighbourhood, from half-way to its lower neighbour to half-way to its upper one; but into an empty
    stretch of the column it reaches no further than the widest of the three gaps behind it.

    Parameters
    ----------
    values : ndarray of float64, shape (n_distinct,)
        Distinct values, ascending.
    upper : ndarray of float64, shape (n_distinct,)
        Cumulative shares; the last is 1.
    atom : ndarray of bool, shape (n_distinct,)
        Which values occur more than once.
    step : float
        Grid that decoded values are rounded to; 0 for none.
    extend : bool
        Whether the outermost values may be passed by half a gap (never across zero, never past an atom).

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.encoding import RankTransform
    >>> ranks = RankTransform.fit(np.array([0.0, 0.0, 0.0, 1.5, 2.5]))
    >>> ranks.decode(np.array([-2.0, 0.0]))  # three in five are zero
    array([0., 0.])
    """

    values: np.ndarray
    upper: np.ndarray
    atom: np.ndarray
    step: float
    extend: bool

    @classmethod
    def fit(cls, values: np.ndarray, *, step: float | None = None, extend: bool = True) -> RankTransform:
        """Learn the map from a column's present values (float64, shape (n_values,), at least one)."""
        distinct, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
        upper = np.cumsum(counts) / counts.sum()
        step = find_step(distinct) if step is None else step
        return cls(distinct, upper, counts > 1, step, extend)

    @property
    def lower(self) -> np.ndarray:
        """Lower end of each value's interval of ranks, shape (n_distinct,)."""
        return np.concatenate([[0.0], self.upper[:-1]])

    def encode(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return normal scores; ties are broken at random inside their interval.

        Parameters
        ----------
        values : ndarray of float64, shape (n_rows,)
            Finite; values not seen at fit take their rank by interpolation.
        rng : numpy.random.Generator

        Returns
        -------
        scores : ndarray of float64, shape (n_rows,)
        """
        noise = rng.random(len(values))
        index = np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)
        lower, upper = self.lower, self.upper
        spread = lower[index] + (upper - lower)[index] * noise
        points, ranks = self._knots()
        on_atom = self.atom[index] & (self.values[index] == values)
        scale = self._scale
        rank = np.where(on_atom, spread, np.interp(values * scale, points, ranks))
        half = 0.25 * float(np.min(self.upper - lower))
        return ndtri(np.clip(rank, half, 1.0 - half))

    def decode(self, scores: np.ndarray) -> np.ndarray:
        """Return values for normal scores, float64 of shape (n_rows,)."""
        rank = ndtr(np.asarray(scores, dtype=np.float64))
        index = np.minimum(np.searchsorted(self.upper, rank, side="left"), len(self.values) - 1)
        points, ranks = self._knots()
        with np.errstate(over="ignore"):
            smooth = np.nan_to_num(np.interp(rank, ranks, points) / self._scale)
        smooth = round_to_step(smooth, self.step)
        if not self.extend:
            smooth = np.clip(smooth, self.values[0], self.values[-1])
        return np.where(self.atom[index], self.values[index], smooth)

    def _knots(self) -> tuple[np.ndarray, np.ndarray]:
        """Points (scaled value, rank) of the smoothed distribution function, both non-decreasing."""
        values, lower, upper = self.values * self._scale, self.lower, self.upper
        gaps = np.diff(values)
        left = np.concatenate([[self._end(values, 0)], values[1:] - _reach(gaps[::-1])[::-1]])
        right = np.concatenate([values[:-1] + _reach(gaps), [self._end(values, -1)]])
        left, right = np.where(self.atom, values, left), np.where(self.atom, values, right)
        points = np.maximum.accumulate(np.stack([left, values, right], axis=1).ravel())
        ranks = np.stack([lower, (lower + upper) / 2, upper], axis=1).ravel()
        return points, ranks

    @property
    def _scale(self) -> float:
        """A power of two that keeps differences of huge values finite; else 1."""
        return 2.0**-64 if np.abs(self.values).max() > _HUGE else 1.0

    def _end(self, values: np.ndarray, side: int) -> float:
        """How far the lowest (0) or highest (-1) value may be passed."""
        extreme = float(values[side])
        if not self.extend or self.atom[side] or len(values) == 1:
            return extreme
        inner = float(values[1 if side == 0 else -2])
        end = extreme + (extreme - inner) / 2
        crosses_zero = min(extreme, inner) >= 0 > end or max(extreme, inner) <= 0 < end
        return 0.0 if crosses_zero else end


def _reach(gaps: np.ndarray) -> np.ndarray:
    """How far the value at the lower end of each gap reaches into it, float64 of shape (n_gaps,)."""
    reach = gaps / 2
    behind = np.concatenate([np.zeros(_N_GAPS_BEHIND), gaps[:-1]])
    widest = np.lib.stride_tricks.sliding_window_view(behind, _N_GAPS_BEHIND).max(axis=1)
    return np.where(np.arange(len(gaps)) > 0, np.minimum(reach, widest), reach)  # the first has none behind
