"""`SMOTEGenerator`: SMOTE, SMOTE-NC or SMOTE-N, as the columns demand, as a generator of one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from imbgen.encoding import ValueEncoder
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_number
from imbgen.generators.neighbors import find_neighbors
from imbgen.schema import Column

__all__ = ["SMOTEGenerator"]

# Cells of one-hots up to which a dense array is used: its neighbours are found ten times as fast.
_MOST_DENSE = 2 * 10**7
# Binary exponent up to which the squared distances of many columns are floats.
_MODERATE = 400


class SMOTEGenerator(BaseGenerator):
    r"""Synthetic minority over-sampling: rows on the lines between neighbours.

    Which of the three methods is used depends on the columns that vary:

    - numbers only: SMOTE, :math:`x_i + \lambda (x_j - x_i)` with j one of the neighbours of i and λ uniform
      on [0, 1];
    - numbers and levels: SMOTE-NC, where each level is the one most frequent among the neighbours, and two
      different levels count in the distance as the median standard deviation of the numbers that vary;
    - levels only: SMOTE-N, the most frequent level, column by column, among row i and its neighbours by the
      value difference metric.

    Distances are Euclidean on the numbers as they are, times in days. The law is that of imbalanced-learn;
    rows are drawn from neighbours found at fit, so any number of rows costs the same per row.

    Parameters
    ----------
    n_neighbors : int
        Neighbours of each row; a class of n rows has n - 1 at most.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
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
    SMOTE contracts: the covariance of its rows falls, towards two thirds where neighbours are far. Levels
    and numbers that repeat do not keep their shares. `InterpolationGenerator` mends both. New rows lie close
    to rows of the class, and can be told from fresh ones by that.

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

    uses_others = True
    keeps_shares = False

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("n_neighbors", self.n_neighbors, low=1, whole=True)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = ValueEncoder(self.schema_).fit(frame)
        self._numbers, self._codes = self._encoder.encode(frame)
        if not self._encoder.numbers:
            self.method_ = "SMOTE-N"
        else:
            self.method_ = "SMOTE-NC" if np.ptp(self._codes, axis=0).any() else "SMOTE"
        if others is not None and others.empty:
            others = None
        self._neighbors = find_neighbors(self._place(others), self.n_neighbors)
        self.n_neighbors_ = self._neighbors.shape[1]

    def _place(self, others: pd.DataFrame | None) -> np.ndarray | sparse.csr_array:
        """Rows as points whose Euclidean distances order neighbours, shape (n_rows, d)."""
        if self.method_ == "SMOTE-N":
            return _one_hot(self._codes, 1.0) if others is None else self._contrast(others)
        # Counted from the medians, which stand for what is missing, distances lose least to rounding.
        numbers = _to_moderate(self._numbers)
        numbers = np.nan_to_num(numbers - _medians(numbers))
        if self.method_ == "SMOTE":
            return numbers
        # Two different levels are sqrt(2) apart in a one-hot, and are to be one median deviation apart.
        hot = _one_hot(self._codes, float(np.median(numbers.std(axis=0))) / np.sqrt(2.0))
        if sparse.issparse(hot):
            return sparse.hstack([numbers, hot], format="csr")
        return np.hstack([numbers, hot])

    def _contrast(self, others: pd.DataFrame) -> np.ndarray:
        """Each level as the share of the class among all rows that have it, shape (n_rows, n_columns).

        With two classes, k = 1 and r = 2, the value difference metric is four times the squared distance.
        """
        others = self.schema_.check(others)
        points = np.empty(self._codes.shape)
        for i, column in enumerate(self._encoder.levelled):
            points[:, i] = _class_shares(column, self._codes[:, i], others[column.name])[self._codes[:, i]]
        return points

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        row = rng.integers(len(self._neighbors), size=BLOCK_ROWS)
        neighbor = self._neighbors[row, rng.integers(self.n_neighbors_, size=BLOCK_ROWS)]
        start, half = self._numbers[row], np.nan_to_num(self._numbers[neighbor] / 2 - self._numbers[row] / 2)
        part = rng.random((BLOCK_ROWS, 1)) * half
        return self._encoder.decode(start + part + part, self._vote(row, rng))

    def _vote(self, row: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Most frequent level of each column around rows, codes of shape (n, n_levelled)."""
        voters = self._neighbors[row]
        if self.method_ == "SMOTE-N":
            voters = np.column_stack([row, voters])
        codes = np.empty((len(row), self._codes.shape[1]), dtype=np.int64)
        for i in range(codes.shape[1]):
            # SMOTE-NC breaks ties at random, SMOTE-N takes the first level.
            tie_break = np.zeros(1) if self.method_ == "SMOTE-N" else rng.random(voters.shape)
            codes[:, i] = _most_frequent(self._codes[voters, i], tie_break)
        return codes

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state = {"encoder": self._encoder.get_state(), "method": self.method_}
        return state, {"numbers": self._numbers, "codes": self._codes, "neighbors": self._neighbors}

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._encoder = ValueEncoder.from_state(state["encoder"])
        self.method_ = state["method"]
        self._numbers, self._codes = arrays["numbers"], arrays["codes"]
        self._neighbors = arrays["neighbors"]
        self.n_neighbors_ = self._neighbors.shape[1]


def _to_moderate(numbers: np.ndarray) -> np.ndarray:
    """Numbers on a scale whose squares are floats; a power of two leaves the order of distances as it is."""
    largest = np.nanmax(np.abs(numbers), initial=0.0)
    exponent = int(np.frexp(largest)[1]) if largest > 0 else 0
    return numbers if abs(exponent) <= _MODERATE else np.ldexp(numbers, -exponent)


def _medians(numbers: np.ndarray) -> np.ndarray:
    """Median of each column, 0 where all is missing, shape (n_columns,)."""
    return np.array([np.median(x) if len(x := column[~np.isnan(column)]) else 0.0 for column in numbers.T])


def _one_hot(codes: np.ndarray, height: float) -> np.ndarray | sparse.csr_array:
    """Codes as one-hots side by side, shape (n_rows, n_levels); sparse where they would fill the memory."""
    n_rows, n_columns = codes.shape
    starts = np.concatenate([[0], np.cumsum(codes.max(axis=0) + 1)])
    heights = np.full(codes.size, height)
    places = (codes + starts[:-1]).ravel(), n_columns * np.arange(n_rows + 1)
    hot = sparse.csr_array((heights, *places), shape=(n_rows, int(starts[-1])))
    return hot.toarray() if n_rows * starts[-1] <= _MOST_DENSE else hot


def _class_shares(column: Column, codes: np.ndarray, others: pd.Series) -> np.ndarray:
    """Share of the class among class and others, for each level and for missing, shape (n_levels + 1,)."""
    n_levels = len(column.levels)
    found = np.where(others.isna(), n_levels, column.find(others))
    mine = np.bincount(codes, minlength=n_levels + 1)
    theirs = np.bincount(found[found >= 0], minlength=n_levels + 1)
    return mine / np.maximum(mine + theirs, 1)


def _most_frequent(codes: np.ndarray, tie_break: np.ndarray) -> np.ndarray:
    """Most frequent code of each row, shape (n,); of equals the first, or by `tie_break` in [0, 1).

    Rows are sorted, so that a code is a run, and its frequency the place of the run's last entry in it.
    """
    codes = np.sort(codes, axis=1)
    place = np.arange(codes.shape[1])
    starts = np.where(np.diff(codes, axis=1, prepend=-1) != 0, place, 0)
    within = place - np.maximum.accumulate(starts, axis=1)
    return codes[np.arange(len(codes)), (within + tie_break).argmax(axis=1)]
