"""Skills in words."""

import math

import pytest

from imbgen.cli.skill_text import describe_skill, explain_skill


@pytest.mark.parametrize(
    ("value", "error", "start"),
    [
        (0.3, 0.1, "Better than a Gaussian mixture"),
        (0.1, 0.1, "Not better than a Gaussian mixture: the difference is within"),
        (-0.05, 0.1, "Not better than a Gaussian mixture: the difference is within"),
        (-0.3, 0.1, "Not better than a Gaussian mixture but worse"),
        (0.3, None, "Whether that is better than a Gaussian mixture cannot be told"),
        (0.3, math.nan, "Whether that is better than a Gaussian mixture cannot be told"),
    ],
)
def test_a_skill_is_put_into_words(value, error, start):
    assert explain_skill(value, error).startswith(start)


def test_one_row_has_no_error_and_no_plural():
    assert describe_skill(-0.5, math.nan, 1) == (
        "-0.500 ± unknown nats per row over a Gaussian mixture, on 1 held-out row"
    )
