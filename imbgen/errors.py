"""Errors and warnings of imbgen.

Every message is *rule, fact, remedy*: what must hold, what was found, what to do about it.
Each error is also the builtin that people already catch.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable

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
    "warn_caller",
]

# Packages between a user's line and ours.
_INNER = ("imbgen", "imblearn", "joblib", "sklearn")
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
    """Training that diverged before anything worth keeping was reached."""


class FallbackWarning(UserWarning):
    """A simpler generator was fitted instead: the class is too small, or the training diverged."""


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
    warnings.warn(message, category, stacklevel=level)


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
