"""Which jobs a comparison consists of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from imbgen.errors import DataError, ParameterError, did_you_mean
from imbgen.evaluation.arms import Arm
from imbgen.evaluation.protocol import Job
from imbgen.evaluation.splits import Split
from imbgen.evaluation.task import Task
from imbgen.generators.checks import check_number

__all__ = ["as_tuple", "check_metrics", "check_ratios", "check_sizes", "plan_jobs", "tell_low_ratios"]

# Whoever takes all rows for rare ones has all of it.
_NEVER_LEAD = ("recall", "recall_tuned")


def as_tuple(name: str, values: Any) -> tuple[Any, ...]:
    """Return what a parameter lists; nothing for None.

    Raises
    ------
    ParameterError
        It is no list.
    """
    if values is None:
        return ()
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ParameterError(f"`{name}` must be a list, however: {name}={values!r}. Pass [{values}].")
    return tuple(values)


def check_ratios(ratios: Iterable[float] | None) -> tuple[float, ...]:
    """Return ratios of a sweep; none if there is no sweep."""
    given = as_tuple("ratios", ratios)
    for ratio in given:
        check_number("ratios", ratio, low=0, high=10)
    return tuple(float(ratio) for ratio in given)


def tell_low_ratios(
    ratios: Sequence[float],
    tasks: Mapping[str, Task],
    splits: Mapping[str, Sequence[Split]],
    sizes: Mapping[str, Sequence[int]],
) -> list[str]:
    """Return a notice for each data set, and size of a sweep, whose rare class is beyond some ratios already.

    Raises
    ------
    ParameterError
        No ratio adds a row to any.
    """
    notices, n_adding = [], 0
    for name, task in tasks.items():
        for size in sizes[name] or (None,):
            natural = _natural_ratio(task, splits[name], size)
            low = [ratio for ratio in ratios if ratio <= natural]
            n_adding += len(ratios) - len(low)
            if low:
                told = ", ".join(f"{ratio:g}" for ratio in low)
                which = "the rare class" if size is None else f"a rare class of {size} rows"
                notices.append(
                    f"{name}: ratios {told} add no rows, for {which} has {natural:.3g} rows per other row"
                    " already."
                )
    if ratios and not n_adding:
        raise ParameterError(
            f"`ratios` must be above those of the classes, however: {notices[0]} Raise them."
        )
    return notices


def _natural_ratio(task: Task, splits: Sequence[Split], size: int | None) -> float:
    """Return rare rows per other row of the training parts, which keep `size` rare ones if it is given."""
    if size is None:
        return float(task.target.sum() / (task.target == 0).sum())
    n_others = np.mean([(task.target[split.train] == 0).sum() for split in splits])
    return float(size / n_others)


def check_sizes(
    minority_sizes: Sequence[int], tasks: Mapping[str, Task], splits: Mapping[str, Sequence[Split]]
) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Return the sizes of a sweep that each data set has rows for, and notices of those it has not.

    Raises
    ------
    DataError
        No size that fits.
    """
    for size in minority_sizes:
        check_number("minority_sizes", size, low=2, whole=True)
    found: dict[str, tuple[int, ...]] = {}
    notices = []
    for name, task in tasks.items():
        most = min(int(task.target[split.train].sum()) for split in splits[name])
        found[name] = tuple(sorted(int(size) for size in minority_sizes if size <= most))
        missing = [int(size) for size in minority_sizes if size > most]
        if missing and not found[name]:
            raise DataError(
                f"`minority_sizes` must leave a size that there are rows for, however: the training parts of"
                f" {name!r} have {most} rows of the rare class, and the smallest size is {min(missing)}."
                f" The largest that works is {most}."
            )
        if missing:
            notices.append(
                f"{name}: sizes {', '.join(map(str, missing))} of the rare class were left out, for training"
                f" parts have {most} rows of it."
            )
    return found, notices


def plan_jobs(
    tasks: Mapping[str, Task],
    splits: Mapping[str, Sequence[Split]],
    arms: Sequence[Arm],
    ratios: Sequence[float],
    sizes: Mapping[str, Sequence[int]],
    n_seeds: int,
) -> list[Job]:
    """Return all jobs: splits, sizes, seeds, arms, ratios.

    The arm that tunes the threshold is scored beside the one that does nothing, and has no jobs of its own.
    """
    jobs = []
    for name in tasks:
        for i, split in enumerate(splits[name]):
            for size in sizes[name] or (None,):
                for seed in range(n_seeds):
                    for arm in arms:
                        jobs += _of_arm(name, i, split, size, seed, arm, ratios, sizes[name])
    return jobs


def _of_arm(
    name: str,
    i: int,
    split: Split,
    size: int | None,
    seed: int,
    arm: Arm,
    ratios: Sequence[float],
    sizes: Sequence[int],
) -> list[Job]:
    if arm.kind == "threshold":
        return []
    swept: list[Any] = list(ratios) if ratios and arm.takes_ratio else [None]
    is_main = seed == 0 and (size is None or size == max(sizes))
    return [
        Job(
            name,
            split,
            arm,
            ratio,
            size,
            seed,
            keeps_predictions=is_main and split.repeat == 0 and ratio in (None, max(swept)),
            keeps_rows=is_main and i == 0 and ratio in (None, max(swept)),
        )
        for ratio in swept
    ]


def check_metrics(metrics: Sequence[str] | str | None, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Return names of metrics; all by default.

    Raises
    ------
    ParameterError
        A name that is none, or a first one that cannot decide.
    """
    if metrics is None:
        return tuple(known)
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in names:
        if name not in known:
            raise ParameterError(
                f"`metrics` must be some of {', '.join(known)}, however: {name!r} is none."
                f"{did_you_mean(name, known)} Correct the name."
            )
    if not names:
        raise ParameterError("`metrics` must name at least one, however: it is empty. Pass None for all.")
    if names[0] in _NEVER_LEAD:
        raise ParameterError(
            f"The first of `metrics` decides, and recall must not, however: {names[0]!r} stands first. Any"
            " lower threshold raises it, at the price of false alarms that it does not see: put f1 or"
            " average_precision first."
        )
    return tuple(dict.fromkeys(names))
