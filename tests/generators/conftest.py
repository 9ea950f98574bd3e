"""Scores from fewer synthetic rows, for what does not depend on how exact they are."""

import pytest

from imbgen.generators import deep


@pytest.fixture
def few_scored(monkeypatch):
    """Score networks by 150 synthetic rows: the time of a score falls with the square of them."""
    monkeypatch.setattr(deep, "_N_SAMPLE", 150)
