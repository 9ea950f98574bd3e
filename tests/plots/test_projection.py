from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from imbgen.errors import DataError, ParameterError
from imbgen.plots import projection

REAL = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)) * [3, 2, 1], columns=list("abc"))


def points(ax, place):
    return np.asarray(ax.collections[place].get_offsets())


@pytest.mark.parametrize("method", ["pca", "rank-pca"])
def test_every_table_can_be_drawn(frame, method, render):
    ax = render(
        projection({"real": frame, "synthetic": frame.sample(7, replace=True, random_state=0)}, method=method)
    )
    assert points(ax, 0).shape == (len(frame), 2)
    assert points(ax, 1).shape == (7, 2)


def test_later_frames_do_not_move_the_first():
    alone = projection({"real": REAL})
    among = projection({"real": REAL, "synthetic": REAL.sample(30, random_state=0) * 100 + 7})
    assert np.array_equal(points(alone, 0), points(among, 0))
    assert alone.get_xlabel() == among.get_xlabel()


def test_equal_rows_fall_on_equal_points_and_far_rows_far_away():
    ax = projection({"real": REAL, "same": REAL, "far": REAL + 1000})
    assert np.array_equal(points(ax, 0), points(ax, 1))
    assert np.abs(points(ax, 2)).max(axis=0).max() > 100


def test_explained_variance_is_written():
    line = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0]})
    ax = projection({"real": line})
    assert ax.get_xlabel() == "1st principal component (100 % of variance)"
    assert ax.get_ylabel() == "2nd principal component (0 % of variance)"


def test_many_rows_are_thinned_reproducibly():
    frames = {"real": REAL, "synthetic": REAL}
    first, again = (projection(frames, max_points=10, random_state=3) for _ in range(2))
    other = projection(frames, max_points=10, random_state=4)
    assert len(points(first, 0)) == len(points(first, 1)) == 10
    assert np.array_equal(points(first, 1), points(again, 1))
    assert not np.array_equal(points(first, 1), points(other, 1))
    assert first.get_legend().get_texts()[0].get_text() == "real (10 of 40)"


def test_only_categories_are_jittered():
    frame = pd.DataFrame({"x": list("aabb"), "y": list("cdcc")})
    ax = projection({"real": frame})
    assert ax.get_title(loc="left").endswith(", jittered")
    assert len(np.unique(points(ax, 0), axis=0)) == 4
    assert "jittered" not in projection({"real": frame.assign(n=range(4))}).get_title(loc="left")


def test_the_first_frame_lies_on_top_as_rings():
    real, synthetic = projection({"real": REAL, "synthetic": REAL}).collections
    assert len(real.get_facecolor()) == 0
    assert real.get_zorder() > synthetic.get_zorder()


def test_axes_of_the_caller_are_used():
    ax = Figure().add_subplot()
    assert projection({"real": REAL}, ax=ax) is ax


def test_bad_arguments_are_told():
    with pytest.raises(ParameterError, match="Did you mean 'pca'"):
        projection({"real": REAL}, method="pcaa")
    with pytest.raises(ParameterError, match="max_points"):
        projection({"real": REAL}, max_points=0)
    with pytest.raises(DataError, match="share none"):
        projection({"real": REAL, "synthetic": pd.DataFrame({"z": [1]})})
