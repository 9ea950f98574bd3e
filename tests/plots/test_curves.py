from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from imbgen.errors import DataError, ParameterError
from imbgen.plots import criterion_curve, loss_curves, training_curve

TABLE = pd.DataFrame(
    [(n, kind) for kind, n in itertools.product(["full", "diag"], [3, 1, 2])],
    columns=["n_components", "covariance_type"],
).assign(bic=[30.0, 10.0, 20.0, 9.0, 40.0, 8.0], aic=[1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
HISTORY = pd.DataFrame(
    {"n_updates": [200, 0, 100], "skill": [0.2, -1.0, 0.7], "skill_se": [0.1, 0.1, np.nan]}
)


def star(ax):
    return ax.collections[-1].get_offsets().tolist()


def test_one_line_per_covariance_type_in_order_of_components(render):
    ax = render(criterion_curve(TABLE))
    full, diag = ax.lines
    assert (full.get_label(), diag.get_label()) == ("full", "diag")
    assert full.get_xydata().tolist() == [[1, 10], [2, 20], [3, 30]]


@pytest.mark.parametrize(
    ("criterion", "place", "title"),
    [("bic", [2, 8], "Lowest BIC: 2 components, diag"), ("aic", [3, 1], "Lowest AIC: 3 components, full")],
)
def test_the_minimum_is_marked(criterion, place, title):
    ax = criterion_curve(TABLE, criterion=criterion)
    assert star(ax) == [place]
    assert ax.get_title(loc="left") == title


def test_repeated_fits_show_the_lowest():
    ax = criterion_curve(pd.concat([TABLE, TABLE.assign(bic=TABLE["bic"] - 5)]))
    assert ax.lines[0].get_ydata().tolist() == [5, 15, 25]
    assert star(ax) == [[2, 3]]


def test_one_fit_is_enough(render):
    ax = render(criterion_curve(TABLE.iloc[[1]]))
    assert ax.get_title(loc="left") == "Lowest BIC: 1 component, full"


def test_a_single_number_of_components_has_one_whole_tick(render):
    ax = render(criterion_curve(TABLE[TABLE["n_components"] == 1]))
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1.0]


def test_the_star_does_not_hide_what_it_marks():
    ax = criterion_curve(TABLE)
    assert ax.collections[-1].get_zorder() < ax.lines[0].get_zorder()


def test_bad_tables_are_told():
    with pytest.raises(ParameterError, match="Did you mean 'bic'"):
        criterion_curve(TABLE, criterion="bicc")
    with pytest.raises(DataError, match="'aic' is missing"):
        criterion_curve(TABLE.drop(columns="aic"), criterion="aic")
    with pytest.raises(DataError, match="none of 6 values"):
        criterion_curve(TABLE.assign(bic=np.nan))
    with pytest.raises(DataError, match="needs rows"):
        criterion_curve(TABLE.iloc[:0])


def test_training_marks_the_best_check(render):
    ax = render(training_curve(HISTORY))
    lines = {line.get_label(): line for line in ax.lines}
    assert lines["skill"].get_xydata().tolist() == [[0, -1.0], [100, 0.7], [200, 0.2]]
    assert lines["best"].get_xydata().tolist() == [[100, 0.7]]
    assert list(lines["GMM baseline"].get_ydata()) == [0.0, 0.0]
    assert ax.get_title(loc="left") == "Best skill +0.70 nats per row after 100 updates"
    assert ax.get_yscale() == "linear"


def test_the_band_is_one_standard_error():
    history = HISTORY.assign(skill_se=0.5)
    corners = training_curve(history).collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == -1.5
    assert corners[:, 1].max() == pytest.approx(1.2)


def test_kept_weights_are_marked():
    labels = [line.get_label() for line in training_curve(HISTORY, kept=1200).lines]
    assert labels[-1] == "kept (1,200)"


def test_a_far_start_does_not_flatten_the_rest(render):
    assert render(training_curve(HISTORY.assign(skill=[0.2, -500.0, 0.7]))).get_yscale() == "symlog"


def test_diverged_checks_are_left_out(render):
    ax = render(training_curve(HISTORY.assign(skill=[np.nan, -np.inf, 0.7])))
    assert "after 100 updates" in ax.get_title(loc="left")


def test_bad_histories_are_told():
    with pytest.raises(DataError, match="'skill_se' is missing"):
        training_curve(HISTORY.drop(columns="skill_se"))
    with pytest.raises(DataError, match="finite 'skill'"):
        training_curve(HISTORY.assign(skill=np.nan))


LOSSES = pd.DataFrame(
    {
        "n_updates": [100, 50, 150],
        "skill": 0.1,
        "loss/critic": [0.7, 0.8, np.nan],
        "critic/real": [1.0, 2.0, 3.0],
        "loss/generator": [0.5, 0.4, np.inf],
        "loss/lost": np.nan,
    }
)


def test_there_is_a_panel_per_prefix_and_a_line_per_name(render):
    figure = render(loss_curves(LOSSES))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["loss", "critic"]
    critic, generator = figure.axes[0].lines
    assert (critic.get_label(), generator.get_label()) == ("critic", "generator")
    assert critic.get_xydata().tolist() == [[50, 0.8], [100, 0.7]]
    assert figure.axes[1].lines[0].get_xydata().tolist() == [[50, 2.0], [100, 1.0], [150, 3.0]]


def test_only_a_wide_panel_is_logarithmic(render):
    steep = LOSSES.assign(**{"loss/critic": [0.7, 900.0, 0.6]})
    assert [ax.get_yscale() for ax in render(loss_curves(steep)).axes] == ["symlog", "linear"]


def test_panels_wrap():
    history = pd.DataFrame({"n_updates": [1, 2], **{f"p{place}/x": [1.0, 2.0] for place in range(5)}})
    assert loss_curves(history).axes[0].get_subplotspec().get_gridspec().get_geometry() == (2, 3)


def test_histories_without_losses_are_told():
    with pytest.raises(DataError, match="named like 'loss/critic', however: its columns are"):
        loss_curves(HISTORY)
    with pytest.raises(DataError, match="'n_updates' is missing"):
        loss_curves(LOSSES.drop(columns="n_updates"))


def test_axes_of_the_caller_are_used():
    ax = Figure().add_subplot()
    assert criterion_curve(TABLE, ax=ax) is ax
    assert training_curve(HISTORY, ax=ax) is ax
