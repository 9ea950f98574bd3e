"""Which check of a training run to keep, chosen for each fold by the other folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

__all__ = ["CrossFitSelection", "stack_members"]


class CrossFitSelection:
    """Keeps the held-out scores of every check and chooses one check per member.

    Member k was trained without fold k. Which of its checks is kept is decided by the scores of the *other*
    folds, so the scores of fold k stay untouched by the choice, and `honest_scores` is out-of-fold in both
    senses. With a single fold there are no others, and the choice is made on the fold itself.

    Parameters
    ----------
    folds : ndarray of int64, shape (n_scored,)
        Fold of each scored row.
    patience : int
        Checks without a gain after which training stops.

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

    def __init__(self, folds: np.ndarray, *, patience: int) -> None:
        self.folds = folds
        self.patience = patience
        self.checks: list[np.ndarray] = []

    def add(self, scores: np.ndarray) -> None:
        """Add the row scores of a check, shape (n_scored,)."""
        scores = np.asarray(scores, dtype=np.float64)
        self.checks.append(np.where(np.isnan(scores), -np.inf, scores))  # no number is no praise

    @property
    def best(self) -> int:
        """Check with the highest mean score over all rows."""
        return int(np.argmax([scores.mean() for scores in self.checks]))

    @property
    def is_exhausted(self) -> bool:
        """Whether the last `patience` checks brought no new best."""
        return len(self.checks) - 1 - self.best >= self.patience

    def choose(self) -> np.ndarray:
        """Return the check kept for each member, int64 of shape (n_members,)."""
        members = range(int(self.folds.max()) + 1)
        return np.array([self._choose_for(member) for member in members], dtype=np.int64)

    def honest_scores(self) -> np.ndarray:
        """Score of each row at the check that was chosen without it, shape (n_scored,)."""
        return np.stack(self.checks)[self.choose()[self.folds], np.arange(len(self.folds))]

    def _choose_for(self, member: int) -> int:
        voters = self.folds != member
        if not voters.any():
            voters = ~voters
        return int(np.argmax([scores[voters].mean() for scores in self.checks]))


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
