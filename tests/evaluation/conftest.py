"""Tables and arms whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def draw_rare(n_rows, rng):
    return pd.DataFrame(rng.normal([1.5, 1.5, 0.0], [0.5, 0.5, 1.0], size=(n_rows, 3)), columns=list("abc"))


@pytest.fixture(scope="session")
def table():
    """200 rows of a wide law, 30 of a narrow one inside its edge."""
    rng = np.random.default_rng(0)
    others = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    X = pd.concat([others, draw_rare(30, rng)], ignore_index=True)
    return X, pd.Series(np.repeat(["no", "yes"], [200, 30]))


@pytest.fixture(scope="session")
def mixed():
    """The same with levels, gaps, whole numbers and a flag."""
    rng = np.random.default_rng(1)
    X = pd.concat(
        [pd.DataFrame(rng.normal(size=(150, 3)), columns=list("abc")), draw_rare(25, rng)], ignore_index=True
    )
    X["level"] = rng.choice(["x", "y", "z"], size=175)
    X["count"] = rng.integers(9, size=175)
    X["flag"] = rng.random(175) < 0.3
    X.loc[rng.choice(175, 30, replace=False), "a"] = np.nan
    X.loc[rng.choice(175, 10, replace=False), "level"] = None
    return X, np.repeat([0, 1], [150, 25])


class TrueLaw:
    """Samples the law that the rare rows come from, for an arm that cannot be beaten."""

    def __init__(self, draw, offset=0, random_state=None):
        self.draw, self.offset, self.random_state = draw, offset, random_state

    def get_params(self, deep=True):
        return {"draw": self.draw, "offset": self.offset, "random_state": self.random_state}

    def set_params(self, **params):
        vars(self).update(params)
        return self

    def fit(self, X):
        return self

    def sample(self, n):
        return self.draw(n, np.random.default_rng([self.random_state, self.offset]))
