from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from imbgen.errors import DataError
from imbgen.plots import class_distribution


def widths(ax, place):
    return [bar.get_width() for bar in ax.containers[place]]


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_counts_are_sorted_and_written(render):
    ax = render(class_distribution(["b"] * 3 + ["a"] * 1200 + ["c"] * 7))
    assert names(ax) == ["a", "c", "b"]
    assert widths(ax, 0) == [1200, 7, 3]
    assert [text.get_text() for text in ax.texts] == ["1,200", "7", "3"]
    assert ax.get_title(loc="left") == "Rows per class (1 : 400.0)"


def test_synthetic_rows_are_stacked_and_hatched(render):
    y = np.array([0] * 5 + [1] * 2 + [1] * 3)
    ax = render(class_distribution(y, synthetic_mask=np.arange(10) >= 7))
    assert names(ax) == ["0", "1"]
    assert widths(ax, 0) == [5, 2]
    assert widths(ax, 1) == [0, 3]
    assert [bar.get_x() for bar in ax.containers[1]] == [5, 2]
    assert {bar.get_hatch() for bar in ax.containers[1]} == {"///"}
    assert [text.get_text() for text in ax.texts] == ["5", "2 + 3"]


@pytest.mark.parametrize(
    "y",
    [
        [1],
        [True, False, True],
        [-1, 1, 1],
        pd.Series(["a", None, "a"], dtype="string"),
        pd.Categorical(["x", "y"]),
        pd.Series([1, 2, 2], index=[5, 5, 5]),
        np.array(["$", "$ $"]),
    ],
)
def test_any_labels_can_be_drawn(y, render):
    assert sum(widths(render(class_distribution(y)), 0)) == len(y)


def test_a_missing_label_is_a_class_of_its_own():
    assert names(class_distribution(["a", "a", None])) == ["a", "missing"]


def test_many_classes_are_capped(render):
    ax = render(class_distribution(np.repeat(np.arange(50), np.arange(50, 0, -1))))
    assert len(names(ax)) == 20
    assert names(ax)[-1] == "other (31 classes)"
    assert sum(widths(ax, 0)) == 50 * 51 / 2


def test_the_longest_bar_leaves_room_for_its_number():
    for mask in (None, [False] * 3 + [True]):
        assert class_distribution(["a", "a", "b", "b"], synthetic_mask=mask).get_xlim() == (0, 1.16 * 2)


def test_axes_of_the_caller_are_used():
    ax = Figure().add_subplot()
    assert class_distribution([1], ax=ax) is ax


@pytest.mark.parametrize(
    ("y", "mask", "message"),
    [
        ([], None, "one label per row"),
        ([[1], [2]], None, r"shape is \(2, 1\)"),
        ([1, 2], [True], r"shape \(1,\) for 2 rows"),
        ([1, 2], [0, 1], "dtype int64"),
    ],
)
def test_bad_labels_are_told(y, mask, message):
    with pytest.raises(DataError, match=message):
        class_distribution(y, synthetic_mask=mask)
