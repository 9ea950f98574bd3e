"""A table with most of its rows dropped that still has the dtypes of the whole."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

__all__ = ["Digest", "LabelCounts", "Witnesses"]


@dataclass(frozen=True)
class LabelCounts:
    """The distinct labels of a file, in the dtype that the whole column has, in order of appearance.

    Parameters
    ----------
    labels : Series of shape (n_labels,)
        A missing label is one of them; two spellings of a number are two.
    counts : ndarray of int, shape (n_labels,)
        Rows of each.
    keys : pyarrow.Array of shape (n_labels,)
        What the file itself holds for each.
    """

    labels: pd.Series
    counts: np.ndarray
    keys: pa.Array


@dataclass(frozen=True)
class Digest:
    """Rows of a file.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        The wanted rows and, among them in the file's order, a few witnesses.
    is_wanted : ndarray of bool, shape (n_rows,)
        Which are no witnesses.
    """

    frame: pd.DataFrame
    is_wanted: np.ndarray


class Witnesses:
    """Picks the rows that show what a column may hold: the first with a value, the first without one.

    The dtype of a column of whole numbers depends on whether any is missing, and a pattern of files leaves
    out a column that is missing throughout a file: with the witnesses both come out as for all rows.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.tables.digests import Witnesses
    >>> witnesses = Witnesses()
    >>> witnesses.pick({"age": np.array([False, False]), "dose": np.array([True, False])})
    [0, 1]
    >>> witnesses.pick({"age": np.array([False, True]), "dose": np.array([True, False])})
    [1]
    """

    def __init__(self) -> None:
        self._seen: set[tuple[Hashable, bool]] = set()

    def pick(self, missing: Mapping[Hashable, np.ndarray]) -> list[int]:
        """Return the rows of a part of the table that show something new, sorted.

        Parameters
        ----------
        missing : mapping of column to ndarray of bool, shape (n_rows,)
        """
        rows = set()
        for name, is_missing in missing.items():
            for state in (True, False):
                if (name, state) not in self._seen and (found := np.flatnonzero(is_missing == state)).size:
                    self._seen.add((name, state))
                    rows.add(int(found[0]))
        return sorted(rows)

    def is_complete(self, name: Hashable) -> bool:
        """Whether a column has both of its witnesses."""
        return (name, True) in self._seen and (name, False) in self._seen
