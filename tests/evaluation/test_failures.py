"""What goes wrong in an arm is a row that says so: never a score, never gone."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from imblearn.over_sampling import SMOTE
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from imbgen import GMMGenerator, compare
from imbgen.errors import ParameterError
from imbgen.evaluation.deadline import TimedOut, deadline

QUICK = {
    "classifiers": "linear",
    "metrics": ["average_precision", "f1"],
    "fidelity": False,
    "random_state": 0,
}


class Broken:
    def fit_resample(self, X, y):
        raise OSError("the moon is in the wrong house")


class Slow:
    def fit(self, X):
        while True:
            try:
                time.sleep(0.05)
            except Exception:  # noqa: BLE001 (such code is what the limit must hold against)
                continue


Slow.sample = Slow.fit


class Stingy(GMMGenerator):
    """Gives half of what it is asked for."""

    def sample(self, n, random_state=None):
        return super().sample(n // 2, random_state)


class StingySMOTE(SMOTE):
    def _fit_resample(self, X, y):
        X_new, y_new = super()._fit_resample(X, y)
        return X_new[: len(X) + 5], y_new[: len(X) + 5]


class WrongClass:
    def fit_resample(self, X, y):
        more = X[y == "no"] + 0.1
        return pd.concat([X, more], ignore_index=True), np.append(y, np.repeat("no", len(more)))


class FewerColumns:
    def fit_resample(self, X, y):
        return X.iloc[:, :2], y


class Refusing(LogisticRegression):
    """Cannot be fitted where there are synthetic rows."""

    def fit(self, X, y, sample_weight=None):
        if y.mean() > 0.4:
            raise RuntimeError("too balanced for me")
        return super().fit(X, y, sample_weight)


ARMS = {
    "broken": (Broken(), "the moon is in the wrong house"),
    "stingy": (Stingy(), "must draw as many rows as it is asked for"),
    "stingy SMOTE": (StingySMOTE(), "must give as many rows as it is asked for"),
    "wrong class": (WrongClass(), "are not of class 'yes'"),
    "fewer columns": (FewerColumns(), "must keep the columns"),
}


@pytest.fixture(scope="module")
def failures(table):
    return compare(*table, {name: arm for name, (arm, _) in ARMS.items()}, cv=2, **QUICK)


@pytest.mark.parametrize("name", ARMS)
def test_a_failed_arm_is_a_row_that_says_so(failures, name):
    scores = failures.results.query("arm == @name")
    assert len(scores) == 2 * 2
    assert scores["value"].isna().all()
    assert (scores["status"] == "failed").all()
    runs = failures.runs.query("arm == @name")
    assert runs["message"].str.contains(ARMS[name][1]).all(), runs["message"].tolist()
    assert runs["traceback"].str.startswith("Traceback").all()
    assert any(notice.startswith(f"data: {name} failed in 2 of 2 fits") for notice in failures.notices)
    summary = failures.summary.query("arm == @name and classifier == 'mean'")
    assert summary["mean"].isna().all()
    assert (summary["n_folds"] == 0).all()


def test_the_others_are_scored_as_if_nothing_had_happened(failures):
    others = failures.results[~failures.results["arm"].isin(list(ARMS))]
    assert (others["status"] == "ok").all()
    assert failures.verdict.arm not in ARMS
    assert sum("was not considered" in reason for reason in failures.verdict.reasons) == len(ARMS)


def test_an_arm_that_takes_too_long_is_a_row_that_says_so(table):
    result = compare(*table, {"slow": Slow()}, cv=2, timeout=1.0, **QUICK)
    assert (result.results.query("arm == 'slow'")["status"] == "timed out").all()
    assert (
        result.runs.query("arm == 'slow'")["message"].tolist()
        == ["took longer than the 1 seconds allowed"] * 2
    )
    assert (result.results.query("arm != 'slow'")["status"] == "ok").all()


def test_a_deadline_ends_with_its_context():
    with deadline(0.05):
        pass
    time.sleep(0.1)
    with pytest.raises(TimedOut), deadline(0.05):
        time.sleep(5)


def test_a_classifier_may_fail_where_others_do_not(table):
    models = {"sound": LogisticRegression(), "refusing": Refusing()}
    result = compare(*table, cv=2, **QUICK | {"classifiers": models})
    status = result.results.groupby(["arm", "classifier"])["status"].unique()
    assert status[("GMM", "sound")].tolist() == ["ok"]
    assert status[("GMM", "refusing")].tolist() == ["failed"]
    assert status[("nothing", "refusing")].tolist() == ["ok"]
    assert result.summary.query("arm == 'GMM' and classifier == 'mean'")["mean"].isna().all()
    assert (
        "refusing: RuntimeError: too balanced for me" in result.runs.query("arm == 'GMM'")["message"].iloc[0]
    )


def test_too_few_rows_to_tune_on_cost_the_tuned_metrics_alone(table):
    X, y = table
    few = pd.concat([X[:200], X[200:204]]), pd.concat([y[:200], y[200:204]])
    options = QUICK | {"metrics": ["average_precision", "f1_tuned"]}
    result = compare(*few, cv=2, **options)
    status = result.results.query("arm == 'GMM'").groupby("metric")["status"].unique()
    assert status["average_precision"].tolist() == ["ok"]
    assert status["f1_tuned"].tolist() == ["failed"]
    assert result.runs.query("arm == 'GMM'")["message"].str.startswith("thresholds were not tuned").all()


def test_failures_are_tried_again(table, tmp_path):
    first = compare(*table, {"broken": Broken()}, cv=2, resume=tmp_path, **QUICK)
    again = compare(*table, {"broken": Broken()}, cv=2, resume=tmp_path, **QUICK)
    n_kept = len(list(tmp_path.glob("*.json"))) - 1
    assert f"10 of {n_kept} fits were on disk." in again.notices
    pd.testing.assert_frame_equal(first.results, again.results)


UNTOLD = {
    "classifier": {
        "classifiers": {"own": make_pipeline(FunctionTransformer(lambda X: X), KNeighborsClassifier())}
    },
    "arm": {"arms": {"own": FunctionSampler(func=lambda X, y: (X, y))}},
}


@pytest.mark.parametrize("what", UNTOLD)
def test_to_resume_arms_and_classifiers_must_have_a_content(table, tmp_path, what):
    with pytest.raises(ParameterError, match=f"the {what} 'own' cannot be pickled .*leave out `resume`"):
        compare(*table, cv=2, resume=tmp_path, **QUICK | UNTOLD[what])


def test_a_resumed_run_takes_only_what_still_holds(table, tmp_path):
    kept = {"cv": 2, "resume": tmp_path}
    first = compare(*table, **kept, **QUICK)
    pd.testing.assert_frame_equal(first.results, compare(*table, **kept, **QUICK).results)
    with pytest.warns(UserWarning, match=r"arms.more: none -> .* 10 of 12 fits could be taken"):
        compare(*table, {"more": GMMGenerator(max_components=2)}, **kept, **QUICK)
    with pytest.warns(UserWarning, match=r"random_state: 0 -> 1.* 0 of 10 fits"):
        other = compare(*table, **kept, **QUICK | {"random_state": 1})
    assert not other.results["value"].equals(first.results["value"])
    X, y = table
    with pytest.warns(UserWarning, match=r"data.data: .* 0 of 10 fits"):
        compare(X + 1.0, y, **kept, **QUICK | {"random_state": 1})


def test_a_damaged_result_is_done_again(table, tmp_path):
    first = compare(*table, cv=2, resume=tmp_path, **QUICK)
    for path in tmp_path.glob("*.json"):
        if path.name != "settings.json":
            path.write_text("{}")
    pd.testing.assert_frame_equal(first.results, compare(*table, cv=2, resume=tmp_path, **QUICK).results)
