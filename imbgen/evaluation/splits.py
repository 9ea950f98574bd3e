"""Splits into training and test parts, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from imbgen.errors import DataError, ParameterError
from imbgen.evaluation.task import Task
from imbgen.generators.checks import check_number

__all__ = ["Split", "count_duplicates", "make_splits", "thin_minority"]


@dataclass(frozen=True)
class Split:
    """Positions of training and test rows.

    Parameters
    ----------
    repeat, fold : int
        Numbers from 0; the test parts of one repeat do not overlap.
    train, test : ndarray of int
        Rows.
    """

    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray


def make_splits(task: Task, cv: Any = 5, *, n_repeats: int = 1, random_state: int = 0) -> tuple[Split, ...]:
    """Split a table.

    Parameters
    ----------
    task : Task
        With `groups`, rows of one group stay together.
    cv : int, splitter or iterable of (train, test)
        Stratified folds, or anything of scikit-learn's kind.
    n_repeats : int
        How often the folds of an integer `cv` are drawn.
    random_state : int
        Seed of the folds of an integer `cv`.

    Raises
    ------
    DataError
        The rare class has fewer rows (or groups) than folds, or a part lacks a class.
    ParameterError
        `cv` is none of these.
    """
    check_number("n_repeats", n_repeats, low=1, whole=True)
    if n_repeats > 1 and not isinstance(cv, int):
        raise ParameterError(
            f"`n_repeats` must be 1 where `cv` brings its own splits, however: n_repeats={n_repeats}. Give a"
            " splitter that repeats them, such as RepeatedStratifiedKFold."
        )
    if isinstance(cv, int) and not isinstance(cv, bool):
        check_number("cv", cv, low=2, whole=True)
        _check_folds(task, cv)
        kind = StratifiedKFold if task.groups is None else StratifiedGroupKFold
        pairs: list[Any] = []
        for repeat in range(n_repeats):
            folds = kind(n_splits=cv, shuffle=True, random_state=random_state + repeat)
            pairs += folds.split(task.frame, task.target, task.groups)
    elif hasattr(cv, "split") and not isinstance(cv, str):
        given = (task.frame, task.target)
        pairs = list(cv.split(*given) if task.groups is None else cv.split(*given, task.groups))
    elif isinstance(cv, Iterable) and not isinstance(cv, str):
        pairs = list(cv)
    else:
        raise ParameterError(
            "`cv` must be a number of folds, a splitter or pairs of rows, however:"
            f" cv={cv!r}. Set it to a whole number from 2."
        )
    splits = _number(pairs)
    if not splits:
        raise ParameterError(f"`cv` must give one split at least, however: cv={cv!r} gives none. Add splits.")
    for split in splits:
        _check_classes(task, split)
        _check_apart(task, split)
    return splits


def _check_folds(task: Task, cv: int) -> None:
    rare = task.target == 1
    n_most = int(rare.sum()) if task.groups is None else len(np.unique(task.groups[rare]))
    if n_most >= cv:
        return
    what = "rows" if task.groups is None else "groups"
    remedy = f"The largest number that works is cv={n_most}: set it" if n_most >= 2 else "Add rows of it"
    raise DataError(
        f"Each fold needs a row of the rare class, however: class {task.minority!r} of {task.name!r} has"
        f" {n_most} {what} and cv={cv}. {remedy}, or judge on another class."
    )


def _check_classes(task: Task, split: Split) -> None:
    for part, rows in (("training", split.train), ("test", split.test)):
        if len(np.unique(task.target[rows])) < 2:
            raise DataError(
                f"Each part must hold rows of both classes, however: the {part} part of fold {split.fold}"
                f" in repeat {split.repeat} of {task.name!r} has {int(task.target[rows].sum())} of the rare"
                f" class among {len(rows)}. Use fewer folds, or another splitter."
            )


def _check_apart(task: Task, split: Split) -> None:
    if n_both := int(np.isin(split.test, split.train).sum()):
        raise DataError(
            f"A test row must not be a training row, however: {n_both} of {len(split.test)} are in fold"
            f" {split.fold} of {task.name!r}. Correct the splitter."
        )


def _number(pairs: Iterable[Any]) -> tuple[Split, ...]:
    """Begin a new repeat wherever a test part overlaps with one that came before in the same repeat."""
    splits: list[Split] = []
    repeat, fold, seen = 0, 0, np.zeros(0, dtype=np.int64)
    for train, test in pairs:
        train, test = (_to_positions(rows) for rows in (train, test))
        if np.isin(test, seen).any():
            repeat, fold, seen = repeat + 1, 0, np.zeros(0, dtype=np.int64)
        splits.append(Split(repeat, fold, train, test))
        fold, seen = fold + 1, np.concatenate([seen, test])
    return tuple(splits)


def _to_positions(rows: Any) -> np.ndarray:
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)


def count_duplicates(task: Task, splits: Iterable[Split]) -> float:
    """Return how many rows of a test part equal a training row, as a mean over splits."""
    frame = task.frame.set_axis(range(task.frame.shape[1]), axis=1)
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return float(np.mean([np.isin(hashes[split.test], hashes[split.train]).sum() for split in splits]))


def thin_minority(task: Task, split: Split, size: int | None, random_state: int) -> np.ndarray:
    """Return training rows with at most `size` of the rare class; smaller choices lie within larger ones."""
    if size is None:
        return split.train
    rare = split.train[task.target[split.train] == 1]
    rng = np.random.default_rng([random_state, split.repeat, split.fold])
    dropped = rng.permutation(rare)[size:]
    return split.train[~np.isin(split.train, dropped)]
