"""`compare`: whether to augment a table at all, with what, how much, and how sure that is."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import warn_caller
from imbgen.evaluation import gathering
from imbgen.evaluation.across import compare_across, rank_arms
from imbgen.evaluation.arms import Arm, list_arms, resolve_arms
from imbgen.evaluation.augmenting import check_rows
from imbgen.evaluation.auto_sampler import AutoOverSampler
from imbgen.evaluation.classifiers import resolve_classifiers
from imbgen.evaluation.comparison import Comparison
from imbgen.evaluation.intervals import compare_arms
from imbgen.evaluation.planning import (
    as_tuple,
    check_metrics,
    check_ratios,
    check_sizes,
    plan_jobs,
    tell_low_ratios,
)
from imbgen.evaluation.protocol import OK, Protocol
from imbgen.evaluation.running import run_jobs
from imbgen.evaluation.splits import Split, count_duplicates, make_splits
from imbgen.evaluation.store import JobStore, describe_changes
from imbgen.evaluation.task import Task, open_tasks
from imbgen.evaluation.unseen import is_beyond_chance
from imbgen.evaluation.verdict import judge_dataset
from imbgen.evaluation.verdict_across import judge_all
from imbgen.generators.checks import check_number
from imbgen.metrics.classification import METRICS

__all__ = ["compare"]

_PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "imbalanced-learn", "torch")


def compare(
    X: Any,
    y: Any = None,
    arms: Any = None,
    *,
    cv: Any = 5,
    n_repeats: int = 1,
    groups: Any = None,
    classifiers: Any = None,
    metrics: Sequence[str] | str | None = None,
    minority: Any = None,
    ratios: Iterable[float] | None = None,
    minority_sizes: Iterable[int] | None = None,
    n_seeds: int = 1,
    threshold_folds: int = 3,
    preprocess: bool = True,
    fidelity: bool = True,
    schema: Mapping[Any, Any] | None = None,
    timeout: float | None = None,
    resume: str | Path | JobStore | None = None,
    n_jobs: int | None = None,
    progress: bool = False,
    random_state: int | None = None,
) -> Comparison:
    """Compare ways to treat an imbalanced table, by classifiers on test rows of natural prevalence.

    Always there: doing nothing, class weights, a tuned threshold, random over-sampling, SMOTE and the
    Gaussian mixture (`GMMGenerator` at its defaults); then what is given. Generators, thresholds and medians
    are learned from training parts alone.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns), or mapping of str to (X, y)
        Features; or several data sets by name.
    y : Series or ndarray of shape (n_rows,), optional
        Labels; the rarest class is judged against the rest.
    arms : mapping of str to object, iterable of object, or object, optional
        Over-samplers (ours, imbalanced-learn's, any object with `fit_resample`), generators (ours, any object
        with `fit(X)` and `sample(n)`), frames or files of rows of the rare class made elsewhere.
    cv : int, splitter or iterable of (train, test)
        Stratified folds, or any splitter of scikit-learn's kind.
    n_repeats : int
        How often the folds of an integer `cv` are drawn; more give narrower intervals.
    groups : array of shape (n_rows,), or mapping of str to array or None, optional
        Rows of one group are not parted. A mapping names every data set; None: it has no groups.
    classifiers : mapping of str to classifier, classifier, or iterable, optional
        With `predict_proba`; some of "linear", "neighbours", "network", "forest", "boosting" by name; by
        default all of these.
    metrics : sequence of str, optional
        The first decides; by default all of `imbgen.metrics.classification.METRICS`, average precision first.
        Recall cannot decide: a lower threshold raises it for nothing.
    minority : label or mapping of str to label, optional
        The class that is judged; the rarest by default, and in data sets that a mapping does not name.
    ratios : iterable of float, optional
        Rows of the rare class per row of the others that arms shall make; by default as many, or what a
        sampler was told.
    minority_sizes : iterable of int, optional
        Rows of the rare class to keep for training; test parts stay whole.
    n_seeds : int
        Seeds per fold, averaged before anything is tested.
    threshold_folds : int
        Folds within each training part that thresholds are tuned on; arms are fitted anew in each.
    preprocess : bool
        Whether classifiers get numbers: scaled, gaps filled and marked, levels as one-hots. False hands them
        the table as it is.
    fidelity : bool
        Whether synthetic rows are judged too.
    schema : mapping of column to kind or mapping, or mapping of str to such mappings, optional
        Kinds, orders of levels and bounds that overrule the inference (see `GMMGenerator`). With several data
        sets by name of these, or one for all, which holds wherever there is a column of that name.
    timeout : float, optional
        Seconds that one arm may take on one training part, classifiers included.
    resume : str, Path or JobStore, optional
        Folder in which results are kept, and looked for: by content of data, settings and version.
    n_jobs : int, optional
        Processes, each with one thread; -1: all cores.
    progress : bool
        Whether to show a bar with the time left.
    random_state : int, optional
        Seed of folds, arms and classifiers; by default one is drawn, and told in the settings.

    Returns
    -------
    comparison : Comparison

    Raises
    ------
    DataError
        A class with fewer rows than folds, labels and rows that do not fit.
    ParameterError
        A classifier without probabilities, an unknown metric, recall as the first one, an arm that is none, a
        name of a data set or a column that is none.

    Warns
    -----
    UserWarning
        Rows of test parts equal training rows, or the folder holds results of other settings.

    References
    ----------
    Y. Elor, H. Averbuch-Elor (2022), "To SMOTE, or not to SMOTE?", https://arxiv.org/abs/2201.08528.

    Examples
    --------
    >>> from imblearn.over_sampling import ADASYN
    >>> from imbgen import compare, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> result = compare(
    ...     X, y == "imU", [ADASYN()], classifiers="linear", metrics=["average_precision"], fidelity=False,
    ...     random_state=0,
    ... )
    >>> result.summary["arm"].unique().tolist()[-2:], result.verdict.action
    (['GMM', 'ADASYN'], 'nothing')
    """
    start = time.perf_counter()
    seed = _resolve_seed(random_state)
    names = check_metrics(metrics, METRICS)
    chosen_ratios = check_ratios(ratios)
    check_number("n_seeds", n_seeds, low=1, whole=True)
    check_number("threshold_folds", threshold_folds, low=2, whole=True)
    if timeout is not None:
        check_number("timeout", timeout, low=0)
    models, chosen = resolve_classifiers(classifiers), resolve_arms(arms)
    tasks = open_tasks(X, y, minority=minority, groups=groups, schema=schema)
    cv = list(cv) if isinstance(cv, Iterator) else cv  # each data set is to see all of it
    splits = {
        name: make_splits(task, cv, n_repeats=n_repeats, random_state=seed) for name, task in tasks.items()
    }
    for arm in chosen:
        if arm.kind == "rows" and len(tasks) == 1:
            check_rows(arm, next(iter(tasks.values())))
    asked_sizes = as_tuple("minority_sizes", minority_sizes)
    sizes, notices = check_sizes(asked_sizes, tasks, splits)
    notices += tell_low_ratios(chosen_ratios, tasks, splits, sizes)
    datasets = _describe_datasets(tasks, splits)
    notices = _tell_duplicates(datasets, splits) + notices
    protocol = Protocol(models, names, threshold_folds, preprocess, fidelity, timeout, seed)
    settings = protocol.describe() | {
        "cv": cv if isinstance(cv, int) else " ".join(repr(cv).split())[:200],
        "n_repeats": n_repeats,
        "grouped": any(task.groups is not None for task in tasks.values()),
        "ratios": list(chosen_ratios),
        "minority_sizes": [int(size) for size in asked_sizes],
        "n_seeds": n_seeds,
        "arms": {arm.name: arm.describe() for arm in chosen},
    }
    store = JobStore(resume) if isinstance(resume, str | Path) else resume
    jobs = plan_jobs(tasks, splits, chosen, chosen_ratios, sizes, n_seeds)
    versions = _find_versions()
    identity = settings | {
        "data": dict(zip(datasets["dataset"], datasets["digest"], strict=True)),
        "version": versions["imbgen"],
    }
    changes = [] if store is None else _prepare_store(store, identity)
    outcomes, n_found = run_jobs(jobs, tasks, protocol, n_jobs=n_jobs, store=store, progress=progress)
    notices += _tell_resumed(changes, n_found, len(jobs))
    return _assemble(
        outcomes, chosen, names[0], datasets, splits, notices, settings, versions, time.perf_counter() - start
    )


def _assemble(
    outcomes: list[Any],
    arms: Sequence[Arm],
    lead: str,
    datasets: pd.DataFrame,
    splits: Mapping[str, Sequence[Split]],
    notices: list[str],
    settings: dict[str, Any],
    versions: dict[str, str],
    seconds: float,
) -> Comparison:
    results, runs = gathering.gather_results(outcomes), gathering.gather_runs(outcomes)
    fidelity = gathering.gather_fidelity(outcomes)
    summary = gathering.summarize(results, fidelity)
    shares = {
        name: float(np.mean([len(split.test) / len(split.train) for split in parts]))
        for name, parts in splits.items()
    }
    tests = compare_arms(results, fidelity, shares)
    across = compare_across(tests, settings["random_state"])
    verdicts = {name: judge_dataset(name, tests, summary, runs, lead) for name in splits}
    return Comparison(
        results=results,
        fidelity=fidelity,
        runs=runs,
        predictions=gathering.gather_predictions(outcomes),
        samples=gathering.gather_samples(outcomes),
        summary=summary,
        tests=tests,
        across=across,
        ranks=rank_arms(summary),
        verdict=judge_all(verdicts, across, summary, runs, lead),
        verdicts=verdicts,
        arms=list_arms(arms),
        datasets=datasets,
        notices=(
            *notices,
            *_tell_failures(runs),
            *_tell_choices(arms, runs),
            *_tell_foreign_rows(arms, runs),
        ),
        settings=settings,
        versions=versions,
        seconds=seconds,
    )


def _resolve_seed(random_state: int | None) -> int:
    if random_state is None:
        return int(np.random.default_rng().integers(2**31))
    check_number("random_state", random_state, low=0, whole=True)
    return int(random_state)


def _describe_datasets(tasks: Mapping[str, Task], splits: Mapping[str, Sequence[Split]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "dataset": name,
            "n_rows": len(task.frame),
            "n_columns": task.frame.shape[1],
            "minority": str(task.minority),
            "n_minority": int(task.target.sum()),
            "n_duplicates_across": count_duplicates(task, splits[name]),
            "digest": task.digest(),
        }
        for name, task in tasks.items()
    )


def _tell_duplicates(datasets: pd.DataFrame, splits: Mapping[str, Sequence[Split]]) -> list[str]:
    notices = []
    for row in datasets.itertuples():
        if row.n_duplicates_across:
            n_test = np.mean([len(split.test) for split in splits[row.dataset]])
            notices.append(
                f"{row.dataset}: {row.n_duplicates_across:.1f} of {n_test:.0f} rows of a test part equal a"
                " training row, on average; arms that copy rows look better than they are. Drop repeated"
                " rows, or give their groups."
            )
            warn_caller(notices[-1], UserWarning)
    return notices


def _prepare_store(store: JobStore, settings: dict[str, Any]) -> list[str]:
    """Return what changed since the folder was last used."""
    before = store.settings()
    store.keep_settings(settings)
    return describe_changes(before, settings) if before else []


def _tell_resumed(changes: list[str], n_found: int, n_jobs: int) -> list[str]:
    if not changes:
        return [f"{n_found} of {n_jobs} fits were on disk."] if n_found else []
    notice = (
        f"The folder holds results of other settings ({'; '.join(changes)}): {n_found} of {n_jobs} fits could"
        " be taken from it, the others were done anew."
    )
    warn_caller(notice, UserWarning)
    return [notice]


def _tell_failures(runs: pd.DataFrame) -> list[str]:
    notices = []
    broken = runs[runs["status"] != OK]
    for (dataset, arm, status), part in broken.groupby(["dataset", "arm", "status"], sort=False):
        n_all = ((runs["dataset"] == dataset) & (runs["arm"] == arm)).sum()
        notices.append(f"{dataset}: {arm} {status} in {len(part)} of {n_all} fits: {part['message'].iloc[0]}")
    return notices


def _tell_choices(arms: Sequence[Arm], runs: pd.DataFrame) -> list[str]:
    """Say how often those that choose have added rows: else a mean of both is read as one of rows."""
    choosers = [arm.name for arm in arms if isinstance(arm.source, AutoOverSampler)]
    fits = runs[runs["arm"].isin(choosers) & (runs["status"] == OK)]
    return [
        f"{dataset}: {arm} chose to add rows in {int((part['n_synthetic'] > 0).sum())} of {len(part)} fits."
        for (dataset, arm), part in fits.groupby(["dataset", "arm"], sort=False)
    ]


def _tell_foreign_rows(arms: Sequence[Arm], runs: pd.DataFrame) -> list[str]:
    notices = []
    for name in [arm.name for arm in arms if arm.kind == "rows"]:
        counts = runs.loc[runs["arm"] == name, ["n_seen", "n_seen_by_chance"]]
        risk = "If rows of test parts were learned from, the arm looks better than it is."
        if most := counts["n_seen"].max():
            looks_better = is_beyond_chance(*counts.sum())
            risk = f"Up to {most} rows of a test part are among them" + (
                ": the arm looks better than it is." if looks_better else ", no more than chance puts there."
            )
        notices.append(f"{name}: these rows were made elsewhere. {risk}")
    return notices


def _find_versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "imbgen": sys.modules["imbgen"].__version__}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
