"""Tables of one class, each a way in which generators are known to fail."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["standard_tables"]


def standard_tables(random_state: int = 0) -> dict[str, pd.DataFrame]:
    """Tables of one class, each a way in which generators are known to fail.

    Parameters
    ----------
    random_state : int
        Seed.

    Returns
    -------
    tables : dict of str to DataFrame
    """
    rng = np.random.default_rng(random_state)
    mixed = _mixed(rng, 49)
    numeric = pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "c"])
    return {
        "mixed_49_rows": mixed,
        "2_rows": mixed.head(2),
        "3_rows": mixed.head(3),
        "5_rows": mixed.head(5),
        "29_rows": mixed.head(29),
        "numeric": numeric,
        "float32": numeric.astype(np.float32),
        "categorical": mixed[["sex", "site", "flag"]],
        "one_column": numeric[["a"]],
        "constant_columns": numeric.assign(only="x", zero=0, never=np.nan),
        "nothing_varies": pd.DataFrame({"only": ["x"] * 35, "zero": [0] * 35}),
        "level_seen_once": pd.DataFrame({"level": ["often"] * 39 + ["once"], "a": rng.normal(size=40)}),
        "1000_levels": pd.DataFrame({"id": [f"id{i}" for i in range(1000)], "a": rng.normal(size=1000)}),
        "shuffled_index": mixed.sample(frac=1, random_state=0),
        "zero_inflated": pd.DataFrame(
            {"amount": np.r_[np.zeros(90), rng.gamma(1, 50, 10)], "b": rng.normal(size=100)}
        ),
        "duplicated_rows": pd.concat([mixed.head(20)] * 3, ignore_index=True),
        "booleans_and_minus_one": pd.DataFrame(
            {"flag": rng.random(35) < 0.3, "sign": rng.choice([-1, 1], 35)}
        ),
    }


def _mixed(rng: np.random.Generator, n: int) -> pd.DataFrame:
    age = rng.integers(18, 90, n)
    pressure = np.round(100 + 0.5 * age + rng.normal(0, 8, n), 1)
    pressure[rng.random(n) < 0.2] = np.nan
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    return pd.DataFrame(
        {
            "age": age,
            "pressure": pressure,
            "amount": rng.lognormal(3, 1, n),
            "sex": rng.choice(["F", "M"], n),
            "site": pd.Categorical(rng.choice(["north", "south"], n), categories=["north", "south", "west"]),
            "grade": pd.Categorical(
                rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"], ordered=True
            ),
            "flag": rng.random(n) < 0.4,
            "count": pd.Series(rng.poisson(3, n), dtype="Int64").mask(rng.random(n) < 0.2),
            "day": day,
        }
    )
