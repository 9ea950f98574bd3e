from __future__ import annotations

import numpy as np
import pytest

from imbgen.evaluation.arms import GMM, resolve_arms
from imbgen.evaluation.gathering import find_reference, gather_fidelity
from imbgen.evaluation.jobs import JobResult
from imbgen.evaluation.protocol import Job
from imbgen.evaluation.running import Outcome
from imbgen.evaluation.splits import Split

NAN = np.nan


@pytest.mark.parametrize(
    ("known", "ratio", "found"),
    [
        ([("GMM", 0.5), ("GMM", 1.0), ("GMM", 0.8)], 0.8, ("GMM", 0.8)),
        ([("GMM", 0.5), ("GMM", 1.0), ("GMM", 0.8)], NAN, ("GMM", 1.0)),
        ([("GMM", 0.5), ("nothing", NAN)], 1.0, ("GMM", 0.5)),
        ([("GMM", NAN)], 0.5, ("GMM", NAN)),
        ([("nothing", NAN)], 0.5, None),
    ],
)
def test_the_reference_is_that_at_the_same_ratio_or_the_highest(known, ratio, found):
    assert str(find_reference(known, "GMM", ratio)) == str(found)


def test_skill_without_a_ratio_is_against_the_gmm_at_its_highest():
    """As differences of classifiers are; at the first of a sweep the GMM may have drawn a handful of rows."""
    own = object()
    mine = resolve_arms({"own": type("Own", (), {"fit_resample": lambda *_: own})()})[-1]
    gmm = next(arm for arm in resolve_arms() if arm.name == GMM)
    split = Split(0, 0, np.arange(4), np.arange(4, 6))
    outcomes = [
        Outcome(Job("d", split, arm, ratio), JobResult(row_scores=[score, score + 0.5]))
        for arm, ratio, score in ((gmm, 0.2, -9.0), (gmm, 1.0, -2.0), (mine, None, -1.0))
    ]
    fidelity = gather_fidelity(outcomes).query("metric == 'skill'").set_index(["arm", "ratio"])["value"]
    assert fidelity.loc["own"].tolist() == [1.0]
    assert fidelity.loc[GMM].tolist() == [0.0, 0.0]
