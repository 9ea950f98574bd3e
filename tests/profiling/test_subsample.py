from __future__ import annotations

import numpy as np

from imbgen.profiling.subsample import subsample


def test_a_part_is_distinct_ordered_and_random():
    rows = np.arange(100, 200)
    parts = [subsample(rows, 30, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert all((np.diff(part) > 0).all() and np.isin(part, rows).all() for part in parts)
    assert parts[0].tolist() == parts[1].tolist() != parts[2].tolist()


def test_few_rows_are_all_kept():
    assert subsample(np.arange(3), 3, np.random.default_rng(0)).tolist() == [0, 1, 2]
