"""An error before memory runs out."""

import numpy as np
import pandas as pd
import pytest

from imbgen import CopulaGenerator, GMMGenerator, KernelGenerator, memory
from imbgen.errors import DataError

MIXED = pd.DataFrame({"wide": [f"l{i % 20}" for i in range(400)], "x": np.arange(400.0)})


def test_what_fits_is_let_through(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)
    memory.check_memory(1000, "A covariance", "Drop columns.")


def test_what_does_not_fit_is_refused_with_figures(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**30)
    message = (
        "A covariance must fit into memory, however: it takes 3.0 GiB, and 1.0 GiB are free. Drop columns."
    )
    with pytest.raises(DataError, match=f"^{message}$"):
        memory.check_memory(3 * 2**30, "A covariance", "Drop columns.")


def test_where_the_system_does_not_tell_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    memory.check_memory(2**80, "A covariance", "Drop columns.")


def test_the_group_of_a_container_counts(monkeypatch):
    monkeypatch.setattr(memory, "_free_of_machine", lambda: 500)
    monkeypatch.setattr(memory, "_free_of_group", lambda: 200)
    assert memory.free_memory() == 200
    monkeypatch.setattr(memory, "_free_of_group", lambda: None)
    assert memory.free_memory() == 500


def test_a_table_that_does_not_fit_names_its_widest_column(monkeypatch):
    """400 rows in 20 levels and one number: 4 copies of 400 x 21 floats of 4 bytes are 134,400 bytes."""
    monkeypatch.setattr(memory, "free_memory", lambda: 134_399)
    with pytest.raises(DataError, match=r"400 rows in 21 dimensions.* The widest column is 'wide' with 20"):
        KernelGenerator(random_state=0).fit(MIXED)
    monkeypatch.setattr(memory, "free_memory", lambda: 134_400)
    KernelGenerator(random_state=0).fit(MIXED)


def test_correlations_that_do_not_fit(monkeypatch):
    """8 copies of 100 x 100 floats of 8 bytes are 640,000 bytes."""
    rows = np.random.default_rng(0).normal(size=(40, 100))
    monkeypatch.setattr(memory, "free_memory", lambda: 639_999)
    with pytest.raises(DataError, match="Correlations of 100 scores must fit"):
        CopulaGenerator().fit(rows)
    monkeypatch.setattr(memory, "free_memory", lambda: 640_000)
    CopulaGenerator().fit(rows)


def test_covariances_that_do_not_fit(monkeypatch):
    """3 copies of 2 matrices of 100 x 100 floats of 8 bytes are 480,000 bytes, the rows four times 64,000."""
    rows = np.random.default_rng(0).normal(size=(40, 100))
    monkeypatch.setattr(memory, "free_memory", lambda: 479_999)
    with pytest.raises(DataError, match="Covariances of 2 components in 100 dimensions must fit"):
        GMMGenerator(max_components=2).fit(rows)
    GMMGenerator(max_components=2, covariance_types=["diag"]).fit(rows)
    monkeypatch.setattr(memory, "free_memory", lambda: 480_000)
    GMMGenerator(max_components=2).fit(rows)
