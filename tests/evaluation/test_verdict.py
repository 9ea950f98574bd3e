"""Where the truth is known the verdict says it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen import compare
from imbgen.evaluation.across import compare_across
from imbgen.evaluation.comparison import Verdict
from imbgen.evaluation.verdict import judge_all, judge_dataset

from .conftest import TrueLaw

KEYS = {"dataset": "d", "ratio": np.nan, "minority_size": np.nan, "classifier": "mean"}


def evidence(gaps, means, failed=()):
    """Tests, summary and runs as a comparison has them; gaps: (arm, reference, metric) -> (low, high)."""
    tests = [
        KEYS
        | {"arm": arm, "reference": reference, "metric": metric, "difference": (low + high) / 2}
        | {"low": low, "high": high, "p_value": 0.001 if low * high > 0 else 0.5, "n_folds": 10}
        for (arm, reference, metric), (low, high) in gaps.items()
    ]
    summary = [
        KEYS | {"arm": arm, "metric": metric, "mean": value, "sd": 0.1, "n_folds": 10}
        for (arm, metric), value in means.items()
    ]
    kinds = {"nothing": "nothing", "tuned threshold": "threshold", "class weight": "weights"}
    names = dict.fromkeys(arm for arm, _ in means)
    runs = [
        {
            "dataset": "d",
            "arm": arm,
            "kind": kinds.get(arm, "generator"),
            "status": "failed" if arm in failed else "ok",
        }
        for arm in names
    ]
    return pd.DataFrame(tests), pd.DataFrame(summary), pd.DataFrame(runs)


MEANS = {
    (arm, metric): 0.5
    for arm in ("nothing", "tuned threshold", "class weight", "SMOTE", "GAN")
    for metric in ("average_precision", "f1")
}
LEVEL = {
    (arm, "tuned threshold", "average_precision"): (-0.02, 0.02) for arm in ("class weight", "SMOTE", "GAN")
}
TUNED = {("tuned threshold", "nothing", "f1"): (0.1, 0.2)}


def judge(gaps, failed=()):
    return judge_dataset("d", *evidence(gaps, MEANS, failed), "average_precision")


def test_where_the_threshold_wins_augmentation_is_not_sold():
    at_half = {(arm, "nothing", "f1"): (0.1, 0.2) for arm in ("SMOTE", "GAN")}
    verdict = judge(LEVEL | TUNED | at_half)
    assert verdict.action == "threshold"
    assert str(verdict).startswith("Do not augment; tune the threshold: F1 goes from 0.500 to 0.500")
    assert any("Gains in average precision above 0.020 are ruled out" in reason for reason in verdict.reasons)


def test_where_nothing_helps_it_says_so():
    verdict = judge(LEVEL | {("tuned threshold", "nothing", "f1"): (-0.1, 0.2)})
    assert verdict.action == "nothing"
    assert "nor does tuning the threshold pay" in str(verdict)


def test_a_sure_gain_is_recommended_and_the_simplest_of_equals():
    gains = LEVEL | TUNED | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    assert (judge(gains).action, judge(gains).arm) == ("augment", "GAN")
    alike = gains | {("SMOTE", "tuned threshold", "average_precision"): (0.03, 0.10)}
    assert judge(alike).arm == "SMOTE"
    weights = alike | {("class weight", "tuned threshold", "average_precision"): (0.04, 0.09)}
    assert judge(weights).action == "weight"


def test_a_gain_that_is_sure_but_does_not_matter_is_not_sold():
    assert (
        judge(LEVEL | TUNED | {("GAN", "tuned threshold", "average_precision"): (0.001, 0.005)}).action
        == "threshold"
    )


def test_an_arm_that_failed_is_not_recommended():
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    verdict = judge(gains, failed=("GAN",))
    assert verdict.arm != "GAN"
    assert "GAN failed in a fold at least, and was not considered." in verdict.reasons


def over_many(gap, n_datasets=10):
    rng = np.random.default_rng(0)
    gaps = gap + rng.normal(0, 0.005, size=n_datasets)
    tests = [
        KEYS
        | {"dataset": f"d{i}", "arm": "GAN", "reference": "tuned threshold", "metric": "average_precision"}
        | {"difference": value, "low": value - 0.02, "high": value + 0.02, "p_value": 0.5, "n_folds": 5}
        for i, value in enumerate(gaps)
    ]
    return compare_across(pd.DataFrame(tests))


@pytest.mark.parametrize(("gap", "action"), [(0.05, "augment"), (0.0, "threshold"), (-0.05, "threshold")])
def test_over_data_sets(gap, action):
    verdicts = {f"d{i}": Verdict("", "threshold") for i in range(10)}
    verdict = judge_all(verdicts, over_many(gap), "average_precision", ["GAN"])
    assert verdict.action == action
    assert len(verdict.reasons) == 1


def test_harm_is_counted_where_the_interval_is_wholly_below():
    row = over_many(-0.05).iloc[0]
    assert row["harm_rate"] == 1.0
    assert row["losses"] == 10
    assert over_many(-0.02)["harm_rate"].iloc[0] == 0.0


def draw_corner(n_rows, rng):
    """A small class in 15 dimensions, of which two tell it from the others."""
    rows = rng.normal(size=(n_rows, 15))
    rows[:, :2] = rows[:, :2] * 0.4 + 1.6
    return pd.DataFrame(rows, columns=[f"x{i}" for i in range(15)])


@pytest.mark.slow
def test_the_gain_of_the_true_law_on_twenty_rows_is_found():
    rng = np.random.default_rng(0)
    others = pd.DataFrame(rng.normal(size=(1500, 15)), columns=[f"x{i}" for i in range(15)])
    X = pd.concat([others, draw_corner(100, rng)], ignore_index=True)
    y = np.repeat(["no", "yes"], [1500, 100])
    result = compare(
        X, y, {"true law": TrueLaw(draw_corner)}, minority_sizes=[20], classifiers=["neighbours", "forest"],
        n_repeats=2, random_state=0,
    )  # fmt: skip
    assert (result.verdict.action, result.verdict.arm) == ("augment", "true law"), result.verdict.reasons
    means = result.summary.query("classifier == ''").pivot(index="metric", columns="arm", values="mean")
    assert means.loc["skill", "true law"] > 0
    assert abs(means.loc["two_sample_excess", "true law"]) < 0.1
    assert means.loc["copy_auc", "true law"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_where_classes_overlap_simply_the_threshold_is_tuned():
    """Two normal laws with a linear border: no added row ranks better than logistic regression."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(2000, 2)), rng.normal(size=(100, 2)) + 1.5])
    result = compare(X, np.repeat([0, 1], [2000, 100]), classifiers="linear", fidelity=False, random_state=0)
    assert result.verdict.action == "threshold"
