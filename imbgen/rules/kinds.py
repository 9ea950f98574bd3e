"""The kinds of rules, and how a user writes them down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from imbgen.errors import DataError, ParameterError, did_you_mean
from imbgen.schema import Column, Kind, Schema

__all__ = ["Combinations", "Rule", "read_rules"]


@dataclass(frozen=True)
class Rule(ABC):
    """What the values of some columns must be to each other.

    Parameters
    ----------
    columns : tuple of hashable
        Labels of the columns.
    """

    columns: tuple[Hashable, ...]
    name: ClassVar[str]
    fewest: ClassVar[int] = 1

    @abstractmethod
    def check_kinds(self, schema: Schema) -> None:
        """Raise DataError if columns of these kinds cannot obey the rule."""

    @abstractmethod
    def holds(self, frame: pd.DataFrame) -> np.ndarray:
        """Tell which rows obey, bool of shape (n_rows,); what is missing breaks no rule."""

    def __str__(self) -> str:
        return f"{{{self.name}: {list(self.columns)}}}"


class Positive(Rule):
    """Values are above 0."""

    name = "positive"

    def check_kinds(self, schema: Schema) -> None:
        for column in map(schema.column, self.columns):
            if not (_family(column) == "numbers" or pd.api.types.is_timedelta64_dtype(column.dtype)):
                raise _misfit(self, f"column {column.name!r} is {column.kind} of dtype {column.dtype}")

    def holds(self, frame: pd.DataFrame) -> np.ndarray:
        obeys = np.ones(len(frame), dtype=bool)
        for name in self.columns:
            zero = pd.Timedelta(0) if pd.api.types.is_timedelta64_dtype(frame[name].dtype) else 0
            obeys &= _is_true(frame[name] > zero) | frame[name].isna().to_numpy()
        return obeys


class Ordered(Rule):
    """Each column is at most the next one."""

    name = "ordered"
    fewest = 2

    def check_kinds(self, schema: Schema) -> None:
        columns = [schema.column(name) for name in self.columns]
        for first, second in pairwise(columns):
            if _family(first) is None or _family(first) != _family(second):
                raise _misfit(self, f"{first.name!r} ({first.dtype}) cannot be compared with {second.name!r} "
                                    f"({second.dtype})")  # fmt: skip

    def holds(self, frame: pd.DataFrame) -> np.ndarray:
        obeys = np.ones(len(frame), dtype=bool)
        for i, first in enumerate(self.columns):  # all pairs: one between two others may be missing
            for second in self.columns[i + 1 :]:
                missing = (frame[first].isna() | frame[second].isna()).to_numpy()
                obeys &= _is_true(frame[first] <= frame[second]) | missing
        return obeys


class Combinations(Rule):
    """Values occur together only as they were seen together; missing is a value."""

    name = "combinations"
    fewest = 2

    def check_kinds(self, schema: Schema) -> None:
        """Any columns can."""

    def holds(self, frame: pd.DataFrame) -> np.ndarray:
        """All that is seen was seen; `RuleKeeper` compares new rows with it."""
        return np.ones(len(frame), dtype=bool)


_RULES: dict[str, type[Rule]] = {kind.name: kind for kind in (Positive, Ordered, Combinations)}


def read_rules(rules: Sequence[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    """Return the rules that a user wrote down.

    Parameters
    ----------
    rules : sequence of mappings, optional
        Each names a rule and its columns: ``{"positive": "amount"}`` (or a list of columns),
        ``{"ordered": ["start", "end"]}``, ``{"combinations": ["city", "state"]}``.

    Returns
    -------
    rules : tuple of Rule

    Raises
    ------
    ParameterError
        Something else, an unknown rule, or too few columns.

    Examples
    --------
    >>> from imbgen.rules import read_rules
    >>> [str(rule) for rule in read_rules([{"positive": "amount"}, {"ordered": ["low", "high"]}])]
    ["{positive: ['amount']}", "{ordered: ['low', 'high']}"]
    """
    if rules is None:
        return ()
    if isinstance(rules, str | Mapping) or not isinstance(rules, Sequence):
        raise ParameterError(
            f"`rules` must be a list of mappings, however: rules={rules!r}. "
            'Write for example [{"positive": "amount"}].'
        )
    return tuple(_read_rule(rule) for rule in rules)


def _read_rule(rule: Any) -> Rule:
    if not isinstance(rule, Mapping) or len(rule) != 1:
        raise ParameterError(
            f"Each of `rules` must map one name to its columns, however: one is {rule!r}. "
            'Write for example {"ordered": ["start", "end"]}.'
        )
    [(name, columns)] = rule.items()
    if name not in _RULES:
        raise ParameterError(
            f"A rule must be one of {', '.join(_RULES)}, however: it is {name!r}."
            f"{did_you_mean(name, _RULES)} Correct the name."
        )
    kind = _RULES[name]
    labels = tuple(columns) if isinstance(columns, list) else (columns,)
    if len(set(labels)) != len(labels) or len(labels) < kind.fewest:
        raise ParameterError(
            f"The rule {name!r} must name at least {kind.fewest} columns, each once, however: it names "
            f"{list(labels)}. Correct the list."
        )
    return kind(labels)


def _family(column: Column) -> str | None:
    """Return what a column's values can be compared with, None where they have no order."""
    if column.kind is Kind.DATETIME:
        return "timedeltas" if pd.api.types.is_timedelta64_dtype(column.dtype) else "datetimes"
    if isinstance(column.dtype, pd.CategoricalDtype):
        return f"levels {list(column.dtype.categories)}" if column.dtype.ordered else None
    is_number = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    return "numbers" if is_number else None


def _misfit(rule: Rule, fact: str) -> DataError:
    return DataError(
        f"The columns of a rule must have the order that it speaks of, however: in {rule}, {fact}. "
        "Convert the column, or drop the rule."
    )


def _is_true(values: pd.Series) -> np.ndarray:
    return values.fillna(False).to_numpy(dtype=bool)
