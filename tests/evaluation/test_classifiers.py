from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from imbgen.errors import ParameterError
from imbgen.evaluation.classifiers import default_classifiers, fit_probabilities, resolve_classifiers


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], [300, 30])
    return rng.normal(size=(330, 2)) + target[:, None], target


def test_names_and_objects():
    assert list(resolve_classifiers()) == list(default_classifiers())
    assert list(resolve_classifiers(["forest", LogisticRegression()])) == ["forest", "LogisticRegression"]
    twice = resolve_classifiers([LogisticRegression(), LogisticRegression(C=0.1)])
    assert list(twice) == ["LogisticRegression", "LogisticRegression (2)"]
    with pytest.raises(ParameterError, match="at least one"):
        resolve_classifiers([])
    with pytest.raises(ParameterError, match="must be an object"):
        resolve_classifiers({"class": LogisticRegression})


@pytest.mark.parametrize("name", ["mean", "", " "])
def test_names_that_tables_need_are_refused(name):
    with pytest.raises(ParameterError, match="must have letters and differ from 'mean'"):
        resolve_classifiers({name: LogisticRegression()})


MODELS = [
    LogisticRegression(),
    KNeighborsClassifier(15),
    MLPClassifier((8,), max_iter=2000, learning_rate_init=0.01),
]


@pytest.mark.parametrize("model", MODELS, ids=["linear", "neighbours", "network"])
def test_balanced_classes_weigh_the_same_whatever_the_classifier_knows(rows, model):
    """Half of the rows between two equal laws are taken for either class."""
    X, target = rows
    plain, balanced = (fit_probabilities(model, X, target, X, balanced=b, seed=0) for b in (False, True))
    assert plain[target == 1].mean() < 0.5 < balanced[target == 1].mean()
    assert 0.3 < balanced.mean() < 0.6


def test_neighbours_keep_their_ranks(rows):
    X, target = rows
    plain, balanced = (
        fit_probabilities(KNeighborsClassifier(15), X, target, X, balanced=b, seed=0) for b in (False, True)
    )
    assert roc_auc_score(target, plain) == pytest.approx(roc_auc_score(target, balanced))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear", "network", "forest", "boosting"])
def test_default_classifiers_hold_where_two_in_a_thousand_are_rare(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100_000, 8))
    target = (rng.random(100_000) < 1 / (1 + np.exp(8.2 - 1.5 * X[:, 0] - X[:, 1]))).astype(int)
    assert 100 < target.sum() < 250
    model = default_classifiers()[name]
    probabilities = fit_probabilities(model, X[::2], target[::2], X[1::2], balanced=False, seed=0)
    assert roc_auc_score(target[1::2], probabilities) > (0.7 if name == "forest" else 0.85)


def test_a_step_of_a_pipeline_is_weighted_too():
    rng = np.random.default_rng(0)
    X, target = rng.normal(size=(300, 2)), np.repeat([0, 1], [270, 30])
    X[target == 1] += 1.0
    single, step = (
        fit_probabilities(model, X, target, X, balanced=True, seed=0)
        for model in (LogisticRegression(), make_pipeline(LogisticRegression()))
    )
    np.testing.assert_allclose(step, single)
    assert step.mean() > 0.3
