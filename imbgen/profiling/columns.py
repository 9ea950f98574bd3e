"""The table of columns: facts about each, and what is worth saying about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from imbgen.profiling.coded import CodedColumn
from imbgen.profiling.texts import identity_traits, text_traits
from imbgen.profiling.traits import Trait
from imbgen.profiling.wording import count_rows
from imbgen.schema import Kind, label_array

__all__ = ["Traits", "column_table", "find_traits"]

#: What is worth saying about a column, with a detail in a few words or "".
Traits = dict[Trait, str]

# What is left is 1 row in 100: too few to learn from in a class of a few hundred rows.
_NEARLY_ALL = 0.99
# A smaller gap between the classes is of no consequence even where many rows make it significant.
_MISSING_GAP = 0.05
# Level of a test over all columns together; each gets its part (Bonferroni).
_LEVEL = 0.01
# Half of the rows at a single point is a mixture of two things, not a distribution with a mode.
_MANY_ZEROS = 0.5
# Range in interquartile ranges: about 4 for 1,000 normal values and 11 for 100,000 exponential ones.
_HEAVY_TAIL = 20.0
# Fewer distinct numbers are grades and codes, for which tails mean nothing.
_MANY_NUMBERS = 20
# Beyond so many levels one column per level outweighs the rest of most tables.
_MANY_LEVELS = 30
# As codes of a survey or of months; two values are the same whether ordered or not.
_FEW_INTEGERS = range(3, 13)
# Among fewer rows most levels are seen once.
_ENOUGH_ROWS = 20
_HELD_AS_TEXT = frozenset({Trait.DATE_TEXT, Trait.NUMBER_TEXT})


def find_traits(column: CodedColumn, minority: np.ndarray, n_columns: int) -> Traits:
    """Return what is worth saying about a column.

    Parameters
    ----------
    column : CodedColumn
    minority : ndarray of bool, shape (n_rows,)
        Rows of the class to look at.
    n_columns : int
        Number of columns that are tested.

    Returns
    -------
    traits : dict of Trait to str
        With a detail in a few words, or "".

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> from imbgen.profiling.columns import find_traits
    >>> _, (column,) = code_columns(pd.DataFrame({"x": [7, 7, 7]}))
    >>> find_traits(column, np.array([True, False, False]), 1)
    {<Trait.CONSTANT: 'constant'>: 'always 7'}
    """
    traits: Traits = {}
    if column.n_infinite:
        traits[Trait.INFINITE] = count_rows(column.n_infinite)
    if column.n_present == 0:
        return traits | {Trait.EMPTY: ""}
    traits |= dict(_missing_by_class(column.missing, minority, n_columns))
    if len(column.values) == 1:
        only = _spell(column.values[0])
        return traits | {Trait.CONSTANT: f"{only} or missing" if column.missing.any() else f"always {only}"}
    traits |= dict(_variation(column, minority, n_columns))
    return traits | _find_meaning(column)


def column_table(
    columns: Sequence[CodedColumn],
    minority: np.ndarray,
    aucs: Mapping[object, float],
    traits: Mapping[object, Traits],
) -> pd.DataFrame:
    """Return one row of facts per column; the index holds the column labels."""
    facts = [
        {
            "kind": str(column.column.kind),
            "dtype": str(column.column.dtype),
            "distinct": len(column.values),
            "distinct_minority": len(np.unique(column.codes[minority & ~column.missing])),
            "missing": float(column.missing.mean()),
            "missing_minority": float(column.missing[minority].mean()),
            "most_common": column.counts.max() / column.n_present if column.n_present else np.nan,
            "auc": aucs.get(column.name, np.nan),
            "remarks": ", ".join(traits[column.name]),
            "details": ", ".join(map(_spell_out, traits[column.name].items())),
        }
        for column in columns
    ]
    labels = label_array([column.name for column in columns])
    return pd.DataFrame(facts, index=pd.Index(labels, dtype=object, tupleize_cols=False, name="column"))


def _spell_out(found: tuple[Trait, str]) -> str:
    trait, detail = found
    return f"{trait} ({detail})" if detail else str(trait)


def _spell(value: object, width: int = 24) -> str:
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _missing_by_class(
    missing: np.ndarray, minority: np.ndarray, n_columns: int
) -> Iterator[tuple[Trait, str]]:
    n_here, n_there = int(minority.sum()), int((~minority).sum())
    here, there = int(missing[minority].sum()), int(missing[~minority].sum())
    if not n_there or abs(here / n_here - there / n_there) < _MISSING_GAP:
        return
    if fisher_exact([[here, n_here - here], [there, n_there - there]]).pvalue < _LEVEL / n_columns:
        yield Trait.MISSING_BY_CLASS, f"{here / n_here:.0%} against {there / n_there:.0%}"


def _variation(column: CodedColumn, minority: np.ndarray, n_columns: int) -> Iterator[tuple[Trait, str]]:
    most = int(np.argmax(column.counts))
    share = column.counts[most] / column.n_present
    if share >= _NEARLY_ALL:
        yield Trait.NEARLY_CONSTANT, f"{_percent_below_all(share)} are {_spell(column.values[most])}"
    here = column.codes[minority & ~column.missing]
    if len(here) and (here == here[0]).all():
        # That rows agree is no surprise if there are few of them, or if most other rows agree with them.
        chance = float(column.counts[here[0]] / column.n_present) ** (len(here) - 1)
        if chance < _LEVEL / n_columns:
            yield Trait.CONSTANT_IN_CLASS, f"always {_spell(column.values[here[0]])}"


def _percent_below_all(share: float) -> str:
    return f"{share:.1%}" if share < 0.9995 else "over 99.9%"


def _number_traits(column: CodedColumn) -> Iterator[tuple[Trait, str]]:
    values, counts = column.values, column.counts
    if column.column.kind is Kind.INTEGER and len(values) in _FEW_INTEGERS:
        yield Trait.FEW_INTEGERS, f"{len(values)} from {values[0]:g} to {values[-1]:g}"
    zeros = float(counts[values == 0].sum() / column.n_present)
    if len(values) <= _MANY_NUMBERS:
        return
    if zeros >= _MANY_ZEROS:
        yield Trait.MANY_ZEROS, f"{zeros:.0%}"
    values, counts = (
        values[values != 0],
        counts[values != 0],
    )  # many zeros would shrink the range of the middle
    low, high = np.searchsorted(np.cumsum(counts), np.array([0.25, 0.75]) * counts.sum())
    spread = values[high] - values[low]
    if spread > 0 and values[-1] - values[0] > _HEAVY_TAIL * spread:
        yield Trait.HEAVY_TAIL, f"range {(values[-1] - values[0]) / spread:,.0f} × IQR"


def _find_meaning(column: CodedColumn) -> Traits:
    """Return what the values are about: what they are held as, what they name, how they are spread."""
    found: Traits = dict(text_traits(column))
    if not found.keys() & _HELD_AS_TEXT:
        found |= dict(identity_traits(column))
    if column.is_number:
        return found | dict(_number_traits(column))
    if column.column.kind is not Kind.DATETIME and not found.keys() & {*_HELD_AS_TEXT, Trait.IDENTIFIER}:
        found |= dict(_level_traits(column))
    return found


def _level_traits(column: CodedColumn) -> Iterator[tuple[Trait, str]]:
    types = sorted({type(value).__name__ for value in column.values})
    if len(types) > 1:
        yield Trait.MIXED, " and ".join(types)
    if len(column.values) > _MANY_LEVELS:
        yield Trait.MANY_LEVELS, f"{len(column.values):,} levels"
    n_single = int((column.counts == 1).sum())
    if n_single and column.n_present >= _ENOUGH_ROWS:
        yield Trait.SINGLE_LEVELS, f"{n_single:,} of {len(column.values):,}"
