"""Rows to tune thresholds on: inner folds of the training part, with an arm fitted inside each."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from imbgen.errors import DataError
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
    if not wanted:
        return [], None
    inner: list[InnerFold] = []
    try:
        for train, held_out in _split(task, rows, protocol.threshold_folds, seed):
            limit.check()
            training = augment(arm, task, train, ratio, seed)
            inner.append(InnerFold(training, train, held_out))
    except Exception as error:  # noqa: BLE001 (an arm that needs more rows than an inner fold has)
        return [], (error, traceback.format_exc())
    return inner, None


def _split(task: Task, rows: np.ndarray, n_folds: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield training and held-out rows of inner folds; no more than the rare class has rows or groups."""
    target, groups = task.target[rows], None if task.groups is None else task.groups[rows]
    rare = target == 1
    n_folds = min(n_folds, int(rare.sum()) if groups is None else len(np.unique(groups[rare])))
    if n_folds < 2:
        what = "row" if groups is None else "group"
        raise DataError(
            f"A threshold is tuned on rare rows of two {what}s at least, however: the training part has"
            f" {n_folds}. Use larger training parts, or metrics that need no threshold."
        )
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    for train, held_out in kind(n_folds, shuffle=True, random_state=seed).split(rows, target, groups):
        if not rare[train].any():
            raise DataError(
                "Each inner training part needs a row of the rare class, however: all of them are in one"
                " fold, for a group holds most. Use smaller groups, or metrics that need no threshold."
            )
        yield rows[train], rows[held_out]


def out_of_fold(inner: list[InnerFold], task: Task, fit: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities of the rows left out, over all inner folds."""
    probabilities = [fit(fold.training, fold.rows, fold.held_out) for fold in inner]
    labels = [task.target[fold.held_out] for fold in inner]
    return np.concatenate(labels), np.concatenate(probabilities)
