"""Where the truth is known the verdict says it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen import compare
from imbgen.evaluation.verdict import judge_dataset

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
            "ratio": np.nan,
            "minority_size": np.nan,
            "kind": kinds.get(arm, "generator"),
            "n_synthetic": 0 if arm in kinds else 50,
            "n_seen": 3 if arm in seen else 0,
            "n_seen_by_chance": 0.0,
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


def judge_singles(gaps, lead, boosting_with, boosting_without=0.8):
    """Judge where boosting is far better than a line without rows, and new rows lift the line to 0.7."""
    values = {("linear", "tuned threshold"): 0.4, ("boosting", "tuned threshold"): boosting_without}
    values |= {("linear", "GAN"): 0.7, ("boosting", "GAN"): boosting_with}
    rows = [
        KEYS | {"classifier": name, "arm": arm, "metric": lead, "mean": value, "n_folds": 10}
        for (name, arm), value in values.items()
    ]
    tests, summary, runs = evidence(gaps, MEANS)
    return judge_dataset("d", tests, pd.concat([summary, pd.DataFrame(rows)], ignore_index=True), runs, lead)


def test_a_classifier_that_needs_no_rows_is_better_advice():
    """The mean of two rises by 0.07, and boosting alone is better than both with new rows."""
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}

    def single(boosting_with):
        return judge_singles(gains, "average_precision", boosting_with)

    assert (single(0.78).action, single(0.78).arm) == ("classifier", None)
    assert str(single(0.78)).startswith(
        "Do not augment; use boosting: without added rows its average precision is 0.800"
    )
    assert single(0.805).action == "classifier"  # what it gains there does not matter
    assert single(0.85).action == "augment"
    assert "average precision (mean of 2 classifiers) goes from 0.500" in str(single(0.85))


def test_what_a_few_folds_leave_open_is_said():
    wide = LEVEL | {("GAN", "tuned threshold", "average_precision"): (-0.5, 0.6)}
    assert str(judge(wide)).startswith("Undecided, so do not augment: ")
    assert str(judge(LEVEL)).startswith("Do not augment: ")


def test_beside_a_better_classifier_the_threshold_is_not_forgotten():
    gains = LEVEL | TUNED | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    verdict = judge_singles(gains, "average_precision", 0.78)
    assert (verdict.action, verdict.arm) == ("threshold", "tuned threshold")
    assert str(verdict).startswith("Do not augment; use boosting: ")
    assert str(verdict).endswith("Tune the threshold: F1 goes from 0.500 to 0.500 with the same classifiers.")
    decisions = {(arm, reference, "f1"): gap for (arm, reference, _), gap in gains.items()}
    verdict = judge_singles(decisions, "f1", 0.78)
    assert (verdict.action, verdict.arm) == ("threshold", "tuned threshold")
    assert str(verdict).startswith("Do not augment; use boosting: with a tuned threshold its F1 is 0.800")


def test_only_the_largest_size_and_the_ratio_in_question_count():
    """An arm may fail where next to no rows are left, or at a ratio that it cannot reach."""
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    tests, summary, runs = (frame.assign(minority_size=100.0) for frame in evidence(gains, MEANS))
    small = runs[runs["arm"] == "GAN"].assign(minority_size=5.0, status="failed")
    runs = pd.concat([runs, small], ignore_index=True)
    verdict = judge_dataset("d", tests, summary, runs, "average_precision")
    assert (verdict.action, verdict.arm) == ("augment", "GAN")
    tests, summary, runs = (
        pd.concat(
            [frame.assign(ratio=frame["ratio"].mask(frame["arm"] == "GAN", ratio)) for ratio in (0.5, 1)]
        ).drop_duplicates(ignore_index=True)
        for frame in evidence(gains, MEANS)
    )
    runs.loc[runs["ratio"] == 1, "status"] = "failed"
    verdict = judge_dataset("d", tests, summary, runs, "average_precision")
    assert (verdict.action, verdict.arm) == ("augment", "GAN at 0.5")
    assert "GAN at 1 did not finish on every fold, and was not considered." in verdict.reasons


def test_test_rows_that_chance_puts_into_a_file_bar_nobody():
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    tests, summary, runs = evidence(gains, MEANS, seen=("GAN",))
    runs["n_seen_by_chance"] = 2.5
    assert judge_dataset("d", tests, summary, runs, "average_precision").arm == "GAN"


def test_an_arm_that_adds_no_rows_resamples():
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    tests, summary, runs = evidence(gains, MEANS)
    runs.loc[runs["arm"] == "GAN", "n_synthetic"] = 0
    verdict = judge_dataset("d", tests, summary, runs, "average_precision")
    assert (verdict.action, verdict.arm) == ("resample", "GAN")
    assert str(verdict).startswith("Resample with GAN: ")


def test_what_was_not_found_is_told_exactly():
    """Sure and small, one of many that luck gives, and arms that were not considered."""
    small = judge(LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.001, 0.005)})
    assert (
        str(small) == "Do not augment: no added rows raise average precision by more than 0.01 beyond noise."
    )
    tests, summary, runs = evidence(
        LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.01, 0.09)}, MEANS
    )
    tests["p_value"] = np.where(tests["arm"] == "GAN", 0.03, 0.5)
    lucky = judge_dataset("d", tests, summary, runs, "average_precision")
    assert str(lucky).endswith("beyond noise, allowing for the luck of the best of 3 arms.")
    barred = judge(LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.3, 0.5)}, seen=("GAN",))
    assert str(barred) == "Do not augment: no added rows raise average precision beyond noise."
    assert any("Gains in average precision above 0.020 are ruled out" in reason for reason in barred.reasons)
    assert not any(reason.startswith("GAN against") for reason in barred.reasons)


def tuned(lead="average_precision", **gaps):
    """Judge level arms and gains of the tuned threshold on nothing, by metric."""
    arms = ("nothing", "tuned threshold", "class weight", "SMOTE", "GAN")
    means = MEANS | {(arm, metric): 0.5 for arm in arms for metric in ("mcc", "balanced_accuracy")}
    level = {(arm, reference, lead): gap for (arm, reference, _), gap in LEVEL.items()}
    gaps = {("tuned threshold", "nothing", metric): gap for metric, gap in gaps.items()}
    return judge_dataset("d", *evidence(level | gaps, means), lead)


def test_the_threshold_is_advised_where_it_surely_pays():
    assert "F1 goes" in str(tuned(f1=(0.1, 0.2), mcc=(0.1, 0.2)))
    assert "Matthews correlation goes" in str(tuned(lead="mcc", f1=(0.1, 0.2), mcc=(0.1, 0.2)))
    assert tuned(f1=(0.001, 0.005)).action == "nothing"  # sure, and within what does not matter
    assert tuned(f1=(-0.2, -0.1), balanced_accuracy=(0.1, 0.2)).action == "nothing"
    assert tuned(f1=(-0.1, 0.1), balanced_accuracy=(0.1, 0.2)).action == "threshold"


def test_one_of_three_decisions_may_gain_by_luck():
    arms = {**MEANS, ("nothing", "mcc"): 0.5, ("tuned threshold", "mcc"): 0.5}
    gaps = {("tuned threshold", "nothing", metric): (0.01, 0.2) for metric in ("f1", "mcc")}
    tests, summary, runs = evidence(LEVEL | gaps, arms)
    for p_values, action in (((0.01, 0.3), "threshold"), ((0.04, 0.3), "nothing")):
        tests.loc[tests["reference"] == "nothing", "p_value"] = p_values
        assert judge_dataset("d", tests, summary, runs, "average_precision").action == action


def test_what_could_not_be_tuned_is_no_reason():
    verdict = tuned(f1=(np.nan, np.nan))
    assert not any("nan" in reason for reason in verdict.reasons)
    assert "threshold" not in str(verdict)


def test_those_that_luck_could_pick_among_are_counted():
    gains = LEVEL | {("GAN", "tuned threshold", "average_precision"): (0.04, 0.10)}
    gains |= {("nothing", "tuned threshold", "average_precision"): (0.0, 0.0)}
    assert any("Picked among 3 arms" in reason for reason in judge(gains).reasons)
    assert any("Picked among 2 arms" in reason for reason in judge(gains, failed=("SMOTE",)).reasons)


def test_what_is_wide_depends_on_the_metric():
    """An interval of 0.2 leaves all open of a Brier score, of which there is 0.05 in all."""
    means = {(arm, "brier"): 0.05 for arm in ("nothing", "tuned threshold", "GAN")}
    verdict = judge_dataset(
        "d", *evidence({("GAN", "tuned threshold", "brier"): (-0.2, 0.2)}, means), "brier"
    )
    assert str(verdict).startswith("Undecided, so do not augment: ")
    assert any("too few to rule out any gain in Brier score" in reason for reason in verdict.reasons)


def test_a_loss_is_lowered():
    gaps = {("GAN", "tuned threshold", "brier"): (-0.001, 0.0004)}
    means = {(arm, "brier"): 0.1 for arm in ("nothing", "tuned threshold", "GAN")}
    verdict = judge_dataset("d", *evidence(gaps, means), "brier")
    assert "no added rows lower Brier score beyond noise" in str(verdict)
    better = {("GAN", "tuned threshold", "brier"): (0.002, 0.004)}
    assert judge_dataset("d", *evidence(better, means), "brier").action == "augment"


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
