from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from imbgen.evaluation.arms import Arm
from imbgen.evaluation.classifiers import resolve_classifiers
from imbgen.evaluation.gathering import gather_results
from imbgen.evaluation.intervals import compare_arms, paired_interval
from imbgen.evaluation.planning import plan_jobs
from imbgen.evaluation.protocol import Protocol
from imbgen.evaluation.running import run_jobs
from imbgen.evaluation.splits import make_splits
from imbgen.evaluation.task import open_task

from .conftest import TrueLaw, draw_rare


def test_the_interval_by_hand():
    gaps = np.array([0.02, -0.01, 0.03, 0.05, 0.00])
    error = np.sqrt(gaps.var(ddof=1) * (1 / 5 + 1 / 4))
    interval = paired_interval(gaps, 1 / 4)
    assert interval.high - interval.difference == pytest.approx(student.ppf(0.975, 4) * error)
    assert interval.difference == pytest.approx(gaps.mean())
    assert interval.p_value == pytest.approx(2 * student.sf(gaps.mean() / error, 4))


def test_without_folds_there_is_no_interval():
    assert np.isnan(paired_interval(np.array([0.1]), 0.25).low)
    assert np.isnan(paired_interval(np.array([np.nan]), 0.25).difference)
    assert paired_interval(np.zeros(3), 0.25).p_value == 1.0
    assert paired_interval(np.ones(3), 0.25).p_value == 0.0


def test_arms_at_several_ratios_are_compared_with_a_reference_that_has_none():
    gains = {("nothing", np.nan): 0.0, ("SMOTE", 0.5): 0.1, ("SMOTE", 1.0): 0.2}
    rows = [
        ("data", arm, ratio, np.nan, 0, fold, 0, "linear", "f1", 0.3 + 0.1 * fold + gain, "ok")
        for (arm, ratio), gain in gains.items()
        for fold in range(2)
    ]
    columns = ["dataset", "arm", "ratio", "minority_size", "repeat", "fold", "seed", "classifier", "metric"]
    results = pd.DataFrame(rows, columns=[*columns, "value", "status"])
    fidelity = results.iloc[:0].drop(columns=["classifier", "status"])
    tests = compare_arms(results, fidelity, {"data": 1.0}).query("classifier == 'mean'")
    assert tests["reference"].tolist() == ["nothing", "nothing"]
    assert tests.set_index("ratio")["difference"].to_dict() == pytest.approx({0.5: 0.1, 1.0: 0.2})


def draw_near(n_rows, rng):
    """A rare class so near the others that ranks depend on the rows drawn."""
    return draw_rare(n_rows, rng) - [0.8, 0.8, 0.0]


@pytest.mark.slow
def test_arms_that_differ_in_seed_only_are_seldom_called_different():
    """At 5 %, with fresh data each time: no more often than nominal plus three standard errors."""
    protocol = Protocol(resolve_classifiers("linear"), ("average_precision",), with_fidelity=False)
    arms = [Arm(name, "generator", TrueLaw(draw_near, offset)) for offset, name in enumerate(("one", "two"))]
    p_values, differ = [], []
    for i in range(200):
        rng = np.random.default_rng(i)
        X = pd.concat([pd.DataFrame(rng.normal(size=(150, 3)), columns=list("abc")), draw_near(25, rng)])
        task = open_task("fresh", X, np.repeat([0, 1], [150, 25]))
        splits = make_splits(task, 5, random_state=i)
        jobs = plan_jobs({"fresh": task}, {"fresh": splits}, arms, (), {"fresh": ()}, 1)
        results = gather_results(run_jobs(jobs, {"fresh": task}, protocol)[0])
        wide = results.pivot(index="fold", columns="arm", values="value")
        gaps = (wide["one"] - wide["two"]).to_numpy()
        differ.append(gaps.any())
        p_values.append(paired_interval(gaps, 1 / 4).p_value)
    assert np.mean(differ) > 0.9
    assert np.mean(np.array(p_values) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
