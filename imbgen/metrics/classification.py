"""Metrics of a classifier's probabilities on rows of natural prevalence, and thresholds tuned for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["METRICS", "Metric", "best_threshold", "correct_prior", "decision_score", "rank_score"]

# No forest is as sure as it says: a single row at probability 0 would cost any amount.
_SUREST = 1e-6


class Metric(NamedTuple):
    """What a metric reads, and which way is better.

    Parameters
    ----------
    reads : {"ranks", "decisions", "tuned decisions", "probabilities", "corrected probabilities"}
        What it is a function of.
    higher_is_better : bool
        Direction.
    name : str
        For people.
    margin : float
        Differences within it are none that matter.
    """

    reads: str
    higher_is_better: bool
    name: str
    margin: float = 0.01


#: Name -> metric; the first leads.
METRICS: dict[str, Metric] = {
    "average_precision": Metric("ranks", True, "average precision"),
    "roc_auc": Metric("ranks", True, "area under the ROC curve"),
    "f1": Metric("decisions", True, "F1"),
    "f1_tuned": Metric("tuned decisions", True, "F1, tuned threshold"),
    "mcc": Metric("decisions", True, "Matthews correlation"),
    "mcc_tuned": Metric("tuned decisions", True, "Matthews correlation, tuned threshold"),
    "balanced_accuracy": Metric("decisions", True, "balanced accuracy"),
    "balanced_accuracy_tuned": Metric("tuned decisions", True, "balanced accuracy, tuned threshold"),
    "recall": Metric("decisions", True, "recall of the rare class"),
    "recall_tuned": Metric("tuned decisions", True, "recall of the rare class, threshold tuned for F1"),
    "brier": Metric("probabilities", False, "Brier score", 0.001),
    "brier_corrected": Metric("corrected probabilities", False, "Brier score, prior-corrected", 0.001),
    "log_loss": Metric("probabilities", False, "log loss", 0.005),
    "log_loss_corrected": Metric("corrected probabilities", False, "log loss, prior-corrected", 0.005),
}


def rank_score(metric: str, labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return a metric of ranks or probabilities.

    Parameters
    ----------
    metric : {"average_precision", "roc_auc", "brier", "log_loss"}
    labels : ndarray of int, shape (n_rows,)
        1 for the rare class.
    probabilities : ndarray of float, shape (n_rows,)
        Of the rare class; the log loss takes them as at least 1e-6 from 0 and 1.

    Returns
    -------
    score : float

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics.classification import rank_score
    >>> rank_score("average_precision", np.array([0, 1, 1]), np.array([0.1, 0.4, 0.9]))
    1.0
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    if metric == "average_precision":
        return float(average_precision_score(labels, probabilities))
    if metric == "roc_auc":
        return float(roc_auc_score(labels, probabilities))
    if metric == "brier":
        return float(np.mean((probabilities - labels) ** 2))
    sure = np.clip(probabilities, _SUREST, 1 - _SUREST)
    return float(-np.mean(np.where(labels == 1, np.log(sure), np.log1p(-sure))))


def _f1(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    return 2 * tp / np.maximum(2 * tp + fp + fn, 1)


def _mcc(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    margins = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    return np.where(margins > 0, (tp * tn - fp * fn) / np.where(margins > 0, margins, 1.0), 0.0)


def _balanced_accuracy(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    return (tp / np.maximum(tp + fn, 1) + tn / np.maximum(tn + fp, 1)) / 2


def _recall(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    return tp / np.maximum(tp + fn, 1)


_OF_COUNTS: dict[str, Callable[..., np.ndarray]] = {
    "f1": _f1,
    "mcc": _mcc,
    "balanced_accuracy": _balanced_accuracy,
    "recall": _recall,
}


def decision_score(metric: str, labels: np.ndarray, positive: np.ndarray) -> float:
    """Return a metric of decisions.

    Parameters
    ----------
    metric : {"f1", "mcc", "balanced_accuracy", "recall"}
    labels, positive : ndarray of shape (n_rows,)
        1 for the rare class, and whether a row was taken for one of it.

    Returns
    -------
    score : float

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics.classification import decision_score
    >>> decision_score("f1", np.array([0, 1, 1]), np.array([False, False, True]))
    0.6666666666666666
    """
    labels, positive = np.asarray(labels, dtype=bool), np.asarray(positive, dtype=bool)
    counts = (labels & positive, ~labels & positive, labels & ~positive, ~labels & ~positive)
    return float(_OF_COUNTS[metric](*(np.array(float(count.sum())) for count in counts)))


def best_threshold(
    metric: str, labels: np.ndarray, probabilities: np.ndarray, rare_weight: float = 1.0
) -> float:
    """Return the threshold at which a metric of decisions is best on given rows.

    Parameters
    ----------
    metric : {"f1", "mcc", "balanced_accuracy"}
    labels : ndarray of int, shape (n_rows,)
        1 for the rare class.
    probabilities : ndarray of float, shape (n_rows,)
        Out-of-fold probabilities of training rows; never those of test rows.
    rare_weight : float
        For how many rows one of the rare class stands; more than 1 where the class was thinned.

    Returns
    -------
    threshold : float
        Rows at or above it are positive: halfway between the two probabilities that it parts.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics.classification import best_threshold
    >>> best_threshold("f1", np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4]))
    0.25
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked, hits = probabilities[order], np.asarray(labels)[order] == 1
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # equal probabilities fall together
    found = np.cumsum(hits)[last].astype(float)
    tp, fp = rare_weight * found, last + 1.0 - found
    scores = _OF_COUNTS[metric](tp, fp, rare_weight * hits.sum() - tp, (~hits).sum() - fp)
    best = last[int(np.argmax(scores))]
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    middle = float(ranked[best] + below) / 2
    return middle if middle > below else float(ranked[best])


def correct_prior(probabilities: np.ndarray, trained_share: float, true_share: float) -> np.ndarray:
    """Return probabilities for another share of the rare class than a classifier was trained at.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_rows,)
        Of the rare class.
    trained_share, true_share : float
        Share of the rare class in what the classifier was trained on (half, for balanced class weights) and
        in the data as they are.

    Returns
    -------
    corrected : ndarray of float, shape (n_rows,)
        In the same order.

    References
    ----------
    C. Elkan (2001), "The foundations of cost-sensitive learning", IJCAI, theorem 2.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics.classification import correct_prior
    >>> correct_prior(np.array([0.5, 1.0]), trained_share=0.5, true_share=0.1).round(3).tolist()
    [0.1, 1.0]
    """
    rare = probabilities * true_share / trained_share
    others = (1 - probabilities) * (1 - true_share) / (1 - trained_share)
    return rare / (rare + others)
