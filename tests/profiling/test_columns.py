from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.profiling.coded import code_columns
from imbgen.profiling.columns import column_table, find_traits
from imbgen.profiling.traits import Trait

RNG = np.random.default_rng(1)
N_ROWS = 400
MINORITY = np.arange(N_ROWS) < 40


def traits_of(values, minority=MINORITY, n_columns=1):
    frame = pd.DataFrame({"x": values})
    return find_traits(code_columns(frame)[1][0], minority, n_columns)


def with_gaps(n_minority, n_others):
    values = RNG.integers(0, 40, N_ROWS).astype(float)
    values[:n_minority] = np.nan
    values[40 : 40 + n_others] = np.nan
    return values


def mostly(value, share, rest):
    return np.where(np.arange(N_ROWS) * 37 % 100 < 100 * share, value, rest)


@pytest.mark.parametrize(
    ("values", "trait", "detail"),
    [
        ([7] * N_ROWS, Trait.CONSTANT, "always 7"),
        ([2.5, *[np.nan] * (N_ROWS - 1)], Trait.CONSTANT, "2.5 or missing"),
        (mostly("a", 0.99, "b"), Trait.NEARLY_CONSTANT, "99.0% are 'a'"),
        (np.where(MINORITY, "a", RNG.choice(["a", "b"], N_ROWS)), Trait.CONSTANT_IN_CLASS, "always 'a'"),
        (with_gaps(20, 30), Trait.MISSING_BY_CLASS, "50% against 8%"),
        (with_gaps(0, 180), Trait.MISSING_BY_CLASS, "0% against 50%"),
        (np.where(np.arange(N_ROWS) % 9, RNG.normal(size=N_ROWS), np.inf), Trait.INFINITE, "45 rows"),
        (mostly(0.0, 0.5, RNG.normal(size=N_ROWS)), Trait.MANY_ZEROS, "50%"),
        (RNG.standard_t(1, size=N_ROWS), Trait.HEAVY_TAIL, None),
        (RNG.choice([1, 2, 9], N_ROWS), Trait.FEW_INTEGERS, "3 from 1 to 9"),
        (RNG.choice([f"l{i}" for i in range(31)], N_ROWS), Trait.MANY_LEVELS, "31 levels"),
        (["once", *RNG.choice(["a", "b"], N_ROWS - 1)], Trait.SINGLE_LEVELS, "1 of 3"),
        (pd.Series([1, "a"] * (N_ROWS // 2), dtype=object), Trait.MIXED, "int and str"),
    ],
)
def test_what_is_there_is_found_alone(values, trait, detail):
    found = traits_of(values)
    assert list(found) == [trait]
    assert detail in (None, found[trait])


def test_a_column_without_values_is_empty_and_no_more():
    frame = pd.DataFrame({"x": [np.nan] * N_ROWS, "y": range(N_ROWS)})
    assert find_traits(code_columns(frame)[1][0], MINORITY, 2) == {Trait.EMPTY: ""}


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=N_ROWS),
        RNG.exponential(size=N_ROWS),
        mostly("a", 0.98, "b"),
        mostly(0.0, 0.49, RNG.normal(size=N_ROWS)),
        with_gaps(6, 60),
        with_gaps(3, 13),
        RNG.choice([0, 1], N_ROWS),
        RNG.choice(13, N_ROWS),
        RNG.choice([f"l{i}" for i in range(30)], N_ROWS),
        pd.to_datetime("2024-01-01") + pd.to_timedelta(RNG.integers(0, 99, N_ROWS), "D"),
        RNG.choice([True, False], N_ROWS),
    ],
)
def test_ordinary_columns_have_no_traits(values):
    assert traits_of(values) == {}


def test_agreement_of_a_few_rows_is_no_surprise():
    values = RNG.choice(["a", "b"], N_ROWS)
    values[:3] = "a"
    assert traits_of(values, np.arange(N_ROWS) < 3) == {}
    values[:20] = "a"
    assert list(traits_of(values, np.arange(N_ROWS) < 20)) == [Trait.CONSTANT_IN_CLASS]


def test_many_columns_are_tested_more_strictly():
    values = with_gaps(9, 27)
    assert Trait.MISSING_BY_CLASS in traits_of(values, n_columns=1)
    assert Trait.MISSING_BY_CLASS not in traits_of(values, n_columns=200)


def test_the_table_counts_by_class():
    frame = pd.DataFrame({"x": ["a", "a", "b", None], "y": [1.0, 2.0, np.nan, np.nan]})
    minority = np.array([True, True, False, False])
    columns = code_columns(frame)[1]
    found = {"x": {Trait.MIXED: "so", Trait.CONSTANT_IN_CLASS: ""}, "y": {}}
    table = column_table(columns, minority, {"x": 0.75}, found)
    assert table.loc["x"].to_dict() == {
        "kind": "categorical",
        "dtype": str(frame["x"].dtype),
        "distinct": 2,
        "distinct_minority": 1,
        "missing": 0.25,
        "missing_minority": 0.0,
        "most_common": pytest.approx(2 / 3),
        "auc": 0.75,
        "remarks": "mixed types, constant in the class",
        "details": "mixed types (so), constant in the class",
    }
    assert table["distinct_minority"].tolist() == [1, 2]
    assert np.isnan(table["auc"].loc["y"])
