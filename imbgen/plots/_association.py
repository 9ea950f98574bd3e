"""How strongly two columns hang together, whatever their kinds.

Coefficients that few rows would bias are corrected for that, so that a table of 30 real rows and one of
3,000 synthetic rows compare.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from pandas import DataFrame, Series

from imbgen.metrics.association import correlation_ratio, cramers_v
from imbgen.plots._columns import Kind, as_numbers, level_codes

__all__ = ["associations"]

MAX_LEVELS = 30
MIN_PAIRS = 10


def associations(frame: DataFrame, kinds: Mapping[Hashable, Kind]) -> np.ndarray:
    """Return the association of each pair of columns.

    Spearman's rank correlation between numbers, Cramér's V between categories, the correlation ratio of
    the ranks between both, each on the rows where both columns are known. NaN where one is constant, and
    between numbers where fewer than ten rows of a longer table are left.

    Parameters
    ----------
    frame : DataFrame
        The table.
    kinds : mapping of hashable to str
        Columns, and what each is.

    Returns
    -------
    associations : ndarray of shape (n_columns, n_columns)
        Between -1 and 1 for two numbers, else between 0 and 1; 1 on the diagonal.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots._association import associations
    >>> frame = DataFrame({"x": [1.0, 2.0, 3.0], "y": [9.0, 4.0, 1.0]})
    >>> associations(frame, {"x": "number", "y": "number"}).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    columns = list(kinds)
    numeric = {
        place: Series(as_numbers(frame[c])).rank().to_numpy()
        for place, c in enumerate(columns)
        if kinds[c] != "category"
    }
    coded = {place: _codes(frame[c]) for place, c in enumerate(columns) if kinds[c] == "category"}
    matrix = np.full((len(columns), len(columns)), np.nan)
    if numeric:
        few = max(3, min(MIN_PAIRS, len(frame)))
        spearman = DataFrame(numeric).corr(method="spearman", min_periods=few).to_numpy()
        matrix[np.ix_(list(numeric), list(numeric))] = np.clip(spearman, -1.0, 1.0)
    for first, codes in coded.items():
        for second, others in coded.items():
            if first <= second:
                matrix[first, second] = matrix[second, first] = cramers_v(codes, others)
        for second, values in numeric.items():
            matrix[first, second] = matrix[second, first] = correlation_ratio(codes, values)
    np.fill_diagonal(matrix, np.where(np.isnan(matrix.diagonal()), np.nan, 1.0))
    return matrix


def _codes(part: Series) -> np.ndarray:
    """Return the place of each row's level by frequency, rare levels as one, -1 where missing."""
    codes, _ = level_codes(part)
    order = np.argsort(-np.bincount(codes[codes >= 0]), kind="stable")
    place = np.full(len(order) + 1, -1)
    place[order] = np.minimum(np.arange(len(order)), MAX_LEVELS - 1)
    return place[codes]
