"""Out-of-fold probabilities of arms: precision against recall, and calibration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame
from sklearn.metrics import precision_recall_curve

from imbgen.errors import DataError, ParameterError
from imbgen.plots._columns import check_table
from imbgen.plots._style import axes_or_new, line_looks, plain, quiet

__all__ = ["calibration_curves", "precision_recall_curves"]

# More points than pixels only make a page heavy.
_MOST_POINTS = 150
_CHANCE = "0.6"
# Name, labels, probabilities, weights, and how its line looks.
_Arm = tuple[str, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]


def precision_recall_curves(
    predictions: DataFrame, *, column: str = "probability", ax: Axes | None = None
) -> Axes:
    """Draw precision against recall, one line per arm.

    Parameters
    ----------
    predictions : DataFrame
        With columns ``arm``, ``label`` (1: rare class) and `column`, of held-out rows, and ``weight`` if rows
        stand for several; the first arm is drawn dashed and dark, as the reference. Categories of ``arm``
        settle the colours.
    column : str
        Column of the probabilities.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        With one line per arm, labelled by its name, and a dotted one at the precision of chance.

    Raises
    ------
    DataError
        If a column is missing, or a class has no row.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import precision_recall_curves
    >>> rows = DataFrame({"arm": "GMM", "label": [0, 0, 1, 1], "probability": [0.1, 0.3, 0.2, 0.9]})
    >>> precision_recall_curves(rows).lines[0].get_label()
    'GMM'
    """
    ax = axes_or_new(ax, (5.2, 4.2))
    for name, labels, values, weights, look in _arms(predictions, column):
        precision, recall, _ = precision_recall_curve(labels, values, sample_weight=weights)
        kept = np.unique(np.linspace(0, len(recall) - 1, min(len(recall), _MOST_POINTS)).round().astype(int))
        # A point without any row taken is no precision.
        kept = kept[kept < len(recall) - 1] if len(recall) > 1 else kept
        ax.step(recall[kept], precision[kept], where="post", label=name, **look)
    ax.axhline(_prevalence(predictions), color=_CHANCE, linestyle=":", linewidth=1.2)
    ax.set(xlim=(0, 1.01), ylim=(0, 1.03), xlabel="recall", ylabel="precision")
    quiet(ax)
    return ax


def calibration_curves(
    predictions: DataFrame, *, column: str = "probability", n_bins: int = 8, ax: Axes | None = None
) -> Axes:
    """Draw how often the rare class came against how likely it was said to be, one line per arm.

    Rows are sorted by probability and parted into bins of which each expects as many rows of the rare
    class; so bins are as sure as can be, also where nearly all probabilities are next to 0.

    Parameters
    ----------
    predictions : DataFrame
        With columns ``arm``, ``label`` (1: rare class) and `column`, of held-out rows, and ``weight`` if rows
        stand for several; the first arm is drawn dashed and dark, as the reference. Categories of ``arm``
        settle the colours.
    column : str
        Column of the probabilities.
    n_bins : int
        Points per line, at most.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        With one line per arm, labelled by its name, and a dotted diagonal, where probabilities are true.

    Raises
    ------
    DataError
        If a column is missing, or a class has no row.
    ParameterError
        If `n_bins` is below 1.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import calibration_curves
    >>> rows = DataFrame({"arm": "GMM", "label": [0, 1, 1, 1], "probability": [0.5, 0.5, 1.0, 1.0]})
    >>> calibration_curves(rows, n_bins=2).lines[0].get_xydata().tolist()
    [[0.5, 0.5], [1.0, 1.0]]
    """
    if n_bins < 1:
        raise ParameterError(f"`n_bins` must be 1 or more, however: {n_bins}. Raise it.")
    ax = axes_or_new(ax, (4.4, 4.2))
    for name, labels, values, weights, look in _arms(predictions, column):
        order = np.argsort(values, kind="stable")
        said, came, weight = values[order], labels[order], weights[order]
        bins = _equal_expectation(said, weight, n_bins)
        sizes = np.bincount(bins, weights=weight)
        points = [
            np.bincount(bins, weights=part * weight)[sizes > 0] / sizes[sizes > 0] for part in (said, came)
        ]
        ax.plot(points[0], points[1], marker="o", markersize=3.5, label=name, **look)
    ax.plot([0, 1], [0, 1], color=_CHANCE, linestyle=":", linewidth=1.2)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="said", ylabel="came true")
    quiet(ax)
    return ax


def _equal_expectation(said: np.ndarray, weight: np.ndarray, n_bins: int) -> np.ndarray:
    """Return the bin of each of the sorted probabilities; equal ones share a bin."""
    if said.sum() == 0:
        return np.zeros(len(said), dtype=int)
    _, inverse = np.unique(said, return_inverse=True)
    mass = np.bincount(inverse, weights=said * weight)
    middles = (np.cumsum(mass) - mass / 2) / mass.sum()
    return np.minimum((n_bins * middles).astype(int), n_bins - 1)[inverse]


def _arms(predictions: DataFrame, column: str) -> Iterator[_Arm]:
    check_table(predictions, ["arm", "label", column], "predictions")
    known = predictions[predictions[column].notna()]
    if set(known["label"]) != {0, 1}:
        raise DataError(
            "`predictions` need rows of both classes, labels 0 and 1, however: the labels are"
            f" {sorted(set(known['label']))}. Pass rows of both."
        )
    looks = line_looks(known["arm"])
    for name, part in known.groupby("arm", sort=False, observed=True):
        labels, values = part["label"].to_numpy(dtype=float), part[column].to_numpy(dtype=float)
        yield plain(name, 30), labels, values, _weights(part), looks[name]


def _weights(predictions: DataFrame) -> np.ndarray:
    if "weight" not in predictions.columns:
        return np.ones(len(predictions))
    return predictions["weight"].to_numpy(dtype=float)


def _prevalence(predictions: DataFrame) -> float:
    return float(np.average(predictions["label"], weights=_weights(predictions)))
