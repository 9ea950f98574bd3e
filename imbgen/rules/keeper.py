"""`RuleKeeper`: rows that obey, with bounded work."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding import ValueEncoder
from imbgen.errors import DataError
from imbgen.rules.group import RuleGroup
from imbgen.rules.kinds import Rule
from imbgen.schema import Schema

__all__ = ["RuleKeeper"]

# Blocks drawn anew for rows that break a rule, before what is left is mended.
_MOST_REDRAWS = 4


class RuleKeeper:
    """Keeps rules in rows that are drawn, with bounded work.

    Rows that break a rule are drawn anew, four times at most. Where that does not help, the columns of the
    rules that are broken, with those of rules that share a column with them, are taken together from the
    training row that is nearest in them.

    Parameters
    ----------
    rules : tuple of Rule
    schema : Schema
        Of the whole table.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from imbgen.rules import RuleKeeper, read_rules
    >>> from imbgen.schema import Schema
    >>> frame = pd.DataFrame({"low": [1, 2, 5], "high": [4, 2, 9]})
    >>> keeper = RuleKeeper(read_rules([{"ordered": ["low", "high"]}]), Schema.infer(frame)).fit(frame)
    >>> rows = pd.DataFrame({"low": [1, 5], "high": [9, 4]})
    >>> keeper.keep(rows, lambda: rows.tail(1), np.random.default_rng(0)).to_numpy().tolist()
    [[1, 9], [5, 9]]
    """

    def __init__(self, rules: tuple[Rule, ...], schema: Schema) -> None:
        self.rules = rules
        self.groups = [
            RuleGroup([rule for rule in rules if set(rule.columns) <= names], schema)
            for names in _join([set(rule.columns) for rule in rules])
        ]

    def fit(self, frame: pd.DataFrame) -> RuleKeeper:
        """Check the training rows, shape (n_rows, n_columns), and remember the columns that rules name.

        Raises
        ------
        DataError
            A row breaks a rule.
        """
        for rule in self.rules:
            if n_broken := int((~rule.holds(frame)).sum()):
                raise DataError(
                    f"`rules` must hold in the training rows, however: {n_broken} of {len(frame)} break "
                    f"{rule}. Mend or drop these rows, or drop the rule."
                )
        for group in self.groups:
            group.fit(frame)
        return self

    def keep(
        self, rows: pd.DataFrame, draw: Callable[[], pd.DataFrame], rng: np.random.Generator
    ) -> pd.DataFrame:
        """Return as many rows, all of which obey.

        Parameters
        ----------
        rows : DataFrame of shape (n_rows, n_columns)
        draw : callable
            Returns further rows to choose from.
        rng : numpy Generator
        """
        if not self.groups:
            return rows
        good = self._holds(rows)
        kept, missing = [rows[good]], int((~good).sum())
        for _ in range(_MOST_REDRAWS):
            if not missing:
                break
            fresh = draw()
            fresh = fresh[self._holds(fresh)].iloc[:missing]
            kept.append(fresh)
            missing -= len(fresh)
        if missing:
            broken = rows[~good].iloc[:missing].reset_index(drop=True)
            for group in self.groups:
                broken = group.mend(broken, rng)
            kept.append(broken)
        # In the places of the rows that they stand for, so that the first rows are no better than the last.
        order = np.concatenate([np.flatnonzero(good), np.flatnonzero(~good)])
        joined = pd.concat(kept, ignore_index=True).astype(rows.dtypes.to_dict())
        return joined.iloc[np.argsort(order)].reset_index(drop=True)

    def _holds(self, rows: pd.DataFrame) -> np.ndarray:
        return np.logical_and.reduce([group.holds(rows) for group in self.groups])

    def get_state(self) -> tuple[list[Any], dict[str, np.ndarray]]:
        """Return (JSON types, arrays), which `set_state` takes up."""
        arrays: dict[str, np.ndarray] = {}
        for i, group in enumerate(self.groups):
            arrays |= {f"{i}.numbers": group.numbers, f"{i}.codes": group.codes}
        return [group.encoder.get_state() for group in self.groups], arrays

    def set_state(self, state: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> RuleKeeper:
        """Take up what :meth:`get_state` returned."""
        for i, (group, encoder) in enumerate(zip(self.groups, state, strict=True)):
            group.encoder = ValueEncoder.from_state(encoder)
            group.numbers, group.codes = arrays[f"{i}.numbers"], arrays[f"{i}.codes"]
        return self


def _join(sets: list[set[Hashable]]) -> list[set[Hashable]]:
    """Join sets until no two share an element."""
    joined: list[set[Hashable]] = []
    for each in sets:
        touching = [other for other in joined if other & each]
        joined = [other for other in joined if not other & each]
        joined.append(each.union(*touching))
    return joined
