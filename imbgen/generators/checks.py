"""Checks of hyper-parameters: rule, fact, remedy."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from imbgen.errors import ParameterError, did_you_mean

__all__ = ["check_choice", "check_mapping", "check_number", "check_path"]


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise ParameterError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ParameterError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}, however: {name}={value!r}."
            f"{did_you_mean(value, choices)} Choose one of them."
        )


def check_mapping(name: str, value: Any) -> None:
    """Raise ParameterError unless `value` is a mapping or None."""
    if value is not None and not isinstance(value, Mapping):
        raise ParameterError(f"`{name}` must be a mapping (or None), however: {name}={value!r}. Pass a dict.")


def check_path(name: str, value: Any) -> None:
    """Raise ParameterError unless `value` is a path or None."""
    if value is not None and not isinstance(value, str | os.PathLike):
        raise ParameterError(
            f"`{name}` must be a path (or None), however: {name}={value!r}. Pass a str or a Path."
        )


def check_number(
    name: str,
    value: Any,
    *,
    low: float,
    high: float | None = None,
    whole: bool = False,
    word: str | None = None,
) -> None:
    """Raise ParameterError unless `value` is finite, whole if so asked, and in [low, high]; or the `word`."""
    if isinstance(value, str) and value == word:
        return
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if is_number and _is_finite(value) and low <= value <= (math.inf if high is None else high):
        return
    domain = f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
    noun = "a whole number" if whole else "a number"
    rule = f"{noun} {domain}" if word is None else f"{word!r} or {noun} {domain}"
    raise ParameterError(
        f"`{name}` must be {rule}, however: {name}={value!r}. Set it to {noun} in that range."
    )


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False
