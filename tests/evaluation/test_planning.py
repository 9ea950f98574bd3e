from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import ParameterError
from imbgen.evaluation.planning import check_metrics, check_ratios, check_sizes, tell_low_ratios
from imbgen.evaluation.splits import make_splits
from imbgen.evaluation.task import open_task
from imbgen.metrics.classification import METRICS


@pytest.fixture
def plan():
    """Tasks and splits of 100 rows, 20 of them rare, in halves."""
    task = open_task("d", pd.DataFrame({"x": np.arange(100.0)}), np.repeat(["no", "yes"], [80, 20]))
    return {"d": task}, {"d": make_splits(task, 2)}


@pytest.mark.parametrize("metric", ["recall", "recall_tuned"])
def test_recall_cannot_decide(metric):
    """A threshold of 0 has all of it."""
    with pytest.raises(ParameterError, match=f"recall must not, however: '{metric}' stands first"):
        check_metrics([metric, "f1"], METRICS)
    assert check_metrics(["f1", metric], METRICS) == ("f1", metric)


def test_arrays_are_lists_and_numbers_are_none(plan):
    assert check_ratios(np.array([0.5, 1.0])) == (0.5, 1.0)
    assert check_ratios(np.array([])) == check_ratios(None) == ()
    assert check_sizes(np.array([5, 8]), *plan)[0] == {"d": (5, 8)}
    with pytest.raises(ParameterError, match=r"`ratios` must be a list, .* Pass \[0\.5\]"):
        check_ratios(0.5)


def test_a_ratio_is_low_for_the_rows_that_are_kept(plan):
    """Of 40 other rows to train on: 5 rare ones are 0.125 of them, 8 are 0.2, and the table has 0.25."""
    with pytest.raises(ParameterError, match=r"ratios 0\.22 add no rows.* 0\.25 rows per other row"):
        tell_low_ratios([0.22], *plan, {"d": ()})
    assert tell_low_ratios([0.22], *plan, {"d": (5, 8)}) == []
    (notice,) = tell_low_ratios([0.15, 0.22], *plan, {"d": (5, 8)})
    assert notice.startswith("d: ratios 0.15 add no rows, for a rare class of 8 rows has 0.2 rows")
    with pytest.raises(ParameterError, match="rare class of 5 rows"):
        tell_low_ratios([0.1], *plan, {"d": (5,)})
