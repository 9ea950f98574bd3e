"""Rows of the minority class that lie next to a row of another class, far closer than rows usually lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from imbgen.metrics.coordinates import ScoringCoordinates
from imbgen.profiling.coded import CodedColumn
from imbgen.profiling.subsample import subsample
from imbgen.schema import Schema

__all__ = ["Neighbours", "find_neighbours"]

# Most rows of the minority class, of the other classes, and of these to learn from what is usual.
_MOST_MINORITY, _MOST_OTHERS, _MOST_USUAL = 2_000, 20_000, 1_000
# What is left over to learn from after the searched ones are set apart.
_USUAL_SHARE = 0.25
# Fewer distances do not show how often small ones occur.
_FEWEST_USUAL = 20
# A copy with a little noise; what is farther away is a neighbour, however extreme.
_FAR_BELOW = 0.1
# Rows are told if in 1 table of 100 some row would be that close by chance.
_CHANCE = 0.01
# Squared distance of two rows that differ in a level: that of independent rows along a whitened axis.
_MISMATCH = 2.0
# Subtracted from the estimated exponent, which is learned from few distances.
_STANDARD_ERRORS = 1.5
_BLOCK = 250


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Near-copies of minority rows in other classes.

    Parameters
    ----------
    rows, others : ndarray of int64, shape (n_found,)
        Positions of the minority rows and of their nearest rows of another class.
    distances : ndarray of float64, shape (n_found,)
        In units of the usual distance between nearest rows of the other classes.
    n_searched : int
        Rows of the table that were looked at.
    """

    rows: np.ndarray
    others: np.ndarray
    distances: np.ndarray
    n_searched: int


def find_neighbours(
    frame: pd.DataFrame,
    columns: Sequence[CodedColumn],
    minority: np.ndarray,
    rng: np.random.Generator,
) -> Neighbours:
    r"""Find minority rows that lie far closer to a row of another class than rows usually lie to each other.

    Distances are Euclidean in whitened normal scores of the ranks, a differing level counting like two
    independent values. What is usual is learned from a quarter of the other rows, as distances to the
    nearest of the remaining three. With m their median and h the exponent of their lower half (Hill's
    estimate, less 1.5 standard errors), a distance x has the chance

    .. math:: p(x) = \max\left[\tfrac12 (x / m)^h, \ \mathrm{share\ of\ distances\ below\ } x\right].

    Told are rows below m / 10 with p < 0.01 / n, n being the number of minority rows; not those that equal
    a row of another class, nor those beyond the range of the others.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Without infinite values.
    columns : sequence of CodedColumn
        Columns to compare.
    minority : ndarray of bool, shape (n_rows,)
        Rows of the class to look at.
    rng : numpy Generator
        Chooses rows if there are more than 2,000 of the class or 20,000 others.

    Returns
    -------
    neighbours : Neighbours

    References
    ----------
    B. M. Hill (1975), "A simple general approach to inference about the tail of a distribution", Annals of
    Statistics 3(5).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> from imbgen.profiling.neighbours import find_neighbours
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    >>> frame.loc[0] = frame.loc[199] + 0.001
    >>> found = find_neighbours(frame, code_columns(frame)[1], np.arange(200) < 5, rng)
    >>> found.rows.tolist(), found.others.tolist()
    ([0], [199])
    """
    mine = subsample(np.flatnonzero(minority), _MOST_MINORITY, rng)
    others = subsample(np.flatnonzero(~minority), _MOST_OTHERS, rng)
    n_searched = len(mine) + len(others)
    nothing = Neighbours(mine[:0], others[:0], np.zeros(0), n_searched)
    usual = _usual_distances(frame, columns, others, rng)
    if len(usual) < _FEWEST_USUAL or len(mine) == 0:
        return nothing
    distances, places = _Space(frame, columns, others).nearest(mine)
    near = distances < _FAR_BELOW * np.median(usual)
    near &= _chance(distances, usual) * len(mine) < _CHANCE
    return Neighbours(mine[near], others[places[near]], distances[near] / np.median(usual), n_searched)


def _usual_distances(
    frame: pd.DataFrame, columns: Sequence[CodedColumn], others: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return positive distances of some of the rows to the nearest of the rest, ascending."""
    n_usual = min(_MOST_USUAL, int(_USUAL_SHARE * len(others)))
    if n_usual < _FEWEST_USUAL or not columns:
        return np.zeros(0)
    chosen = subsample(others, n_usual, rng)
    distances, _ = _Space(frame, columns, np.setdiff1d(others, chosen)).nearest(chosen)
    return np.sort(distances[np.isfinite(distances)])


def _chance(distances: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return how often a usual distance is as small; `usual` ascends."""
    unit = np.median(usual)
    lower = usual[usual < unit]
    if len(lower) == 0:  # a grid of levels, on which no distance is small
        return np.ones(len(distances))
    certainty = max(0.0, 1 - _STANDARD_ERRORS / np.sqrt(len(lower)))
    exponent = certainty / np.log(unit / lower).mean()
    return np.maximum(
        0.5 * (np.minimum(distances, unit) / unit) ** exponent,
        np.searchsorted(usual, distances) / len(usual),
    )


class _Space:
    """The coordinates of the rows to search, learned from these rows alone.

    A row that is nearly equal to one of them then falls beside it; in ranks of all rows together the two
    would be a whole rank apart.
    """

    def __init__(self, frame: pd.DataFrame, columns: Sequence[CodedColumn], rows: np.ndarray) -> None:
        self._columns = columns
        self._frame = frame[[column.name for column in columns]]
        nullable = frozenset(column.name for column in columns if column.missing.any())
        schema = Schema(tuple(column.column for column in columns))
        self._map = ScoringCoordinates(self._frame.iloc[rows], schema, nullable, n_components=len(columns))
        self._numbers, self._codes = self._map.project(self._frame.iloc[rows])
        self._ranges = [_range(column.codes[rows]) for column in columns]

    def nearest(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distance of each row to the nearest that is searched, and the place of that one.

        The distance is infinite if it is zero, which is a copy and told as such, or if the row lies beyond
        the range of those searched, where the coordinates stand still.
        """
        numbers, codes = self._map.project(self._frame.iloc[rows])
        distances, places = np.empty(len(rows)), np.empty(len(rows), dtype=np.int64)
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            squares = self._squares(numbers[part], codes[part])
            places[part] = squares.argmin(axis=1)
            distances[part] = np.sqrt(squares.min(axis=1))
        distances[(distances == 0) | self._is_beyond(rows)] = np.inf
        return distances, places

    def _squares(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        squares = cdist(numbers, self._numbers, "sqeuclidean")
        if n_levelled := codes.shape[1]:
            squares += _MISMATCH * n_levelled * cdist(codes, self._codes, "hamming")
        return squares

    def _is_beyond(self, rows: np.ndarray) -> np.ndarray:
        beyond = np.zeros(len(rows), dtype=bool)
        for column, (low, high) in zip(self._columns, self._ranges, strict=True):
            codes = column.codes[rows]
            beyond |= column.is_sorted & (codes >= 0) & ((codes < low) | (codes > high))
        return beyond


def _range(codes: np.ndarray) -> tuple[int, int]:
    known = codes[codes >= 0]
    return (int(known.min()), int(known.max())) if len(known) else (0, -1)
