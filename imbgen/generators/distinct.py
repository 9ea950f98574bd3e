"""Copies of a row as one row of greater weight."""

from __future__ import annotations

import numpy as np
import pandas as pd

from imbgen.schema import Kind, Schema

__all__ = ["merge_copies"]


def merge_copies(frame: pd.DataFrame, schema: Schema) -> tuple[pd.DataFrame, np.ndarray]:
    """Merge the rows that must be copies of each other.

    A row that is there twice would be its own neighbour, and would seem to foretell itself when it is left
    out. Equal rows are natural where values are few, so they count as copies only if they share a decimal
    number that no other row has.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        At least one row.
    schema : Schema
        What its columns are.

    Returns
    -------
    merged : DataFrame of shape (n_merged, n_columns)
        In the order of first occurrence.
    weights : ndarray of float64, shape (n_merged,)
        Share of the rows that each row of `merged` stands for.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.generators.distinct import merge_copies
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"dose": [0.37, 0.37, 1.42, 0.0, 0.0, 0.0], "sex": list("FFMMMF")})
    >>> merged, weights = merge_copies(frame, Schema.infer(frame))
    >>> merged["dose"].tolist(), (6 * weights).tolist()
    ([0.37, 1.42, 0.0, 0.0, 0.0], [2.0, 1.0, 1.0, 1.0, 1.0])
    """
    codes = np.stack([pd.factorize(frame[name])[0] for name in schema.names], axis=1)
    distinct, first, group, counts = np.unique(
        codes, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    marked = np.zeros(len(distinct), dtype=bool)
    for i, column in enumerate(schema.columns):
        if column.kind is Kind.CONTINUOUS:
            places = distinct[:, i] + 1  # 0 is missing
            marked |= (places > 0) & (np.bincount(places)[places] == 1)
    group = group.reshape(len(frame))  # NumPy 2.0 gives a column
    kept = ~marked[group]
    kept[first] = True
    weights = np.where(marked, counts, 1)[group[kept]]
    return frame[kept], weights / len(frame)
