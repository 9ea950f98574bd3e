from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.plots import critical_difference

TABLE = pd.DataFrame({"arm": ["c", "a", "d", "b"], "rank": [2.4, 1.0, 4.0, 1.5]})


def bars(ax):
    """Horizontal bars below the scale, as pairs of ranks."""
    thick = [line for line in ax.lines if line.get_linewidth() > 3 and line.get_ydata()[0] < 0]
    return [tuple(np.round(line.get_xdata() + np.array([0.05, -0.05]), 6)) for line in thick]


def test_bars_join_ranks_within_the_distance(render):
    assert bars(render(critical_difference(TABLE, distance=1.0))) == [(1.0, 1.5), (1.5, 2.4)]
    assert bars(critical_difference(TABLE, distance=0.1)) == []
    assert bars(critical_difference(TABLE, distance=3.0)) == [(1.0, 4.0)]


def test_every_arm_is_named_with_its_rank_better_ones_on_the_left():
    ax = critical_difference(TABLE, distance=1.0)
    told = {text.get_text(): text.get_ha() for text in ax.texts if " " in text.get_text()}
    assert told == {"a  1.00": "right", "b  1.50": "right", "2.40  c": "left", "4.00  d": "left"}


@pytest.mark.parametrize("n_arms", [2, 3, 11])
def test_names_do_not_overlap(render, n_arms):
    table = pd.DataFrame({"arm": [f"arm {i}" for i in range(n_arms)], "rank": np.linspace(1, n_arms, n_arms)})
    ax = render(critical_difference(table, distance=2.0))
    boxes = [text.get_window_extent() for text in ax.texts if "arm" in text.get_text()]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_one_arm_or_a_gap_is_a_mistake():
    with pytest.raises(DataError, match="two arms"):
        critical_difference(TABLE.head(1), distance=1.0)
    with pytest.raises(DataError, match="two arms"):
        critical_difference(TABLE.assign(rank=np.nan), distance=1.0)
