"""Over data sets whose truth is known the verdict says it."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pandas as pd
import pytest

from imbgen.evaluation.across import compare_across
from imbgen.evaluation.comparison import Verdict
from imbgen.evaluation.verdict_across import judge_all

KEYS = {"ratio": np.nan, "minority_size": np.nan, "classifier": "mean"}


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


def runs_of(tests, **changes):
    """Runs of the arms in tests, all of which finished and added rows, but for class weights."""
    runs = tests[["dataset", "arm", "ratio", "minority_size"]].drop_duplicates()
    weights = runs["arm"] == "class weight"
    return runs.assign(
        kind=np.where(weights, "weights", "generator"), n_synthetic=np.where(weights, 0, 50), n_seen=0,
        n_seen_by_chance=0.0, status="ok",
    ).assign(**changes)  # fmt: skip


NO_MEANS = pd.DataFrame(
    columns=["dataset", "arm", "ratio", "minority_size", "classifier", "metric", "mean"]
).astype({"ratio": "float64", "minority_size": "float64"})


def judge_over(*tests, actions=("threshold",), means=NO_MEANS, runs=None):
    """Judge data sets whose verdicts say these actions in turn."""
    tests = pd.concat(tests, ignore_index=True)
    names = tests["dataset"].unique()
    verdicts = {name: Verdict("", action) for name, action in zip(names, cycle(actions), strict=False)}
    runs = runs_of(tests) if runs is None else runs
    return judge_all(verdicts, compare_across(tests), means, runs, "average_precision")


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
    verdict = judge_over(over_many(0.0, arm="SMOTE"), part)
    assert verdict.action == "threshold"
    assert any(reason.startswith("VAE: 9 wins") and "on 9 data sets" in reason for reason in verdict.reasons)


def test_over_data_sets_weights_come_before_rows_that_are_as_good():
    both = over_many(0.05, arm="class weight"), over_many(0.053)
    verdict = judge_over(*both)
    assert (verdict.action, verdict.arm) == ("weight", "class weight")
    assert judge_over(both[0], over_many(0.09)).arm == "GAN"


def test_of_sizes_the_largest_is_judged():
    small = over_many(0.08, minority_size=10.0)
    assert judge_over(small, over_many(0.0, minority_size=200.0)).action == "threshold"


def test_unsure_differences_make_an_unsure_posterior():
    sure, unsure = (compare_across(over_many(0.03, reach=reach)).iloc[0]["p_better"] for reach in (0.0, 0.3))
    assert sure > 0.99
    assert unsure < 0.9


def means_over(n_datasets, lead="average_precision", **values):
    """Means of two classifiers on each data set: arm, classifier -> value."""
    rows = [
        {"dataset": f"d{i}", "arm": arm, "ratio": np.nan, "minority_size": np.nan, "metric": lead}
        | {"classifier": classifier, "mean": value}
        for i in range(n_datasets)
        for arm, singles in {"tuned threshold": values["without"], "GAN": values["with_arm"]}.items()
        for classifier, value in zip(("linear", "boosting"), singles, strict=True)
    ]
    return pd.DataFrame(rows)


def test_over_data_sets_a_classifier_that_needs_no_rows_is_better_advice():
    """Rows lift the mean of two on all six, and on each boosting alone is as good."""
    tests = over_many(0.05, n_datasets=6)
    means = means_over(6, without=(0.4, 0.8), with_arm=(0.6, 0.79))
    verdict = judge_over(tests, actions=("classifier",), means=means)
    assert (verdict.action, verdict.arm) == ("classifier", None)
    assert str(verdict) == (
        "Do not augment; use the best classifier of each data set (boosting on 6 of 6): without added rows"
        " its average precision is 0.800 on average, and the best with GAN, which helps weaker ones only,"
        " have 0.790."
    )
    better = means_over(6, without=(0.4, 0.8), with_arm=(0.6, 0.85))
    assert judge_over(tests, means=better).action == "augment"


def test_over_data_sets_an_arm_that_adds_no_rows_resamples():
    tests = over_many(0.05, arm="RandomUnderSampler")
    verdict = judge_over(tests, runs=runs_of(tests, n_synthetic=0))
    assert (verdict.action, verdict.arm) == ("resample", "RandomUnderSampler")
    assert str(verdict).startswith("Resample with RandomUnderSampler: over 10 data sets")


def test_over_data_sets_a_file_that_holds_test_rows_is_not_recommended():
    tests = over_many(0.05)
    assert judge_over(tests, runs=runs_of(tests, n_seen=3)).action == "threshold"


def test_what_pays_on_few_data_sets_is_not_advised_for_all():
    tests = over_many(0.0, n_datasets=15)
    one = judge_over(tests, actions=["threshold"] + ["nothing"] * 14)
    assert one.action == "nothing"
    assert str(one).endswith("Single data sets gain from a tuned threshold (1 of 15).")
    most = judge_over(tests, actions=["threshold"] * 8 + ["augment"] * 7)
    assert most.action == "threshold"
    assert "tune the threshold, which pays on 8 of 15 data sets" in str(most)
    assert str(most).endswith("Single data sets gain from added rows (7 of 15).")


def test_what_single_data_sets_gain_from_is_told():
    verdict = judge_over(over_many(0.0, n_datasets=6), actions=["weight", "weight", "resample"])
    assert verdict.action == "nothing"
    assert str(verdict).endswith("gain from resampling (2 of 6), from class weights (4 of 6).")


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
        found += judge_over(*tests).action == "augment"
    assert found <= 3  # a level of 0.05 comes to 2 of 40
