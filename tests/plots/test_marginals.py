from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from imbgen.errors import DataError, ParameterError
from imbgen.plots import marginals


def titles(figure):
    return [ax.get_title(loc="left") for ax in figure.axes]


def test_every_table_can_be_drawn(frame, render):
    figure = render(marginals({"real": frame, "synthetic": frame.sample(7, replace=True, random_state=0)}))
    assert len(figure.axes) == len(frame.columns)


def test_bar_lengths_are_shares():
    frame = pd.DataFrame({"sex": ["f", "f", "f", "m"]})
    (ax,) = marginals({"real": frame, "synthetic": frame.iloc[2:]}).axes
    real, synthetic = ax.containers
    assert [bar.get_width() for bar in real] == [0.75, 0.25]
    assert [bar.get_width() for bar in synthetic] == [0.5, 0.5]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["f", "m"]


def test_histogram_heights_are_shares():
    frame = pd.DataFrame({"n": [0, 1, 1, 3, None]})
    (ax,) = marginals({"real": frame}).axes
    filled, outline = (patch for patch in ax.patches if isinstance(patch, StepPatch))
    assert filled.get_data().values.tolist() == outline.get_data().values.tolist() == [0.2, 0.4, 0.0, 0.2]
    assert ax.get_xlabel() == "missing: 20 %"


def test_the_columns_that_differ_most_are_drawn_in_their_own_order():
    real = pd.DataFrame({name: np.linspace(0, 1, 50) for name in "abcde"})
    synthetic = real.assign(b=real["b"] + 0.3, d=real["d"] + 0.6)
    assert titles(marginals({"real": real, "synthetic": synthetic}, max_columns=2)) == ["b", "d"]
    assert titles(marginals({"real": real, "synthetic": synthetic}, max_columns=1)) == ["d"]


def test_columns_are_drawn_as_asked():
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    assert titles(marginals({"real": frame}, columns=["c", "a"])) == ["c", "a"]


def test_axes_of_the_caller_are_used():
    own = Figure()
    axes = own.subplots(2, 2)
    frame = pd.DataFrame({"a": [1], "b": [2]})
    assert marginals({"real": frame}, axes=axes) is own
    assert titles(own) == ["a", "b", "", ""]
    with pytest.raises(DataError, match="4 axes for 5 columns"):
        marginals({"real": pd.DataFrame({name: [1] for name in "abcde"})}, axes=axes)


def test_max_columns_must_be_positive():
    with pytest.raises(ParameterError, match="max_columns"):
        marginals({"real": pd.DataFrame({"a": [1]})}, max_columns=0)


def test_text_does_not_overlap_along_an_axis(render):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=200) * 10.0**i for i in range(-5, 7)})
    figure = render(marginals({"real": frame}))
    for ax in figure.axes:
        labels = [label for label in ax.get_xticklabels() if label.get_text() and label.get_visible()]
        low, high = sorted(ax.get_xlim())
        shown = [label for label in labels if low <= label.get_position()[0] <= high]
        boxes = [label.get_window_extent() for label in shown]
        assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_frames_are_left_alone(frame):
    before = frame.copy()
    marginals({"real": frame})
    pd.testing.assert_frame_equal(frame, before)
