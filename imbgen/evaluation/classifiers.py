"""Classifiers of a comparison: the default ones, and what any other must be able to do."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from imbgen.errors import ParameterError, did_you_mean
from imbgen.metrics.classification import correct_prior

__all__ = ["default_classifiers", "fit_probabilities", "resolve_classifiers", "seeded"]


def default_classifiers() -> dict[str, Any]:
    """Return a classifier of each kind, with settings that hold under extreme imbalance.

    The booster's leaves are shrunk and not too many: at its defaults, leaves with next to no curvature (a few
    hundred positives in 200,000 rows) take values that throw the rank of all rows away.

    Examples
    --------
    >>> from imbgen.evaluation.classifiers import default_classifiers
    >>> list(default_classifiers())
    ['linear', 'neighbours', 'network', 'forest', 'boosting']
    """
    return {
        "linear": LogisticRegression(max_iter=1000),
        "neighbours": KNeighborsClassifier(n_neighbors=15),
        "network": MLPClassifier((32,), alpha=1e-3, learning_rate_init=3e-3, max_iter=40, n_iter_no_change=5),
        "forest": RandomForestClassifier(100, min_samples_leaf=2),
        "boosting": HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=100,
            max_leaf_nodes=15,
            min_samples_leaf=5,
            l2_regularization=5.0,
            early_stopping=False,
        ),
    }


def resolve_classifiers(classifiers: Any = None) -> dict[str, Any]:
    """Return classifiers by name.

    Parameters
    ----------
    classifiers : None, mapping of str to classifier, classifier, or iterable of names and classifiers
        None takes all default ones; a name takes one of these.

    Raises
    ------
    ParameterError
        A name that is none, or a classifier that cannot give probabilities.
    """
    defaults = default_classifiers()
    if classifiers is None:
        return defaults
    if isinstance(classifiers, Mapping):
        named = {str(name): model for name, model in classifiers.items()}
    else:
        single = isinstance(classifiers, str) or hasattr(classifiers, "fit")
        single = single or not isinstance(classifiers, Iterable)
        named = {}
        for model in [classifiers] if single else classifiers:
            named[model if isinstance(model, str) else _free_name(type(model).__name__, named)] = model
    found = {name: _lookup(model, defaults) for name, model in named.items()}
    if not found:
        raise ParameterError("`classifiers` must name at least one, however: it is empty. Pass None for all.")
    for name, model in found.items():
        _check(name, model)
    return found


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    number = 2
    while (free := name if number == 2 and name not in taken else f"{name} ({number})") in taken:
        number += 1
    return free


def _lookup(model: Any, defaults: Mapping[str, Any]) -> Any:
    if not isinstance(model, str):
        return model
    if model not in defaults:
        raise ParameterError(
            f"`classifiers` must be objects or some of {', '.join(map(repr, defaults))}, however:"
            f" {model!r} is none.{did_you_mean(model, defaults)} Choose one of them."
        )
    return defaults[model]


def _check(name: str, model: Any) -> None:
    if not name.strip() or name == "mean":  # the mean over classifiers, in every table
        raise ParameterError(
            f"Names of classifiers must have letters and differ from 'mean', however: one is {name!r}. Call"
            " it otherwise."
        )
    if isinstance(model, type) or not hasattr(model, "fit"):
        raise ParameterError(
            f"A classifier must be an object with `fit`, however: {name!r} is {model!r}. Pass a scikit-learn"
            " classifier."
        )
    if not hasattr(model, "predict_proba"):
        raise ParameterError(
            f"A classifier must give probabilities, however: {name!r}, a {type(model).__name__}, has no"
            " `predict_proba`. Wrap it: sklearn.calibration.CalibratedClassifierCV(...)."
        )


def seeded(model: Any, seed: int) -> Any:
    """Return a copy of a classifier whose unset random states are set."""
    model = clone(model)
    params = model.get_params()
    unset = [key for key, value in params.items() if key.endswith("random_state") and value is None]
    return model.set_params(**dict.fromkeys(unset, seed))


def fit_probabilities(
    model: Any, X: Any, target: np.ndarray, X_test: Any, *, balanced: bool, seed: int
) -> np.ndarray:
    """Fit a copy of a classifier and return its probabilities of the rare class.

    Parameters
    ----------
    model : classifier
        Cloned, never fitted itself; its unset random states are seeded.
    X, X_test : ndarray or DataFrame of shapes (n_rows, n_features), (n_test, n_features)
    target : ndarray of int, shape (n_rows,)
        1 for the rare class.
    balanced : bool
        Whether both classes weigh the same: by `class_weight`, else by `sample_weight`, else by correcting
        the probabilities afterwards (nearest neighbours know no weights).
    seed : int

    Returns
    -------
    probabilities : ndarray of float64, shape (n_test,)
    """
    model = seeded(model, seed)
    params = model.get_params()
    arguments, by_prior = {}, False
    weights = [key for key in params if key.rpartition("__")[2] == "class_weight"]  # of a pipeline's step too
    if balanced and weights:
        model.set_params(**dict.fromkeys(weights, "balanced"))
    elif balanced and "sample_weight" in inspect.signature(model.fit).parameters:
        arguments["sample_weight"] = len(target) / (2 * np.bincount(target, minlength=2)[target])
    else:
        by_prior = balanced
    model.fit(X, target, **arguments)
    place = list(model.classes_).index(1)
    probabilities = np.asarray(model.predict_proba(X_test), dtype=np.float64)[:, place]
    return correct_prior(probabilities, float(target.mean()), 0.5) if by_prior else probabilities
