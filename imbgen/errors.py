"""Errors and warnings of imbgen.

Every message is *rule, fact, remedy*: what must hold, what was found, what to do about it.
Each error is also the builtin that people already catch.
"""

from __future__ import annotations

import difflib
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
]

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
    """A generator was replaced by a simpler one because the class is too small."""


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
