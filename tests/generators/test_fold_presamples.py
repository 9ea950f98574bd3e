"""Pre-samplers of folds never see their fold, and mixtures keep their shares."""

import numpy as np
import pandas as pd
import pytest

from imbgen import SMOTEGenerator
from imbgen.encoding import TableEncoder
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.fold_presamples import FoldPresamples, mix_rows
from imbgen.generators.gate import CANDIDATES
from imbgen.schema import Schema

ROWS = pd.DataFrame({"x": np.arange(40.0), "c": ["a", "b"] * 20})


@pytest.fixture
def folds():
    encoder = TableEncoder(Schema.infer(ROWS)).fit(ROWS)
    crossfit = CrossFit(ROWS, encoder, n_folds=4, n_sample=100, rng=np.random.default_rng(0))
    return FoldPresamples(SMOTEGenerator(), crossfit, ROWS, None, np.random.default_rng(1)), crossfit


def test_a_member_is_pre_sampled_without_its_fold(folds):
    """SMOTE passes no extreme: whoever was fitted without 39 never reaches it."""
    presamples, crossfit = folds
    for rows, drawn, many in zip(crossfit.train_rows, presamples.own, presamples.draw(5, 4000), strict=True):
        assert len(drawn) == 100
        assert many["x"].between(rows.min(), rows.max()).all()


def test_a_pool_belongs_to_its_epoch(folds):
    presamples, _ = folds
    first, again, other = presamples.pool(0), presamples.pool(0), presamples.pool(1)
    assert first.shape[0] == 4
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_candidate_0_is_scored_by_rows_as_they_were_drawn(folds):
    presamples, crossfit = folds
    np.testing.assert_array_equal(presamples.score(CANDIDATES[0], []), crossfit.score_rows(presamples.own))


def test_a_thinned_candidate_is_made_of_other_rows(folds):
    presamples, crossfit = folds
    thinned = CANDIDATES[1]
    assert thinned.is_thinned
    assert not presamples.rows_of(2, thinned, []).equals(presamples.own[2])
    scores = presamples.score(thinned, [])
    rows = [presamples.rows_of(member, thinned, []) for member in range(4)]
    np.testing.assert_array_equal(scores, crossfit.score_rows(rows))


def test_the_noise_begins_with_the_encoded_pre_samples(folds):
    presamples, crossfit = folds
    noise = presamples.put_first(np.full((4, 100, 9), 7.0, dtype=np.float32))
    expected = crossfit.encoders[2].encode(presamples.own[2], 0)
    np.testing.assert_array_equal(noise[2, :, :3], expected)
    assert (noise[..., 3:] == 7.0).all()


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.5, 1.0])
def test_a_mixture_has_the_share_it_should(weight):
    own = pd.DataFrame({"x": np.arange(100.0)}, index=np.arange(100) + 3)
    mixed = mix_rows(pd.DataFrame({"x": -1.0 - np.arange(100.0)}), own, weight)
    assert mixed.index.tolist() == list(range(100))
    assert (mixed["x"] < 0).mean() == weight
    assert (mixed["x"].abs() - (mixed["x"] < 0) == np.arange(100)).all()  # each in its place
