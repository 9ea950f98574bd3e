"""The plane that rows are drawn on: fitted on some of them, applied to all."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from imbgen.errors import ParameterError, did_you_mean
from imbgen.plots._coordinates import Coordinates, Plane
from imbgen.plots._style import percent

__all__ = ["RowsPlane", "check_drawing", "thin"]

METHODS = {"pca": "principal component", "rank-pca": "principal component of ranks"}


@dataclass(frozen=True)
class RowsPlane:
    """The first two principal components of a frame.

    Attributes
    ----------
    coordinates : Coordinates
        Rows as numbers.
    plane : Plane
        Where these fall.
    method : str
        How the numbers were scaled.
    span : ndarray of shape (2,)
        How far the rows fitted reach along each.
    """

    coordinates: Coordinates
    plane: Plane
    method: str
    span: np.ndarray

    @classmethod
    def fit(cls, frames: Mapping[str, DataFrame], columns: Sequence[Hashable], method: str) -> RowsPlane:
        """Fit on the first frame; the others only say what may be read as a number."""
        coordinates = Coordinates.learn(frames, columns, ranked=method == "rank-pca")
        encoded = coordinates.encode(next(iter(frames.values())))
        plane = Plane.fit(encoded)
        return cls(coordinates, plane, method, np.ptp(plane.project(encoded), axis=0))

    def project(self, frame: DataFrame) -> np.ndarray:
        """Return where the rows fall, shape (n_rows, 2)."""
        return self.plane.project(self.coordinates.encode(frame))

    @property
    def is_stacked(self) -> bool:
        """Whether many rows share a place, because all columns are categories."""
        return all(kind == "category" for kind in self.coordinates.kinds.values())

    def jitter(self, points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the points, shape (n_rows, 2), each a little beside its place."""
        return points + rng.normal(scale=0.02, size=points.shape) * self.span

    def label(self, ax: Axes) -> None:
        """Name the axes and the variance that each explains."""
        first, second = (percent(share) for share in self.plane.explained)
        ax.set_xlabel(f"1st {METHODS[self.method]} ({first} of variance)")
        ax.set_ylabel(f"2nd {METHODS[self.method]} ({second} of variance)")


def check_drawing(method: str, max_points: int) -> None:
    """Raise ParameterError unless `method` is known and `max_points` is positive."""
    if method not in METHODS:
        hint = did_you_mean(method, METHODS)
        raise ParameterError(f"`method` must be one of {list(METHODS)}, however: method={method!r}.{hint}")
    if max_points < 1:
        raise ParameterError(f"`max_points` must be 1 or more, however: {max_points}. Raise it.")


def thin(frame: DataFrame, n_rows: int, rng: np.random.Generator) -> DataFrame:
    """Return at most `n_rows` rows, chosen at random."""
    return frame if len(frame) <= n_rows else frame.iloc[rng.choice(len(frame), n_rows, replace=False)]
