"""One job: an arm on one training part, what classifiers make of it, and how real its rows are."""

from __future__ import annotations

import time
import traceback
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning

from imbgen.errors import ImbgenError
from imbgen.evaluation.arms import NOTHING
from imbgen.evaluation.augmenting import TrainingSet, augment, count_seen
from imbgen.evaluation.deadline import Deadline, TimedOut, deadline
from imbgen.evaluation.protocol import FAILED, OK, TIMED_OUT, Job, Protocol
from imbgen.evaluation.realism import judge_rows
from imbgen.evaluation.scoring import ClassifierScores, score_classifier
from imbgen.evaluation.splits import thin_minority
from imbgen.evaluation.task import Task
from imbgen.evaluation.thresholds import tuning_rows
from imbgen.generators.base import one_thread

__all__ = ["JobResult", "one_line", "run_job", "thin_predictions"]

_MOST_SHOWN = 500
# Of the other class, per fold: all of the likeliest, and as many drawn from the rest.
_MOST_PREDICTED = 2000


@dataclass
class JobResult:
    """What came of a job; plain types and frames, so that it can be kept on disk.

    Parameters
    ----------
    run : dict
        What `Comparison.runs` says, without keys and kind.
    scores : list of dict
        `classifier`, `metric`, `value`, `status`.
    threshold_scores : list of dict
        The same for the arm that tunes the threshold and changes nothing; empty but for the arm "nothing".
    fidelity : dict of str to float
        Of the synthetic rows.
    row_scores : list of float
        Log score of each held-out row of the rare class.
    real : dict of str to float
        Fidelity of the real training rows; empty but for the arm "nothing".
    predictions : DataFrame or None
    rows : dict of str to DataFrame
        By origin.
    """

    run: dict[str, Any] = field(default_factory=dict)
    scores: list[dict[str, Any]] = field(default_factory=list)
    threshold_scores: list[dict[str, Any]] = field(default_factory=list)
    fidelity: dict[str, float] = field(default_factory=dict)
    row_scores: list[float] = field(default_factory=list)
    real: dict[str, float] = field(default_factory=dict)
    predictions: pd.DataFrame | None = None
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)


def run_job(job: Job, task: Task, protocol: Protocol) -> JobResult:
    """Fit an arm and score it; what goes wrong is told in the result, and nothing is raised.

    Parameters
    ----------
    job : Job
    task : Task
        Of the job's name.
    protocol : Protocol

    Returns
    -------
    result : JobResult
    """
    result = JobResult()
    result.run = {
        "n_train": 0, "n_minority": 0, "n_synthetic": 0, "n_seen": 0, "n_seen_by_chance": 0.0,
        "resample_seconds": np.nan, "fit_seconds": 0.0, "status": OK, "message": "", "traceback": "",
        "notes": "",
    }  # fmt: skip
    with warnings.catch_warnings(record=True) as caught, one_thread():
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            with deadline(protocol.timeout) as limit:
                _run(job, task, protocol, result, limit)
        except TimedOut:
            _tell(result, TIMED_OUT, f"took longer than the {protocol.timeout:g} seconds allowed")
        except Exception as error:  # noqa: BLE001 (whatever an arm raises is a row of the table)
            _tell(result, FAILED, one_line(error), traceback.format_exc())
    kinds = (UserWarning, RuntimeWarning)
    texts = [str(item.message) for item in caught if issubclass(item.category, kinds)]
    result.run["notes"] = "\n".join(dict.fromkeys(texts))
    _fill_in(job, protocol, result)
    return result


def one_line(error: BaseException) -> str:
    """Return an error as one line: ours as they are, others with their type."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ImbgenError) else f"{type(error).__name__}: {text}"


def _tell(result: JobResult, status: str, message: str, trace: str = "") -> None:
    result.run |= {"status": status, "message": message, "traceback": trace}


def _run(job: Job, task: Task, protocol: Protocol, result: JobResult, limit: Deadline) -> None:
    rows = thin_minority(task, job.split, job.minority_size, protocol.random_state)
    seed = _seed(job, protocol)
    result.run |= {"n_train": len(rows), "n_minority": int(task.target[rows].sum())}
    start = time.perf_counter()
    training = augment(job.arm, task, rows, job.ratio, seed)
    result.run |= {
        "resample_seconds": time.perf_counter() - start,
        "n_synthetic": len(training.synthetic),
    }
    if job.arm.kind == "rows":
        n_seen, by_chance = count_seen(job.arm, task, job.split.train, job.split.test)
        result.run |= {"n_seen": n_seen, "n_seen_by_chance": by_chance}
    limit.check()
    if job.keeps_rows:
        _keep_rows(job, task, rows, training, result)
    _score(job, task, protocol, rows, training, result, limit)
    if protocol.with_fidelity:
        limit.check()
        judged = judge_rows(task, rows, job.split.test, training.synthetic, protocol.random_state)
        result.fidelity, result.row_scores = judged
        if job.arm.name == NOTHING:
            real = task.frame.iloc[rows[task.target[rows] == 1]]
            figures, _ = judge_rows(task, rows, job.split.test, real, protocol.random_state, scored=False)
            result.real = {name: value for name, value in figures.items() if not name.startswith("cop")}


def _seed(job: Job, protocol: Protocol) -> int:
    """One seed per split and seed number, the same for all arms."""
    entropy = [protocol.random_state, job.split.repeat, job.split.fold, job.seed]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] % 2**31)


def _score(
    job: Job,
    task: Task,
    protocol: Protocol,
    rows: np.ndarray,
    training: TrainingSet,
    result: JobResult,
    limit: Deadline,
) -> None:
    seed = _seed(job, protocol)
    start = time.perf_counter()
    tuning, problem = tuning_rows(job.arm, task, rows, job.ratio, protocol, seed, limit)
    result.run["fit_seconds"] += time.perf_counter() - start
    _tell_untuned(result, problem)
    predictions = []
    for name, model in protocol.classifiers.items():
        limit.check()
        start = time.perf_counter()
        try:
            scored = score_classifier(model, job, task, rows, training, tuning, protocol, seed)
        except Exception as error:  # noqa: BLE001 (one classifier may fail where others do not)
            _tell(result, FAILED, f"{name}: {one_line(error)}", traceback.format_exc())
            continue
        result.run["fit_seconds"] += time.perf_counter() - start
        _tell_untuned(result, scored.problem, name)
        _add(job, result, name, scored)
        if job.keeps_predictions:
            predictions.append(_as_frame(name, job, task, scored))
    if predictions:
        result.predictions = pd.concat(predictions, ignore_index=True)


def _tell_untuned(result: JobResult, problem: tuple[Exception, str] | None, name: str = "") -> None:
    if problem is not None and result.run["status"] == OK:
        whose = f"thresholds of {name}" if name else "thresholds"
        _tell(result, OK, f"{whose} were not tuned: {one_line(problem[0])}", problem[1])


def _add(job: Job, result: JobResult, name: str, scored: ClassifierScores) -> None:
    tables = [(result.scores, scored.values)]
    if job.arm.name == NOTHING:
        tables.append((result.threshold_scores, scored.threshold_values))
    for scores, values in tables:
        for metric, value in values.items():
            status = FAILED if np.isnan(value) else OK
            scores.append({"classifier": name, "metric": metric, "value": value, "status": status})


def _as_frame(name: str, job: Job, task: Task, scored: ClassifierScores) -> pd.DataFrame:
    labels = task.target[job.split.test]
    kept, weights = thin_predictions(labels, scored.probabilities)
    return pd.DataFrame(
        {
            "classifier": name,
            "fold": job.split.fold,
            "row": job.split.test[kept],
            "label": labels[kept],
            "probability": scored.probabilities[kept].round(6),
            "corrected": scored.corrected[kept].round(6),
            "weight": weights,
        }
    )


def thin_predictions(
    labels: np.ndarray, probabilities: np.ndarray, most: int = _MOST_PREDICTED
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a large test part that curves are drawn from, and for how many each stands.

    All of the rare class, the likeliest of the others, which are the false alarms, and a sample of the rest.
    """
    order = np.argsort(-probabilities, kind="stable")
    others = order[labels[order] == 0]
    top, rest = others[:most], others[most:]
    drawn = np.random.default_rng(0).permutation(rest)[:most]
    weights = np.ones(len(labels))
    weights[drawn] = len(rest) / max(len(drawn), 1)
    kept = np.sort(np.concatenate([np.flatnonzero(labels == 1), top, drawn]))
    return kept, weights[kept]


def _keep_rows(job: Job, task: Task, rows: np.ndarray, training: TrainingSet, result: JobResult) -> None:
    if job.arm.name == NOTHING:
        for origin, part in (("training", rows), ("held out", job.split.test)):
            rare = part[task.target[part] == 1][:_MOST_SHOWN]
            result.rows[origin] = task.frame.iloc[rare].reset_index(drop=True)
        return
    if training.presample is not None:
        result.rows["pre-sample"] = training.presample.head(_MOST_SHOWN)
    if len(training.synthetic):
        some = np.random.default_rng(0).permutation(len(training.synthetic))[:_MOST_SHOWN]
        result.rows["synthetic"] = training.synthetic.iloc[np.sort(some)].reset_index(drop=True)


def _fill_in(job: Job, protocol: Protocol, result: JobResult) -> None:
    """Give every classifier and metric that has no value a row that says so."""
    status = FAILED if result.run["status"] == OK else result.run["status"]
    tables = [result.scores, *([result.threshold_scores] if job.arm.name == NOTHING else [])]
    for scores in tables:
        done = {(row["classifier"], row["metric"]) for row in scores}
        for classifier in protocol.classifiers:
            for metric in protocol.metrics:
                if (classifier, metric) not in done:
                    row = {"classifier": classifier, "metric": metric, "value": np.nan, "status": status}
                    scores.append(row)
