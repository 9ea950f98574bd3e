"""`SMOTEGenerator`: SMOTE, SMOTE-NC or SMOTE-N, as the columns demand, as a generator of one class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from imbgen.encoding import ValueEncoder
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_number
from imbgen.generators.neighbors import find_neighbors
from imbgen.schema import Column

__all__ = ["SMOTEGenerator"]


class SMOTEGenerator(BaseGenerator):
    r"""Synthetic minority over-sampling: rows on the lines between neighbours.

    Which of the three methods is used depends on the columns that vary:

    - numbers only: SMOTE, :math:`x_i + \lambda (x_j - x_i)` with j one of the neighbours of i and λ uniform
      on [0, 1];
    - numbers and levels: SMOTE-NC, where each level is the one most frequent among the neighbours, and two
      different levels count in the distance as the median standard deviation of the numbers;
    - levels only: SMOTE-N, the most frequent level, column by column, among row i and its neighbours by the
      value difference metric.

    Distances are Euclidean on the numbers as they are. The law is that of imbalanced-learn; rows are drawn
    from neighbours found at fit, so any number of rows costs the same per row.

    Parameters
    ----------
    n_neighbors : int
        Neighbours of each row; a class of n rows has n - 1 at most.
    schema : mapping of column to kind, optional
        Kinds that overrule the inference.
    random_state : int, optional
        Seed.

    Attributes
    ----------
    method_ : {"SMOTE", "SMOTE-NC", "SMOTE-N"}
        What the columns demanded.
    n_neighbors_ : int
        Neighbours used.

    Notes
    -----
    SMOTE contracts: the covariance of its rows falls to two thirds where neighbours are far, and they lie
    close to rows of the class, which can be told from them. Shares of levels, and of numbers that repeat,
    are not kept. `InterpolationGenerator` mends the first and the last.

    NOTE[DIFF]: imbalanced-learn refuses missing values. Here a missing number counts as the median in
    distances; a new row has the gaps of row i, and takes what j lacks from i. A missing level is a level.
    NOTE[DIFF]: whole numbers are rounded, not cut off, and decimals keep their grid.
    NOTE[DIFF]: the value difference metric compares the class with all `others` taken together. Without
    `others` it would see no difference between any two levels, so the number of differing levels is used.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer (2002), "SMOTE: synthetic minority over-sampling
    technique", Journal of Artificial Intelligence Research 16, sections 4 and 6.

    Examples
    --------
    >>> from imbgen import SMOTEGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = SMOTEGenerator(random_state=0).fit(X[y == "om"])
    >>> generator.method_, generator.sample(3).shape
    ('SMOTE', (3, 7))
    """

    uses_others: ClassVar[bool] = True
    keeps_shares: ClassVar[bool] = False

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        schema: Mapping[Any, str] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.schema = schema
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("n_neighbors", self.n_neighbors, low=1, whole=True)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = ValueEncoder(self.schema_).fit(frame)
        self._numbers, self._codes = self._encoder.encode(frame)
        varying = [i for i in range(self._codes.shape[1]) if np.ptp(self._codes[:, i])]
        if not self._encoder.numbers:
            self.method_ = "SMOTE-N"
            points = self._contrast(others) if others is not None else self._one_hot(varying, 1.0)
        else:
            self.method_ = "SMOTE-NC" if varying else "SMOTE"
            filled = self._fill_with_medians()
            # Two different levels are sqrt(2) apart in a one-hot, and are to be one median deviation apart.
            unit = float(np.median(filled.std(axis=0))) / np.sqrt(2)
            points = np.hstack([filled, self._one_hot(varying, unit)])
        self._set_neighbors(find_neighbors(points, self.n_neighbors))

    def _fill_with_medians(self) -> np.ndarray:
        return np.where(np.isnan(self._numbers), np.nanmedian(self._numbers, axis=0), self._numbers)

    def _one_hot(self, places: list[int], unit: float) -> np.ndarray:
        """Levels of the columns at `places` as one-hots of height `unit`, shape (n_rows, n_levels)."""
        parts = [
            unit * (self._codes[:, [i]] == np.arange(self._codes[:, i].max() + 1)).astype(float)
            for i in places
        ]
        return np.hstack([np.zeros((len(self._codes), 0)), *parts])

    def _contrast(self, others: pd.DataFrame) -> np.ndarray:
        """Return each level as the share of the class among all rows that have it.

        With two classes the value difference metric is twice the Euclidean distance of these.
        """
        columns = self._encoder.levelled
        shares = [
            _share_by_level(column, self._codes[:, i], others[column.name])
            for i, column in enumerate(columns)
        ]
        return np.stack([share[self._codes[:, i]] for i, share in enumerate(shares)], axis=1)

    def _set_neighbors(self, neighbors: np.ndarray) -> None:
        """Take the neighbours, shape (n_rows, n_neighbors_), and count their votes for each level."""
        self._neighbors = neighbors
        self.n_neighbors_ = neighbors.shape[1]
        voters = neighbors
        if self.method_ == "SMOTE-N":
            voters = np.hstack([np.arange(len(neighbors))[:, None], neighbors])
        self._votes = [
            (self._codes[voters, i][..., None] == np.arange(self._codes[:, i].max() + 1)).sum(axis=1)
            for i in range(self._codes.shape[1])
        ]

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        row = rng.integers(len(self._neighbors), size=BLOCK_ROWS)
        neighbor = self._neighbors[row, rng.integers(self.n_neighbors_, size=BLOCK_ROWS)]
        start, step = self._numbers[row], self._numbers[neighbor] - self._numbers[row]
        numbers = start + rng.random((BLOCK_ROWS, 1)) * np.nan_to_num(step)
        codes = np.zeros((BLOCK_ROWS, len(self._votes)), dtype=np.int64)
        for i, votes in enumerate(self._votes):
            # SMOTE-NC breaks ties at random, SMOTE-N takes the first level.
            tie_break = 0.0 if self.method_ == "SMOTE-N" else 0.5 * rng.random((BLOCK_ROWS, votes.shape[1]))
            codes[:, i] = (votes[row] + tie_break).argmax(axis=1)
        return self._encoder.decode(numbers, codes)

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state = {"encoder": self._encoder.get_state(), "method": self.method_}
        return state, {"numbers": self._numbers, "codes": self._codes, "neighbors": self._neighbors}

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._encoder = ValueEncoder.from_state(state["encoder"])
        self.method_ = state["method"]
        self._numbers, self._codes = arrays["numbers"], arrays["codes"]
        self._set_neighbors(arrays["neighbors"])


def _share_by_level(column: Column, codes: np.ndarray, others: pd.Series) -> np.ndarray:
    """Return, for each level, the share of the class among class and `others`, shape (n_levels + 1,)."""
    n_levels = len(column.levels)
    found = column.find(others)
    found = np.where(others.isna(), n_levels, found)
    mine = np.bincount(codes, minlength=n_levels + 1)
    theirs = np.bincount(found[found >= 0], minlength=n_levels + 1)
    return mine / np.maximum(mine + theirs, 1)
