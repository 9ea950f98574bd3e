from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from imbgen.metrics.classification import best_threshold, correct_prior, decision_score, rank_score

INDEPENDENT = {
    "f1": lambda y, p: sk.f1_score(y, p, zero_division=0),
    "mcc": sk.matthews_corrcoef,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "recall": lambda y, p: sk.recall_score(y, p, zero_division=0),
}
ROWS = st.integers(2, 30).flatmap(
    lambda n: st.tuples(
        arrays(int, n, elements=st.integers(0, 1)).filter(lambda y: 0 < y.sum() < len(y)),
        arrays(int, n, elements=st.integers(0, 8)).map(lambda p: p / 8),
    )
)


@pytest.mark.parametrize("metric", INDEPENDENT)
@given(rows=ROWS)
def test_decisions_agree_with_scikit_learn(metric, rows):
    labels, probabilities = rows
    positive = probabilities >= 0.5
    assert decision_score(metric, labels, positive) == pytest.approx(INDEPENDENT[metric](labels, positive))


@pytest.mark.parametrize("metric", ["f1", "mcc", "balanced_accuracy"])
@settings(max_examples=30)
@given(rows=ROWS)
def test_no_threshold_is_better_than_the_best(metric, rows):
    labels, probabilities = rows
    reached = decision_score(metric, labels, probabilities >= best_threshold(metric, labels, probabilities))
    by_hand = [INDEPENDENT[metric](labels, probabilities >= t) for t in np.arange(0, 9) / 8]
    assert reached == pytest.approx(max(by_hand))


def test_ranks_and_losses_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    labels, probabilities = rng.integers(2, size=200), rng.random(200)
    assert rank_score("roc_auc", labels, probabilities) == sk.roc_auc_score(labels, probabilities)
    assert rank_score("brier", labels, probabilities) == pytest.approx(
        sk.brier_score_loss(labels, probabilities)
    )
    assert rank_score("log_loss", labels, probabilities) == pytest.approx(sk.log_loss(labels, probabilities))


def test_one_sure_mistake_costs_a_limited_amount():
    assert rank_score("log_loss", np.array([1, 0]), np.array([0.0, 0.0])) == pytest.approx(
        -np.log(1e-6) / 2, rel=1e-5
    )


def test_the_prior_is_corrected_as_by_bayes():
    """Two normal laws whose densities are known: the posterior at one share from that at another."""
    x = np.linspace(-3, 3, 13)
    rare, other = np.exp(-((x - 1) ** 2) / 2), np.exp(-((x + 1) ** 2) / 2)
    at = {share: share * rare / (share * rare + (1 - share) * other) for share in (0.5, 0.02)}
    assert correct_prior(at[0.5], 0.5, 0.02) == pytest.approx(at[0.02])
    assert correct_prior(at[0.02], 0.02, 0.02) == pytest.approx(at[0.02])


def test_a_thinned_class_counts_for_what_it_stands_for():
    """One of three rare rows was kept: the threshold is that of the three."""
    labels = np.array([0, 0, 1, 0, 0, 0, 1])
    probabilities = np.array([0.1, 0.3, 0.35, 0.4, 0.42, 0.44, 0.5])
    thrice = np.repeat(np.arange(7), np.where(labels == 1, 3, 1))
    assert best_threshold("f1", labels, probabilities) == pytest.approx(0.47)
    weighted = best_threshold("f1", labels, probabilities, rare_weight=3.0)
    assert weighted == best_threshold("f1", labels[thrice], probabilities[thrice]) == pytest.approx(0.325)
