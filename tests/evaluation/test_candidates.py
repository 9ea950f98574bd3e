from __future__ import annotations

import numpy as np
import pytest

from imbgen.evaluation.candidates import choose


def test_luck_is_not_chosen():
    """Twenty candidates that are all as good as nothing: the best of them is seldom taken."""
    rng = np.random.default_rng(0)
    taken = [
        choose(rng.normal(0.5, 0.05, size=(20, 5)), rng.normal(0.5, 0.05, size=5)).best is not None
        for _ in range(200)
    ]
    assert np.mean(taken) < 0.35


def test_the_score_of_a_choice_is_honest():
    """The mean of what was chosen is too high; that of the rule on the fold left out is not."""
    rng = np.random.default_rng(1)
    honest, naive = [], []
    for _ in range(300):
        scores, nothing = rng.normal(0.5, 0.05, size=(20, 5)), rng.normal(0.5, 0.05, size=5)
        honest.append(choose(scores, nothing, caution=0.0).score)
        naive.append(max(scores.mean(axis=1).max(), nothing.mean()))
    assert np.mean(naive) > 0.53
    assert abs(np.mean(honest) - 0.5) < 0.005


def test_three_folds_choose_but_have_no_score():
    """Without one of three, two are left, and what one of these chooses the other cannot confirm."""
    nothing = np.array([0.50, 0.52, 0.51])
    choice = choose(np.stack([nothing + 0.1]), nothing)
    assert choice.best == 0
    assert np.isnan(choice.score)
    nothing = np.append(nothing, 0.49)
    assert choose(np.stack([nothing + 0.1]), nothing).score == pytest.approx(nothing.mean() + 0.1)
