from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table():
    """400 rows of three unremarkable columns, the first 40 of class "ill", and their labels."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"dose": rng.normal(size=400), "ward": rng.choice(list("xyz"), 400), "age": rng.integers(18, 99, 400)}
    )
    return frame, pd.Series(np.where(np.arange(400) < 40, "ill", "well"))
