"""Choosing among candidates by cross-validation, with caution, and with an honest score of the choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Choice", "choose"]

# The rule needs three folds, for what two of them choose is tested on the third; its score needs one more.
_FEWEST_SCORED = 4


@dataclass(frozen=True)
class Choice:
    """What was chosen, and what the rule that chose it is worth.

    Parameters
    ----------
    best : int or None
        Candidate; None: none of them, so nothing is added.
    score : float
        Mean over folds of what the whole rule, "nothing" included, chose *without* that fold; NaN below four
        folds, for without one of three nothing is ever chosen. Given that rows are added it is a little high,
        for the same folds decided that they are.
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
    best, why_not = _decide(gains, caution, n_folds)
    honest = float("nan")
    if n_folds >= _FEWEST_SCORED:
        held_out = [_of_left_out(gains, fold, _decide, caution) for fold in range(n_folds)]
        honest = float(np.mean(nothing + held_out))
    if best is None:
        return Choice(None, honest, why_not)
    beyond = f", more than {caution:g} times its standard error" if caution else ""
    return Choice(best, honest, f"it gains {gains[best].mean():.3f}{beyond}")


def _decide(gains: np.ndarray, caution: float, n_all: int) -> tuple[int | None, str]:
    """Return the candidate to take, or None and why, from some of `n_all` folds."""
    best, why_not = _best(gains, caution, n_all)
    if best is None:
        return None, why_not
    held_out = [_of_left_out(gains, fold, _best, caution, n_all) for fold in range(gains.shape[1])]
    if np.mean(held_out) <= 0:
        return None, "what some folds choose gains nothing on the others"
    return best, ""


def _of_left_out(
    gains: np.ndarray,
    fold: int,
    rule: Callable[[np.ndarray, float, int], tuple[int | None, str]],
    caution: float,
    n_all: int | None = None,
) -> float:
    """Return the gain, on one fold, of what a rule picks on the others."""
    picked, _ = rule(np.delete(gains, fold, axis=1), caution, n_all or gains.shape[1])
    return 0.0 if picked is None else float(gains[picked, fold])


def _best(gains: np.ndarray, caution: float, n_all: int) -> tuple[int | None, str]:
    """Return the candidate of the best mean if it gains enough, or None and why."""
    n_folds = gains.shape[1] if gains.ndim == 2 else 0
    known = [i for i, row in enumerate(gains) if not np.isnan(row).any()]
    if not known or n_folds < 2:
        return None, "no candidate could be scored on two folds"
    best = max(known, key=lambda i: gains[i].mean())
    gain = gains[best].mean()
    error = gains[best].std(ddof=1) * np.sqrt(1 / n_folds + 1 / (n_all - 1))  # Nadeau and Bengio
    if gain > caution * error and gain > 0:
        return best, ""
    return (
        None,
        f"no candidate gains {f'more than {caution:g} times its standard error' if caution else 'any'}",
    )
