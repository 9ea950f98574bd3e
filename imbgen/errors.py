"""Errors and warnings of imbgen.

Every message is *rule, fact, remedy*: what must hold, what was found, what to do about it.
Each error is also the builtin that people already catch.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock

__all__ = [
    "ConfigError",
    "DataError",
    "FallbackWarning",
    "ImbgenError",
    "ModelFileError",
    "ParameterError",
    "TableFileError",
    "TrainingError",
    "did_you_mean",
    "hushed",
    "warn_caller",
    "warnings_about",
]

# Packages between a user's line and ours.
_INNER = ("imbgen", "imblearn", "joblib", "sklearn")
# Filters of warnings are the process's: two threads that put them back in turn would leave the wrong ones.
_filters_lock = RLock()
# What the warnings of the work in hand are about, in this thread.
_subject: ContextVar[str] = ContextVar("subject", default="")
_FEWEST_BEGUN = 3  # characters that a name may be the beginning of another with


class ImbgenError(Exception):
    """Base of all errors that imbgen raises on purpose."""


class DataError(ImbgenError, ValueError):
    """A table, a column or a target that cannot be used."""


class ParameterError(ImbgenError, ValueError):
    """A hyper-parameter outside its domain."""


class ConfigError(ImbgenError, ValueError):
    """A configuration that does not describe a run; lists all mistakes at once."""


class TableFileError(ImbgenError, OSError):
    """A table on disk that is missing, empty or unreadable."""


class ModelFileError(ImbgenError, OSError):
    """A model folder that is damaged, from a newer version, or not ours."""


class TrainingError(ImbgenError, RuntimeError):
    """Training that led to nothing worth keeping.

    Parameters
    ----------
    message : str
        Rule, fact, remedy.
    fact : str
        The fact alone, the beginning of a sentence.
    """

    def __init__(self, message: str, fact: str = "Training diverged") -> None:
        super().__init__(message)
        self.fact = fact


class FallbackWarning(UserWarning):
    """Something simpler was fitted: the class is too small, or the training failed or diverged on its way."""


@contextmanager
def hushed(category: type[Warning]) -> Iterator[None]:
    """Ignore warnings of a category in a few quick lines; one thread at a time."""
    with _filters_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield


@contextmanager
def warnings_about(subject: str) -> Iterator[None]:
    """Let `warn_caller` say in this context what it is about: ``"Class 'sick'"``."""
    token = _subject.set(f"{subject}: ")
    try:
        yield
    finally:
        _subject.reset(token)


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the user's line, however many of our, scikit-learn's and imbalanced-learn's calls lie between.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _INNER:
        frame, level = frame.f_back, level + 1
    warnings.warn(f"{_subject.get()}{message}", category, stacklevel=level)


def did_you_mean(name: object, choices: Iterable[object]) -> str:
    """Return a hint ``" Did you mean 'x'?"``, or ``""`` when nothing is close.

    Parameters
    ----------
    name : object
        What was given.
    choices : iterable of object
        What would have been accepted.

    Returns
    -------
    hint : str
        Starts with a space, so that it can be appended to a sentence.

    Examples
    --------
    >>> from imbgen.errors import did_you_mean
    >>> did_you_mean("targt", ["age", "target"])
    " Did you mean 'target'?"
    >>> did_you_mean("GMM", ["GANGenerator", "GMMGenerator"])
    " Did you mean 'GMMGenerator'?"
    >>> did_you_mean("zzz", ["age", "target"])
    ''
    """
    by_lower = {str(choice).lower(): choice for choice in choices}
    given = str(name).lower()
    begun = [choice for choice in by_lower if len(given) >= _FEWEST_BEGUN and choice.startswith(given)]
    close = difflib.get_close_matches(given, list(by_lower), n=1) or begun
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""
