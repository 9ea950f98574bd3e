"""What tuning a threshold needs, and what is left where it fails."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from imbgen import compare
from imbgen.evaluation.arms import resolve_arms
from imbgen.evaluation.deadline import Deadline
from imbgen.evaluation.protocol import Protocol
from imbgen.evaluation.task import open_task
from imbgen.evaluation.thresholds import tuning_rows

NOTHING = resolve_arms()[0]


def tune(task, rows, n_folds=3):
    protocol = Protocol({}, ("f1_tuned",), threshold_folds=n_folds)
    return tuning_rows(NOTHING, task, rows, None, protocol, 0, Deadline(None))


@pytest.mark.parametrize(("n_groups", "n_folds"), [(2, 2), (3, 3), (8, 3)])
def test_each_inner_training_part_has_rare_rows_where_these_are_in_few_groups(table, n_groups, n_folds):
    X, y = table
    groups = np.where(y == "yes", 100 + np.arange(230) % n_groups, np.arange(230) % 10)
    inner, problem = tune(open_task("d", X, y, groups=groups), np.arange(230))
    assert problem is None
    assert len(inner) == n_folds
    for fold in inner:
        assert 0 < fold.training.target.sum() < 30
        assert not set(groups[fold.rows]) & set(groups[fold.held_out])


def test_one_group_of_rare_rows_is_too_few_to_tune_on(table):
    X, y = table
    task = open_task("d", X, y, groups=np.where(y == "yes", 100, np.arange(230) % 10))
    inner, problem = tune(task, np.arange(230))
    assert inner == []
    assert "rare rows of two groups at least, however: the training part has 1" in str(problem[0])


class Cautious(LogisticRegression):
    """Refuses training parts as small as the inner ones are."""

    def fit(self, X, y, sample_weight=None):
        if len(y) < 100:
            raise RuntimeError("too few rows for me")
        return super().fit(X, y, sample_weight)


def test_a_classifier_that_cannot_be_tuned_keeps_what_needs_no_threshold(table):
    models = {"cautious": Cautious(), "linear": LogisticRegression()}
    metrics = ["average_precision", "f1", "f1_tuned"]
    options = {"classifiers": models, "metrics": metrics, "fidelity": False, "cv": 2, "threshold_folds": 2}
    result = compare(*table, random_state=0, **options)
    found = result.results.query("arm == 'nothing'").groupby(["classifier", "metric"])["status"].unique()
    assert found["cautious"].map(list).to_dict() == {
        "average_precision": ["ok"],
        "f1": ["ok"],
        "f1_tuned": ["failed"],
    }
    assert all(status == ["ok"] for status in found["linear"].map(list))
    runs = result.runs.query("arm == 'nothing'")
    assert (runs["status"] == "ok").all()
    assert runs["message"].str.startswith("thresholds of cautious were not tuned: RuntimeError").all()
    tuned = result.results.query("arm == 'tuned threshold' and classifier == 'cautious'")
    assert set(tuned.loc[tuned["status"] == "ok", "metric"]) == {"average_precision"}
