"""Synthetic rows of an arm against held-out rows of the rare class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from imbgen.evaluation.task import Task
from imbgen.metrics import LogScorer, fidelity

__all__ = ["judge_rows"]

_MOST_SCORED = 1000
_FEWEST_SCORED = 10
# On few rows one draw wavers, on many one is enough.
_ROWS_PER_DRAW, _MOST_DRAWS, _N_TREES = 50, 2, 100


def judge_rows(
    task: Task,
    rows: np.ndarray,
    test: np.ndarray,
    synthetic: pd.DataFrame,
    random_state: int,
    *,
    scored: bool = True,
) -> tuple[dict[str, float], list[float]]:
    """Return the fidelity of synthetic rows, and the log score of each held-out row of the rare class.

    Parameters
    ----------
    task : Task
    rows, test : ndarray of int
        Training and test rows.
    synthetic : DataFrame of shape (n_synthetic, n_columns)
    random_state : int
    scored : bool
        Whether to compute log scores.

    Returns
    -------
    figures : dict of str to float
        See `imbgen.metrics.fidelity`; empty without synthetic rows.
    row_scores : list of float, one per held-out row of the rare class
        Nats; empty below 10 synthetic rows.
    """
    if synthetic.empty:
        return {}, []
    training, held_out = (task.frame.iloc[part[task.target[part] == 1]] for part in (rows, test))
    n_rows = min(len(held_out), len(synthetic))
    n_draws = int(np.clip(_ROWS_PER_DRAW // max(n_rows, 1), 1, _MOST_DRAWS))
    figures = fidelity(
        training,
        held_out,
        synthetic,
        schema=task.schema,
        n_draws=n_draws,
        n_trees=_N_TREES,
        random_state=random_state,
    )
    if not scored or len(synthetic) < _FEWEST_SCORED or len(training) < 2:
        return figures, []
    scorer = LogScorer(training, schema=task.schema, random_state=random_state)
    # At random: some over-samplers give rows in the order of those they were made from.
    some = np.random.default_rng(random_state).permutation(len(synthetic))[:_MOST_SCORED]
    scores = scorer.row_scores(held_out, synthetic.iloc[some])
    return figures | {"log_score": float(scores.mean())}, [float(score) for score in scores]
