from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.plots import sweep

TABLE = pd.DataFrame(
    {
        "arm": ["nothing", "GMM", "GMM", "GMM", "failed"],
        "ratio": [np.nan, 1.0, 0.1, 0.5, 0.5],
        "value": [0.4, 0.6, 0.45, 0.5, np.nan],
    }
)


def test_lines_follow_the_setting_and_level_ones_do_not_depend_on_it(render):
    ax = render(sweep(TABLE, over="ratio", metric="AP", label="ratio of classes"))
    nothing, gmm = ax.lines
    assert nothing.get_xydata().tolist() == [[0.1, 0.4], [1.0, 0.4]]
    assert gmm.get_xydata().tolist() == [[0.1, 0.45], [0.5, 0.5], [1.0, 0.6]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("ratio of classes", "AP")


def test_ticks_stand_at_the_settings_that_were_tried(render):
    ax = render(sweep(TABLE, over="ratio"))
    assert ax.get_xticks().tolist() == [0.1, 0.5, 1.0]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.1", "0.5", "1"]


def test_one_setting_is_enough(render):
    render(sweep(TABLE[TABLE["ratio"] == 1.0], over="ratio"))


def test_nothing_swept_is_a_mistake():
    with pytest.raises(DataError, match="'ratio'"):
        sweep(TABLE.iloc[[0, 4]], over="ratio")
