from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from imbgen.errors import DataError, ParameterError
from imbgen.plots import before_after

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(60, 3)) * [3, 2, 1], columns=list("abc"))
Y = np.array(["common"] * 50 + ["rare"] * 10)
EXTRA = pd.DataFrame(RNG.normal(size=(30, 3)), columns=list("abc"))
X_NEW = pd.concat([X, EXTRA], ignore_index=True)
Y_NEW = np.array([*Y, *["rare"] * 30])


def points(ax, name, marker="o"):
    """Points of a class; circles fill a path of more vertices than crosses."""
    found = [
        dots
        for dots in ax.collections
        if dots.get_label() == name and (len(dots.get_paths()[0].vertices) > 4) == (marker == "o")
    ]
    assert len(found) <= 1
    return np.asarray(found[0].get_offsets()) if found else np.empty((0, 2))


def texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_real_rows_lie_where_they_lay(render):
    before, after = render(before_after(X, Y, X_NEW, Y_NEW)).axes
    for name, n_rows in {"common": 50, "rare": 10}.items():
        assert len(points(before, name)) == n_rows
        assert np.allclose(points(before, name), points(after, name))
    assert len(points(before, "rare", "x")) == len(points(after, "common", "x")) == 0
    assert len(points(after, "rare", "x")) == 30
    assert before.get_xlim() == after.get_xlim()


def test_synthetic_rows_do_not_move_the_plane():
    plain, far = (before_after(X, Y, pd.concat([X, extra]), Y_NEW) for extra in (EXTRA, EXTRA * 100 + 7))
    assert np.array_equal(points(plain.axes[0], "rare"), points(far.axes[0], "rare"))
    assert plain.axes[0].get_xlabel() == far.axes[0].get_xlabel()


def test_rows_are_counted():
    figure = before_after(X, Y, X_NEW, Y_NEW)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["before: 60 rows", "after: 90 rows, 30 synthetic"]
    assert texts(figure) == ["common (50)", "rare (10 + 30)", "real", "synthetic"]


def test_the_mask_says_which_rows_are_synthetic():
    shuffled = RNG.permutation(90)
    figure = before_after(X, Y, X_NEW.iloc[shuffled], Y_NEW[shuffled], shuffled >= 60)
    straight = before_after(X, Y, X_NEW, Y_NEW)
    drawn, wanted = (np.sort(points(f.axes[1], "rare", "x"), axis=0) for f in (figure, straight))
    assert np.allclose(drawn, wanted)


def test_the_largest_class_is_grey_and_below_the_others():
    before = before_after(X, Y, X_NEW, Y_NEW).axes[0]
    common, rare = sorted(before.collections, key=lambda dots: dots.get_zorder())
    assert (common.get_label(), rare.get_label()) == ("common", "rare")
    red, green, blue, _ = common.get_facecolor()[0]
    assert red == green == blue
    assert to_hex(rare.get_facecolor()[0]) == "#0072b2"


def test_many_rows_are_thinned_but_rare_classes_kept():
    large = pd.concat([X] * 40, ignore_index=True)
    y = np.array((["common"] * 50 + ["rare"] * 10) * 40)
    y[:100] = "rarest"
    figures = [before_after(large, y, large, y, max_points=600, random_state=seed) for seed in (1, 1, 2)]
    first, again, other = (points(figure.axes[0], "common") for figure in figures)
    assert len(points(figures[0].axes[0], "rarest")) == 100
    assert 380 < len(first) < 580  # 600 of 2,400 rows are a quarter
    assert np.array_equal(first, again)
    assert not np.array_equal(first[:100], other[:100])
    assert np.array_equal(first, points(figures[0].axes[1], "common"))
    assert figures[0].axes[0].get_title(loc="left").endswith(" drawn)")


def test_rows_of_categories_are_jittered_alike_in_both_panels():
    frame = pd.DataFrame({"x": list("aabb") * 5, "y": list("cdcc") * 5})
    y = ["p", "q"] * 10
    figure = before_after(frame, y, pd.concat([frame, frame]), y * 2)
    before, after = (points(ax, "p") for ax in figure.axes)
    assert len(np.unique(before, axis=0)) == 10
    assert np.array_equal(before, after)


def test_scales_are_chosen_by_the_method():
    figure = before_after(X, Y, X_NEW, Y_NEW, method="rank-pca")
    assert figure.axes[0].get_xlabel().startswith("1st principal component of ranks")
    assert not np.allclose(points(figure.axes[0], "rare"), points(before_after(X, Y, X, Y).axes[0], "rare"))


def test_the_smallest_of_many_classes_share_a_colour(render):
    y = np.repeat(np.arange(12), np.arange(12, 0, -1))
    frame = pd.DataFrame(RNG.normal(size=(len(y), 2)), columns=["a", "b"])
    figure = render(before_after(frame, y, frame, y))
    assert "3 smaller classes (6)" in texts(figure)
    assert len(points(figure.axes[1], "3 smaller classes")) == 6


def test_every_table_can_be_drawn(frame, render):
    y = np.where(np.arange(len(frame)) % 3, "p", "q")
    new = frame.sample(7, replace=True, random_state=0)
    figure = render(before_after(frame, y, pd.concat([frame, new]), [*y, *["q"] * 7]))
    assert len(points(figure.axes[1], "q", "x")) == 7


def test_removed_rows_and_new_classes_can_be_drawn(render):
    figure = render(before_after(X, Y, X_NEW[20:], [*Y[20:], *["new"] * 30], np.arange(70) >= 40))
    assert texts(figure)[:3] == ["common (30)", "rare (10)", "new (0 + 30)"]


def test_bad_arguments_are_told():
    with pytest.raises(
        DataError, match=r"`y_new` must hold one label per row, 90 in all, however: its shape is \(60,\)"
    ):
        before_after(X, Y, X_NEW, Y)
    with pytest.raises(
        DataError, match=r"per row of `X_new`, however: it has dtype bool and shape \(3,\) for 90"
    ):
        before_after(X, Y, X_NEW, Y_NEW, [True, False, True])
    with pytest.raises(DataError, match="share none"):
        before_after(X, Y, EXTRA.add_prefix("other "), Y[:30])
    with pytest.raises(ParameterError, match="Did you mean 'pca'"):
        before_after(X, Y, X_NEW, Y_NEW, method="pcaa")
    with pytest.raises(ParameterError, match="max_points"):
        before_after(X, Y, X_NEW, Y_NEW, max_points=0)
