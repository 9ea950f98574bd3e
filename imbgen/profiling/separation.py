"""How well each column alone tells the minority class from the rest."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from imbgen.profiling.coded import CodedColumn
from imbgen.profiling.subsample import subsample

__all__ = ["FEWEST_TO_TEST", "GIVES_AWAY", "auc_alone"]

#: A row of the class then outranks a row of the others 19 times in 20, on one column: rare in honest data.
GIVES_AWAY = 0.95
#: With fewer rows in the smaller part, a column may separate them by luck.
FEWEST_TO_TEST = 10
# Enough for a standard error of the AUC of at most 0.01.
_MOST_MINORITY, _MOST_OTHERS = 2_000, 8_000
_N_FOLDS = 5
_DEPTH = 3
# Rows of the prior that pulls the share of a level towards the overall one.
_PRIOR_ROWS = 2.0


def auc_alone(
    columns: Sequence[CodedColumn], minority: np.ndarray, rng: np.random.Generator
) -> tuple[dict[Hashable, float], int]:
    """Return the cross-validated ROC AUC of each column alone, and the number of rows it was measured on.

    A number or time is given to a tree of depth 3, which also learns from its being missing; a level is
    scored by the class's share among the training rows that have it, missing being a level too. The mean
    over 5 folds; NaN for a column without values. The area does not depend on how rare the class is, so of
    more than 2,000 rows of the class or 8,000 others a random part is used.

    Parameters
    ----------
    columns : sequence of CodedColumn
    minority : ndarray of bool, shape (n_rows,)
        Rows of the class to tell from the rest.
    rng : numpy Generator

    Returns
    -------
    aucs : dict of label to float
        Empty if there are fewer than 10 rows of the class or of the rest.
    n_rows : int

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> from imbgen.profiling.separation import auc_alone
    >>> minority = np.arange(60) < 20
    >>> _, columns = code_columns(pd.DataFrame({"leak": np.where(minority, "a", "b"), "same": 1}))
    >>> auc_alone(columns, minority, np.random.default_rng(0))
    ({'leak': 1.0, 'same': 0.5}, 60)
    """
    mine, others = np.flatnonzero(minority), np.flatnonzero(~minority)
    if min(len(mine), len(others)) < FEWEST_TO_TEST:
        return {}, 0
    rows = np.concatenate([subsample(mine, _MOST_MINORITY, rng), subsample(others, _MOST_OTHERS, rng)])
    labels = minority[rows]
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
    splits = list(folds.split(rows, labels))
    return {column.name: _mean_auc(column, column.codes[rows], labels, splits) for column in columns}, len(
        rows
    )


def _mean_auc(
    column: CodedColumn,
    codes: np.ndarray,
    labels: np.ndarray,
    splits: Sequence[tuple[np.ndarray, np.ndarray]],
) -> float:
    if column.n_present == 0:
        return float("nan")
    score = _score_number if column.is_sorted else _score_level
    return float(
        np.mean([roc_auc_score(labels[test], score(codes, labels, train, test)) for train, test in splits])
    )


def _score_number(codes: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return the tree's share of the class; codes serve as values, since a tree sees their order alone."""
    values = np.where(codes < 0, np.nan, codes.astype(np.float64))[:, None]
    tree = DecisionTreeClassifier(max_depth=_DEPTH, class_weight="balanced", random_state=0)
    return tree.fit(values[train], labels[train]).predict_proba(values[test])[:, 1]


def _score_level(codes: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return the class's share of each level in the training rows; code -1, missing, is the last level."""
    n_levels = codes.max(initial=-1) + 2
    places = np.where(codes < 0, n_levels - 1, codes)
    n_rows = np.bincount(places[train], minlength=n_levels)
    n_mine = np.bincount(places[train], labels[train], minlength=n_levels)
    shares = (n_mine + _PRIOR_ROWS * labels[train].mean()) / (n_rows + _PRIOR_ROWS)
    return shares[places[test]]
