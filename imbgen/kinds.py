"""Kinds of columns, and what a user says of a column against the inference."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, did_you_mean

__all__ = ["Kind", "Override", "read_overrides"]


_KEYS = ("kind", "levels", "low", "high")


class Kind(StrEnum):
    """The kinds of column, as a user would name them."""

    CONTINUOUS = "continuous"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    ORDINAL = "ordinal"
    DATETIME = "datetime"
    CONSTANT = "constant"


@dataclass(frozen=True)
class Override:
    """What a user says of one column.

    Parameters
    ----------
    kind : Kind or None
        None leaves it to the inference.
    levels : tuple
        Levels in their order; empty leaves them to the values.
    low, high : float or None
        Bounds of a continuous column.
    """

    kind: Kind | None = None
    levels: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None

    def check(self, values: pd.Series, kind: Kind) -> None:
        """Raise DataError if the values of a column of this kind contradict."""
        if self.levels:
            _check_levels(values, kind, self.levels)
        if self.low is not None or self.high is not None:
            _check_bounds(values, kind, self.low, self.high)


def read_overrides(given: Mapping[Hashable, Any], names: Sequence[Hashable]) -> dict[Hashable, Override]:
    """Return what a user wrote down: for each column a kind, or a mapping of kind, levels, low and high.

    Parameters
    ----------
    given : mapping of label to str or mapping
    names : sequence of hashable
        Columns of the table.

    Raises
    ------
    DataError
        No such column, kind or key.

    Examples
    --------
    >>> from imbgen.kinds import read_overrides
    >>> read_overrides({"zip": "categorical", "share": {"low": 0, "high": 1}}, ["zip", "share"])["share"]
    Override(kind=None, levels=(), low=0, high=1)
    """
    overrides = {}
    for name, value in given.items():
        if name not in names:
            raise DataError(
                f"`schema` must name columns of the table, however: {name!r} is none."
                f"{did_you_mean(name, names)} Correct the name."
            )
        overrides[name] = _read_override(name, value)
    return overrides


def _read_override(name: Hashable, value: Any) -> Override:
    parts = dict(value) if isinstance(value, Mapping) else {"kind": value}
    for key in parts:
        if key not in _KEYS:
            raise DataError(
                f"`schema` must say {', '.join(_KEYS)} of a column, however: {name!r} is given {key!r}."
                f"{did_you_mean(key, _KEYS)} Correct the key."
            )
    if (kind := parts.get("kind")) is not None and kind not in list(Kind):
        raise DataError(
            f"`schema` must give one of {', '.join(Kind)}, however: {name!r} is given {kind!r}."
            f"{did_you_mean(kind, map(str, Kind))} Correct the kind."
        )
    levels: Any = parts.get("levels") or ()
    if isinstance(levels, str) or not isinstance(levels, Sequence) or len(set(levels)) < len(levels):
        raise DataError(
            f"`levels` of {name!r} must be a list in which each level occurs once, however: "
            f"levels={levels!r}. Correct the list."
        )
    for side in ("low", "high"):
        if not _is_bound(bound := parts.get(side)):
            raise DataError(
                f"`{side}` of {name!r} must be a number, however: {side}={bound!r}. Set it to a number."
            )
    return Override(None if kind is None else Kind(kind), tuple(levels), parts.get("low"), parts.get("high"))


def _is_bound(value: Any) -> bool:
    is_number = not isinstance(value, bool) and isinstance(value, Real)
    return value is None or (is_number and value == value)


def _check_levels(values: pd.Series, kind: Kind, levels: tuple[Any, ...]) -> None:
    if kind not in (Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN, Kind.CONSTANT):
        raise DataError(
            f"Only a column of levels has an order of levels, however: {values.name!r} is {kind}. "
            'Give it the kind "ordinal" or "categorical", or drop `levels`.'
        )
    unknown = sorted({str(value) for value in values.dropna().unique() if value not in levels})
    if unknown:
        raise DataError(
            f"`levels` must hold every value of {values.name!r}, however: {', '.join(unknown[:5])} "
            f"{'is' if len(unknown) == 1 else 'are'} missing. Complete the list."
        )


def _check_bounds(values: pd.Series, kind: Kind, low: float | None, high: float | None) -> None:
    if kind not in (Kind.CONTINUOUS, Kind.CONSTANT):
        raise DataError(
            f"Only continuous columns have bounds, however: {values.name!r} is {kind}, and never passes what "
            "was seen. Drop `low` and `high`."
        )
    numbers = values.dropna().to_numpy(dtype=np.float64)
    beyond = int((numbers < (-np.inf if low is None else low)).sum())
    beyond += int((numbers > (np.inf if high is None else high)).sum())
    if beyond:
        raise DataError(
            f"Bounds must hold in the training rows, however: {beyond} of {len(numbers)} values of "
            f"{values.name!r} pass low={low}, high={high}. Widen the bounds, or mend the rows."
        )
