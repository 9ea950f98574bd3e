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
    if value not in choices:
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
) -> None:
    """Raise ParameterError unless `value` is a finite number (a whole one if so asked) in [low, high]."""
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and low <= float(value) <= (math.inf if high is None else high):
        return
    domain = f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
    noun = "a whole number" if whole else "a number"
    raise ParameterError(
        f"`{name}` must be {noun} {domain}, however: {name}={value!r}. Set it to {noun} in that range."
    )
