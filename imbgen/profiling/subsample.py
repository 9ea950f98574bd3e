"""At most so many rows, chosen at random."""

from __future__ import annotations

import numpy as np

__all__ = ["subsample"]


def subsample(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return all rows, or `most` of them chosen at random, in their order.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.profiling.subsample import subsample
    >>> len(subsample(np.arange(9), 4, np.random.default_rng(0)))
    4
    """
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
