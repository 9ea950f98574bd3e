from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from imbgen.plots._association import associations
from imbgen.plots._columns import kind_of


def test_numbers_agree_with_scipy():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=50)}).assign(y=lambda f: f["x"] ** 3 + rng.normal(size=50))
    matrix = associations(frame, {"x": "number", "y": "number"})
    assert matrix[0, 1] == pytest.approx(spearmanr(frame["x"], frame["y"]).statistic)


def test_a_few_pairs_of_a_long_table_tell_nothing():
    x = np.arange(50.0)
    frame = pd.DataFrame({"x": x, "y": np.where(x < 9, x, np.nan)})
    kinds = {"x": "number", "y": "number"}
    assert np.isnan(associations(frame, kinds)[0, 1])
    assert associations(frame.head(9), kinds)[0, 1] == 1.0
    assert associations(frame.assign(y=np.where(x < 10, x, np.nan)), kinds)[0, 1] == 1.0


def test_every_table_gives_a_symmetric_matrix_in_range(frame):
    matrix = associations(frame, {column: kind_of([frame[column]]) for column in frame})
    assert np.array_equal(matrix, matrix.T, equal_nan=True)
    assert np.nanmax(np.abs(matrix), initial=0.0) <= 1.0
    assert set(matrix.diagonal()[~np.isnan(matrix.diagonal())]) <= {1.0}
