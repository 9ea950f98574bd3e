"""Rows to tune thresholds on: inner folds of the training part, with an arm fitted inside each."""

from __future__ import annotations

import traceback
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from imbgen.evaluation.arms import NOTHING, Arm
from imbgen.evaluation.augmenting import TrainingSet, augment
from imbgen.evaluation.deadline import Deadline
from imbgen.evaluation.protocol import Protocol
from imbgen.evaluation.task import Task
from imbgen.metrics.classification import METRICS

__all__ = ["InnerFold", "tuning_rows"]


class InnerFold(NamedTuple):
    """A training set within the training part, and the rows left out of it (of natural prevalence)."""

    training: TrainingSet
    rows: np.ndarray
    held_out: np.ndarray


def tuning_rows(
    arm: Arm,
    task: Task,
    rows: np.ndarray,
    ratio: float | None,
    protocol: Protocol,
    seed: int,
    limit: Deadline,
) -> tuple[list[InnerFold], tuple[Exception, str] | None]:
    """Return inner folds with an arm fitted on each, or the error that kept them from being made.

    An arm is fitted anew in each: rows that it drew after seeing the held-out ones would be too like these,
    and the threshold too high. Each fit serves all classifiers, which
    `sklearn.model_selection.TunedThresholdClassifierCV` would repeat for every one of them.
    """
    reads = {METRICS[metric].reads for metric in protocol.metrics}
    wanted = "tuned decisions" in reads or ("decisions" in reads and arm.name == NOTHING)
    n_folds = min(protocol.threshold_folds, int(task.target[rows].sum()))
    if not wanted or n_folds < 2:
        return [], None
    kind = StratifiedKFold if task.groups is None else StratifiedGroupKFold
    folds = kind(n_folds, shuffle=True, random_state=seed)
    groups = None if task.groups is None else task.groups[rows]
    inner: list[InnerFold] = []
    try:
        for train, held_out in folds.split(rows, task.target[rows], groups):
            limit.check()
            training = augment(arm, task, rows[train], ratio, seed)
            inner.append(InnerFold(training, rows[train], rows[held_out]))
    except Exception as error:  # noqa: BLE001 (an arm that needs more rows than an inner fold has)
        return [], (error, traceback.format_exc())
    return inner, None


def out_of_fold(inner: list[InnerFold], task: Task, fit: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities of the rows left out, over all inner folds."""
    probabilities = [fit(fold.training, fold.rows, fold.held_out) for fold in inner]
    labels = [task.target[fold.held_out] for fold in inner]
    return np.concatenate(labels), np.concatenate(probabilities)
