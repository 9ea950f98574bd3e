from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from imbgen.errors import DataError, ParameterError
from imbgen.plots import correlations

RNG = np.random.default_rng(0)
REAL = pd.DataFrame(
    {"x": np.arange(30.0), "y": np.arange(30.0), "z": RNG.normal(size=30), "c": list("ab") * 15}
)


def matrix(figure, place):
    return figure.axes[place].images[0].get_array()


def test_every_table_can_be_drawn(frame, render):
    figure = render(correlations(frame, frame.sample(7, replace=True, random_state=0)))
    assert len(figure.axes) == 4


def test_the_third_panel_is_synthetic_minus_real(render):
    synthetic = REAL.assign(y=-REAL["y"])
    figure = render(correlations(REAL, synthetic))
    assert matrix(figure, 0)[0, 1] == pytest.approx(1.0)
    assert matrix(figure, 1)[0, 1] == pytest.approx(-1.0)
    assert np.ma.allclose(matrix(figure, 2), matrix(figure, 1) - matrix(figure, 0))
    assert {ax.images[0].get_clim() for ax in figure.axes[:3]} == {(-1.0, 1.0)}


def test_a_table_does_not_differ_from_itself():
    figure = correlations(REAL, REAL)
    assert np.all(matrix(figure, 2) == 0.0)
    assert figure.axes[2].get_title(loc="left") == "difference (mean size 0.00)"


def test_the_columns_that_differ_most_are_drawn(render):
    figure = render(correlations(REAL, REAL.assign(y=-REAL["y"]), max_columns=2))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["x", "y"]


def test_axes_of_the_caller_are_used():
    own = Figure()
    axes = own.subplots(1, 3)
    assert correlations(REAL, REAL, axes=axes) is own
    with pytest.raises(DataError, match="2 were given"):
        correlations(REAL, REAL, axes=axes[:2])


def test_bad_arguments_are_told():
    with pytest.raises(DataError, match="Did you mean 'x'"):
        correlations(REAL, REAL, columns=["X", "y"])
    with pytest.raises(DataError, match="only 'x' was found"):
        correlations(REAL, REAL[["x"]])
    with pytest.raises(DataError, match="share none"):
        correlations(REAL, pd.DataFrame({"other": [1]}))
    with pytest.raises(ParameterError, match="max_columns"):
        correlations(REAL, REAL, max_columns=1)
