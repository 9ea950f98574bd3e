"""Which check of a training run to keep, chosen for each fold by the other folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from imbgen.metrics.log_score import as_good_as_best

__all__ = ["CrossFitSelection", "stack_members"]


class CrossFitSelection:
    """Keeps the held-out scores of every check and chooses one check per member.

    Member k was trained without fold k. Which of its checks is kept is decided by the scores of the *other*
    folds, so the scores of fold k stay untouched by the choice, and `honest_scores` is out-of-fold in both
    senses. A single fold has no others: its member is chosen on the fold itself, and each half of its rows
    gets its honest scores from the check that the other half would choose.

    The best check is kept, or, with a `tolerance`, the last one that is not worse by more than so many
    standard errors of the paired difference. Scores of some hundred rows are flat long before a network
    has learned how columns depend on each other; of checks that they cannot tell apart, the last has learned
    most.

    Parameters
    ----------
    folds : ndarray of int64, shape (n_scored,)
        Fold of each scored row.
    patience : int
        Checks after the last one worth keeping with which training stops.
    tolerance : float
        Standard errors by which a later check may be worse than the best.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.models.selection import CrossFitSelection
    >>> selection = CrossFitSelection(np.array([0, 0, 1, 1]), patience=2)
    >>> for scores in ([0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 0, 0]):
    ...     selection.add(np.array(scores, dtype=float))
    >>> selection.choose()  # fold 1 speaks for member 0, fold 0 for member 1
    array([1, 2])
    >>> selection.honest_scores()
    array([1., 1., 0., 0.])
    """

    def __init__(self, folds: np.ndarray, *, patience: int, tolerance: float = 0.0) -> None:
        self.folds = folds
        self.patience = patience
        self.tolerance = tolerance
        self.checks: list[np.ndarray] = []

    def add(self, scores: np.ndarray) -> None:
        """Add the row scores of a check, shape (n_scored,)."""
        scores = np.asarray(scores, dtype=np.float64)
        self.checks.append(np.where(np.isnan(scores), -np.inf, scores))  # no number is no praise

    @property
    def parts(self) -> np.ndarray:
        """Part of each scored row: its fold, or which half of a single fold. No part judges its choice."""
        return self.folds if self.folds.any() else np.arange(len(self.folds)) % 2

    @property
    def best(self) -> int:
        """Check that is kept if all rows have a say."""
        return _last(as_good_as_best(np.stack(self.checks), self.tolerance))

    @property
    def is_exhausted(self) -> bool:
        """Whether none of the last `patience` checks is worth keeping."""
        return len(self.checks) - 1 - self.best >= self.patience

    def choose(self) -> np.ndarray:
        """Return the check kept for each member, int64 of shape (n_members,)."""
        if not self.folds.any():
            return np.array([self.best], dtype=np.int64)
        return self.choose_by_others()

    def of_variants(self, scores: Sequence[np.ndarray]) -> CrossFitSelection:
        """Return the choice among variants of one check instead, from their row scores; the best is kept."""
        selection = CrossFitSelection(self.folds, patience=len(scores))
        for variant in scores:
            selection.add(variant)
        return selection

    def honest_scores(self) -> np.ndarray:
        """Score of each row at the check that was chosen without it, shape (n_scored,)."""
        return np.stack(self.checks)[self.choose_by_others()[self.parts], np.arange(len(self.folds))]

    def choose_by_others(self) -> np.ndarray:
        """Return for each part the check that the rows of all other parts would keep, int64 (n_parts,)."""
        checks, parts = np.stack(self.checks), self.parts
        chosen = [
            _last(as_good_as_best(checks[:, parts != part], self.tolerance))
            for part in range(parts.max() + 1)
        ]
        return np.array(chosen, dtype=np.int64)


def _last(good: np.ndarray) -> int:
    return int(np.flatnonzero(good)[-1])


def stack_members(
    weights: Sequence[Mapping[str, torch.Tensor]], chosen: np.ndarray
) -> dict[str, torch.Tensor]:
    """Return weights whose member k is that of ``weights[chosen[k]]``.

    Parameters
    ----------
    weights : sequence of mapping of name to Tensor of shape (n_members, ...)
    chosen : ndarray of int64, shape (n_members,)
    """
    return {
        name: torch.stack([weights[choice][name][member] for member, choice in enumerate(chosen)])
        for name in weights[0]
    }
