"""Memory: how much is free, and an error before more is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from imbgen.errors import DataError

__all__ = ["check_memory", "free_memory"]

_GIGABYTE = 2**30


def free_memory() -> int | None:
    """Return the bytes that a process may still take, None where the system does not tell.

    Examples
    --------
    >>> from imbgen.memory import free_memory
    >>> free_memory() is None or free_memory() > 0
    True
    """
    known = [free for free in (_free_of_machine(), _free_of_group()) if free is not None]
    return min(known, default=None)


def check_memory(n_bytes: int, purpose: str, remedy: str) -> None:
    """Raise DataError if an array would not fit into the memory that is free.

    Parameters
    ----------
    n_bytes : int
        What would be allocated.
    purpose : str
        What for: the beginning of a sentence.
    remedy : str
        What to do: a sentence.

    Examples
    --------
    >>> from imbgen.memory import check_memory
    >>> check_memory(1000, "A covariance", "Drop columns.")
    """
    free = free_memory()
    if free is not None and n_bytes > free:
        raise DataError(
            f"{purpose} must fit into memory, however: it takes {n_bytes / _GIGABYTE:,.1f} GiB, and "
            f"{free / _GIGABYTE:,.1f} GiB are free. {remedy}"
        )


def _free_of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, IndexError, StopIteration):
        pass
    try:  # systems without /proc tell what they have, not what is free of it
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _free_of_group() -> int | None:
    """Return what a container leaves: its limit less what is used."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit, used = (
            (folder / name).read_text(encoding="ascii") for name in ("memory.max", "memory.current")
        )
        return int(limit) - int(used)
    except (OSError, ValueError):  # no container, no limit ("max"), or another version of groups
        return None
