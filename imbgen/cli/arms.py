"""Arms and classifiers of a config: classes and files by name, and what is wrong with them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling

from imbgen.cli.constraints import build_estimator, refuse_value
from imbgen.errors import ConfigError, ImbgenError, did_you_mean
from imbgen.evaluation.arms import check_name
from imbgen.evaluation.classifiers import default_classifiers, resolve_classifiers
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import class_paths
from imbgen.metrics.classification import METRICS

__all__ = ["build_arms", "build_classifiers", "complain"]

#: Short name -> class path.
_CHOICES = {
    **class_paths(),
    "AutoOverSampler": "imbgen.AutoOverSampler",
    "OverSampler": "imbgen.OverSampler",
    **{
        name: f"{module.__name__}.{name}"
        for module in (imblearn.over_sampling, imblearn.combine, imblearn.under_sampling)
        for name in module.__all__
    },
}
_TABLES = (".csv", ".tsv", ".parquet", ".feather", ".arrow", ".gz")


def build_arms(arms: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a config calls arms as objects, and paths of files.

    Raises
    ------
    ConfigError
        A class that there is not, or arguments that it has not.
    """
    return {str(name): _build(value) for name, value in (arms or {}).items()}


def build_classifiers(classifiers: Any) -> Any:
    """Return what a config calls classifiers as names or objects."""
    if not isinstance(classifiers, Mapping):
        return classifiers
    names = default_classifiers()
    return {str(name): value if value in names else _build(value) for name, value in classifiers.items()}


def complain(key: str, value: Any) -> list[str]:
    """Return what is wrong with the value of a key of a comparison, sentences without their final stop."""
    if key == "metrics" and isinstance(value, list):
        return [_unknown("metrics", name, METRICS) for name in value if name not in METRICS]
    if key == "classifiers" and isinstance(value, list):
        names = default_classifiers()
        return [_unknown("classifiers", name, names) for name in value if name not in names]
    if key == "classifiers" and isinstance(value, Mapping):
        return _try(f"{key}", lambda: resolve_classifiers(build_classifiers(value)))
    if key == "arms" and isinstance(value, Mapping):
        return [text for name, one in value.items() for text in _complain_of_arm(str(name), one)]
    return []


def _unknown(key: str, name: Any, known: Any) -> str:
    return (
        f"`{key}` must be some of {', '.join(known)}, however: {name!r} is none.{did_you_mean(name, known)}"
        " Correct the name"
    )


def _complain_of_arm(name: str, value: Any) -> list[str]:
    if _is_file(value) and not Path(value).is_file():
        return [f"`arms.{name}` must be a file that exists, however: there is no {value!r}. Check the path"]

    def check() -> None:
        built = _build(value)
        check_name(name)
        if isinstance(built, BaseGenerator):
            built._check_parameters()
        parameters = built.get_params(deep=False) if hasattr(built, "get_params") else {}
        for key, item in parameters.items():
            if wanted := refuse_value(type(built), key, item):
                raise ConfigError(f"`init_args.{key}` must {wanted}, however: it is {item!r}. Correct it")

    return _try(f"arms.{name}", check)


def _try(key: str, call: Any) -> list[str]:
    try:
        call()
    except (ImbgenError, ValueError, TypeError) as error:
        text = " ".join(str(error).split()).rstrip(".")
        return [f"`{key}`: {text}"]
    return []


def _is_file(value: Any) -> bool:
    return isinstance(value, str) and (value.lower().endswith(_TABLES) or Path(value).is_file())


def _build(value: Any) -> Any:
    if _is_file(value):
        return value
    content = {"class_path": value} if isinstance(value, str) else value
    if not isinstance(content, Mapping) or "class_path" not in content:
        raise ConfigError(
            "An arm must be a class, a class_path with init_args, or a file of rows, however: it is"
            f" {value!r}. Write the class, such as imbgen.GANGenerator."
        )
    strange = [key for key in content if key not in ("class_path", "init_args")]
    if strange:
        raise ConfigError(
            f"A class must have the keys class_path and init_args, however: {strange[0]!r} is neither."
            f"{did_you_mean(strange[0], ('class_path', 'init_args'))} Put arguments below init_args."
        )
    return build_estimator(_spell_out(content))


def _spell_out(content: Any) -> Any:
    """Replace short names by class paths, within arguments too, and check names of arguments."""
    if isinstance(content, list):
        return [build_estimator(_spell_out(item)) for item in content]
    if not isinstance(content, Mapping) or "class_path" not in content:
        return content
    path = str(content["class_path"])
    path = _CHOICES.get(path, path)
    arguments = dict(content.get("init_args") or {})
    kind = _find(path)
    known = list(inspect.signature(kind).parameters)
    for name in arguments:
        if name not in known:
            raise ConfigError(
                f"`init_args` must be arguments of {kind.__name__}, however: {name!r} is none."
                f"{did_you_mean(name, known)} Correct or drop it."
            )
    return {"class_path": path, "init_args": {name: _spell_out(item) for name, item in arguments.items()}}


def _find(path: str) -> type:
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        near = did_you_mean(name, _CHOICES)
        raise ConfigError(
            f"`class_path` must name an over-sampler, a generator or a classifier, however: {path!r} is none."
            f"{near} Write its full path, or one of {', '.join(list(_CHOICES)[:10])}."
        ) from None
