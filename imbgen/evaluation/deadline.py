"""A limit on the time that work may take."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Deadline", "TimedOut", "deadline"]

# A handler of `except Exception` in foreign code may be what the alarm hits: it rings again.
_AGAIN_AFTER = 1.0


class TimedOut(BaseException):
    """Raised in work that is over its time; no Exception, so that the work does not catch it."""


class Deadline:
    """When work must be done; `check` raises TimedOut after that."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def check(self) -> None:
        """Raise TimedOut if the time is over."""
        if self._end is not None and time.monotonic() > self._end:
            raise TimedOut


@contextmanager
def deadline(seconds: float | None) -> Iterator[Deadline]:
    """Interrupt the work in this context after some seconds.

    In the main thread of a POSIX process the work is interrupted wherever it runs Python; elsewhere only
    where it calls `check`.
    """
    limit = Deadline(seconds)
    can_ring = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds is None or not can_ring:
        yield limit
        return

    def ring(*_: object) -> None:
        raise TimedOut

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_AFTER)
    try:
        yield limit
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
