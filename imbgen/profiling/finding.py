"""A finding: what a table has, in sentences that a manager can read, and what to do about it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Severity"]


class Severity(StrEnum):
    """How much a finding matters, the gravest first."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"
    ADVICE = "advice"


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing before any modelling.

    Parameters
    ----------
    severity : Severity
        "blocker": mend it first. "warning": it is likely to spoil a model or its evaluation. "note": worth
        knowing. "advice": what to expect of augmentation.
    title : str
        The matter in a few words.
    message : str
        What was found, as full sentences.
    remedy : str
        What to do, as full sentences.
    columns : tuple of hashable
        Labels of the columns meant; empty if it is about rows.

    Examples
    --------
    >>> from imbgen.profiling import Finding, Severity
    >>> print(Finding(Severity.NOTE, "Constant", "Column 'a' is always 7.", "Drop it.", ("a",)))
    note: Column 'a' is always 7. Drop it.
    """

    severity: Severity
    title: str
    message: str
    remedy: str
    columns: tuple[Hashable, ...] = ()

    def __str__(self) -> str:
        return f"{self.severity}: {self.message} {self.remedy}"
