from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler

from imbgen import InterpolationGenerator, OverSampler
from imbgen.errors import DataError
from imbgen.evaluation.arms import resolve_arms
from imbgen.evaluation.augmenting import augment, count_seen
from imbgen.evaluation.splits import Split, thin_minority
from imbgen.evaluation.task import open_task
from imbgen.evaluation.unseen import is_beyond_chance


@pytest.fixture
def task(mixed):
    return open_task("mixed", *mixed)


def apply(task, source, ratio=None, rows=None, seed=0):
    arm = resolve_arms({"mine": source})[-1]
    return augment(arm, task, np.arange(len(task.target)) if rows is None else rows, ratio, seed)


FEWER = pytest.mark.filterwarnings("ignore:125 rows were asked for, and there are 25:UserWarning")


@FEWER
def test_real_rows_come_first_and_untouched(task):
    for source in (InterpolationGenerator(), SMOTE(), task.frame[task.target == 1]):
        training = apply(task, source)
        pd.testing.assert_frame_equal(training.frame[:175], task.frame)
        assert training.target[175:].all()
        assert training.frame.dtypes.equals(task.frame.dtypes)


def test_generators_see_the_rare_training_rows_alone(task):
    shown = []

    class Spy(InterpolationGenerator):
        def fit(self, X, *, others=None):
            shown.append((X, others))
            return super().fit(X, others=others)

    rows = np.arange(0, 175, 2)
    apply(task, Spy(), rows=rows)
    pd.testing.assert_frame_equal(
        shown[0][0], task.frame.iloc[rows[task.target[rows] == 1]].reset_index(drop=True)
    )
    assert shown[0][1] is None


def test_interpolation_of_levels_stays_among_levels(task):
    """SMOTE knows numbers only; levels go as one-hots and come back as the nearest level."""
    made = apply(task, SMOTE()).synthetic
    assert len(made) == 125
    assert set(made["level"].dropna()) <= {"x", "y", "z"}
    assert made["count"].between(0, 8).all()
    assert made["a"].notna().all()


@FEWER
def test_rows_made_elsewhere_may_carry_their_label(task):
    rows = task.frame[task.target == 1].assign(sick=1)
    assert len(apply(task, rows).synthetic) == 25
    assert len(apply(task, rows, ratio=0.2).synthetic) == 5
    with pytest.raises(DataError, match="2 of 25 in 'mine' are not of class 1 by their column 'sick'"):
        apply(task, rows.assign(sick=[0, 0] + [1] * 23))
    with pytest.raises(DataError, match="'level' is missing"):
        apply(task, rows.drop(columns="level"))


def test_a_file_of_fewer_rows_than_asked_is_told(task):
    with pytest.warns(UserWarning, match="125 rows were asked for, and there are 25"):
        apply(task, task.frame[task.target == 1])


LABELS = [("yes", "yes", "no"), (1, "1.0", 0.0), (1, True, "False"), (True, "true", 0), ("01", "01", "1")]


@pytest.mark.parametrize(("rare", "same", "other"), LABELS)
def test_a_file_may_write_labels_otherwise(rare, same, other):
    """A file of the other class must not pass for one of the rare class because it says 0.0 instead of 0."""
    rest = {"yes": "no", "01": "1"}.get(rare, type(rare)(0))
    X = pd.DataFrame({"x": np.arange(60.0)})
    task = open_task("d", X, np.array([rest] * 40 + [rare] * 20))
    rows = X[40:].assign(sick=same)
    assert len(apply(task, rows, ratio=0.6).synthetic) == 4
    with pytest.raises(DataError, match="20 of 20 in 'mine' are not of class"):
        apply(task, rows.assign(sick=other))


def test_a_column_that_holds_no_label_is_told(task):
    rows = task.frame[task.target == 1].assign(id=np.arange(100, 125))
    with pytest.warns(UserWarning, match="The column 'id' of 'mine' was left out"):
        assert len(apply(task, rows, ratio=0.2).synthetic) == 5


@pytest.mark.parametrize("form", ["same", "%.17g", "%.12g", "float32"])
def test_rows_that_equal_test_rows_are_counted(task, form, tmp_path):
    rare = np.flatnonzero(task.target == 1)
    rows, path = task.frame.iloc[rare], tmp_path / "mine.csv"
    if form.startswith("%"):
        rows.to_csv(path, index=False, float_format=form)
    source = {"same": rows, "float32": rows.astype(dict.fromkeys("abc", "float32"))}.get(form, path)
    arm = resolve_arms({"mine": source})[-1]
    others = np.flatnonzero(task.target == 0)
    assert count_seen(arm, task, np.append(others, rare[7:]), rare[:7]) == (7, pytest.approx(0.0))
    few = resolve_arms({"mine": rows.head(7)})[-1]
    assert count_seen(few, task, np.append(others, rare[:7]), rare[7:]) == (0, 0.0)


@pytest.mark.parametrize("leaks", [False, True])
def test_a_table_of_few_distinct_rows_is_no_leak(leaks):
    """Of a few thousand rows that can be, an honest sample hits some; a copy of the table hits more."""
    rng = np.random.default_rng(0)
    weights = np.array([0.6, 0.2, 0.15, 0.05])

    def draw(n_rows):
        return pd.DataFrame({name: rng.choice(list("uvwx"), n_rows, p=weights) for name in "abcdef"})

    X = draw(1000)
    task = open_task("d", X, np.repeat(["no", "yes"], [800, 200]))
    arm = resolve_arms({"mine": X[800:] if leaks else draw(200)})[-1]
    train, test = np.arange(0, 1000, 2), np.arange(1, 1000, 2)
    n_seen, by_chance = count_seen(arm, task, train, test)
    assert n_seen > 5
    assert is_beyond_chance(n_seen, by_chance) == leaks
    uniform = pd.DataFrame(rng.choice(list("uvwx"), (3000, 6)), columns=list("abcdef"))
    assert not is_beyond_chance(*count_seen(resolve_arms({"mine": uniform})[-1], task, train, test))


def test_removing_rows_is_legal(task):
    training = apply(task, RandomUnderSampler())
    assert np.bincount(training.target).tolist() == [25, 25]
    assert training.synthetic.empty


@pytest.mark.parametrize("source", [RandomOverSampler(), SMOTE(), OverSampler(InterpolationGenerator())])
def test_a_ratio_is_the_same_number_of_rows_for_every_arm(task, source):
    """Half of 35 rows are 18 to the nearest; imbalanced-learn would cut off."""
    rows = np.r_[np.flatnonzero(task.target == 0)[:35], np.flatnonzero(task.target == 1)[:10]]
    assert len(apply(task, source, ratio=0.5, rows=rows).synthetic) == 8
    assert len(apply(task, InterpolationGenerator(), ratio=0.5, rows=rows).synthetic) == 8


def test_a_ratio_that_is_reached_adds_nothing(task):
    for source in (InterpolationGenerator(), SMOTE()):
        assert apply(task, source, ratio=0.1).synthetic.empty
        assert len(apply(task, source, ratio=0.5).synthetic) == 50


def test_the_seed_decides(task):
    first, again, other = (apply(task, InterpolationGenerator(), seed=seed).synthetic for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_classes_beyond_two_are_pooled():
    y = np.repeat(["a", "b", "c"], [50, 30, 20])
    task = open_task("three", np.random.default_rng(0).normal(size=(100, 2)), y)
    assert task.minority == "c"
    assert set(task.labels[task.target == 0]) == {"a"}
    assert open_task("three", task.frame, y, minority="b").target.sum() == 30


def test_thinned_classes_are_nested(task):
    split = Split(0, 0, np.arange(1, 175, 2), np.arange(0, 175, 2))
    parts = [set(thin_minority(task, split, size, 0)) for size in (3, 6, None)]
    assert parts[0] < parts[1] < parts[2]
    assert [sum(task.target[list(part)]) for part in parts] == [3, 6, task.target[split.train].sum()]
