"""Names and numbers as parts of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["count_rows", "enumerate_names"]


def enumerate_names(names: Sequence[str], most: int = 6) -> str:
    """Return names as part of a sentence; of many, the first few and a count.

    Examples
    --------
    >>> from imbgen.profiling.wording import enumerate_names
    >>> enumerate_names(["a", "b", "c"]), enumerate_names(list("abcdefgh"), most=3)
    ('a, b and c', 'a, b, c and 5 more')
    """
    if len(names) == 1:
        return names[0]
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def count_rows(n_rows: int) -> str:
    """Return a number of rows.

    Examples
    --------
    >>> from imbgen.profiling.wording import count_rows
    >>> count_rows(1), count_rows(2000)
    ('1 row', '2,000 rows')
    """
    return f"{n_rows:,} row{'s' * (n_rows != 1)}"
