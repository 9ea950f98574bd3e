"""Folds: every row is held out once, and nothing of it reaches the member that is scored on it."""

import numpy as np
import pandas as pd
import pytest

from imbgen.encoding import TableEncoder
from imbgen.generators import crossfit as crossfit_module
from imbgen.generators.crossfit import CrossFit
from imbgen.metrics import LogScorer
from imbgen.schema import Schema


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=50),
            "i": rng.integers(0, 9, 50),
            "c": rng.choice(["a", "b"], 50),
            "gaps": np.where(rng.random(50) < 0.3, np.nan, rng.normal(size=50)),
        }
    )


def _crossfit(frame, n_folds=3, seed=0, n_sample=200):
    encoder = TableEncoder(Schema.infer(frame, {"x": "continuous", "i": "integer"})).fit(frame)
    return CrossFit(frame, encoder, n_folds=n_folds, n_sample=n_sample, rng=np.random.default_rng(seed))


def _output(crossfit, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3, crossfit.n_sample, crossfit.encoders[0].d_encoded)).astype(np.float32)


def test_every_row_is_held_out_once(frame):
    crossfit = _crossfit(frame)
    held_out = [np.setdiff1d(np.arange(50), rows) for rows in crossfit.train_rows]
    np.testing.assert_array_equal(np.sort(np.concatenate(held_out)), np.arange(50))
    assert sorted(map(len, held_out)) == [16, 17, 17]
    for rows, scored in zip(held_out, crossfit.held_out, strict=True):
        np.testing.assert_array_equal(scored.index, rows)
    np.testing.assert_array_equal(np.bincount(crossfit.folds), list(map(len, held_out)))


def test_encoded_rows_that_would_not_fit_into_memory_are_refused(frame, monkeypatch):
    crossfit = _crossfit(frame)
    asked = []
    monkeypatch.setattr(crossfit_module, "check_memory", lambda n_bytes, *_: asked.append(n_bytes))
    encoded = crossfit.encode(np.random.default_rng(0))
    assert encoded.shape == (3, 8, len(frame), crossfit.encoders[0].d_encoded)
    assert encoded.dtype == np.float32
    assert asked == [encoded.nbytes]
    seed = int(np.random.default_rng(0).integers(2**31, size=8)[5])
    np.testing.assert_array_equal(encoded[2, 5], crossfit.encoders[2].encode(frame, seed))


def test_the_seed_decides_the_folds(frame):
    first, again, other = (_crossfit(frame, seed=seed).train_rows for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_a_member_owes_nothing_to_its_held_out_rows(frame):
    before = _crossfit(frame)
    held_out = np.setdiff1d(np.arange(50), before.train_rows[0])
    altered = frame.copy()
    altered.loc[held_out, "x"] = 1000.5 + np.arange(len(held_out))
    altered.loc[held_out, "i"] = 77
    altered.loc[held_out, "c"] = "b"
    after = _crossfit(altered)
    np.testing.assert_array_equal(before.train_rows[0], after.train_rows[0])
    states = [crossfit.encoders[0].get_state()[1] for crossfit in (before, after)]
    assert states[0].keys() == states[1].keys()
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
    output = _output(before)
    pd.testing.assert_frame_equal(before.decode(0, output), after.decode(0, output))
    assert after.decode(0, output)["i"].max() <= 9
    # The coordinates of the score are the same as well: the same rows score the same.
    rows = frame.iloc[held_out]
    synthetic = before.decode(0, output)
    np.testing.assert_array_equal(
        before._scorers[0].row_scores(rows, synthetic), after._scorers[0].row_scores(rows, synthetic)
    )


def test_scores_are_those_of_the_log_scorer_on_training_rows(frame):
    crossfit = _crossfit(frame)
    output = _output(crossfit)
    scores = crossfit.score(output)
    assert scores.shape == crossfit.folds.shape == crossfit.baseline.shape
    for member, rows in enumerate(crossfit.train_rows):
        scorer = LogScorer(frame.iloc[rows], schema=crossfit._schema, nullable=frozenset({"gaps"}))
        held_out = frame.drop(index=rows)
        expected = scorer.row_scores(held_out, crossfit.decode(member, output))
        np.testing.assert_array_equal(scores[crossfit.folds == member], expected)


def test_held_out_rows_score_above_noise_and_copies_below(frame):
    """Known truth: blurred rows that hold the held-out ones, noise in every column, blurred training rows."""
    crossfit = _crossfit(frame)
    blur = np.random.default_rng(0).normal(0, 0.3, _output(crossfit).shape).astype(np.float32)

    def score(rows_of_members):
        members = zip(crossfit.encoders, rows_of_members, strict=True)
        rows = [encoder.encode(frame.iloc[np.resize(rows, 200)], 0) for encoder, rows in members]
        return crossfit.score(np.stack(rows) + blur).mean()

    noise = crossfit.score(_output(crossfit)).mean()
    assert score([np.arange(len(frame))] * 3) > noise > score(crossfit.train_rows)


def test_rows_are_those_of_all_members(frame):
    crossfit = _crossfit(frame)
    rows = crossfit.rows(_output(crossfit))
    assert rows.shape == (3 * 200, 4)
    assert rows.dtypes.equals(frame.dtypes)


def test_the_scored_rows_of_a_large_class_are_spread_over_the_table():
    frame = pd.DataFrame({"t": np.arange(900)})
    crossfit = _crossfit_of(frame)
    for scored in crossfit.held_out:
        assert len(scored) == 200
        assert scored["t"].max() > 800


def test_one_fold_is_a_fifth_of_the_rows_at_most_200(frame):
    crossfit = _crossfit(frame, n_folds=1)
    assert [len(rows) for rows in crossfit.train_rows] == [40]
    np.testing.assert_array_equal(crossfit.folds, np.zeros(10))
    large = pd.DataFrame({"t": np.arange(2000)})
    encoder = TableEncoder(Schema.infer(large)).fit(large)
    crossfit = CrossFit(large, encoder, n_folds=1, n_sample=100, rng=np.random.default_rng(0))
    assert [len(rows) for rows in crossfit.train_rows] == [1800]
    assert len(crossfit.folds) == 200


def _crossfit_of(frame):
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    return CrossFit(frame, encoder, n_folds=2, n_sample=100, rng=np.random.default_rng(0))
