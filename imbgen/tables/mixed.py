"""Columns of numbers with a few texts among them, which are read as text: a warning."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from imbgen.errors import warn_caller

__all__ = ["MixedColumns", "is_text"]

_MOST = 1000  # distinct values remembered of a column
_FEW = 10  # so many distinct numbers may be codes
_MOST_SHOWN = 3
_COMMA_NUMBER = r"\s*[+-]?\d+(?:,\d+)+\s*"


@dataclass
class _Tally:
    """Distinct values of a column of text: numbers, what would be one without its comma, and texts."""

    numbers: dict[str, None] = field(default_factory=dict)
    commas: dict[str, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)
    n_rows: int = 0

    def is_settled(self) -> bool:
        """Whether no further value can make a column of numbers of it."""
        return 3 * len(self.texts) > _MOST

    def is_mixed(self) -> bool:
        """Whether three in four distinct values are numbers, too many or too seldom repeated for codes."""
        n_numbers = min(len(self.numbers) + len(self.commas), _MOST)
        are_codes = n_numbers <= _FEW and 2 * n_numbers < self.n_rows
        return n_numbers >= max(3 * len(self.texts), 1) and not are_codes


class MixedColumns:
    """Looks for numbers among texts while a table is read, part by part.

    Parameters
    ----------
    expected : collection of hashable
        Columns that are meant to be text.
    decimal : str
        Decimal sign of the file.
    """

    def __init__(self, expected: Collection[Hashable] = (), decimal: str = ".") -> None:
        self._expected, self._decimal = frozenset(expected), decimal
        self._tallies: dict[Hashable, _Tally] = {}

    def add_frame(self, frame: pd.DataFrame) -> None:
        """Look at the columns of text of some rows."""
        for name in frame.columns:
            if is_text(frame[name]):
                self.add(name, frame[name].drop_duplicates(), int(frame[name].count()))

    def add(self, name: Hashable, distinct: pd.Series, n_present: int) -> None:
        """Look at the distinct values of some rows of a column of text."""
        tally = self._tallies.setdefault(name, _Tally())
        if name in self._expected or tally.is_settled():
            return
        tally.n_rows += n_present
        distinct = distinct.dropna()
        is_number = self._are_numbers(distinct)
        has_comma = ~is_number & distinct.str.fullmatch(_COMMA_NUMBER).to_numpy(dtype=bool)
        _remember(tally.numbers, distinct[is_number])
        _remember(tally.commas, distinct[has_comma])
        _remember(tally.texts, distinct[~is_number & ~has_comma])

    def _are_numbers(self, texts: pd.Series) -> np.ndarray:
        if self._decimal == ",":
            texts = texts.str.replace(".", "point").str.replace(",", ".")
        return pd.to_numeric(texts, errors="coerce").notna().to_numpy(dtype=bool)

    def warn(self) -> None:
        """Warn of what was found, if anything."""
        mixed = {name: tally for name, tally in self._tallies.items() if tally.is_mixed()}
        with_comma = {name: list(tally.commas) for name, tally in mixed.items() if tally.commas}
        with_text = {name: list(tally.texts) for name, tally in mixed.items() if tally.texts}
        with_text = {name: texts for name, texts in with_text.items() if name not in with_comma}
        if with_comma:
            _warn(
                with_comma,
                "If the comma is the decimal sign, say so with --data.csv.decimal , or"
                ' csv=CSVFormat(decimal=","); one that groups thousands must be taken out.',
            )
        if with_text:
            marks = list(dict.fromkeys(text for texts in with_text.values() for text in texts))
            listed = json.dumps(marks[:_MOST_SHOWN], ensure_ascii=False)
            _warn(
                with_text,
                f"If that stands for a missing value, say so with --data.csv.missing '{listed}' or"
                f" csv=CSVFormat(missing={listed}), or leave the cell empty.",
            )


def is_text(values: pd.Series) -> bool:
    """Whether a column holds texts, whatever dtype this version of pandas gives them."""
    if pd.api.types.is_object_dtype(values.dtype):
        return pd.api.types.infer_dtype(values, skipna=True) == "string"
    return isinstance(values.dtype, pd.StringDtype)


def _remember(seen: dict[str, None], values: pd.Series) -> None:
    seen |= dict.fromkeys(values.iloc[: _MOST - len(seen)])


def _warn(found: Mapping[Hashable, list[str]], remedy: str) -> None:
    facts = [f"{name!r} has {_join([repr(text) for text in texts])}" for name, texts in found.items()]
    warn_caller(
        f"A column of numbers must hold nothing else, however {_join(facts, '; ', ' such columns')}: it is"
        f" read as text, every value a category. {remedy} If categories are meant, say so in the schema"
        f" ({{{next(iter(found))}: categorical}}).",
        UserWarning,
    )


def _join(items: list[str], mark: str = ", ", noun: str = "") -> str:
    rest = f"{mark}and {len(items) - _MOST_SHOWN} more{noun}" if len(items) > _MOST_SHOWN else ""
    return mark.join(items[:_MOST_SHOWN]) + rest
