"""Rows that occur twice: as exact copies, under another label, or altered in a single column."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from imbgen.profiling.coded import CodedColumn

__all__ = ["Copies", "Twin", "exceeds_chance", "find_copies"]

# Told if even three times the usual share explains their number less often than this.
_CHANCE = 0.001
_TIMES_USUAL = 3.0


@dataclass(frozen=True)
class Twin:
    """A row of the minority class and a row of another class that differ in a single column."""

    row: int
    other: int
    column: Hashable


@dataclass(frozen=True, eq=False)
class Copies:
    """Rows that occur twice.

    Parameters
    ----------
    repeated : ndarray of bool, shape (n_rows,)
        Rows that equal an earlier row, label and all.
    contradicting : ndarray of bool, shape (n_rows,)
        Rows that equal a row of another class.
    twins : tuple of Twin
        For each minority row that has some, one twin of another class; empty where rows of the other classes
        have twins among themselves as often, which is the grain of a table of few levels.
    """

    repeated: np.ndarray
    contradicting: np.ndarray
    twins: tuple[Twin, ...]


def find_copies(columns: Sequence[CodedColumn], labels: np.ndarray, minority: np.ndarray) -> Copies:
    """Find rows that occur twice, in all rows of the table.

    Each value of each column is given a random 64-bit word, and a row the sum of its words (a Zobrist hash):
    equal rows have equal sums, others with a probability of 2^-64 per pair; without one summand the sums
    tell rows that are equal but for that column.

    Parameters
    ----------
    columns : sequence of CodedColumn
        Columns to compare, at least one.
    labels : ndarray of int64, shape (n_rows,)
        Code of each row's class.
    minority : ndarray of bool, shape (n_rows,)
        Rows of the class to look at.

    Returns
    -------
    copies : Copies

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> from imbgen.profiling.copies import find_copies
    >>> _, columns = code_columns(pd.DataFrame({"x": [1, 1, 1, 2], "y": [5, 5, 5, 6]}))
    >>> labels = np.array([0, 0, 1, 0])
    >>> copies = find_copies(columns, labels, labels == 1)
    >>> copies.repeated.tolist(), copies.contradicting.tolist()
    ([False, True, False, False], [True, True, True, False])
    """
    sums = np.zeros(len(labels), dtype=np.uint64)
    for place, column in enumerate(columns):
        sums += _words(column, place)
    rows = pd.DataFrame({"sum": sums, "label": labels})
    repeated = rows.duplicated().to_numpy()
    n_labels = rows[~repeated].groupby("sum", sort=False).size()
    contradicting = rows["sum"].isin(n_labels.index[n_labels > 1]).to_numpy()
    unique = np.flatnonzero(~repeated & ~contradicting)
    return Copies(repeated, contradicting, _find_twins(columns, sums, unique, minority))


def exceeds_chance(n_found: int, n_rows: int, usual: float) -> bool:
    """Tell whether `n_found` of `n_rows` rows are more than three times a share of `usual` explains.

    Examples
    --------
    >>> from imbgen.profiling.copies import exceeds_chance
    >>> exceeds_chance(1, 30, 0.0), exceeds_chance(3, 30, 0.1), exceeds_chance(0, 30, 0.0)
    (True, False, False)
    """
    return bool(binom.sf(n_found - 1, n_rows, min(1.0, _TIMES_USUAL * usual)) < _CHANCE)


def _words(column: CodedColumn, place: int) -> np.ndarray:
    """Return a random word per row that depends on its value, uint64 of shape (n_rows,)."""
    words = np.random.default_rng(place).integers(2**64, size=len(column.values) + 1, dtype=np.uint64)
    return words[column.codes]  # code -1, missing, takes the last word


def _find_twins(
    columns: Sequence[CodedColumn], sums: np.ndarray, unique: np.ndarray, minority: np.ndarray
) -> tuple[Twin, ...]:
    mine, others = unique[minority[unique]], unique[~minority[unique]]
    twins: dict[int, Twin] = {}
    usual = np.zeros(len(others), dtype=bool)
    for place, column in enumerate(columns):
        rest = sums - _words(column, place)
        usual |= pd.Series(rest[others]).duplicated(keep=False).to_numpy()
        for row, other in _matches(rest, mine, others):
            twins.setdefault(row, Twin(row, other, column.name))
    if not exceeds_chance(len(twins), len(mine), float(usual.mean()) if len(others) else 1.0):
        return ()
    return tuple(twins[row] for row in sorted(twins))


def _matches(keys: np.ndarray, mine: np.ndarray, others: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield rows of `mine` with the first row of `others` that has the same key."""
    found = mine[np.isin(keys[mine], keys[others])]
    if len(found):
        first = pd.Series(others, index=keys[others])
        first = first[~first.index.duplicated()]
        yield from zip(found.tolist(), first.loc[keys[found]].tolist(), strict=True)
