from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from imbgen.plots._coordinates import Coordinates, Plane


def learned(frame, *, ranked=False):
    return Coordinates.learn({"real": frame}, list(frame), ranked=ranked)


def test_numbers_are_standardised_and_gaps_take_the_median():
    frame = pd.DataFrame({"x": [0.0, 1.0, 5.0]})
    encoded = learned(frame).encode(pd.DataFrame({"x": [2.0, None]}))
    assert encoded[:, 0] == pytest.approx([0.0, (1.0 - 2.0) / frame["x"].std(ddof=0)])


def test_ranks_are_symmetric_normal_scores():
    encoded = learned(pd.DataFrame({"x": [1.0, 10.0, 1e9]}), ranked=True).encode(
        pd.DataFrame({"x": [1.0, 10, 1e9]})
    )
    assert encoded[1, 0] == pytest.approx(0.0)
    assert encoded[0, 0] == pytest.approx(-encoded[2, 0])


def test_categories_are_one_hot_and_the_unknown_is_zero():
    coordinates = learned(pd.DataFrame({"x": ["b", "b", "a"]}))
    encoded = coordinates.encode(pd.DataFrame({"x": ["a", "b", None, "new"]}))
    assert encoded.tolist() == [[0, 1], [1, 0], [0, 0], [0, 0]]


@pytest.mark.parametrize("ranked", [False, True])
def test_every_table_encodes_to_finite_numbers(frame, ranked):
    assert np.isfinite(learned(frame, ranked=ranked).encode(frame)).all()


def test_plane_agrees_with_scikit_learn():
    points = np.random.default_rng(0).normal(size=(50, 6)) * [5, 4, 3, 2, 1, 1]
    plane, peer = Plane.fit(points), PCA(2).fit(points)
    assert plane.explained == pytest.approx(peer.explained_variance_ratio_)
    assert np.abs(plane.project(points)) == pytest.approx(np.abs(peer.transform(points)))


@pytest.mark.parametrize("points", [np.zeros((1, 3)), np.ones((4, 1)), np.zeros((3, 0))])
def test_points_without_spread_fall_on_the_origin(points):
    plane = Plane.fit(points)
    assert plane.explained == (0.0, 0.0)
    assert plane.project(points).tolist() == [[0.0, 0.0]] * len(points)
