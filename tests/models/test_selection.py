"""The choice of a check per member: by the other folds, and by nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbgen.models.selection import CrossFitSelection


def _selection(folds, checks, patience=3):
    selection = CrossFitSelection(np.array(folds), patience=patience)
    for scores in checks:
        selection.add(scores)
    return selection


def test_each_member_is_chosen_by_the_others():
    #          fold 0    fold 1    fold 2
    checks = [[0.0, 0.0, 5.0, 5.0, 1.0, 1.0], [9.0, 9.0, 0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0, 4.0, 4.0]]
    selection = _selection([0, 0, 1, 1, 2, 2], checks)
    np.testing.assert_array_equal(selection.choose(), [0, 1, 1])
    np.testing.assert_array_equal(selection.honest_scores(), [0, 0, 0, 0, 1, 1])
    assert selection.best == 1


def test_rows_count_equally_in_folds_of_unequal_size():
    # For member 0: the three rows of fold 1 prefer check 1 by 1 each, the row of fold 2 check 0 by 2.
    selection = _selection([0, 1, 1, 1, 2], [[0, 0, 0, 0, 2], [0, 1, 1, 1, 0]])
    assert selection.choose()[0] == 1


def test_a_single_fold_speaks_for_itself():
    selection = _selection([0, 0], [[0.0, 1.0], [3.0, 3.0], [2.0, 2.0]])
    np.testing.assert_array_equal(selection.choose(), [1])


def test_the_halves_of_a_single_fold_speak_for_each_other():
    # Even places prefer check 0, odd ones check 1; each half is scored where the other would stop.
    selection = _selection([0, 0, 0, 0], [[9.0, 0.0, 9.0, 0.0], [0.0, 8.0, 0.0, 8.0]])
    np.testing.assert_array_equal(selection.choose(), [0])
    np.testing.assert_array_equal(selection.honest_scores(), [0.0, 0.0, 0.0, 0.0])


def test_a_tolerance_keeps_the_last_check_that_cannot_be_told_from_the_best():
    noise = np.random.default_rng(0).normal(size=(2, 100))
    best, alike, worse = np.ones(100), 0.99 + 0.1 * noise[0], 0.5 + 0.1 * noise[1]
    checks = [best - 1.0, best, alike, worse]
    for tolerance, kept in ((0.0, 1), (2.0, 2), (1e6, 3)):
        selection = CrossFitSelection(np.zeros(100, dtype=int), patience=1, tolerance=tolerance)
        for scores in checks:
            selection.add(scores)
        assert selection.best == kept
        np.testing.assert_array_equal(selection.choose(), [kept])
    assert not selection.is_exhausted


def test_a_tolerance_holds_for_the_folds_that_choose_and_no_other():
    """Check 1 is the best everywhere; check 2 is as good on fold 0, and worse on folds 1 and 2."""
    folds = np.repeat([0, 1, 2], 100)
    alike = 0.99 + np.tile([0.1, -0.1], 150)  # 1.4 standard errors of 200 rows below 1
    checks = [np.zeros(300), np.ones(300), np.where(folds == 0, alike, alike - 0.5)]
    for tolerance, kept in ((0.0, [1, 1, 1]), (2.0, [1, 1, 1]), (1e6, [2, 2, 2])):
        selection = CrossFitSelection(folds, patience=1, tolerance=tolerance)
        for scores in checks:
            selection.add(scores)
        np.testing.assert_array_equal(selection.choose(), kept)
    checks[2] = np.where(folds == 0, alike - 0.5, alike)  # the two folds that choose for member 0 like it
    selection = CrossFitSelection(folds, patience=1, tolerance=2.0)
    for scores in checks:
        selection.add(scores)
    np.testing.assert_array_equal(selection.choose(), [2, 1, 1])
    np.testing.assert_array_equal(selection.honest_scores(), np.where(folds == 0, checks[2], 1.0))
    selection.tolerance = 0.0
    np.testing.assert_array_equal(selection.choose(), [1, 1, 1])


def test_a_tolerance_keeps_no_check_without_a_number():
    selection = CrossFitSelection(np.zeros(4, dtype=int), patience=1, tolerance=2.0)
    for scores in ([1.0, 2.0, 3.0, 4.0], [np.nan] * 4):
        selection.add(scores)
    assert selection.best == 0


def test_equal_checks_keep_the_first():
    selection = _selection([0, 1], [[1.0, 1.0]] * 3)
    np.testing.assert_array_equal(selection.choose(), [0, 0])


def test_patience_counts_checks_since_the_best():
    selection = _selection([0, 1], [], patience=2)
    exhausted = []
    for mean in (0.0, 2.0, 1.0, 1.9, 2.5, 2.4, 2.5):
        selection.add([mean, mean])
        exhausted.append(selection.is_exhausted)
    assert exhausted == [False, False, False, True, False, False, True]  # 2.5 again is no new best


SCORES = st.integers(2, 4).flatmap(
    lambda n_folds: st.lists(
        st.lists(st.integers(-50, 50), min_size=2 * n_folds, max_size=2 * n_folds), min_size=1, max_size=8
    )
)


@given(SCORES, st.data())
def test_the_scores_of_a_fold_never_choose_for_its_own_member(checks, data):
    checks = np.array(checks, dtype=float)
    n_folds = checks.shape[1] // 2
    folds = np.repeat(np.arange(n_folds), 2)
    k = data.draw(st.integers(0, n_folds - 1))
    altered = checks.copy()
    altered[:, folds == k] = data.draw(st.integers(-1000, 1000)) * np.arange(len(checks))[:, None]
    assert _selection(folds, checks).choose()[k] == _selection(folds, altered).choose()[k]


@given(SCORES)
def test_the_choice_is_the_best_mean_of_the_other_rows(checks):
    checks = np.array(checks, dtype=float)
    folds = np.repeat(np.arange(checks.shape[1] // 2), 2)
    selection = _selection(folds, checks)
    chosen, honest = selection.choose(), selection.honest_scores()
    for k, check in enumerate(chosen):
        assert checks[check, folds != k].mean() == pytest.approx(checks[:, folds != k].mean(axis=1).max())
        np.testing.assert_array_equal(honest[folds == k], checks[check, folds == k])
