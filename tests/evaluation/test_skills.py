"""Skill of any generator, against what the parts give when put together by hand."""

import numpy as np
import pandas as pd
import pytest

from imbgen import GMMGenerator, InterpolationGenerator, KernelGenerator, SMOTEGenerator
from imbgen.errors import DataError, ParameterError
from imbgen.evaluation import held_out_skill, out_of_fold_skill
from imbgen.metrics import LogScorer, paired_skill


def _rows(n, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, size=n)
    return pd.DataFrame({"x": x, "y": x + 0.3 * rng.normal(size=n), "c": rng.choice(["a", "b"], n)})


def test_held_out_skill_is_the_paired_gain_over_a_mixture_of_the_same_rows():
    training, held_out = _rows(60), _rows(40, seed=1)
    generator = KernelGenerator(random_state=0).fit(training)
    skill = held_out_skill(generator, training, held_out, n_sample=500, random_state=3)
    scorer = LogScorer(training, schema=generator.schema_, random_state=3)
    kinds = {"x": "continuous", "y": "continuous", "c": "categorical"}
    baseline = GMMGenerator(schema=kinds, random_state=3).fit(training)
    mine = scorer.row_scores(held_out, generator.sample(500, random_state=3))
    theirs = scorer.row_scores(held_out, baseline.sample(500, random_state=3))
    assert skill == paired_skill(mine, theirs)
    assert skill.n_rows == 40


@pytest.mark.parametrize("score", [held_out_skill, out_of_fold_skill])
def test_copies_have_negative_skill(score):
    class Copies(KernelGenerator):
        def _sample_block(self, rng):
            return self.rows_.sample(4096, replace=True, random_state=0).reset_index(drop=True)

        def _fit(self, frame, rng, others):
            super()._fit(frame, rng, others)
            self.rows_ = frame

    rows = _rows(100)
    if score is held_out_skill:
        skill = held_out_skill(Copies().fit(rows[:70]), rows[:70], rows[70:])
    else:
        skill = out_of_fold_skill(Copies(), rows)
    assert skill.value < -3 * skill.standard_error


def test_the_baseline_has_no_skill_over_itself():
    skill = out_of_fold_skill(GMMGenerator(), _rows(100))
    assert abs(skill.value) < 0.1
    assert skill.n_rows == 100


def test_out_of_fold_rows_are_scored_by_clones_that_have_not_seen_them(monkeypatch):
    fitted = []
    original = InterpolationGenerator.fit

    def remember(self, X, *, others=None):
        fitted.append(X)
        return original(self, X, others=others)

    monkeypatch.setattr(InterpolationGenerator, "fit", remember)
    rows, generator = _rows(53), InterpolationGenerator()
    out_of_fold_skill(generator, rows, n_folds=4, n_sample=100)
    left_out = [sorted(set(rows.index) - set(part.index)) for part in fitted]
    assert sorted(row for part in left_out for row in part) == list(range(53))
    assert not hasattr(generator, "schema_")


def test_the_same_seed_gives_the_same_skill():
    rows = _rows(30)
    first, again, other = (
        out_of_fold_skill(KernelGenerator(), rows, n_sample=200, random_state=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_others_reach_a_generator_that_uses_them():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.choice(list("abc"), (40, 6)), columns=list("uvwxyz"))
    others = rows.assign(u="a")
    alone = out_of_fold_skill(SMOTEGenerator(), rows, n_sample=200)
    assert alone != out_of_fold_skill(SMOTEGenerator(), rows, others=others, n_sample=200)


def test_arrays_are_scored_too():
    rows = _rows(40)[["x", "y"]].to_numpy()
    generator = KernelGenerator(random_state=0).fit(rows[:30])
    assert held_out_skill(generator, rows[:30], rows[30:], n_sample=100).n_rows == 10
    assert out_of_fold_skill(generator, rows, n_sample=100).n_rows == 40


def test_a_row_that_was_seen_is_refused():
    rows = _rows(60)
    generator = KernelGenerator(random_state=0).fit(rows[:40])
    with pytest.raises(DataError, match="2 of 22 equal a training row"):
        held_out_skill(generator, rows[:40], rows[38:])


def test_held_out_rows_may_have_other_dtypes():
    """The same rows as a text file would give them: days as text, codes as numbers, no categories."""
    rng = np.random.default_rng(0)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 60), unit="D")
    rows = _rows(60).assign(day=days.astype("datetime64[s]"), code=pd.Categorical(rng.integers(0, 3, 60)))
    training, held_out = rows[:40], rows[40:]
    text = held_out.assign(day=held_out["day"].dt.strftime("%Y-%m-%d"), code=held_out["code"].astype("int64"))
    finer = held_out.assign(day=held_out["day"].astype("datetime64[ns]"))
    generator = KernelGenerator(random_state=0).fit(training)
    expected = held_out_skill(generator, training, held_out, n_sample=100)
    for other in (text, finer):
        assert held_out_skill(generator, training, other, n_sample=100) == expected


def test_no_held_out_row():
    rows = _rows(30)
    generator = KernelGenerator(random_state=0).fit(rows)
    with pytest.raises(DataError, match="at least one held-out row"):
        held_out_skill(generator, rows, rows[:0])


def test_too_few_rows():
    with pytest.raises(DataError, match="at least 10 rows, however: n_rows=9"):
        out_of_fold_skill(GMMGenerator(), _rows(9))


@pytest.mark.parametrize(
    "options", [{"n_folds": 1}, {"n_folds": 16}, {"n_sample": 5}, {"random_state": -1}, {"n_folds": 2.5}]
)
def test_bad_parameters(options):
    with pytest.raises(ParameterError, match=next(iter(options))):
        out_of_fold_skill(GMMGenerator(), _rows(30), **options)
