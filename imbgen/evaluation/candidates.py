"""Choosing among candidates by cross-validation, with caution, and with an honest score of the choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Choice", "choose"]


@dataclass(frozen=True)
class Choice:
    """What was chosen, and what the rule that chose it is worth.

    Parameters
    ----------
    best : int or None
        Candidate; None: none of them, so nothing is added.
    score : float
        Mean over folds of what the rule chose *without* that fold.
    reason : str
        Why, in a sentence.
    """

    best: int | None
    score: float
    reason: str


def choose(scores: np.ndarray, nothing: np.ndarray, caution: float = 1.0) -> Choice:
    """Choose the candidate with the best mean score, or nothing.

    A candidate is taken only if its mean gain on doing nothing exceeds `caution` standard errors (corrected
    for training rows that folds share), and if the same rule, choosing on all folds but one and scored on
    that one, gains as well: the best of many candidates looks better than it is.

    Parameters
    ----------
    scores : ndarray of float, shape (n_candidates, n_folds)
        Higher is better; a candidate with a NaN failed, and is not considered.
    nothing : ndarray of float, shape (n_folds,)
        Scores of doing nothing.
    caution : float
        Standard errors.

    Returns
    -------
    choice : Choice

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.evaluation.candidates import choose
    >>> nothing = np.array([0.50, 0.52, 0.51, 0.49])
    >>> choose(np.stack([nothing + 0.1, nothing - 0.1]), nothing).best
    0
    >>> choose(np.stack([nothing + [0.3, -0.3, 0.1, 0.0]]), nothing).best is None
    True
    """
    n_folds = len(nothing)
    gains = scores - nothing
    best = _best(gains, caution)
    held_out = []
    for fold in range(n_folds):
        picked = _best(np.delete(gains, fold, axis=1), caution)
        held_out.append(0.0 if picked is None else gains[picked, fold])
    honest = float(np.mean(nothing + held_out))
    if best is None:
        return Choice(None, honest, f"no candidate gains more than {caution:g} times its standard error")
    if np.mean(held_out) <= 0:
        return Choice(None, honest, "what some folds choose gains nothing on the others")
    gain = float(gains[best].mean())
    return Choice(best, honest, f"it gains {gain:.3f}, more than {caution:g} times its standard error")


def _best(gains: np.ndarray, caution: float) -> int | None:
    n_folds = gains.shape[1] if gains.ndim == 2 else 0
    known = [i for i, row in enumerate(gains) if not np.isnan(row).any()]
    if not known or n_folds < 2:
        return None
    best = max(known, key=lambda i: gains[i].mean())
    gain = gains[best].mean()
    error = gains[best].std(ddof=1) * np.sqrt(1 / n_folds + 1 / (n_folds - 1))  # Nadeau and Bengio
    return best if gain > caution * error and gain > 0 else None
