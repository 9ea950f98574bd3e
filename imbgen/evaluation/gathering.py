"""Results of jobs as the frames of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbgen.evaluation.arms import GMM, NOTHING, REAL, THRESHOLD
from imbgen.evaluation.comparison import RowSample
from imbgen.evaluation.protocol import OK
from imbgen.evaluation.running import Outcome
from imbgen.metrics import paired_skill

__all__ = [
    "KEYS",
    "by_fold",
    "find_reference",
    "gather_fidelity",
    "gather_predictions",
    "gather_results",
    "gather_runs",
    "gather_samples",
    "summarize",
]

#: Key columns of a fit of an arm, and those that are left when folds are averaged over.
KEYS = ["dataset", "arm", "ratio", "minority_size", "repeat", "fold", "seed"]
SWEEP = ["dataset", "arm", "ratio", "minority_size"]
_RUN = [
    "kind", "n_train", "n_minority", "n_synthetic", "n_seen", "n_seen_by_chance", "resample_seconds",
    "fit_seconds", "status", "message", "traceback", "notes",
]  # fmt: skip
_FLOATS = dict.fromkeys(("ratio", "minority_size", "value"), "float64")
_PREDICTION = ["dataset", "arm", "classifier", "fold", "row", "label", "probability", "corrected", "weight"]


def gather_results(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Return `Comparison.results`."""
    rows: list[dict[str, Any]] = []
    for job, result in outcomes:
        rows += [job.keys() | row for row in result.scores]
        rows += [job.keys() | {"arm": THRESHOLD} | row for row in result.threshold_scores]
    return pd.DataFrame(rows, columns=[*KEYS, "classifier", "metric", "value", "status"]).astype(_FLOATS)


def gather_runs(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Return `Comparison.runs`; the arm that tunes the threshold shares the fits of "nothing"."""
    rows = []
    for job, result in outcomes:
        run = job.keys() | {"kind": job.arm.kind} | result.run
        rows.append(run)
        if job.arm.name == NOTHING:
            rows.append(run | {"arm": THRESHOLD, "kind": "threshold"})
    return pd.DataFrame(rows, columns=[*KEYS, *_RUN])


def gather_fidelity(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return `Comparison.fidelity`, with skill against the GMM and what exceeds real training rows."""
    baselines, real = _find_anchors(outcomes)
    rows = []
    for job, result in outcomes:
        keys, split = job.keys(), _split_of(job)
        figures = dict(result.fidelity)
        anchor = real.get(split, {})
        if "two_sample_auc" in figures and "two_sample_auc" in anchor:
            figures["two_sample_excess"] = figures["two_sample_auc"] - anchor["two_sample_auc"]
        known = baselines.get(split, {})
        if result.row_scores and (found := find_reference(known, GMM, keys["ratio"])) is not None:
            skill = paired_skill(np.array(result.row_scores), np.array(known[found]))
            figures |= {"skill": skill.value, "skill_se": skill.standard_error}
        rows += [keys | {"metric": metric, "value": value} for metric, value in figures.items()]
        rows += [
            keys | {"arm": REAL, "metric": metric, "value": value} for metric, value in result.real.items()
        ]
    return pd.DataFrame(rows, columns=[*KEYS, "metric", "value"]).astype(_FLOATS)


def _split_of(job: Any) -> tuple[Any, ...]:
    return job.task, job.minority_size, job.split.repeat, job.split.fold, job.seed


def find_reference(
    known: Iterable[tuple[str, float]], reference: str, ratio: float
) -> tuple[str, float] | None:
    """Return which name and ratio of a reference an arm is compared with.

    That at the same ratio; else its own, or its highest, for an arm without a ratio makes what it likes.
    """
    same = sorted((pair for pair in known if pair[0] == reference), key=lambda pair: -pair[1])
    equal = [pair for pair in same if pair[1] == ratio]
    return next(iter(equal or same), None)


def _find_anchors(
    outcomes: Iterable[Outcome],
) -> tuple[dict[Any, dict[tuple[str, float], list[float]]], dict[Any, dict[str, float]]]:
    """Return log scores of the GMM by ratio, and the fidelity of real rows, both by split."""
    baselines: dict[Any, dict[tuple[str, float], list[float]]] = {}
    real = {}
    for job, result in outcomes:
        if job.arm.name == GMM and result.row_scores:
            baselines.setdefault(_split_of(job), {})[GMM, job.keys()["ratio"]] = result.row_scores
        if result.real:
            real[_split_of(job)] = result.real
    return baselines, real


def gather_predictions(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Return `Comparison.predictions`."""
    parts = [
        result.predictions.assign(dataset=job.task, arm=job.arm.name)
        for job, result in outcomes
        if result.predictions is not None
    ]
    if not parts:
        return pd.DataFrame(columns=_PREDICTION)
    return pd.concat(parts, ignore_index=True)[_PREDICTION]


def gather_samples(outcomes: Iterable[Outcome]) -> tuple[RowSample, ...]:
    """Return `Comparison.samples`."""
    real = ("training", "held out")
    return tuple(
        RowSample(job.task, "" if origin in real else job.arm.name, origin, rows)
        for job, result in outcomes
        for origin, rows in result.rows.items()
    )


def summarize(results: pd.DataFrame, fidelity: pd.DataFrame) -> pd.DataFrame:
    """Return `Comparison.summary`: means over folds, for each classifier and for all of them together.

    Seeds are averaged first. The mean over classifiers exists where none of them failed.
    """
    scores = by_fold(results)
    parts = [scores, by_fold(fidelity.assign(classifier="", status=OK))]
    columns = [*SWEEP, "classifier", "metric"]
    folds = pd.concat(parts, ignore_index=True)
    grouped = folds.groupby(columns, dropna=False, sort=False)["value"]
    return grouped.agg(mean="mean", sd="std", n_folds="count").reset_index()


def by_fold(results: pd.DataFrame) -> pd.DataFrame:
    """Average over seeds, and add the mean over classifiers under the name "mean"."""
    keys = [*SWEEP, "repeat", "fold", "classifier", "metric"]
    if results.empty:
        return results.reindex(columns=[*keys, "value"])
    mean = _strict_mean(results, keys)
    if set(mean["classifier"]) == {""}:
        return mean
    keys = [key for key in keys if key != "classifier"]
    over = _strict_mean(mean, keys).assign(classifier="mean")
    return pd.concat([over, mean], ignore_index=True)


def _strict_mean(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return means by keys; NaN where any value is, for a mean of those that exist is another thing."""
    grouped = frame.assign(gap=frame["value"].isna()).groupby(keys, dropna=False, sort=False)
    means = grouped.agg(value=("value", "mean"), gap=("gap", "any")).reset_index()
    return means.assign(value=means["value"].mask(means["gap"])).drop(columns="gap")
