"""A classifier on an arm's training set, scored on the test part."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from imbgen.evaluation.arms import WEIGHT_KIND
from imbgen.evaluation.augmenting import TrainingSet
from imbgen.evaluation.classifiers import fit_probabilities
from imbgen.evaluation.protocol import Job, Protocol
from imbgen.evaluation.task import Task
from imbgen.evaluation.thresholds import InnerFold, out_of_fold
from imbgen.metrics.classification import METRICS, best_threshold, correct_prior, decision_score, rank_score
from imbgen.metrics.features import TrainingFeatures

__all__ = ["ClassifierScores", "score_classifier"]

_HALF = 0.5
_TUNED = "_tuned"
_CORRECTED = "_corrected"


@dataclass(frozen=True)
class ClassifierScores:
    """Scores by metric, and the probabilities that they come from.

    Parameters
    ----------
    values : dict of str to float
    threshold_values : dict of str to float
        The same with decisions at the tuned threshold wherever decisions count.
    probabilities, corrected : ndarray of float, shape (n_test,)
        As they are, and for the share of the rare class that the training part had.
    problem : tuple of Exception and str, or None
        What kept its thresholds from being tuned, and the traceback.
    """

    values: dict[str, float]
    threshold_values: dict[str, float] = field(default_factory=dict)
    probabilities: np.ndarray = field(default_factory=lambda: np.zeros(0))
    corrected: np.ndarray = field(default_factory=lambda: np.zeros(0))
    problem: tuple[Exception, str] | None = None


def score_classifier(
    model: Any,
    job: Job,
    task: Task,
    rows: np.ndarray,
    training: TrainingSet,
    inner: list[InnerFold],
    protocol: Protocol,
    seed: int,
) -> ClassifierScores:
    """Fit a classifier on the training set, tune its thresholds on inner folds, and score it.

    What prepares the table (medians, scales, levels) is learned from the real training rows alone.
    """
    balanced = job.arm.kind == WEIGHT_KIND
    fit = partial(_fit, model, task, protocol.preprocess, balanced, seed)
    probabilities = fit(training, rows, job.split.test)
    labels = task.target[job.split.test]
    trained_share = _HALF if balanced else float(training.target.mean())
    # Of a thinned class too: test parts have the share of the whole training part.
    corrected = correct_prior(probabilities, trained_share, float(task.target[job.split.train].mean()))
    tuning, problem = None, None
    if inner:
        try:
            tuning = (*out_of_fold(inner, task, fit), _rare_weight(task, job.split.train, rows))
        except Exception as error:  # noqa: BLE001 (what needs no threshold is known by now)
            problem = error, traceback.format_exc()
    values = {}
    for metric in protocol.metrics:
        values[metric] = _score(metric, labels, probabilities, corrected, tuning)
    threshold_values = {
        metric: _score(f"{metric}{_TUNED}", labels, probabilities, corrected, tuning)
        if METRICS[metric].reads == "decisions"
        else value
        for metric, value in values.items()
    }
    return ClassifierScores(values, threshold_values, probabilities, corrected, problem)


def _rare_weight(task: Task, whole: np.ndarray, rows: np.ndarray) -> float:
    """For how many rows of the whole training part a row of the rare class stands."""
    return float(task.target[whole].sum() / task.target[rows].sum())


def _fit(
    model: Any,
    task: Task,
    preprocess: bool,
    balanced: bool,
    seed: int,
    training: TrainingSet,
    rows: np.ndarray,
    held_out: np.ndarray,
) -> np.ndarray:
    X, X_test = training.frame, task.frame.iloc[held_out]
    if preprocess:
        features = TrainingFeatures(task.frame.iloc[rows], task.schema)
        X, X_test = features.transform(X), features.transform(X_test)
    return fit_probabilities(model, X, training.target, X_test, balanced=balanced, seed=seed)


def _score(
    metric: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    corrected: np.ndarray,
    tuning: tuple[np.ndarray, np.ndarray, float] | None,
) -> float:
    reads = METRICS[metric].reads
    if reads == "decisions":
        return decision_score(metric, labels, probabilities >= _HALF)
    if reads == "tuned decisions":
        name = metric.removesuffix(_TUNED)
        if tuning is None:
            return float("nan")
        threshold = best_threshold("f1" if name == "recall" else name, *tuning)
        return decision_score(name, labels, probabilities >= threshold)
    used = corrected if reads == "corrected probabilities" else probabilities
    return rank_score(metric.removesuffix(_CORRECTED), labels, used)
