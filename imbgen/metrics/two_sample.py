"""`two_sample_auc`: how well a forest tells synthetic rows from real ones."""

from __future__ import annotations

import numpy as np

__all__ = ["two_sample_auc"]

_FEWEST_ROWS = 5


def two_sample_auc(
    real: np.ndarray,
    synthetic: np.ndarray,
    *,
    n_draws: int = 5,
    n_trees: int = 100,
    most_rows: int = 500,
    random_state: int = 0,
) -> float:
    """AUC of a random forest that tells synthetic rows from real ones, by trees grown without them.

    Parameters
    ----------
    real, synthetic : ndarray of shapes (n_real, n_features), (n_synthetic, n_features)
        Held-out real rows and synthetic ones, as numbers (see `TrainingFeatures`).
    n_draws : int
        Draws of equal numbers of both, over which the area is averaged.
    n_trees : int
        Trees of the forest, at least 20, so that each row is out of the bag of some.
    most_rows : int
        Rows of each kind at most.
    random_state : int
        Seed.

    Returns
    -------
    auc : float
        0.5: not to be told apart; 1: told apart at once. NaN below 5 rows of a kind.

    Notes
    -----
    On few rows the area is biased below 0.5, as it is by cross-validation. Compare with the value of real
    training rows on the same held-out rows: the excess over it is what a sample can be blamed for.

    References
    ----------
    D. Lopez-Paz, M. Oquab (2017), "Revisiting classifier two-sample tests", ICLR,
    https://arxiv.org/abs/1610.06545.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics import two_sample_auc
    >>> rng = np.random.default_rng(0)
    >>> real, same, other = rng.normal(size=(3, 100, 2)) + np.array([0, 0, 3])[:, None, None]
    >>> two_sample_auc(real, same, n_draws=1) < 0.6, two_sample_auc(real, other, n_draws=1) > 0.95
    (True, True)
    """
    n_rows = min(len(real), len(synthetic), most_rows)
    if n_rows < _FEWEST_ROWS:
        return float("nan")
    return float(
        np.mean([_one_auc(real, synthetic, n_rows, n_trees, random_state, i) for i in range(n_draws)])
    )


def _one_auc(
    real: np.ndarray, synthetic: np.ndarray, n_rows: int, n_trees: int, random_state: int, draw: int
) -> float:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng([random_state, draw])
    parts = [rows[rng.choice(len(rows), n_rows, replace=False)] for rows in (real, synthetic)]
    is_synthetic = np.repeat([0, 1], n_rows)
    forest = RandomForestClassifier(n_trees, min_samples_leaf=2, oob_score=True, random_state=random_state)
    forest.fit(np.vstack(parts), is_synthetic)
    return float(roc_auc_score(is_synthetic, np.nan_to_num(forest.oob_decision_function_[:, 1], nan=0.5)))
