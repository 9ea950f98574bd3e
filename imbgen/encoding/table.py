"""`TableEncoder`: a frame as a float32 array of normal scores, one-hots of levels and of states, and back."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding.layout import Block, Layout, to_values
from imbgen.encoding.ranks import RankTransform
from imbgen.errors import DataError
from imbgen.memory import check_memory
from imbgen.schema import Column, Kind, Schema

__all__ = ["UNITS_PER_DAY", "TableEncoder", "find_unit", "take_levels"]

#: Integers in a day, by the resolution of a time.
UNITS_PER_DAY = {"s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
# Floats need not hold whole numbers from here on, but distances below it.
_INEXACT = 2**52
# Of the encoded rows that are held at a time: theirs, with noise, as decoded, ....
_COPIES = 4
# Days, hours, minutes, seconds, and thousandths of these.
_GRIDS_PER_DAY = (1, 24, 1440, 86_400, 86_400 * 10**3, 86_400 * 10**6, 86_400 * 10**9)


class TableEncoder:
    """Frame <-> float32 array.

    Numbers become normal scores of their ranks (see `RankTransform`), levels one-hots; a number that is
    missing, or is one of the column's spikes, has a score of 0 and a one-hot that says so. Columns that do
    not vary take no dimension and are restored.

    Parameters
    ----------
    schema : Schema
        What the columns are.
    spike_share : float, optional
        A number that at least this share of the rows, and 5 of them, have is a *spike*, and coded like a
        level; none is by default.
    like : TableEncoder, optional
        A fitted encoder whose layout is taken over; learned from the rows at fit by default.

    Attributes
    ----------
    layout : Layout
        Which dimensions the columns take.
    blocks : tuple of Block
    d_encoded : int
        Number of dimensions.
    shares : ndarray of float64, shape (d_encoded,)
        Share of each level among the rows at fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.encoding import TableEncoder
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"age": [31, 40, 54], "sex": ["F", "M", "F"], "site": ["A", "A", "A"]})
    >>> encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    >>> encoded = encoder.encode(frame, random_state=0)
    >>> encoded.shape
    (3, 3)
    >>> encoder.decode(encoded).equals(frame)
    True
    """

    def __init__(
        self, schema: Schema, *, spike_share: float | None = None, like: TableEncoder | None = None
    ) -> None:
        self.schema = schema
        self.spike_share = spike_share
        self.like = like

    def fit(self, frame: pd.DataFrame) -> TableEncoder:
        """Learn the rank transforms from the rows of one class, shape (n_rows, n_columns)."""
        frame = self.schema.check(frame)
        self.layout: Layout = (
            self.like.layout
            if self.like is not None
            else Layout.learn(self.schema, frame, spike_share=self.spike_share)
        )
        self._check_memory(len(frame))
        self.ranks: dict[Hashable, RankTransform] = {}
        self._integers: dict[Hashable, np.ndarray] = {}
        self._units: dict[Hashable, int] = {}
        self._origins: dict[Hashable, int] = {}
        for column in self.schema.columns:
            if column.name in self.layout.free:
                self._fit_number(column, frame[column.name])
        self.shares = self.encode(frame, random_state=0).mean(axis=0, dtype=np.float64)
        return self

    def _check_memory(self, n_rows: int) -> None:
        """Raise DataError if the encoded rows would not fit, naming the column that takes most of them."""
        if not self.blocks:
            return
        widest = max(self.blocks, key=lambda block: block.width)
        check_memory(
            _COPIES * 4 * n_rows * self.d_encoded,
            f"The encoded table ({n_rows:,} rows in {self.d_encoded:,} dimensions)",
            f"The widest column is {widest.column!r} with {widest.width}. Drop columns, or pass fewer rows.",
        )

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the encoded array, in order."""
        return self.layout.blocks

    @property
    def d_encoded(self) -> int:
        """Number of dimensions of the encoded array."""
        return self.layout.d_encoded

    @property
    def number_dims(self) -> np.ndarray:
        """Dimensions that hold normal scores."""
        return np.array([block.start for block in self.blocks if block.kind == "number"], dtype=np.int64)

    def free_dims(self) -> dict[int, int]:
        """Map the dimension of a number that is not always free to the dimension that is 1 where it is."""
        state = {block.column: block.start for block in self.blocks if block.kind == "state"}
        return {
            block.start: state[block.column]
            for block in self.blocks
            if block.kind == "number" and block.column in state
        }

    def encode(
        self, frame: pd.DataFrame, random_state: int | np.random.Generator | None = None
    ) -> np.ndarray:
        """Encode rows.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
        random_state : int or Generator, optional
            Breaks ties; the same seed gives the same array.

        Returns
        -------
        encoded : ndarray of float32, shape (n_rows, d_encoded)
        """
        rng = np.random.default_rng(random_state)
        frame = self.schema.check(frame)
        encoded = np.zeros((len(frame), self.d_encoded), dtype=np.float32)
        states: dict[Hashable, tuple[np.ndarray, np.ndarray]] = {}  # of numbers: for two blocks each
        for block in self.blocks:
            column, values = self.schema.column(block.column), frame[block.column]
            missing = values.isna().to_numpy()
            self._check_complete(column, missing)
            if block.kind == "levels":
                codes = column.codes(values)
                if block.width > len(column.levels):
                    codes[missing] = len(column.levels)
            else:
                if column.name not in states:
                    states[column.name] = self._states(column, values)
                codes, numbers = states[column.name]
            if block.kind == "number":
                noise, free = rng.spawn(1)[0], codes == 0
                encoded[free, block.start] = self.ranks[column.name].encode(numbers[free], noise)
            else:
                known = np.flatnonzero(codes >= 0)
                encoded[known, block.start + codes[known]] = 1.0
        return encoded

    def _check_complete(self, column: Column, missing: np.ndarray) -> None:
        if missing.any() and column.name not in self.layout.nullable:
            raise DataError(
                f"Columns complete at fit must stay complete, however: {column.name!r} is missing in "
                f"{int(missing.sum())} rows. Fit on rows where it may be missing, or fill these."
            )

    def _states(self, column: Column, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """State of each number (free, a spike, missing: in the order of the block) and its float value.

        Where a column has no free values, a value that is no spike has state -1.
        """
        spikes, present = self.layout.spikes[column.name], values.notna().to_numpy()
        offset = int(column.name in self.layout.free)
        own = to_values(column, values[present], self.layout.orders)
        place = np.minimum(np.searchsorted(spikes, own), max(len(spikes) - 1, 0))
        is_spike = spikes[place] == own if len(spikes) else np.zeros(len(own), dtype=bool)
        states = np.full(len(values), offset + len(spikes), dtype=np.int64)
        states[present] = np.where(is_spike, offset + place, offset - 1)
        numbers = np.zeros(len(values))
        numbers[present] = _to_floats(own, self._origins.get(column.name, 0))
        return states, numbers

    def decode(self, encoded: np.ndarray) -> pd.DataFrame:
        """Decode an array of shape (n_rows, d_encoded); of each one-hot the largest entry counts."""
        parts: dict[Hashable, tuple[np.ndarray, np.ndarray]] = {}
        n_rows = len(encoded)
        for block in self.blocks:
            column = self.schema.column(block.column)
            if block.kind == "number":
                parts[block.column] = self._unscore(column, encoded[:, block.start]), np.zeros(n_rows, bool)
                continue
            codes = encoded[:, block.dims].argmax(axis=1)
            if block.kind == "state":
                parts[block.column] = self._unstate(column, codes, parts.get(block.column))
            else:
                missing = codes == len(column.levels)
                parts[block.column] = take_levels(column, np.where(missing, 0, codes)), missing
        series = [self._restore(column, parts.get(column.name), n_rows) for column in self.schema.columns]
        return pd.concat(series, axis=1) if series else pd.DataFrame(index=range(n_rows))

    def _unstate(
        self, column: Column, states: np.ndarray, free: tuple[np.ndarray, np.ndarray] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Put spikes and gaps among the free values of a number column."""
        spikes, offset = self.layout.spikes[column.name], int(free is not None)
        place = np.clip(states - offset, 0, max(len(spikes) - 1, 0))
        missing = states == offset + len(spikes)
        if not len(spikes):
            assert free is not None  # a column without spikes has free values
            return free[0], missing
        own = take_levels(column, self.layout.orders[column.name][spikes]) if column.has_levels else spikes
        values = own[place]
        return (values if free is None else np.where(states == 0, free[0], values)), missing

    def _restore(self, column: Column, part: tuple[np.ndarray, np.ndarray] | None, n_rows: int) -> pd.Series:
        if part is None:  # a constant
            never_seen = np.full(n_rows, not column.levels)
            return column.restore(take_levels(column, np.zeros(n_rows, dtype=np.int64)), never_seen)
        return column.restore(*part)

    def _fit_number(self, column: Column, values: pd.Series) -> None:
        own = to_values(column, values.dropna(), self.layout.orders)
        own = own[~np.isin(own, self.layout.spikes[column.name])]
        if not len(own):  # these rows have none, others of the class have
            own = np.zeros(1, dtype=own.dtype)
        origin = _find_origin(own) if column.is_whole else 0
        numbers = _to_floats(own, origin)
        step, extend = None, column.kind is Kind.CONTINUOUS
        if column.is_whole:
            self._origins[column.name] = origin
            # Distances beyond 2^53 are not floats either, so each float keeps the integer that it stands for.
            self._integers[column.name] = own[np.unique(numbers, return_index=True)[1]]
            self._units[column.name] = find_unit(column, own)
            step = 0.0
        elif not extend:
            step = 1.0
        transform = RankTransform.fit(numbers, step=step, extend=extend)
        if column.has_levels:  # every level is exact, also one seen once
            transform = replace(transform, atom=np.ones_like(transform.atom))
        self.ranks[column.name] = transform

    def _unscore(self, column: Column, scores: np.ndarray) -> np.ndarray:
        """Free values for normal scores: floats, integers of a whole column, or levels."""
        ranks, spikes = self.ranks[column.name], self.layout.spikes[column.name]
        numbers = ranks.decode(scores)
        if column.has_levels:
            return take_levels(column, self.layout.orders[column.name][numbers.astype(np.int64)])
        if not column.is_whole:
            return _within_spikes(numbers, ranks.values, spikes)
        integers, unit = self._integers[column.name], self._units[column.name]
        origin = self._origins[column.name]
        index = np.minimum(np.searchsorted(ranks.values, numbers), len(integers) - 1)
        known = ranks.values[index] == numbers
        inside = np.where(known, ranks.values[0], numbers)  # an end may be no integer of this size
        steps = _to_whole(np.rint(inside / unit), unit, origin, integers.dtype)
        return np.where(known, integers[index], np.clip(steps, integers[0], integers[-1]))

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return (JSON types, arrays), the inverse of :meth:`from_state`."""
        names = self.schema.names
        layout, arrays = self.layout.get_state(self.schema)
        arrays = {"shares": self.shares, **arrays}
        numbers = []
        for name, ranks in self.ranks.items():
            i = names.index(name)
            unit = self._units.get(name)
            numbers.append({"column": i, "step": ranks.step, "extend": ranks.extend, "unit": unit})
            if unit is not None:
                numbers[-1]["origin"] = self._origins[name]
            arrays |= {f"{i}.values": ranks.values, f"{i}.upper": ranks.upper, f"{i}.atom": ranks.atom}
            if name in self._integers:
                arrays[f"{i}.integers"] = self._integers[name]
        return {"schema": self.schema.to_dict(), "layout": layout, "numbers": numbers}, arrays

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TableEncoder:
        """Build a fitted encoder from :meth:`get_state`'s output."""
        schema = Schema.from_dict(state["schema"])
        names = schema.names
        encoder = cls(schema)
        encoder.layout = Layout.from_state(state["layout"], arrays, schema)
        encoder.ranks, encoder._integers, encoder._units, encoder._origins = {}, {}, {}, {}
        for entry in state["numbers"]:
            i, name = entry["column"], names[entry["column"]]
            tables = {key: arrays[f"{i}.{key}"] for key in ("values", "upper", "atom")}
            encoder.ranks[name] = RankTransform(**tables, step=entry["step"], extend=entry["extend"])
            if f"{i}.integers" in arrays:
                encoder._integers[name], encoder._units[name] = arrays[f"{i}.integers"], entry["unit"]
                encoder._origins[name] = entry.get("origin", 0)
        encoder.shares = arrays["shares"]
        return encoder


def _find_origin(integers: np.ndarray) -> int:
    """Return where to count from: the lowest one if they are large, but not far from each other; else 0."""
    low, high = int(integers.min()), int(integers.max())
    is_large = max(high, -low) >= _INEXACT
    return low if is_large and high - low < _INEXACT else 0


def _to_floats(values: np.ndarray, origin: int) -> np.ndarray:
    """Distance of values from an origin, which is 0 but for large integers; float64."""
    if not origin:
        return values.astype(np.float64)
    # Modulo 2^64 a distance is exact, also one that the dtype has no room for.
    own, base = values.astype(np.uint64), np.uint64(origin % 2**64)
    below = values < origin
    return np.where(below, -(base - own).astype(np.float64), (own - base).astype(np.float64))


def _to_whole(steps: np.ndarray, unit: int, origin: int, dtype: np.dtype) -> np.ndarray:
    """Integers so many units from an origin; the inverse of `_to_floats` for whole distances."""
    if not origin:
        return steps.astype(dtype) * dtype.type(unit)
    distance = steps.astype(np.uint64) * np.uint64(unit)
    return (distance + np.uint64(origin % 2**64)).astype(dtype)


def _within_spikes(numbers: np.ndarray, free: np.ndarray, spikes: np.ndarray) -> np.ndarray:
    """Keep free values from passing a spike that is the lowest or the highest value of its column."""
    if not len(spikes):
        return numbers
    low = spikes[0] if spikes[0] < free[0] else -np.inf
    high = spikes[-1] if spikes[-1] > free[-1] else np.inf
    return np.clip(numbers, low, high)


def find_unit(column: Column, integers: np.ndarray) -> int:
    """Return the grid of a whole column: 1, or the coarsest calendar unit that divides all its times."""
    if column.kind is not Kind.DATETIME:
        return 1
    per_day = UNITS_PER_DAY[column.time_unit]
    grids = [per_day // n for n in _GRIDS_PER_DAY if per_day % n == 0]
    return next(grid for grid in grids if not (integers % grid).any())


def take_levels(column: Column, codes: np.ndarray) -> np.ndarray:
    """Return the levels at the given places, an object array of shape (n_rows,)."""
    values = np.empty(max(len(column.levels), 1), dtype=object)
    for i, level in enumerate(column.levels):  # element-wise: a level may itself be a sequence
        values[i] = level
    return values[codes]
