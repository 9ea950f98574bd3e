from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg


@pytest.fixture(autouse=True)
def leave_pyplot_alone():
    """Fail the test that left a figure open or changed a setting."""
    before = dict(mpl.rcParams)
    yield
    leaked = plt.get_fignums()
    plt.close("all")
    assert leaked == []
    assert dict(mpl.rcParams) == before


@pytest.fixture
def render():
    """Draw an axes' figure, or a figure, in memory; layout problems and missing glyphs warn here."""

    def draw(picture):
        figure = getattr(picture, "figure", None) or picture
        FigureCanvasAgg(figure).draw()
        return picture

    return draw


def make_frame(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(50, 15, n),
            "count": rng.poisson(2, n),
            "sex": rng.choice(["f", "m"], n),
            "flag": rng.random(n) < 0.2,
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "grade": pd.Categorical(rng.choice(list("ABC"), n), categories=list("CBA"), ordered=True),
            "city": rng.choice([f"city {i}" for i in range(40)], n),
            "constant": 3.7,
            "lost": [None] * n,
        }
    )
    frame.loc[::3, ["age", "sex", "when", "grade"]] = None
    return frame


FIXTURES = {
    "mixed": make_frame(60),
    "one row": make_frame(60).iloc[[1]],
    "two rows": make_frame(60).iloc[[1, 2]],
    "all missing": pd.DataFrame({"x": [np.nan] * 4, "y": [None] * 4}),
    "constants": pd.DataFrame({"x": [1.5] * 4, "y": ["a"] * 4}),
    "levels": pd.DataFrame({"x": [f"level {i}" for i in range(1000)], "y": range(1000)}),
    "nullable": pd.DataFrame(
        {"x": pd.array([1, None, 3, 4], "Int64"), "y": pd.array([True, None, False, True], "boolean")}
    ),
    "zoned": pd.DataFrame({"x": pd.date_range("2020", periods=5, tz="Europe/Paris"), "y": [1, 2, 3, 4, 5]}),
    "infinite": pd.DataFrame({"x": [1.0, np.inf, -np.inf, 2.0], "y": [np.inf] * 4}),
    "wide": pd.DataFrame({"x": [1e-300, 1.0, 1e12, -1e12, 0.0, 3.0, 2.0], "y": [0, 0, 0, 0, 0, 0, 10**9]}),
    "shuffled": make_frame(30)
    .sample(frac=1.0, random_state=0)
    .rename(columns={"age": 7, "sex": "price $ in $"}),
}


@pytest.fixture(params=FIXTURES.values(), ids=FIXTURES.keys())
def frame(request):
    return request.param.copy()
