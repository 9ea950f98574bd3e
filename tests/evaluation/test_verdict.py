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


def evidence(gaps, means, failed=(), seen=()):
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
            "n_synthetic": 0 if arm in kinds else 50,
            "n_seen": 3 if arm in seen else 0,
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


def judge(gaps, failed=(), seen=()):
    return judge_dataset("d", *evidence(gaps, MEANS, failed, seen), "average_precision")


def test_where_the_threshold_wins_augmentation_is_not_sold():
    at_half = {(arm, "nothing", "f1"): (0.1, 0.2) for arm in ("SMOTE", "GAN")}
    verdict = judge(LEVEL | TUNED | at_half)
    assert verdict.action == "threshold"
    assert str(verdict).startswith("Do not augment; tune the threshold: F1 goes from 0.500 to 0.500")
    assert any("Gains in average precision above 0.020 are ruled out" in reason for reason in verdict.reasons)


def test_where_nothing_helps_it_says_so():
    verdict = judge(LEVEL | {("tuned threshold", "nothing", "f1"): (-0.1, 0.2)})
    assert verdict.action == "nothing"
    assert "nor is tuning the threshold shown to pay" in str(verdict)
    assert any("tuned threshold against doing nothing: gain in F1 +0.050" in why for why in verdict.reasons)
    assert "threshold" not in str(judge(LEVEL))  # where no decision was scored there is nothing to say of it


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
    assert "GAN did not finish on every fold, and was not considered." in verdict.reasons


def test_an_arm_that_lacks_a_fold_or_saw_test_rows_is_not_recommended():
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    assert judge(gains).arm == "GAN"
    verdict = judge(gains, seen=("GAN",))
    assert verdict.action == "nothing"
    assert "GAN holds rows of test parts, and was not considered." in verdict.reasons
    tests, summary, runs = evidence(gains, MEANS)
    tests.loc[tests["arm"] == "GAN", "n_folds"] = 9
    assert judge_dataset("d", tests, summary, runs, "average_precision").arm != "GAN"


def test_a_classifier_that_needs_no_rows_is_better_advice():
    """The mean of two rises by 0.07, and boosting alone is better than both with new rows."""
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    tests, summary, runs = evidence(gains, MEANS)

    def single(boosting_with):
        values = {("linear", "tuned threshold"): 0.4, ("boosting", "tuned threshold"): 0.8}
        values |= {("linear", "GAN"): 0.7, ("boosting", "GAN"): boosting_with}
        rows = [
            KEYS
            | {"classifier": name, "arm": arm, "metric": "average_precision", "mean": value, "n_folds": 10}
            for (name, arm), value in values.items()
        ]
        means = pd.concat([summary, pd.DataFrame(rows)], ignore_index=True)
        return judge_dataset("d", tests, means, runs, "average_precision")

    assert single(0.78).action == "nothing"
    assert str(single(0.78)).startswith(
        "Do not augment; use boosting: as it is its average precision is 0.800"
    )
    assert single(0.85).action == "augment"
    assert "average precision (mean of 2 classifiers) goes from 0.500" in str(single(0.85))


def test_what_a_few_folds_leave_open_is_said():
    wide = LEVEL | {("GAN", "tuned threshold", "average_precision"): (-0.5, 0.6)}
    assert str(judge(wide)).startswith("Undecided, so do not augment: ")
    assert str(judge(LEVEL)).startswith("Do not augment: ")


def test_a_loss_is_lowered():
    gaps = {("GAN", "tuned threshold", "brier"): (-0.001, 0.0004)}
    means = {(arm, "brier"): 0.1 for arm in ("nothing", "tuned threshold", "GAN")}
    verdict = judge_dataset("d", *evidence(gaps, means), "brier")
    assert "no added rows lower Brier score beyond noise" in str(verdict)
    better = {("GAN", "tuned threshold", "brier"): (0.002, 0.004)}
    assert judge_dataset("d", *evidence(better, means), "brier").action == "augment"


def over_many(gap, n_datasets=10, arm="GAN", reach=0.02, **changes):
    rng = np.random.default_rng(0)
    gaps = gap + rng.normal(0, 0.005, size=n_datasets)
    tests = [
        KEYS
        | {"dataset": f"d{i}", "arm": arm, "reference": "tuned threshold", "metric": "average_precision"}
        | {"difference": value, "low": value - reach, "high": value + reach, "p_value": 0.5, "n_folds": 5}
        | changes
        for i, value in enumerate(gaps)
    ]
    return pd.DataFrame(tests)


def judge_over(*tests, candidates=("GAN",)):
    tests = pd.concat(tests, ignore_index=True)
    verdicts = {name: Verdict("", "threshold") for name in tests["dataset"].unique()}
    return judge_all(verdicts, compare_across(tests), "average_precision", candidates)


@pytest.mark.parametrize(("gap", "action"), [(0.05, "augment"), (0.0, "threshold"), (-0.05, "threshold")])
def test_over_data_sets(gap, action):
    verdict = judge_over(over_many(gap))
    assert verdict.action == action
    assert len(verdict.reasons) == 1


def test_harm_is_counted_where_the_interval_is_wholly_below():
    row = compare_across(over_many(-0.05)).iloc[0]
    assert (row["harm_rate"], row["sure_harm_rate"], row["losses"]) == (1.0, 1.0, 10)
    row = compare_across(over_many(-0.022)).iloc[0]
    assert (row["harm_rate"], row["sure_harm_rate"]) == (1.0, 0.0)


def test_a_few_data_sets_have_no_verdict_over_all():
    verdict = judge_over(over_many(0.05, n_datasets=4))
    assert verdict.action == "threshold"
    assert "4 data sets are too few for one verdict over all" in str(verdict)


def test_over_data_sets_an_arm_must_have_finished_on_all():
    whole = over_many(0.05)
    part = whole.assign(arm="VAE")
    part.loc[3, "n_folds"] = 4
    verdict = judge_over(over_many(0.0, arm="SMOTE"), part, candidates=("SMOTE", "VAE"))
    assert verdict.action == "threshold"
    assert any(reason.startswith("VAE: 9 wins") and "on 9 data sets" in reason for reason in verdict.reasons)


def test_over_data_sets_weights_come_before_rows_that_are_as_good():
    both = over_many(0.05, arm="class weight"), over_many(0.053)
    verdict = judge_over(*both, candidates=("class weight", "GAN"))
    assert (verdict.action, verdict.arm) == ("weight", "class weight")
    assert judge_over(both[0], over_many(0.09), candidates=("class weight", "GAN")).arm == "GAN"


def test_of_sizes_the_largest_is_judged():
    small = over_many(0.08, minority_size=10.0)
    assert judge_over(small, over_many(0.0, minority_size=200.0)).action == "threshold"


def test_unsure_differences_make_an_unsure_posterior():
    sure, unsure = (compare_across(over_many(0.03, reach=reach)).iloc[0]["p_better"] for reach in (0.0, 0.3))
    assert sure > 0.99
    assert unsure < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("n_datasets", [5, 8])
def test_what_gains_nothing_is_seldom_recommended_for_all(n_datasets):
    """Six arms without any effect, five folds each, differences with a standard deviation of 0.04."""
    found = 0
    for run in range(40):
        rng = np.random.default_rng(run)
        tests = []
        for arm in range(6):
            folds = rng.normal(0, 0.04 * np.sqrt(5), size=(n_datasets, 5))
            error = folds.std(axis=1, ddof=1) * np.sqrt(1 / 5 + 1 / 4)
            frame = over_many(0.0, n_datasets, arm=f"arm {arm}")
            reach = 2.776 * error
            frame["difference"] = folds.mean(axis=1)
            frame["low"], frame["high"] = frame["difference"] - reach, frame["difference"] + reach
            tests.append(frame)
        found += judge_over(*tests, candidates=[f"arm {arm}" for arm in range(6)]).action == "augment"
    assert found <= 3  # a level of 0.05 comes to 2 of 40


def draw_corner(n_rows, rng):
    """A small class in 15 dimensions, of which two tell it from the others."""
    rows = rng.normal(size=(n_rows, 15))
    rows[:, :2] = rows[:, :2] * 0.4 + 1.6
    return pd.DataFrame(rows, columns=[f"x{i}" for i in range(15)])


@pytest.mark.slow
def test_the_gain_of_the_true_law_on_twenty_rows_is_found():
    rng = np.random.default_rng(0)
    others = pd.DataFrame(rng.normal(size=(1500, 15)), columns=[f"x{i}" for i in range(15)])
    X = pd.concat([others, draw_corner(400, rng)], ignore_index=True)
    y = np.repeat(["no", "yes"], [1500, 400])
    result = compare(
        X, y, {"true law": TrueLaw(draw_corner)}, minority_sizes=[20], classifiers=["neighbours", "forest"],
        n_repeats=2, random_state=0,
    )  # fmt: skip
    assert (result.verdict.action, result.verdict.arm) == ("augment", "true law"), result.verdict.reasons
    means = result.summary.query("classifier == ''").pivot(index="metric", columns="arm", values="mean")
    assert means.loc["skill", "true law"] > 0  # by little: one Gaussian is a good model of these rows
    assert abs(means.loc["two_sample_excess", "true law"]) < 0.1
    assert means.loc["copy_auc", "true law"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_where_classes_overlap_simply_the_threshold_is_tuned():
    """Two normal laws with a linear border: no added row ranks better than logistic regression."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(2000, 2)), rng.normal(size=(100, 2)) + 1.5])
    result = compare(X, np.repeat([0, 1], [2000, 100]), classifiers="linear", fidelity=False, random_state=0)
    assert result.verdict.action == "threshold"
