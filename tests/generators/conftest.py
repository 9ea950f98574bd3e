"""Scores from fewer synthetic rows, for what does not depend on how exact they are."""

import pytest

from imbgen.generators import deep


@pytest.fixture(scope="module", autouse=True)
def few_scored():
    """Score networks by 150 synthetic rows: the time of a score falls with the square of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep, "_N_SAMPLE", 150)
        yield
