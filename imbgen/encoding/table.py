"""`TableEncoder`: a frame as a float32 array of normal scores, one-hot levels and missing bits, and back."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding.ranks import RankTransform
from imbgen.errors import DataError
from imbgen.schema import Column, Kind, Schema

__all__ = ["UNITS_PER_DAY", "Block", "TableEncoder", "find_unit", "take_levels"]

# Above this many levels a column is coded by rank, most frequent level first, in one dimension.
MAX_ONE_HOT = 30
#: Integers in a day, by the resolution of a time.
UNITS_PER_DAY = {"s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
# Days, hours, minutes, seconds, and thousandths of these.
_GRIDS_PER_DAY = (1, 24, 1440, 86_400, 86_400 * 10**3, 86_400 * 10**6, 86_400 * 10**9)


@dataclass(frozen=True, slots=True)
class Block:
    """Adjacent dimensions of the encoded array that belong together.

    Parameters
    ----------
    column : hashable
        Label of the column.
    kind : {"number", "levels", "missing"}
        A normal score; a one-hot of levels (the last one is "missing" if the column may be); the bit that
        says whether a number is missing, as a one-hot of (present, missing).
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


class TableEncoder:
    """Frame <-> float32 array.

    Numbers become normal scores of their ranks (see `RankTransform`), levels one-hots, missing numbers a
    score of 0 and a bit. Columns that do not vary take no dimension and are restored.

    Parameters
    ----------
    schema : Schema
        What the columns are; decides the layout, so encoders of one schema and one set of missing columns
        fitted on different rows share it.
    nullable : collection of hashable, optional
        Columns that may be missing; found in the rows at fit by default.

    Attributes
    ----------
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

    def __init__(self, schema: Schema, nullable: frozenset[Hashable] | None = None) -> None:
        self.schema = schema
        self.nullable = nullable

    def fit(self, frame: pd.DataFrame) -> TableEncoder:
        """Learn the rank transforms from the rows of one class, shape (n_rows, n_columns)."""
        frame = self.schema.check(frame)
        if self.nullable is None:
            self.nullable = frozenset(name for name in frame.columns if frame[name].isna().any())
        self.ranks: dict[Hashable, RankTransform] = {}
        self._order: dict[Hashable, np.ndarray] = {}
        self._integers: dict[Hashable, np.ndarray] = {}
        self._units: dict[Hashable, int] = {}
        for column in self.schema.columns:
            if _coding(column) == "number":
                self._fit_number(column, frame[column.name])
        self.blocks = self._lay_out()
        self.shares = self.encode(frame, random_state=0).mean(axis=0, dtype=np.float64)
        return self

    @property
    def d_encoded(self) -> int:
        """Number of dimensions of the encoded array."""
        return sum(block.width for block in self.blocks)

    @property
    def number_dims(self) -> np.ndarray:
        """Dimensions that hold normal scores."""
        return np.array([block.start for block in self.blocks if block.kind == "number"], dtype=np.int64)

    def missing_dims(self) -> dict[int, int]:
        """Map the dimension of a number to the dimension that is 1 where that number is missing."""
        bits = {block.column: block.start + 1 for block in self.blocks if block.kind == "missing"}
        return {b.start: bits[b.column] for b in self.blocks if b.kind == "number" and b.column in bits}

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
        for block in self.blocks:
            column, values = self.schema.column(block.column), frame[block.column]
            missing = values.isna().to_numpy()
            if missing.any() and column.name not in (self.nullable or ()):
                raise DataError(
                    f"Columns complete at fit must stay complete, however: {column.name!r} is missing in "
                    f"{int(missing.sum())} rows. Fit on rows where it may be missing, or fill these."
                )
            if block.kind == "number":
                noise = rng.spawn(1)[0]
                numbers = self._numbers(column, values[~missing])
                encoded[~missing, block.start] = self.ranks[column.name].encode(numbers, noise)
            elif block.kind == "missing":
                encoded[:, block.dims] = np.stack([~missing, missing], axis=1)
            else:
                codes = column.codes(values)
                if block.width > len(column.levels):
                    codes[missing] = len(column.levels)
                known = np.flatnonzero(codes >= 0)
                encoded[known, block.start + codes[known]] = 1.0
        return encoded

    def decode(self, encoded: np.ndarray) -> pd.DataFrame:
        """Decode an array of shape (n_rows, d_encoded); of each one-hot the largest entry counts."""
        parts: dict[Hashable, tuple[np.ndarray, np.ndarray]] = {}
        n_rows = len(encoded)
        for block in self.blocks:
            column = self.schema.column(block.column)
            values, missing = parts.get(block.column, (np.empty(0), np.zeros(n_rows, dtype=bool)))
            if block.kind == "number":
                values = self._unscore(column, encoded[:, block.start])
            elif block.kind == "missing":
                missing = encoded[:, block.dims].argmax(axis=1) == 1
            else:
                codes = encoded[:, block.dims].argmax(axis=1)
                missing = codes == len(column.levels)
                values = take_levels(column, np.where(missing, 0, codes))
            parts[block.column] = (values, missing)
        series = [self._restore(column, parts.get(column.name), n_rows) for column in self.schema.columns]
        return pd.concat(series, axis=1) if series else pd.DataFrame(index=range(n_rows))

    def _restore(self, column: Column, part: tuple[np.ndarray, np.ndarray] | None, n_rows: int) -> pd.Series:
        if part is None:  # a constant
            never_seen = np.full(n_rows, not column.levels)
            return column.restore(take_levels(column, np.zeros(n_rows, dtype=np.int64)), never_seen)
        return column.restore(*part)

    def _fit_number(self, column: Column, values: pd.Series) -> None:
        present = values[values.notna()]
        numbers = self._numbers(column, present) if len(present) else np.zeros(1)
        step, extend = None, column.kind is Kind.CONTINUOUS
        if column.is_whole:
            integers = column.to_integers(present) if len(present) else np.zeros(1, dtype=np.int64)
            # Integers beyond 2^53 are not floats, so each float keeps the integer that it stands for.
            self._integers[column.name] = integers[np.unique(numbers, return_index=True)[1]]
            self._units[column.name] = find_unit(column, integers)
            step = 0.0
        elif not extend:
            step = 1.0
        transform = RankTransform.fit(numbers, step=step, extend=extend)
        if column.has_levels:  # every level is exact, also one seen once
            transform = replace(transform, atom=np.ones_like(transform.atom))
        self.ranks[column.name] = transform

    def _numbers(self, column: Column, values: pd.Series) -> np.ndarray:
        """Present values as floats: themselves, times as integers, levels as their place in the order."""
        if column.has_levels:
            if column.name not in self._order:
                self._order[column.name] = _level_order(column, values)
            return np.argsort(self._order[column.name])[column.codes(values)].astype(np.float64)
        if column.is_whole:
            return column.to_integers(values).astype(np.float64)
        return values.to_numpy(dtype=np.float64)

    def _unscore(self, column: Column, scores: np.ndarray) -> np.ndarray:
        ranks = self.ranks[column.name]
        numbers = ranks.decode(scores)
        if column.has_levels:
            return take_levels(column, self._order[column.name][numbers.astype(np.int64)])
        if not column.is_whole:
            return numbers
        integers, unit = self._integers[column.name], self._units[column.name]
        index = np.minimum(np.searchsorted(ranks.values, numbers), len(integers) - 1)
        known = ranks.values[index] == numbers
        inside = np.where(known, ranks.values[0], numbers)  # an end may be no integer of this size
        steps = np.rint(inside / unit).astype(integers.dtype) * integers.dtype.type(unit)
        return np.where(known, integers[index], np.clip(steps, integers[0], integers[-1]))

    def _lay_out(self) -> tuple[Block, ...]:
        blocks: list[Block] = []
        start = 0
        for column in self.schema.columns:
            for kind, width in _block_shapes(column, column.name in (self.nullable or ())):
                blocks.append(Block(column.name, kind, start, width))
                start += width
        return tuple(blocks)

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return (JSON types, arrays), the inverse of :meth:`from_state`."""
        names = self.schema.names
        arrays = {"shares": self.shares}
        numbers = []
        for name, ranks in self.ranks.items():
            i = names.index(name)
            unit = self._units.get(name)
            numbers.append({"column": i, "step": ranks.step, "extend": ranks.extend, "unit": unit})
            arrays |= {f"{i}.values": ranks.values, f"{i}.upper": ranks.upper, f"{i}.atom": ranks.atom}
            if name in self._order:
                arrays[f"{i}.order"] = self._order[name]
            if name in self._integers:
                arrays[f"{i}.integers"] = self._integers[name]
        nullable = [names.index(name) for name in names if name in (self.nullable or ())]
        return {"schema": self.schema.to_dict(), "nullable": nullable, "numbers": numbers}, arrays

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TableEncoder:
        """Build a fitted encoder from :meth:`get_state`'s output."""
        schema = Schema.from_dict(state["schema"])
        names = schema.names
        encoder = cls(schema, frozenset(names[i] for i in state["nullable"]))
        encoder.ranks, encoder._order, encoder._integers, encoder._units = {}, {}, {}, {}
        for entry in state["numbers"]:
            i, name = entry["column"], names[entry["column"]]
            tables = {key: arrays[f"{i}.{key}"] for key in ("values", "upper", "atom")}
            encoder.ranks[name] = RankTransform(**tables, step=entry["step"], extend=entry["extend"])
            if f"{i}.order" in arrays:
                encoder._order[name] = arrays[f"{i}.order"]
            if f"{i}.integers" in arrays:
                encoder._integers[name], encoder._units[name] = arrays[f"{i}.integers"], entry["unit"]
        encoder.blocks, encoder.shares = encoder._lay_out(), arrays["shares"]
        return encoder


def _coding(column: Column) -> str:
    """How a column is coded: "number", "levels", or "" for one that does not vary."""
    if column.kind is Kind.ORDINAL or (column.has_levels and len(column.levels) > MAX_ONE_HOT):
        return "number"
    return "levels" if column.has_levels else "number"


def _block_shapes(column: Column, nullable: bool) -> list[tuple[str, int]]:
    if _coding(column) == "levels":
        width = len(column.levels) + nullable
        return [("levels", width)] if width > 1 else []
    return [("number", 1)] + ([("missing", 2)] if nullable else [])


def _level_order(column: Column, values: pd.Series) -> np.ndarray:
    """Levels in the order in which they are ranked: their own if they have one, else by frequency."""
    if column.kind is Kind.ORDINAL:
        return np.arange(len(column.levels))
    counts = np.bincount(column.codes(values), minlength=len(column.levels))
    return np.argsort(-counts, kind="stable")


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
