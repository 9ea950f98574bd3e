"""Neighbours among the encoded rows of a class."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.neighbors import NearestNeighbors

from imbgen.encoding import TableEncoder

__all__ = ["find_neighbors", "place_rows"]

# Of the distances that are held at a time, where there are sparse points.
_MEGABYTES = 128


def place_rows(rows: np.ndarray, encoder: TableEncoder) -> np.ndarray:
    """Return encoded rows as points whose squared distance counts 1 for each level that differs.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d_encoded)
    encoder : TableEncoder
        What encoded them.

    Returns
    -------
    points : ndarray of shape (n_rows, d_encoded)
    """
    points = rows.copy()
    for block in encoder.blocks:
        if block.kind != "number":
            points[:, block.dims] /= np.sqrt(2.0)
    return points


def find_neighbors(points: np.ndarray | sparse.csr_array, n_neighbors: int) -> np.ndarray:
    """Return the nearest other points of each point by Euclidean distance, nearest first.

    Parameters
    ----------
    points : ndarray or csr_array of shape (n_points, d)
        At least 2. A point does not count as its own neighbour, a copy of it does.
    n_neighbors : int
        At most n_points - 1 are returned.

    Returns
    -------
    neighbors : ndarray of int64, shape (n_points, min(n_neighbors, n_points - 1))

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.generators.neighbors import find_neighbors
    >>> find_neighbors(np.array([[0.0], [1.0], [5.0]]), 1).tolist()
    [[1], [0], [1]]
    """
    n_points, d = points.shape
    if not d:  # nothing varies: all points are one
        points = np.zeros((n_points, 1))
    search = NearestNeighbors(n_neighbors=min(n_neighbors, n_points - 1)).fit(points)
    with config_context(working_memory=_MEGABYTES):
        return search.kneighbors(return_distance=False).astype(np.int64)
