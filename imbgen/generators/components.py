"""What the components of a mixture are in the units of the table, and what its dimensions are called."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding import TableEncoder
from imbgen.encoding.layout import Block
from imbgen.encoding.table import take_levels
from imbgen.schema import Kind, Schema

__all__ = ["dimension_names", "dims_without_last_level", "summarise_components"]

_AVERAGED = (Kind.CONTINUOUS, Kind.INTEGER, Kind.DATETIME)


def dimension_names(encoder: TableEncoder) -> list[str]:
    """Name every encoded dimension: ``"age"``, ``"sex=F"``, ``"sex missing"``, ``"age present"``.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.encoding import TableEncoder
    >>> from imbgen.generators.components import dimension_names
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"age": [31, 40, None], "sex": ["F", "M", None]})
    >>> dimension_names(TableEncoder(Schema.infer(frame)).fit(frame))
    ['age', 'age present', 'age missing', 'sex=F', 'sex=M', 'sex missing']
    """
    names: list[str] = []
    for block in encoder.blocks:
        if block.kind == "number":
            names.append(str(block.column))
        elif block.kind == "state":
            names += _state_names(encoder, block)
        else:
            own = [f"{block.column}={level}" for level in encoder.schema.column(block.column).levels]
            names += [*own, f"{block.column} missing"][: block.width]
    return names


def dims_without_last_level(encoder: TableEncoder) -> np.ndarray:
    """Return the encoded dimensions less the last level of each one-hot, int of shape (d,).

    That level is 1 minus the others; with it a covariance would be singular.
    """
    last = {block.start + block.width - 1 for block in encoder.blocks if block.kind != "number"}
    return np.array([dim for dim in range(encoder.d_encoded) if dim not in last], dtype=np.int64)


def _state_names(encoder: TableEncoder, block: Block) -> list[str]:
    layout, column = encoder.layout, encoder.schema.column(block.column)
    spikes = layout.spikes[block.column]
    shown = take_levels(column, layout.orders[block.column][spikes]) if column.has_levels else spikes
    free = [f"{block.column} present"] * (block.column in layout.free)
    missing = [f"{block.column} missing"] * (block.column in layout.nullable)
    return [*free, *(f"{block.column}={value}" for value in shown), *missing]


def summarise_components(
    frame: pd.DataFrame, schema: Schema, labels: np.ndarray, weights: Sequence[float] | np.ndarray
) -> pd.DataFrame:
    """Summarise the rows of each component, column by column.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Rows as `schema` checks them.
    schema : Schema
        What the columns are.
    labels : ndarray of int, shape (n_rows,)
        The component of each row.
    weights : sequence of float, shape (k,)
        Of the mixture.

    Returns
    -------
    summary : DataFrame of k rows
        Columns are pairs (column, statistic): "mean" and "median" of numbers and dates, "mode" and its
        "share" of the rows for levels, and the share "missing" where `frame` has gaps. First come
        ("weight", "") and ("rows", "").

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from imbgen.generators.components import summarise_components
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"age": [30, 40, 70], "sex": ["F", "F", "M"]})
    >>> summary = summarise_components(frame, Schema.infer(frame), np.array([0, 0, 1]), [0.6, 0.4])
    >>> summary[("age", "mean")].tolist(), summary[("sex", "mode")].tolist()
    ([35.0, 70.0], ['F', 'M'])
    """
    members = [frame[labels == component] for component in range(len(weights))]
    summary: dict[tuple[Hashable, str], list[Any]] = {
        ("weight", ""): [float(weight) for weight in weights],
        ("rows", ""): [len(rows) for rows in members],
    }
    for column in schema.columns:
        parts = [rows[column.name].dropna() for rows in members]
        if column.kind in _AVERAGED:
            summary[column.name, "mean"] = [part.mean() for part in parts]
            summary[column.name, "median"] = [part.median() for part in parts]
        else:
            counts = [part.value_counts() for part in parts]
            summary[column.name, "mode"] = [count.index[0] if count.sum() else None for count in counts]
            summary[column.name, "share"] = [
                count.iloc[0] / len(rows) if count.sum() else np.nan
                for count, rows in zip(counts, members, strict=True)
            ]
        if frame[column.name].isna().any():
            summary[column.name, "missing"] = [rows[column.name].isna().mean() for rows in members]
    index = pd.RangeIndex(len(members), name="component")
    return pd.DataFrame(list(zip(*summary.values(), strict=True)), index, pd.MultiIndex.from_tuples(summary))
