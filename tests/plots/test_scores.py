from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.plots import arm_scores

TABLE = pd.DataFrame(
    {
        "arm": ["nothing", "nothing", "GMM", "GMM", "half", "half", "failed", "failed"],
        "classifier": ["linear", "forest"] * 4,
        "value": [0.2, 0.4, 0.5, 0.7, 0.3, np.nan, np.nan, np.nan],
    }
)


def test_a_mark_per_classifier_and_a_line_at_the_mean(render):
    ax = render(arm_scores(TABLE, metric="recall"))
    linear, forest, *means = ax.lines
    assert (linear.get_label(), forest.get_label()) == ("linear", "forest")
    np.testing.assert_array_equal(linear.get_xydata(), [[0.2, 0], [0.5, 1], [0.3, 2], [np.nan, 3]])
    assert linear.get_marker() != forest.get_marker()
    assert [line.get_xdata()[0] for line in means] == pytest.approx([0.3, 0.6])


def test_only_an_arm_without_any_value_says_so():
    assert [(note.get_text(), note.xy[1]) for note in arm_scores(TABLE).texts] == [("no value", 3)]


def test_nothing_known_is_a_mistake():
    with pytest.raises(DataError, match="none of 2"):
        arm_scores(TABLE.tail(2))
