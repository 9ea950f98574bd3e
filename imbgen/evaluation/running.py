"""Jobs over cores, with progress, and what is already on disk left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from joblib import Parallel, delayed, parallel_config

from imbgen.evaluation.jobs import JobResult, run_job
from imbgen.evaluation.protocol import Job, Protocol
from imbgen.evaluation.store import JobStore, job_key
from imbgen.evaluation.task import Task

__all__ = ["Outcome", "run_jobs"]


class Outcome(NamedTuple):
    """A job and what came of it."""

    job: Job
    result: JobResult


def run_jobs(
    jobs: Sequence[Job],
    tasks: Mapping[str, Task],
    protocol: Protocol,
    *,
    n_jobs: int | None = None,
    store: JobStore | None = None,
    progress: bool = False,
) -> tuple[list[Outcome], int]:
    """Run jobs, each in a process with one thread.

    Parameters
    ----------
    jobs : sequence of Job
    tasks : mapping of str to Task
    protocol : Protocol
    n_jobs : int or None
        Processes; None: one, in this process, unless joblib's context says otherwise; -1: all cores.
    store : JobStore, optional
        Where results are looked for, and put.
    progress : bool
        Whether to show a bar with the time left.

    Returns
    -------
    outcomes : list of Outcome
        In the order of `jobs`.
    n_found : int
        How many were in the store.
    """
    digests = {name: task.digest() for name, task in tasks.items()} if store else {}
    keys = [job_key(job, digests[job.task], protocol) if store else "" for job in jobs]
    done: dict[int, JobResult] = {}
    if store:
        done = {i: found for i, key in enumerate(keys) if (found := store.get(key)) is not None}
    n_found = len(done)
    open_jobs = [i for i in range(len(jobs)) if i not in done]
    with _progress_bar(progress, len(jobs), n_found) as advance:
        for i, result in _run(open_jobs, jobs, tasks, protocol, n_jobs):
            done[i] = result
            if store:
                store.put(keys[i], result)
            advance()
    return [Outcome(job, done[i]) for i, job in enumerate(jobs)], n_found


def _run(
    numbers: Sequence[int],
    jobs: Sequence[Job],
    tasks: Mapping[str, Task],
    protocol: Protocol,
    n_jobs: int | None,
) -> Iterator[tuple[int, JobResult]]:
    calls = (delayed(_numbered)(i, jobs[i], tasks[jobs[i].task], protocol) for i in numbers)
    if n_jobs in (None, 1) or len(numbers) < 2:
        yield from Parallel(n_jobs=1 if len(numbers) < 2 else n_jobs, return_as="generator")(calls)
        return
    with parallel_config("loky", inner_max_num_threads=1):
        yield from Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)(calls)


def _numbered(i: int, job: Job, task: Task, protocol: Protocol) -> tuple[int, JobResult]:
    return i, run_job(job, task, protocol)


@contextmanager
def _progress_bar(shown: bool, total: int, done: int) -> Iterator[Any]:
    """Yield a function that moves the bar on by one job."""
    if not shown:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("comparing", total=total, completed=done)
        yield lambda: bar.advance(line)
