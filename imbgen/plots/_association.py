"""How strongly two columns hang together, whatever their kinds.

Coefficients that few rows would bias are corrected for that, so that a table of 30 real rows and one of
3,000 synthetic rows compare.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from pandas import DataFrame, Series

from imbgen.plots._columns import Kind, as_numbers, level_codes

__all__ = ["associations", "correlation_ratio", "cramers_v"]

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


def cramers_v(first: Sequence[int] | np.ndarray, second: Sequence[int] | np.ndarray) -> float:
    """Return Cramér's V with the bias correction of Bergsma (2013).

    Parameters
    ----------
    first, second : array-like of int of shape (n_rows,)
        Codes of levels; -1 is missing.

    Returns
    -------
    v : float
        Between 0 and 1; NaN if a column is constant.

    Examples
    --------
    >>> from imbgen.plots._association import cramers_v
    >>> cramers_v([0, 0, 1, 1], [1, 1, 0, 0]), cramers_v([0, 0, 1, 1], [0, 1, 0, 1])
    (1.0, 0.0)
    """
    first, second = np.asarray(first), np.asarray(second)
    known = (first >= 0) & (second >= 0)
    shape = first.max(initial=0) + 1, second.max(initial=0) + 1
    table = np.bincount(first[known] * shape[1] + second[known], minlength=shape[0] * shape[1]).reshape(shape)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n_rows, (n_first, n_second) = table.sum(), table.shape
    if min(n_first, n_second) < 2:
        return float("nan")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n_rows
    phi2 = float(((table - expected) ** 2 / expected).sum() / n_rows)
    phi2 = max(0.0, phi2 - (n_first - 1) * (n_second - 1) / (n_rows - 1))
    sizes = [size - (size - 1) ** 2 / (n_rows - 1) for size in (n_first, n_second)]
    return float(np.sqrt(min(1.0, phi2 / (min(sizes) - 1)))) if min(sizes) > 1 else float("nan")


def correlation_ratio(codes: Sequence[int] | np.ndarray, values: Sequence[float] | np.ndarray) -> float:
    """Return the correlation ratio of numbers on levels, corrected as Kelley's epsilon.

    Parameters
    ----------
    codes : array-like of int of shape (n_rows,)
        Codes of levels; -1 is missing.
    values : array-like of float of shape (n_rows,)
        Numbers; NaN is missing.

    Returns
    -------
    ratio : float
        Between 0 and 1; NaN if either is constant or no level comes twice.

    Examples
    --------
    >>> from imbgen.plots._association import correlation_ratio
    >>> round(correlation_ratio([0, 0, 1, 1], [1.0, 1.0, 5.0, 5.0]), 9)
    1.0
    """
    levels, numbers = np.asarray(codes), np.asarray(values, dtype=float)
    known = (levels >= 0) & ~np.isnan(numbers)
    levels, numbers = levels[known], numbers[known]
    counts = np.bincount(levels)
    n_levels, n_rows = int((counts > 0).sum()), len(numbers)
    if n_levels < 2 or n_rows <= n_levels or np.ptp(numbers) == 0:
        return float("nan")
    means = np.bincount(levels, numbers) / np.maximum(counts, 1)
    within = float(((numbers - means[levels]) ** 2).sum() / ((numbers - numbers.mean()) ** 2).sum())
    return float(np.sqrt(max(0.0, 1.0 - within * (n_rows - 1) / (n_rows - n_levels))))
