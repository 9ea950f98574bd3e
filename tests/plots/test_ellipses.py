from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from sklearn.mixture import GaussianMixture

from imbgen.errors import DataError, ParameterError
from imbgen.plots import mixture_ellipses
from imbgen.plots._style import MANY_COLOURS
from imbgen.plots.ellipses import UNDECIDED

MEANS = np.array([[-5.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
COVARIANCES = np.array([np.diag([1.0, 4.0, 0.25]), np.eye(3)])
WEIGHTS = np.array([0.5, 0.5])
ROWS = pd.DataFrame([[-5.0, 1.0, 0.0], [5.0, 2.0, 1.0], [-4.0, 0.0, 0.5]], columns=["TSH", "FTI", "sick=f"])
MIXTURE = (MEANS, COVARIANCES, WEIGHTS)


def points(ax):
    return np.asarray(ax.collections[0].get_offsets())


def colours(ax):
    return ax.collections[0].get_facecolor()[:, :3]


def test_chosen_dimensions_are_the_axes(render):
    ax = render(mixture_ellipses(ROWS, *MIXTURE, dimensions=["FTI", "TSH"]))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("FTI", "TSH")
    assert points(ax).tolist() == ROWS[["FTI", "TSH"]].to_numpy().tolist()


def test_ellipses_lie_one_and_two_standard_deviations_from_the_mean():
    ax = mixture_ellipses(ROWS, *MIXTURE, dimensions=["TSH", "FTI"])
    inner, outer = ax.patches[:2]
    assert inner.get_center() == outer.get_center() == (-5.0, 0.0)
    assert (inner.get_width(), inner.get_height(), inner.get_angle() % 180) == pytest.approx((4, 2, 90))
    assert (outer.get_width(), outer.get_height()) == pytest.approx((8, 4))


def test_the_outer_ellipse_of_a_slanted_component_holds_86_percent():
    covariance = np.array([[2.0, 1.2], [1.2, 1.0]])
    rows = np.random.default_rng(0).multivariate_normal([1, 2], covariance, size=20_000)
    ax = mixture_ellipses(rows, [[1, 2]], [covariance], [1.0], dimensions=[0, 1])
    for ellipse, share in zip(ax.patches, (0.393, 0.865), strict=True):
        inside = ellipse.get_path().contains_points(rows, ellipse.get_patch_transform())
        assert inside.mean() == pytest.approx(share, abs=0.01)


def test_a_row_has_the_colour_of_its_component_and_fades_with_doubt():
    rows = np.array([[-5.0, 0, 0], [5.0, 0, 0], [0.0, 0, 0], [0.4, 0, 0]])
    drawn = colours(mixture_ellipses(rows, MEANS, [np.eye(3)] * 2, WEIGHTS))
    np.testing.assert_allclose(drawn[:2], [to_rgb(colour) for colour in MANY_COLOURS[:2]], atol=1e-6)
    np.testing.assert_allclose(drawn[2], UNDECIDED)
    between = (drawn[3] - UNDECIDED) / (drawn[1] - UNDECIDED)
    np.testing.assert_allclose(between, between[0])
    assert 0 < between[0] < 1


def test_dimensions_not_drawn_count_too():
    """Both rows fall on one point, but a third dimension tells them apart."""
    rows = np.array([[0.0, 0.0, 3.0], [0.0, 0.0, -3.0]])
    means = np.array([[0.0, 0.0, 3.0], [0.0, 0.0, -3.0]])
    ax = mixture_ellipses(rows, means, [np.eye(3)] * 2, WEIGHTS, dimensions=[0, 1])
    assert not np.allclose(*colours(ax))


def test_the_plane_parts_the_components_and_names_its_columns(render):
    ax = render(mixture_ellipses(ROWS, *MIXTURE))
    assert ax.get_xlabel() == "discriminant 1: +TSH"
    assert ax.get_ylabel() == "direction of most variance: +FTI"
    assert points(ax)[:, 0].tolist() == ROWS["TSH"].tolist()


def test_weights_are_in_the_legend():
    legend = mixture_ellipses(ROWS, MEANS, COVARIANCES, [0.2, 0.8]).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["0: 20 %", "1: 80 %"]


def test_a_mixture_of_scikit_learn_can_be_drawn(render):
    rows = np.random.default_rng(0).normal(size=(300, 4))
    gmm = GaussianMixture(12, random_state=0, max_iter=5, tol=10.0).fit(rows)
    ax = render(mixture_ellipses(rows, gmm.means_, gmm.covariances_, gmm.weights_))
    assert len(ax.patches) == 24
    assert ax.get_title(loc="left").startswith("12 components")


def test_one_row_of_one_component_is_enough(render):
    ax = render(mixture_ellipses(ROWS.head(1), MEANS[:1], COVARIANCES[:1], [1.0]))
    assert ax.get_title(loc="left") == "1 component, ellipses at 1 and 2 standard deviations"


def test_axes_of_the_caller_are_used():
    ax = Figure().add_subplot()
    assert mixture_ellipses(ROWS, *MIXTURE, ax=ax) is ax


@pytest.mark.parametrize(
    ("rows", "mixture", "message"),
    [
        (ROWS[["TSH"]], MIXTURE, "`rows` have 1"),
        (ROWS.iloc[:0], MIXTURE, "needs rows"),
        (ROWS[["TSH", "FTI"]], MIXTURE, r"must have the shapes \[\(2, 2\), \(2, 2, 2\), \(2,\)\], however"),
        (ROWS, (MEANS, COVARIANCES[:, 0], WEIGHTS), "full covariances"),
        (ROWS.replace(1.0, np.nan), MIXTURE, "2 of 3 rows"),
        (ROWS.astype(str) + "x", MIXTURE, "`rows` must hold numbers"),
        (ROWS, (MEANS * np.nan, COVARIANCES, WEIGHTS), "lowest of the means is nan"),
        (ROWS, (MEANS, COVARIANCES, np.array([1.0, 0.0])), "of the weights 0"),
        (ROWS, (MEANS, COVARIANCES * [[[1]], [[-1]]], WEIGHTS), r"covariances\[1\] has the eigenvalue -1"),
    ],
)
def test_what_does_not_match_is_told(rows, mixture, message):
    with pytest.raises(DataError, match=message):
        mixture_ellipses(rows, *mixture)


@pytest.mark.parametrize(
    ("dimensions", "message"),
    [(["tsh", "FTI"], "Did you mean 'TSH'"), (["TSH"], "must be two"), ([], "must be two")],
)
def test_bad_dimensions_are_told(dimensions, message):
    with pytest.raises(ParameterError, match=message):
        mixture_ellipses(ROWS, *MIXTURE, dimensions=dimensions)
