"""The names of what is worth saying about a column."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Trait"]


class Trait(StrEnum):
    """What is worth saying about a column; the text is the remark in the table of columns."""

    INFINITE = "infinite values"
    EMPTY = "empty"
    CONSTANT = "constant"
    NEARLY_CONSTANT = "nearly constant"
    CONSTANT_IN_CLASS = "constant in the class"
    MISSING_BY_CLASS = "missing differs by class"
    GIVES_AWAY = "gives the class away"
    IDENTIFIER = "identifier"
    GROUP = "names a group"
    DATE_TEXT = "dates as text"
    NUMBER_TEXT = "numbers as text"
    MISSING_TEXT = "text for missing"
    MIXED = "mixed types"
    MANY_LEVELS = "many levels"
    SINGLE_LEVELS = "levels seen once"
    MANY_ZEROS = "many zeros"
    HEAVY_TAIL = "heavy tail"
    FEW_INTEGERS = "few whole numbers"
