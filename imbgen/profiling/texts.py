"""Columns that are not what they are stored as: identifiers, and dates, numbers and gaps held as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from imbgen.profiling.coded import CodedColumn
from imbgen.profiling.traits import Trait
from imbgen.profiling.wording import count_rows
from imbgen.schema import Kind

__all__ = ["identity_traits", "text_traits"]

# Text is judged by its most frequent levels; more of them would tell the same at a greater price.
_MOST_LEVELS = 1000
# A few odd entries ("?", "unknown") do not make a column of numbers one of words.
_MOSTLY = 0.9
# "1" to "5" as text are levels by choice; 30 different numbers as text are an accident.
_FEWEST_NUMBERS = 10
# Among fewer rows, values that never repeat are no surprise.
_ENOUGH_ROWS = 20
# So many coincidences expected among random values, and none seen: by chance less than 1 in 100 times.
_EXPECTED_REPEATS = 5.0
# A name, an address or a comment may repeat now and then.
_NEARLY_UNIQUE = 0.99

_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4})"
    r"([T ]\d{1,2}:\d{2}.*)?"
)
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s?%?")
_LEADING_ZERO = re.compile(r"0\d.*")
# Not "none": that is a level more often than a gap.
_GAPS = frozenset({"", "-", "?", ".", "na", "n/a", "n.a.", "nan", "null", "missing", "unknown"})
_NAMED = re.compile(
    r"(?:^|[\W_])(?:id|uid|uuid|guid|key|nr|no|num|number|index|idx)$|[a-z](?:ID|Id|Key|Nr|No|Number)$",
)


def text_traits(column: CodedColumn) -> Iterator[tuple[Trait, str]]:
    """Yield what the levels of a text column hold: dates, numbers, words for missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> from imbgen.profiling.texts import text_traits
    >>> _, (column,) = code_columns(pd.DataFrame({"when": ["2024-05-01", "2024-05-02", "?"] * 9}))
    >>> [(str(trait), detail) for trait, detail in text_traits(column)]
    [('text for missing', "'?' in 9 rows")]
    """
    texts, counts = (part[:_MOST_LEVELS] for part in column.texts)
    if len(texts) == 0:
        return
    gap = np.array([text.casefold() in _GAPS for text in texts])
    if gap.any():
        first = int(np.argmax(gap))
        yield Trait.MISSING_TEXT, f"{texts[first]!r} in {count_rows(int(counts[gap].sum()))}"
    if _share(texts, counts, _DATE.fullmatch) >= _MOSTLY:
        yield Trait.DATE_TEXT, f"such as {texts[0]!r}"
    elif _holds_numbers(texts, counts):
        yield Trait.NUMBER_TEXT, f"such as {texts[0]!r}"


def _share(texts: np.ndarray, counts: np.ndarray, test: Callable[[str], object]) -> float:
    """Return the share of rows whose text passes a test."""
    passed = np.array([test(text) is not None for text in texts])
    return float(counts[passed].sum() / counts.sum())


def _holds_numbers(texts: np.ndarray, counts: np.ndarray) -> bool:
    if sum(_NUMBER.fullmatch(text) is not None for text in texts) <= _FEWEST_NUMBERS:
        return False
    # Postcodes and keys are written with leading zeros; they are names, not numbers.
    named = any(_LEADING_ZERO.fullmatch(text) for text in texts)
    return not named and _share(texts, counts, _NUMBER.fullmatch) >= _MOSTLY


def identity_traits(column: CodedColumn) -> Iterator[tuple[Trait, str]]:
    """Yield whether a column names rows (an identifier) or groups of rows rather than describing them.

    Whole numbers that never repeat are an identifier if they also rise or fall from row to row, are called
    like one, or lie so densely that random values would have repeated. Text is one if hardly any repeats.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.profiling.coded import code_columns
    >>> from imbgen.profiling.texts import identity_traits
    >>> _, (column,) = code_columns(pd.DataFrame({"case": range(100, 130)}))
    >>> [(str(trait), detail) for trait, detail in identity_traits(column)]
    [('identifier', 'counts the rows')]
    """
    n_present, n_distinct = column.n_present, len(column.values)
    if n_present < _ENOUGH_ROWS or column.column.kind not in (Kind.INTEGER, Kind.CATEGORICAL):
        return
    named = _NAMED.search(str(column.name)) is not None
    if column.is_number:
        if n_distinct == n_present and (detail := _whole_identity(column, named)):
            yield Trait.IDENTIFIER, detail
            return
    elif n_distinct >= _NEARLY_UNIQUE * n_present:
        yield Trait.IDENTIFIER, "hardly any value repeats"
        return
    if named and _ENOUGH_ROWS <= n_distinct <= n_present / 1.5:
        yield Trait.GROUP, f"{n_distinct:,} names"


def _whole_identity(column: CodedColumn, named: bool) -> str:
    steps = np.diff(column.codes[~column.missing])
    if (steps > 0).all() or (steps < 0).all():
        return "counts the rows"
    span = column.values[-1] - column.values[0] + 1
    if named or len(column.values) ** 2 / (2 * span) >= _EXPECTED_REPEATS:
        return "no value repeats"
    return ""
