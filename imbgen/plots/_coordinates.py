"""Standardised coordinates of a frame, learned from one frame and applied to others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Series
from scipy.special import ndtri

from imbgen.plots._columns import Kind, as_numbers, kind_of, label_counts, level_codes

__all__ = ["Coordinates", "Plane"]

MAX_LEVELS = 30


@dataclass(frozen=True)
class Coordinates:
    """Numbers imputed by the median and standardised, categories one-hot.

    Attributes
    ----------
    kinds : dict of hashable to str
        What each column is taken for.
    numbers : dict of hashable to ndarray
        Sorted known values of each number column.
    levels : dict of hashable to list of str
        The most frequent levels of each other column; missing and other rows are zero in all of them.
    ranked : bool
        Whether numbers become normal scores of their rank instead of being standardised.
    """

    kinds: dict[Hashable, Kind]
    numbers: dict[Hashable, np.ndarray]
    levels: dict[Hashable, list[str]]
    ranked: bool

    @classmethod
    def learn(
        cls, frames: Mapping[str, DataFrame], columns: Sequence[Hashable], *, ranked: bool
    ) -> Coordinates:
        """Learn from the first frame; the others only say what may be read as a number."""
        first = next(iter(frames.values()))
        kinds: dict[Hashable, Kind] = {c: kind_of([frame[c] for frame in frames.values()]) for c in columns}
        numbers = {c: np.sort(as_numbers(first[c])) for c in columns if kinds[c] != "category"}
        levels = {c: list(label_counts(first[c]).index) for c in columns if kinds[c] == "category"}
        numbers = {c: known[~np.isnan(known)] for c, known in numbers.items()}
        return cls(kinds, numbers, {c: known[:MAX_LEVELS] for c, known in levels.items()}, ranked)

    def encode(self, frame: DataFrame) -> np.ndarray:
        """Return the coordinates of a frame.

        Parameters
        ----------
        frame : DataFrame
            Any frame that has the columns learned from.

        Returns
        -------
        coordinates : ndarray of shape (n_rows, n_coordinates)
            No value is missing.
        """
        blocks = [
            _one_hot(frame[column], self.levels[column])
            if kind == "category"
            else self._number(as_numbers(frame[column]), self.numbers[column])[:, None]
            for column, kind in self.kinds.items()
        ]
        return np.concatenate(blocks, axis=1)

    def _number(self, values: np.ndarray, known: np.ndarray) -> np.ndarray:
        if len(known) == 0:
            return np.zeros(len(values))
        filled = np.where(np.isnan(values), np.median(known), values)
        if self.ranked:
            middle = (np.searchsorted(known, filled, "left") + np.searchsorted(known, filled, "right")) / 2
            return ndtri((middle + 0.5) / (len(known) + 1))
        return (filled - known.mean()) / (known.std() or 1.0)


def _one_hot(part: Series, known: Sequence[str]) -> np.ndarray:
    codes, levels = level_codes(part)
    place = {level: index for index, level in enumerate(known)}
    columns = np.array([*(place.get(level, len(known)) for level in levels), len(known)])[codes]
    return np.eye(len(known) + 1)[columns, : len(known)]


@dataclass(frozen=True)
class Plane:
    """The plane of greatest variance: where it starts, its two directions, the variance each explains."""

    origin: np.ndarray
    directions: np.ndarray
    explained: tuple[float, float]

    @classmethod
    def fit(cls, points: np.ndarray) -> Plane:
        """Fit principal components; a direction that does not exist is zero and explains nothing.

        Parameters
        ----------
        points : ndarray of shape (n_rows, n_coordinates)
            Points without missing values.

        Returns
        -------
        plane : Plane
            With signs such that the largest weight of each direction is positive.

        Examples
        --------
        >>> import numpy as np
        >>> from imbgen.plots._coordinates import Plane
        >>> plane = Plane.fit(np.array([[0.0, 0.0], [3.0, 0.0], [6.0, 0.0]]))
        >>> plane.explained, plane.project(np.array([[5.0, 1.0]])).tolist()
        ((1.0, 0.0), [[2.0, 0.0]])
        """
        origin = points.mean(axis=0) if points.shape[1] else np.zeros(0)
        centred = points - origin
        variances, vectors = np.linalg.eigh(centred.T @ centred)
        variances, vectors = variances[::-1][:2], vectors[:, ::-1][:, :2].T
        total = float((centred**2).sum())
        directions, explained = np.zeros((2, points.shape[1])), [0.0, 0.0]
        for place, (variance, vector) in enumerate(zip(variances, vectors, strict=True)):
            if variance > 1e-12 * max(total, 1e-300):
                directions[place] = vector * np.sign(vector[np.abs(vector).argmax()])
                explained[place] = float(variance) / total
        return cls(origin, directions, (explained[0], explained[1]))

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return where the points fall on the plane, shape (n_rows, 2)."""
        return (points - self.origin) @ self.directions.T
