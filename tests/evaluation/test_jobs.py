from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from imbgen.evaluation.arms import resolve_arms
from imbgen.evaluation.classifiers import resolve_classifiers
from imbgen.evaluation.jobs import run_job
from imbgen.evaluation.protocol import Job, Protocol
from imbgen.evaluation.splits import Split, make_splits
from imbgen.evaluation.task import open_task


@pytest.mark.parametrize(("metrics", "n_inner"), [(("average_precision",), 0), (("f1_tuned",), 2)])
def test_time_of_every_fit_is_counted(table, monkeypatch, metrics, n_inner):
    """By a clock that only the arm moves: once for its rows, once per inner fold for the threshold."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    class Slow:
        def fit_resample(self, X, y):
            now[0] += 100.0
            return pd.concat([X, X[y == "yes"] + 0.1], ignore_index=True), [*y, *y[y == "yes"]]

    task = open_task("d", *table)
    job = Job("d", make_splits(task, 2)[0], resolve_arms({"slow": Slow()})[-1])
    protocol = Protocol(resolve_classifiers("linear"), metrics, threshold_folds=2, with_fidelity=False)
    run = run_job(job, task, protocol).run
    assert (run["status"], run["message"]) == ("ok", "")
    assert run["resample_seconds"] == 100.0
    assert run["fit_seconds"] == 100.0 * n_inner


def test_rows_that_a_sweep_of_sizes_leaves_out_were_training_rows(table):
    """A file made from the training part may hold them, and test rows that happen to equal them."""
    X, y = table
    task = open_task("d", pd.concat([X, X]), pd.concat([y, y]))
    half = np.arange(230)
    arm = resolve_arms({"mine": X[y == "yes"]})[-1]
    protocol = Protocol(resolve_classifiers("linear"), ("average_precision",), with_fidelity=False)
    run = run_job(Job("d", Split(0, 0, half, 230 + half), arm, minority_size=5), task, protocol).run
    assert (run["status"], run["n_minority"], run["n_seen"]) == ("ok", 5, 0)
