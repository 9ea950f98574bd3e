from __future__ import annotations

import pytest

from imbgen.profiling.wording import enumerate_names


@pytest.mark.parametrize(
    ("n_names", "text"),
    [(1, "a"), (2, "a and b"), (3, "a, b and c"), (4, "a, b, c and 1 more")],
)
def test_names_are_joined_as_in_a_sentence(n_names, text):
    assert enumerate_names(list("abcd")[:n_names], most=3) == text
