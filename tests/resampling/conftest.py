from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def make_numbers(n_rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "weight": rng.normal(70, 10, n_rows),
            "age": rng.integers(20, 80, n_rows),
            "children": rng.integers(0, 5, n_rows).astype("float64"),
            "smoker": rng.random(n_rows) < 0.3,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n_rows), "D"),
            "always": 7,
            "dose": rng.normal(size=n_rows).astype("float32"),
            "visits": pd.array(rng.integers(0, 9, n_rows), dtype="Int64"),
        }
    )


@pytest.fixture
def numbers():
    """A table of 100 rows of numbers, booleans and dates."""
    return make_numbers(100)


@pytest.fixture
def mixed():
    """The same with text, a category with a level that is not used, and text that looks like numbers."""
    frame, rng = make_numbers(100), np.random.default_rng(1)
    frame.insert(0, "city", rng.choice(["Rom", "Oslo", "Kiew"], 100))
    frame["ward"] = pd.Categorical(rng.choice([10, 20, 30], 100), categories=[10, 20, 30, 40])
    frame["zip"] = rng.choice(["01", "02"], 100)
    return frame


@pytest.fixture
def labels():
    """Labels of 100 rows, 25 of them "yes", under a shuffled index."""
    values = np.where(np.arange(100) % 4 == 0, "yes", "no")
    return pd.Series(values, index=np.random.default_rng(2).permutation(100), name="sick", dtype="category")
