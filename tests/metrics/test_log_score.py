from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sem

from imbgen import load_dataset
from imbgen.metrics import LogScorer, log_score, paired_skill, skill
from imbgen.schema import Schema


def draw_gaussian(n_rows, rng, correlation=0.9, n_columns=4, shift=0.0):
    covariance = np.full((n_columns, n_columns), correlation) + (1 - correlation) * np.eye(n_columns)
    rows = rng.multivariate_normal(np.full(n_columns, shift), covariance, size=n_rows)
    return pd.DataFrame(rows, columns=[f"x{i}" for i in range(n_columns)])


def draw_levels(n_rows, rng):
    """Four flags that follow a fifth."""
    root = rng.integers(3, size=n_rows)
    flags = {f"c{i}": np.where(rng.random(n_rows) < 0.9, root == i % 3, root != i % 3) for i in range(4)}
    return pd.DataFrame({"root": root.astype(str), **{name: v.astype(str) for name, v in flags.items()}})


def draw_mixed(n_rows, rng):
    table = pd.concat([draw_gaussian(n_rows, rng), draw_levels(n_rows, rng)], axis=1)
    table.loc[table["root"] == "1", "x0"] = np.nan
    return table


def shuffle_columns(frame, rng):
    return pd.DataFrame({name: rng.permutation(frame[name].to_numpy()) for name in frame})


@pytest.fixture(params=[draw_gaussian, draw_levels, draw_mixed])
def draw(request):
    return request.param


def test_the_better_law_scores_higher():
    rng = np.random.default_rng(0)
    reference, held_out = draw_gaussian(200, rng), draw_gaussian(200, rng)
    scorer = LogScorer(reference)
    laws = ({"shift": 0.0}, {"shift": 0.5}, {"shift": 1.5})
    scores = [scorer.row_scores(held_out, draw_gaussian(1000, rng, **law)).mean() for law in laws]
    assert scores == sorted(scores, reverse=True)
    too_tight = draw_gaussian(1000, rng) * 0.4
    assert scorer.row_scores(held_out, too_tight).mean() < scores[0]


def test_independent_columns_score_lower(draw):
    rng = np.random.default_rng(1)
    reference, held_out, good = (draw(n_rows, rng) for n_rows in (200, 200, 1000))
    gap = skill(reference, held_out, good, shuffle_columns(good, rng))
    assert gap.value > 5 * gap.standard_error


def test_copies_score_lowest(draw):
    rng = np.random.default_rng(2)
    reference, held_out, good = (draw(n_rows, rng) for n_rows in (100, 200, 1000))
    copies = reference.sample(1000, replace=True, random_state=0)
    scorer = LogScorer(reference)
    score = scorer.row_scores(held_out, copies).mean()
    if draw is draw_levels:  # 48 cells: the copies' law is nearly the truth
        assert score < scorer.row_scores(held_out, good).mean()
    else:
        assert score < scorer.row_scores(held_out, shuffle_columns(good, rng)).mean()


def test_near_copies_score_below_fresh_rows_where_no_row_repeats():
    rng = np.random.default_rng(3)
    reference, held_out, fresh = (draw_gaussian(n_rows, rng) for n_rows in (500, 200, 500))
    near = reference + rng.normal(scale=0.01, size=reference.shape)
    gap = skill(reference, held_out, fresh, near)
    assert gap.value > 5 * gap.standard_error


def test_copies_do_not_pay_where_real_rows_repeat():
    rng = np.random.default_rng(8)
    reference, held_out, good = (draw_gaussian(n_rows, rng) for n_rows in (200, 200, 1000))
    held_out = pd.concat([held_out[:160], reference[:40]])  # a fifth of them repeats a training row
    copies = reference.sample(1000, replace=True, random_state=0)
    assert skill(reference, held_out, good, copies).value > 1
    assert skill(reference, held_out, shuffle_columns(good, rng), copies).value > 0


def test_order_of_synthetic_rows_hardly_matters(draw):
    rng = np.random.default_rng(4)
    reference, held_out, good = (draw(n_rows, rng) for n_rows in (200, 200, 1000))
    score = log_score(reference, held_out, good)
    assert log_score(reference, held_out, good.sample(frac=1, random_state=0)) == pytest.approx(
        score, abs=0.1
    )
    assert log_score(reference, held_out[held_out.columns[::-1]], good) == score


def test_another_draw_hardly_matters(draw):
    rng = np.random.default_rng(9)
    reference, held_out = draw(100, rng), draw(100, rng)
    scorer = LogScorer(reference)
    assert np.std([scorer.row_scores(held_out, draw(1000, rng)).mean() for _ in range(6)]) < 0.15


def test_is_deterministic_and_leaves_its_input_alone(draw):
    rng = np.random.default_rng(5)
    reference, held_out, good = (draw(n_rows, rng) for n_rows in (50, 20, 300))
    before = held_out.copy()
    first = LogScorer(reference).row_scores(held_out, good)
    second = LogScorer(reference).row_scores(held_out, good)
    np.testing.assert_array_equal(first, second)
    pd.testing.assert_frame_equal(held_out, before)
    assert first.shape == (20,)
    assert first.dtype == np.float64


def test_few_held_out_rows_tell_the_same():
    rng = np.random.default_rng(6)
    reference, held_out = draw_gaussian(60, rng), draw_gaussian(10, rng)
    good, copies = draw_gaussian(1000, rng), reference.sample(1000, replace=True, random_state=0)
    assert skill(reference, held_out, good, copies).value > 0
    assert skill(reference, held_out, good, shuffle_columns(good, rng)).value > 0


def test_components_and_seed_are_used():
    rng = np.random.default_rng(7)
    reference, held_out, good = (draw_gaussian(n_rows, rng) for n_rows in (300, 50, 1000))
    whole = LogScorer(reference).row_scores(held_out, good)
    assert not np.allclose(LogScorer(reference, n_components=2).row_scores(held_out, good), whole)
    copies = pd.concat([good[:900], reference[:100]])
    seeds = [LogScorer(reference, random_state=s).row_scores(held_out, copies).mean() for s in range(8)]
    assert len(set(seeds)) > 1


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"x": [1.0, 2.0, np.nan, 4.0]}),
        pd.DataFrame({"x": [3.0] * 4}),
        pd.DataFrame({"x": [3.0] * 4, "c": ["a"] * 4}),
        pd.DataFrame({"c": ["a", "b", None, "a"]}),
        pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 2.0, 3.0, 4.0]}),
        pd.DataFrame({"flag": [True, False, True, True], "n": pd.array([1, None, 3, 9], dtype="Int64")}),
        pd.DataFrame({"day": pd.to_datetime(["2024-01-01", None, "2024-02-01", "2024-01-07"])}),
    ],
)
@pytest.mark.parametrize("n_rows", [1, 4])
def test_small_and_odd_tables_have_finite_scores(frame, n_rows):
    if frame[:n_rows].isna().to_numpy().all():
        pytest.skip("nothing is present")
    scorer = LogScorer(frame[:n_rows], schema=Schema.infer(frame))
    for synthetic in (frame, frame[:1]):
        assert np.isfinite(scorer.row_scores(frame, synthetic)).all()


def test_unseen_levels_gaps_and_far_numbers_are_finite():
    reference = pd.DataFrame({"x": [1.0, 2.0, 3.0], "c": ["a", "b", "a"]})
    odd = pd.DataFrame({"x": [np.nan, 1e12, -1e12], "c": ["new", None, "a"]})
    assert np.isfinite(LogScorer(reference).row_scores(odd, reference)).all()
    assert np.isfinite(LogScorer(reference).row_scores(reference, odd)).all()


@pytest.mark.parametrize(
    ("name", "label"), [("hypothyroid", "hypothyroid"), ("ecoli", "imU"), ("car_evaluation", "acc")]
)
def test_real_rows_lead_copies_on_embedded_tables(name, label):
    features, target = load_dataset(name)
    rows = features[target == label].sample(frac=1, random_state=0)
    reference, held_out, other = (rows.iloc[i::3] for i in range(3))
    schema = Schema.infer(rows)
    copies = reference.sample(len(other), replace=True, random_state=0)
    gap = skill(reference, held_out, other, copies, schema=schema)
    assert gap.value > 2 * gap.standard_error


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=30),
)
@settings(max_examples=30, deadline=None)
def test_paired_skill_is_mean_and_standard_error(pairs):
    scores, baseline = np.array(pairs).T
    found = paired_skill(scores, baseline)
    assert found.value == pytest.approx(np.mean(scores - baseline))
    assert found.standard_error == pytest.approx(sem(scores - baseline))
    assert found.n_rows == len(pairs)


def test_one_row_has_no_standard_error():
    assert np.isnan(paired_skill(np.array([1.0]), np.array([0.0])).standard_error)
