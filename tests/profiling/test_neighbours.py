from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.profiling import neighbours
from imbgen.profiling.coded import code_columns
from imbgen.profiling.neighbours import find_neighbours

MINORITY = np.arange(600) < 60


def mixed(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(600, 5)), columns=list("abcde"))
    return frame.assign(flag=rng.choice(["no", "yes"], 600), when=pd.Timestamp("2024-01-01"))


def search(frame, minority=MINORITY, seed=0):
    return find_neighbours(frame, code_columns(frame)[1], minority, np.random.default_rng(seed))


def plant(frame, noise):
    """Make row 7 a copy of row 500 with some noise."""
    numbers = list("abcde")
    frame.loc[7] = frame.loc[500]
    frame.loc[7, numbers] = frame.loc[500, numbers].astype(float) + noise
    return frame


def test_a_noisy_copy_is_found():
    found = search(plant(mixed(0), 1e-3))
    assert (found.rows.tolist(), found.others.tolist()) == ([7], [500])
    assert 0 < found.distances[0] < 0.05
    assert found.n_searched == 600


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_exact_copies_and_ordinary_neighbours_are_not(noise):
    assert len(search(plant(mixed(0), noise)).rows) == 0


@pytest.mark.parametrize("n_columns", [1, 2, 5])
def test_false_alarms_are_rare(n_columns):
    tables = [np.random.default_rng(seed).normal(size=(200, n_columns)) for seed in range(40)]
    alarms = [len(search(pd.DataFrame(rows), np.arange(200) < 30).rows) > 0 for rows in tables]
    assert sum(alarms) <= 2


def test_a_minority_beyond_all_others_has_no_near_copies():
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=600)})
    assert len(search(frame + 100.0 * MINORITY[:, None]).rows) == 0


def test_tables_of_few_levels_have_no_near_copies():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice(list("pqr"), 600) for name in "abcdef"})
    assert len(search(frame).rows) == 0


def test_gaps_are_compared_too():
    frame = plant(mixed(1), 1e-3)
    frame.loc[[7, *range(100, 300)], "a"] = np.nan
    assert len(search(frame).rows) == 0
    frame.loc[500, "a"] = np.nan
    assert search(frame).rows.tolist() == [7]


@pytest.mark.parametrize("n_rows", [2, 70])
def test_too_few_rows_tell_nothing(n_rows):
    found = search(mixed(0).head(n_rows), np.arange(n_rows) < 1)
    assert len(found.rows) == 0
    assert found.n_searched == n_rows


def test_large_tables_are_searched_in_part(monkeypatch):
    monkeypatch.setattr(neighbours, "_MOST_OTHERS", 300)
    monkeypatch.setattr(neighbours, "_MOST_MINORITY", 20)
    assert search(mixed(0)).n_searched == 320
