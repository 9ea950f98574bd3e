from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.tables import arrow_file, csv_file


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "age": [71, 64, 58],
            "dose": [0.1 + 0.2, np.nan, 1e-17 / 3],
            "note": ["a, b", 'say "ü"', None],
            "sick": [True, False, True],
        },
        index=[5, 3, 9],
    )


@pytest.fixture
def write(tmp_path):
    """Write texts to files and return the folder."""

    def run(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return run


@pytest.fixture(params=[1, 3, 1000], ids=lambda n: f"{n} rows at a time")
def small_parts(request, monkeypatch):
    """Read a few rows at a time, of tables with five columns."""
    monkeypatch.setattr(csv_file, "_CELLS_PER_CHUNK", 5 * request.param)
    monkeypatch.setattr(arrow_file, "_ROWS_PER_BATCH", request.param)
    return request.param
