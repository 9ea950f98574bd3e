from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from imbgen.profiling import separation
from imbgen.profiling.coded import code_columns
from imbgen.profiling.separation import auc_alone

N_ROWS = 4000
MINORITY = np.arange(N_ROWS) < 400
RNG = np.random.default_rng(3)


def auc_of(values, minority=MINORITY, seed=0):
    frame = pd.DataFrame({"x": values})
    aucs, _ = auc_alone(code_columns(frame)[1], minority, np.random.default_rng(seed))
    return aucs["x"]


def test_a_shifted_normal_has_the_area_that_theory_gives():
    # A tree of eight leaves loses a little of the area under the curve.
    expected = norm.cdf(1.5 / np.sqrt(2))
    assert auc_of(RNG.normal(size=N_ROWS) + 1.5 * MINORITY) == pytest.approx(expected, abs=0.03)


def test_levels_have_the_area_that_theory_gives():
    values = np.where(RNG.random(N_ROWS) < np.where(MINORITY, 0.9, 0.3), "a", "b")
    assert auc_of(values) == pytest.approx(0.5 + 0.6 / 2, abs=0.03)


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=N_ROWS),
        RNG.choice(list("abc"), N_ROWS),
        [f"id {i}" for i in range(N_ROWS)],
        [1] * N_ROWS,
    ],
    ids=["number", "levels", "names", "constant"],
)
def test_what_knows_nothing_is_at_chance(values):
    assert auc_of(values) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "values",
    [
        np.where(MINORITY, np.nan, RNG.normal(size=N_ROWS)),
        np.where(MINORITY, RNG.normal(size=N_ROWS), np.nan),
        np.where(MINORITY, None, RNG.choice(["a", "b"], N_ROWS)),
        np.where(MINORITY, 5.0, RNG.choice([4.0, 6.0], N_ROWS)),
        pd.to_datetime(np.where(MINORITY, "2024-01-02", "2024-01-01")),
        np.where(MINORITY, 3, 1),
    ],
    ids=["missing number", "present number", "missing level", "in between", "time", "integer"],
)
def test_what_gives_the_class_away_is_seen(values):
    assert auc_of(values) == 1.0


def test_a_column_without_values_has_no_area():
    frame = pd.DataFrame({"x": [np.nan] * N_ROWS, "y": range(N_ROWS)})
    aucs, _ = auc_alone(code_columns(frame)[1], MINORITY, np.random.default_rng(0))
    assert np.isnan(aucs["x"])


@pytest.mark.parametrize(("n_minority", "n_tested"), [(9, 0), (10, 60), (50, 60), (51, 0)])
def test_ten_rows_of_either_part_are_needed(n_minority, n_tested):
    columns = code_columns(pd.DataFrame({"x": range(60)}))[1]
    aucs, n_rows = auc_alone(columns, np.arange(60) < n_minority, np.random.default_rng(0))
    assert n_rows == n_tested
    assert len(aucs) == (n_tested > 0)


def test_large_tables_are_measured_in_part(monkeypatch):
    monkeypatch.setattr(separation, "_MOST_MINORITY", 30)
    monkeypatch.setattr(separation, "_MOST_OTHERS", 200)
    columns = code_columns(pd.DataFrame({"x": MINORITY.astype(int)}))[1]
    aucs, n_rows = auc_alone(columns, MINORITY, np.random.default_rng(0))
    assert (aucs, n_rows) == ({"x": 1.0}, 230)
