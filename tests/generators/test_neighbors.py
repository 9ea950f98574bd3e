"""Neighbours against distances computed one by one."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist

from imbgen.encoding import TableEncoder
from imbgen.generators.neighbors import find_neighbors, place_rows
from imbgen.schema import Schema


@pytest.mark.parametrize("d", [1, 3, 20])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_the_nearest_come_first(d, container):
    points = np.random.default_rng(d).normal(size=(60, d))
    distances = cdist(points, points)
    np.fill_diagonal(distances, np.inf)
    expected = distances.argsort(axis=1)[:, :7]
    np.testing.assert_array_equal(find_neighbors(container(points), 7), expected)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_there_are_at_most_all_the_others(n):
    neighbors = find_neighbors(np.random.default_rng(0).normal(size=(n, 2)), 5)
    assert neighbors.shape == (n, min(5, n - 1))
    for i, row in enumerate(neighbors):
        assert i not in row
        assert len(set(row)) == len(row)


def test_a_copy_is_a_neighbour_and_the_point_itself_is_none():
    points = np.repeat(np.random.default_rng(0).normal(size=(10, 3)), 3, axis=0)
    neighbors = find_neighbors(points, 2)
    for i, row in enumerate(neighbors):
        assert set(row) == {3 * (i // 3), 3 * (i // 3) + 1, 3 * (i // 3) + 2} - {i}


def test_points_without_a_dimension_are_all_neighbours():
    neighbors = find_neighbors(np.empty((4, 0)), 3)
    assert [sorted(row) for row in neighbors.tolist()] == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_a_level_that_differs_counts_one():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=40),
            "gaps": pd.Series(rng.normal(size=40)).mask(rng.random(40) < 0.3),
            "sex": rng.choice(["F", "M"], 40),
            "site": rng.choice(list("abc"), 40),
        }
    )
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    rows = encoder.encode(frame, 0)
    scores = rows[:, encoder.number_dims].astype(float)
    expected = cdist(scores, scores, "sqeuclidean")
    for differs in (frame["sex"], frame["site"], frame["gaps"].isna()):
        expected += differs.to_numpy()[:, None] != differs.to_numpy()
    before = rows.copy()
    points = place_rows(rows, encoder)
    np.testing.assert_allclose(cdist(points, points, "sqeuclidean"), expected, atol=1e-5)
    np.testing.assert_array_equal(rows, before)
