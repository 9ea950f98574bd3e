"""Draws between bounds, and which encoded dimensions have a latent score."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, truncnorm

from imbgen.encoding import TableEncoder
from imbgen.generators.latent_scores import draw_scores, draw_truncated, factor_correlation, latent_dims
from imbgen.schema import Schema


@pytest.mark.parametrize(
    ("low", "high"),
    [(-np.inf, np.inf), (-np.inf, -1.0), (0.5, np.inf), (-0.2, 0.3), (6.0, 8.0), (-9.0, -7.0)],
)
def test_draws_have_the_truncated_law(low, high):
    mean, sd, n = 0.4, 1.5, 4000
    bounds = np.full(n, low), np.full(n, high)
    draws = draw_truncated(np.full(n, mean), sd, *bounds, np.random.default_rng(0))
    law = truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)
    assert kstest(draws, law.cdf).pvalue > 0.001
    assert ((draws >= low) & (draws <= high)).all()


@pytest.mark.parametrize("bound", [-60.0, 60.0])
def test_draws_beyond_what_has_a_probability_lie_at_their_bound(bound):
    bounds = (bound, np.inf) if bound > 0 else (-np.inf, bound)
    low, high = (np.full(5, value) for value in bounds)
    draws = draw_truncated(np.zeros(5), 1.0, low, high, np.random.default_rng(0))
    np.testing.assert_allclose(draws, bound)


def _encoder():
    frame = pd.DataFrame({"x": [0.5, 1.7, None, 3.1], "sex": list("FMFM"), "site": list("abca")})
    return TableEncoder(Schema.infer(frame)).fit(frame)


def test_two_levels_have_one_score_and_more_have_one_each():
    assert latent_dims(_encoder()).tolist() == [0, 2, 4, 5, 6, 7]


def test_scores_have_the_correlation_also_where_it_is_singular():
    correlation = np.eye(6)
    correlation[0, 2] = correlation[2, 0] = 1.0
    correlation[1, 3] = correlation[3, 1] = -0.5
    raw = draw_scores(factor_correlation(correlation), _encoder(), np.random.default_rng(0))
    np.testing.assert_allclose(np.corrcoef(raw[:, [0, 2, 4, 5, 6, 7]].T), correlation, atol=0.06)
    assert (raw[:, [1, 3]] == 0).all()
