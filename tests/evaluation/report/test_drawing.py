from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from imbgen.errors import DataError, ParameterError
from imbgen.evaluation.report.drawing import KINDS
from imbgen.plots._style import plain


def names_on(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("ratios", "sizes", "ranks")])
def test_every_kind_is_drawn_of_one_data_set(single, kind):
    assert single.plot(kind).axes


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ratios", "sizes", "ranks", "differences", "recall"])
def test_sweeps_and_ranks_are_drawn_of_several(several, kind):
    assert several.plot(kind).axes


def test_differences_are_those_of_the_tests(single):
    (ax,) = single.plot("differences", metric="f1", reference="nothing").axes
    assert ax.get_title(loc="left") == "F1 against nothing"
    tests = single.tests.query("metric == 'f1' and reference == 'nothing' and classifier == 'mean'")
    tests = tests.set_index("arm")["difference"]
    assert names_on(ax) == list(tests.index)
    drawn = {line.get_ydata()[0]: line.get_xdata()[0] for line in ax.lines if line.get_marker() in "o<>"}
    expected = {place: value for place, value in enumerate(tests) if not pd.isna(value)}
    assert drawn == expected


def test_an_arm_has_one_colour_in_all_pictures(several):
    lines = [
        {line.get_label(): line.get_color() for line in several.plot(kind).axes[0].lines}
        for kind in ("precision_recall", "calibration", "ratios", "sizes")
    ]
    arms = set(lines[0]) & set(several.arms["arm"])
    assert {"nothing", "GMM"} < arms
    assert all(len({drawn[arm] for drawn in lines}) == 1 for arm in arms)


def test_arms_at_several_ratios_have_a_row_each(several):
    (ax,) = several.plot("differences", reference="nothing").axes
    always = ["tuned threshold", "class weight"]
    swept = [f"{arm} at {ratio}" for arm in ("random over-sampling", "SMOTE", "GMM") for ratio in (0.4, 1)]
    assert sorted(names_on(ax)) == sorted(always + [plain(name, 22) for name in swept])
    assert not ax.texts


def test_an_arm_that_failed_says_so_in_its_row(single):
    (ax,) = single.plot("differences").axes
    place = names_on(ax).index("<b>broken</b>")
    assert [(note.get_text(), note.xy[1]) for note in ax.texts] == [("no value", place)]


def test_curves_are_of_arms_with_probabilities(single):
    (panel,) = single.plot("precision_recall").axes
    arms = list(dict.fromkeys(single.predictions["arm"]))
    assert [line.get_label() for line in panel.lines[:-1]] == arms
    assert panel.get_title(loc="left") == "linear"


def test_both_calibrations_differ_where_rows_were_added(single):
    drawn = [
        {line.get_label(): line.get_xdata().tolist() for line in single.plot(kind).axes[0].lines}
        for kind in ("calibration", "corrected_calibration")
    ]
    assert drawn[0]["nothing"] == drawn[1]["nothing"]
    assert drawn[0]["GMM"] != drawn[1]["GMM"]


def test_a_sweep_shows_the_means_of_the_summary(several):
    (ax,) = several.plot("ratios", dataset="two", metric="recall").axes
    lines = {line.get_label(): line for line in ax.lines}
    part = several.summary.query(
        "dataset == 'two' and metric == 'recall' and classifier == 'mean' and minority_size == 10"
    )
    gmm = part[part["arm"] == "GMM"].sort_values("ratio")
    assert lines["GMM"].get_xydata().tolist() == gmm[["ratio", "mean"]].to_numpy().tolist()
    nothing = part.loc[part["arm"] == "nothing", "mean"].iloc[0]
    assert lines["nothing"].get_ydata().tolist() == [nothing, nothing]


def test_the_first_plane_holds_real_rows_out_of_training(single):
    figure = single.plot("projection")
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["held-out real rows", "random over-sampling", "SMOTE", "GMM", "kernels"]
    assert len({ax.get_xlim() for ax in figure.axes}) == 1


def test_pre_samples_stand_beside_what_was_made_of_them(single):
    made = next(sample for sample in single.samples if sample.arm == "kernels")
    before = dataclasses.replace(made, origin="pre-sample", rows=made.rows.head(7))
    result = dataclasses.replace(single, samples=(*single.samples, before))
    panel = result.plot("projection").axes[-1]
    assert [drawn.get_label() for drawn in panel.collections][1] == "presample (7)"
    legend = result.plot("marginals", arm="kernels").legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["real", "presample", "synthetic"]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"kind": "difference"}, ["`kind`", "Did you mean 'differences'?"]),
        ({"dataset": "there"}, ["`dataset`", "'there'"]),
        ({"metric": "recal"}, ["`metric`", "Did you mean 'recall'?"]),
        ({"reference": "GNM"}, ["`reference`", "Did you mean 'GMM'?"]),
        ({"kind": "marginals", "arm": "kernel"}, ["`arm`", "Did you mean 'kernels'?"]),
        ({"kind": "projection", "metric": "f1"}, ["'projection' takes only dataset", "metric='f1'"]),
    ],
)
def test_wrong_names_are_explained(single, options, parts):
    with pytest.raises(ParameterError) as caught:
        single.plot(**options)
    assert [part for part in parts if part not in str(caught.value)] == []


@pytest.mark.parametrize("kind", ["ratios", "sizes", "ranks"])
def test_what_was_not_compared_is_not_drawn(single, kind):
    with pytest.raises(DataError, match=r"however|nothing to draw"):
        single.plot(kind)
