"""`RuleGroup`: rules that share columns, and the rows that show how to obey them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd

from imbgen.encoding import ValueEncoder
from imbgen.errors import DataError, did_you_mean
from imbgen.rules.kinds import Combinations, Rule
from imbgen.schema import Schema

__all__ = ["RuleGroup"]

# Training rows among which the nearest is looked for, and cells of distances held at a time.
_MOST_DONORS = 2000
_CELLS = 2**22


class RuleGroup:
    """Rules that share columns, and the values that these columns had together.

    Parameters
    ----------
    rules : list of Rule
    schema : Schema
        Of the whole table.

    Attributes
    ----------
    names : list of hashable
        Columns that the rules name, in the order of the table.
    numbers, codes : ndarray
        What these columns held in training rows, each combination once, as `ValueEncoder` gives it.
    """

    def __init__(self, rules: list[Rule], schema: Schema) -> None:
        names = {name for rule in rules for name in rule.columns}
        for name in names:
            if name not in schema.names:
                raise DataError(
                    f"`rules` must name columns of the table, however: {name!r} is none."
                    f"{did_you_mean(name, schema.names)} Correct the name."
                )
        for rule in rules:
            rule.check_kinds(schema)
        self.rules = rules
        self.names = [name for name in schema.names if name in names]
        self.encoder = ValueEncoder(Schema(tuple(schema.column(name) for name in self.names)))
        self.numbers, self.codes = np.zeros((0, 0)), np.zeros((0, 0), dtype=np.int64)

    def fit(self, frame: pd.DataFrame) -> None:
        """Remember what training rows, shape (n_rows, n_columns), hold."""
        self.encoder.fit(frame[self.names])
        numbers, codes = self.encoder.encode(frame[self.names])
        _, first = np.unique(_keys(numbers, codes), return_index=True)
        self.numbers, self.codes = numbers[np.sort(first)], codes[np.sort(first)]

    def holds(self, rows: pd.DataFrame) -> np.ndarray:
        """Tell which rows obey all rules, bool of shape (n_rows,)."""
        obeys = np.logical_and.reduce([rule.holds(rows) for rule in self.rules])
        seen = [rule.columns for rule in self.rules if isinstance(rule, Combinations)]
        if seen:
            numbers, codes = self.encoder.encode(rows[self.names])
            for columns in seen:
                pick = self._pick(columns)
                known = _keys(*pick(self.numbers, self.codes))
                obeys &= np.isin(_keys(*pick(numbers, codes)), known)
        return obeys

    def _pick(
        self, columns: Sequence[Hashable]
    ) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Return what takes the parts of some columns out of numbers and codes."""
        numbers = [i for i, column in enumerate(self.encoder.numbers) if column.name in columns]
        codes = [i for i, column in enumerate(self.encoder.levelled) if column.name in columns]
        return lambda all_numbers, all_codes: (all_numbers[:, numbers], all_codes[:, codes])

    def mend(self, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Put the values of the nearest training row where a rule is broken."""
        broken = np.flatnonzero(~self.holds(rows))
        if not len(broken):
            return rows
        some = rng.permutation(len(self.numbers))[:_MOST_DONORS]
        nearest = some[self._nearest(rows[self.names].iloc[broken], some)]
        values = self.encoder.decode(self.numbers[nearest], self.codes[nearest]).set_index(broken)
        rows = rows.copy()
        for name in self.names:
            kept = rows[name].drop(index=broken)
            rows[name] = pd.concat([kept, values[name]]).sort_index().astype(rows[name].dtype)
        return rows

    def _nearest(self, rows: pd.DataFrame, donors: np.ndarray) -> np.ndarray:
        """Return the nearest donor of each row; another level or gap counts 1, a standard deviation too."""
        numbers, codes = self.encoder.encode(rows)
        spread = np.array([np.std(x[~np.isnan(x)]) if (~np.isnan(x)).any() else 0.0 for x in self.numbers.T])
        spread = np.where(spread > 0, spread, 1.0)
        found, step = [], max(1, _CELLS // len(donors))
        for start in range(0, len(numbers), step):
            part = slice(start, start + step)
            distance = (codes[part, None] != self.codes[None, donors]).sum(axis=2).astype(np.float64)
            apart = np.abs(numbers[part, None] - self.numbers[None, donors]) / spread
            gaps = np.isnan(numbers[part, None]) != np.isnan(self.numbers[None, donors])
            distance += np.where(gaps, 1.0, np.nan_to_num(apart)).sum(axis=2)
            found.append(distance.argmin(axis=1))
        return np.concatenate(found)


def _keys(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return one key per row that tells rows apart; missing equals missing, and -0 equals 0."""
    parts = np.hstack([np.where(np.isnan(numbers), np.nan, numbers + 0.0), codes.astype(np.float64)])
    return np.ascontiguousarray(parts).view(np.dtype((np.void, parts.shape[1] * 8))).ravel()
