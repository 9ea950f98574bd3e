"""`ScoringCoordinates`: table rows as whitened normal scores and levels, alike for every generator."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.special import ndtri

from imbgen.schema import Column, Kind, Schema

__all__ = ["ScoringCoordinates", "is_number", "to_numbers"]

# Added to the variance of each principal axis (normal scores have variance 1): an axis on which the rows
# hardly vary stays shorter than the others, yet a generator that ignores the dependence stands out on it.
_RIDGE = 0.05
# A principal axis needs rows to be estimated from.
_ROWS_PER_AXIS = 2
_LARGE = 2.0**1000


class ScoringCoordinates:
    r"""Map from rows to coordinates, learned from the training rows of a class.

    A number v becomes the normal score of its mid-rank,

    .. math:: z = \Phi^{-1}\left[\tfrac12 \left(F(v^-) + F(v)\right)\right],

    F being the training rows' empirical distribution function, interpolated between their values and
    constant beyond them. Equal values get equal scores, so a copied row stays a copy. The scores are
    rotated to principal axes and divided by the standard deviation along them. Levels become codes; that a
    number is missing is a level too.

    Parameters
    ----------
    reference : DataFrame of shape (n_reference, n_columns)
        Training rows.
    schema : Schema
        What the columns are.
    nullable : collection of hashable
        Columns in which missing counts as a level.
    n_components : int
        Most principal axes kept, the longest first; never more than half the number of rows.

    Attributes
    ----------
    n_levels : ndarray of int64, shape (n_levelled,)
        Number of levels of each code.

    References
    ----------
    E. Parzen (2004), "Quantile probability and statistical data modeling", Statistical Science 19(4), on the
    mid-distribution function.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.metrics.coordinates import ScoringCoordinates
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"x": [0.0, 0.0, 1.0, 2.5], "flag": ["no", "yes", "no", "no"]})
    >>> coordinates = ScoringCoordinates(frame, Schema.infer(frame), frozenset(), n_components=20)
    >>> numbers, codes = coordinates.project(frame)
    >>> bool(numbers[0] == numbers[1]), codes.ravel().tolist()
    (True, [0, 1, 0, 0])
    """

    def __init__(
        self, reference: pd.DataFrame, schema: Schema, nullable: frozenset[Hashable], *, n_components: int
    ) -> None:
        frame = schema.check(reference)
        self._schema, self._nullable = schema, nullable
        numbers = [column for column in schema.columns if is_number(column)]
        self._levelled = [column for column in schema.columns if not is_number(column)]
        self._gaps = [column.name for column in numbers if column.name in nullable]
        ranks = {column.name: _mid_ranks(to_numbers(column, frame[column.name])) for column in numbers}
        self._ranks = {name: (values, middle) for name, (values, middle) in ranks.items() if len(values) > 1}
        widths = [max(len(column.levels) + (column.name in nullable), 1) for column in self._levelled]
        self.n_levels = np.array(widths + [2] * len(self._gaps), dtype=np.int64)
        self._fit_axes(self._scores(frame), n_components)

    def project(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return coordinates of rows.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)

        Returns
        -------
        numbers : ndarray of float32, shape (n_rows, n_axes)
            A missing number counts as the middle of its column.
        codes : ndarray of int64, shape (n_rows, n_levelled)
            0 .. K - 1; -1 for a level that the schema does not know, which equals no other.
        """
        frame = self._schema.check(frame)
        numbers = (self._scores(frame) - self._centre) @ self._axes
        codes = [
            _codes(column, frame[column.name], column.name in self._nullable) for column in self._levelled
        ]
        codes += [frame[name].isna().to_numpy().astype(np.int64) for name in self._gaps]
        return numbers.astype(np.float32), np.array(codes, dtype=np.int64).reshape(len(codes), len(frame)).T

    def _scores(self, frame: pd.DataFrame) -> np.ndarray:
        """Return normal scores of the numbers that vary, float64 of shape (n_rows, n_numbers)."""
        scores = np.zeros((len(frame), len(self._ranks)))
        for i, (name, (values, middle)) in enumerate(self._ranks.items()):
            numbers = to_numbers(self._schema.column(name), frame[name])
            present = ~np.isnan(numbers)
            scores[present, i] = ndtri(_interpolate(numbers[present], values, middle))
        return scores

    def _fit_axes(self, scores: np.ndarray, n_components: int) -> None:
        n_rows, n_numbers = scores.shape
        self._centre = scores.mean(axis=0) if n_rows else np.zeros(n_numbers)
        variance, axes = np.zeros(0), np.zeros((n_numbers, 0))
        if n_numbers:
            variance, axes = np.linalg.eigh(np.atleast_2d(np.cov(scores, rowvar=False, bias=True)))
        longest = np.argsort(-variance, kind="stable")[: min(n_components, max(1, n_rows // _ROWS_PER_AXIS))]
        self._axes = axes[:, longest] / np.sqrt(np.maximum(variance[longest], 0.0) + _RIDGE)


def is_number(column: Column) -> bool:
    """Whether values of a column have distances: numbers, times and ordered levels."""
    return column.kind is Kind.ORDINAL or not column.has_levels


def to_numbers(column: Column, values: pd.Series) -> np.ndarray:
    """Values as float64, NaN where missing; an ordinal level counts as its place in the order."""
    if column.kind is Kind.ORDINAL:
        codes = _codes(column, values, nullable=False)
        return np.where(codes < 0, np.nan, codes.astype(np.float64))
    if column.kind is not Kind.DATETIME:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    present = values.notna().to_numpy()
    ticks = np.full(len(values), np.nan)
    ticks[present] = column.to_integers(values[present])
    return ticks


def _codes(column: Column, values: pd.Series, nullable: bool) -> np.ndarray:
    """Index of each value among the levels; one more for missing if that is a level, else -1."""
    codes = column.find(values)
    if nullable:
        codes[values.isna().to_numpy()] = len(column.levels)
    return codes


def _interpolate(x: np.ndarray, values: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """As `np.interp`, which divides by the distance of two values: that of tiny ones is too small for it."""
    if np.abs(values).max() > _LARGE:  # their difference may be no float
        x, values = x / 4, values / 4
    x = np.clip(x, values[0], values[-1])
    left = np.clip(np.searchsorted(values, x, side="right") - 1, 0, len(values) - 2)
    share = (x - values[left]) / (values[left + 1] - values[left])
    return heights[left] + share * (heights[left + 1] - heights[left])


def _mid_ranks(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values, ascending, and the middle of each one's interval of ranks."""
    values, counts = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
    return values, (np.cumsum(counts) - counts / 2) / max(counts.sum(), 1)
