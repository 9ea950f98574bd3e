"""Values of arguments: samplers have scikit-learn's constraints for them, generators checks of their own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import yaml  # type: ignore[import-untyped]
from jsonargparse import Namespace
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

from imbgen.errors import ConfigError, ParameterError
from imbgen.generators.base import BaseGenerator

__all__ = ["build_estimator", "refuse_value", "untyped_value"]


def untyped_value(value: Any) -> Any:
    """Return a number, list, mapping or null that was given as text; anything else as it is.

    Examples
    --------
    >>> from imbgen.cli.constraints import untyped_value
    >>> untyped_value("0.5"), untyped_value("null"), untyped_value("auto"), untyped_value("yes")
    (0.5, None, 'auto', 'yes')
    """
    if not isinstance(value, str):
        return value
    try:
        loaded = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return value if isinstance(loaded, bool) and value.lower() not in ("true", "false") else loaded


def build_estimator(value: Any) -> Any:
    """Return the estimator that a class path and its arguments describe; anything else as it is.

    Raises
    ------
    ConfigError
        The class is no estimator.

    Examples
    --------
    >>> from imbgen.cli.constraints import build_estimator
    >>> smote = {"class_path": "imblearn.over_sampling.SMOTE", "init_args": {"k_neighbors": 3}}
    >>> build_estimator(smote), build_estimator(5)
    (SMOTE(k_neighbors=3), 5)
    """
    content = vars(value) if isinstance(value, Namespace) else value
    if not isinstance(content, Mapping) or "class_path" not in content:
        return value
    module, _, name = str(content["class_path"]).rpartition(".")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        kind = None
    if not (inspect.isclass(kind) and issubclass(kind, BaseEstimator)):
        raise ConfigError(
            f"`class_path` must name a class of scikit-learn's kind, however: {content['class_path']!r} is"
            " none. Write its full path, such as imblearn.over_sampling.SMOTE."
        )
    arguments = content.get("init_args") or {}
    arguments = vars(arguments) if isinstance(arguments, Namespace) else arguments
    try:
        return kind(**{key: build_estimator(item) for key, item in arguments.items()})
    except TypeError as error:
        raise ConfigError(
            f"`init_args` must be arguments of {name}, however: {error}. Correct or drop them."
        ) from error


def refuse_value(kind: type, name: str, value: Any) -> str | None:
    """Say what an argument must: be this, hold that; return None if it may have this value.

    Parameters
    ----------
    kind : type
        Class of the sampler or the generator.
    name : str
        Of the argument.
    value : object
        Given to it.

    Examples
    --------
    >>> from imblearn.over_sampling import ADASYN
    >>> from imbgen.cli.constraints import refuse_value
    >>> refuse_value(ADASYN, "sampling_strategy", 1.5)[:33]
    'be a float in the range (0.0, 1.0'
    >>> from imbgen import KernelGenerator
    >>> refuse_value(KernelGenerator, "bandwidth", -1.0)
    'be a number between 1e-06 and 100'
    """
    if issubclass(kind, BaseGenerator):
        return _refuse_parameter(kind, name, value)
    constraints = getattr(kind, "_parameter_constraints", {})
    if name not in constraints:
        return None
    try:
        validate_parameter_constraints({name: constraints[name]}, {name: value}, caller_name=kind.__name__)
    except InvalidParameterError as error:
        said = " ".join(str(error).split())
        found = re.search(r" must be (.+)\. Got ", said)
        return f"be {found[1] if found else said}"
    return None


def _refuse_parameter(kind: type[BaseGenerator], name: str, value: Any) -> str | None:
    """Let a generator judge one of its parameters, the others at their defaults."""
    try:
        kind(**{name: value})._check_parameters()
    except ParameterError as error:
        found = re.match(rf"`{name}` must (.+?), however: ", str(error))
        return found[1] if found else f"be one that is accepted ({str(error).rstrip('.')})"
    except TypeError:  # it has parameters without defaults
        return None
    return None
