"""How strongly two columns hang together, with corrections that make few rows and many compare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["correlation_ratio", "cramers_v"]


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
    >>> from imbgen.metrics.association import cramers_v
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
    >>> from imbgen.metrics.association import correlation_ratio
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
