"""`Layout`: which dimensions of an encoded array a table's columns take."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.schema import Column, Kind, Schema

__all__ = ["Block", "Layout", "is_number", "to_values"]

# Above this many levels a column is coded by rank, most frequent level first, in one dimension.
MAX_ONE_HOT = 30
# In a small class a few rows share a value by chance.
_FEWEST_OF_A_SPIKE = 5


@dataclass(frozen=True, slots=True)
class Block:
    """Adjacent dimensions of the encoded array that belong together.

    Parameters
    ----------
    column : hashable
        Label of the column.
    kind : {"number", "levels", "state"}
        A normal score; a one-hot of levels (the last one is "missing" if the column may be); a one-hot that
        says whether a number is free (has a score), is one of its spikes, or is missing.
    start, width : int
        First dimension and number of dimensions.
    """

    column: Hashable
    kind: str
    start: int
    width: int

    @property
    def dims(self) -> slice:
        """Where the block lies in the encoded array."""
        return slice(self.start, self.start + self.width)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the encoders of one table share, whatever rows they are fitted on.

    Parameters
    ----------
    blocks : tuple of Block
    nullable : frozenset of hashable
        Columns that may be missing.
    spikes : mapping of hashable to ndarray
        Values of a number column that are levels of their own, ascending, as `to_values` gives them.
    orders : mapping of hashable to ndarray of int64
        Levels of each column that is coded by rank, in the order in which they are ranked.
    """

    blocks: tuple[Block, ...]
    nullable: frozenset[Hashable]
    spikes: Mapping[Hashable, np.ndarray]
    orders: Mapping[Hashable, np.ndarray]

    @classmethod
    def learn(cls, schema: Schema, frame: pd.DataFrame, *, spike_share: float | None = None) -> Layout:
        """Lay out the columns of a table.

        Parameters
        ----------
        schema : Schema
        frame : DataFrame of shape (n_rows, n_columns)
        spike_share : float, optional
            A number that this share of the rows, and at least 5 of them, have becomes a level of its own;
            none does by default.
        """
        nullable = frozenset(name for name in frame.columns if frame[name].isna().any())
        numbers = [column for column in schema.columns if is_number(column)]
        orders = {
            column.name: _level_order(column, frame[column.name]) for column in numbers if column.has_levels
        }
        spikes, free = {}, set()
        for column in numbers:
            values = to_values(column, frame[column.name].dropna(), orders)
            spikes[column.name] = _find_spikes(values, len(frame), spike_share)
            if not len(values) or not np.isin(values, spikes[column.name]).all():
                free.add(column.name)
        return cls(_lay_out(schema, free, nullable, spikes), nullable, spikes, orders)

    @property
    def d_encoded(self) -> int:
        """Number of dimensions of the encoded array."""
        return sum(block.width for block in self.blocks)

    @property
    def free(self) -> frozenset[Hashable]:
        """Columns that have a normal score."""
        return frozenset(block.column for block in self.blocks if block.kind == "number")

    def get_state(self, schema: Schema) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return (JSON types, arrays), the inverse of :meth:`from_state`."""
        names = schema.names
        nullable = [i for i, name in enumerate(names) if name in self.nullable]
        free = [i for i, name in enumerate(names) if name in self.free]
        arrays = {f"{names.index(name)}.spikes": values for name, values in self.spikes.items()}
        arrays |= {f"{names.index(name)}.order": order for name, order in self.orders.items()}
        return {"nullable": nullable, "free": free}, arrays

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray], schema: Schema) -> Layout:
        """Build from :meth:`get_state`'s output."""
        names = schema.names
        found = {
            key: {names[int(k.split(".")[0])]: array for k, array in arrays.items() if k.endswith(f".{key}")}
            for key in ("spikes", "order")
        }
        free, nullable = (frozenset(names[i] for i in state[key]) for key in ("free", "nullable"))
        return cls(
            _lay_out(schema, free, nullable, found["spikes"]), nullable, found["spikes"], found["order"]
        )


def is_number(column: Column) -> bool:
    """Whether a column is coded by rank: a number, time or ordinal, or levels too many for a one-hot."""
    return column.kind is Kind.ORDINAL or not column.has_levels or len(column.levels) > MAX_ONE_HOT


def to_values(column: Column, values: pd.Series, orders: Mapping[Hashable, np.ndarray]) -> np.ndarray:
    """Present values of such a column: floats, integers (times too), or places of levels in their order."""
    if column.has_levels:
        return np.argsort(orders[column.name])[column.codes(values)]
    return column.to_integers(values) if column.is_whole else values.to_numpy(dtype=np.float64)


def _find_spikes(values: np.ndarray, n_rows: int, spike_share: float | None) -> np.ndarray:
    distinct, counts = np.unique(values, return_counts=True)
    if spike_share is None:
        return distinct[:0]
    return distinct[counts >= max(spike_share * n_rows, _FEWEST_OF_A_SPIKE)]


def _lay_out(
    schema: Schema, free: Set[Hashable], nullable: Set[Hashable], spikes: Mapping[Hashable, np.ndarray]
) -> tuple[Block, ...]:
    blocks: list[Block] = []
    start = 0
    for column in schema.columns:
        states = (column.name in free) + len(spikes.get(column.name, ())) + (column.name in nullable)
        for kind, width in _block_shapes(column, column.name in free, states, column.name in nullable):
            blocks.append(Block(column.name, kind, start, width))
            start += width
    return tuple(blocks)


def _block_shapes(column: Column, free: bool, states: int, nullable: bool) -> list[tuple[str, int]]:
    if is_number(column):
        return [("number", 1)] * free + [("state", states)] * (states > 1)
    width = len(column.levels) + nullable
    return [("levels", width)] if width > 1 else []


def _level_order(column: Column, values: pd.Series) -> np.ndarray:
    """Levels in the order in which they are ranked: their own if they have one, else by frequency."""
    if column.kind is Kind.ORDINAL:
        return np.arange(len(column.levels))
    codes = column.codes(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(column.levels))
    return np.argsort(-counts, kind="stable")
