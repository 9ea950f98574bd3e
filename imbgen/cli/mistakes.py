"""What is wrong with the arguments of `imbgen train`: all of it at once, with the key that was meant."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]
from jsonargparse import ArgumentError, ArgumentParser

from imbgen.config import DataConfig, TrainConfig
from imbgen.errors import ConfigError, did_you_mean
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import GENERATORS

__all__ = ["DEFAULT_GENERATOR", "explain_mistakes"]

DEFAULT_GENERATOR = "imbgen.GANGenerator"
_INIT_ARGS, _CLASS_PATH = "generator.init_args", "generator.class_path"
_SECTIONS = ("data", _INIT_ARGS)
_OWN_OPTIONS = ("--help", "--debug", "--print_config", "--generator.help")
_WORDS = {
    "str": "text",
    "Path": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "None": "null",
    "Sequence": "a list",
    "Mapping": "a mapping",
    "dict": "a mapping",
}


class _Setting(NamedTuple):
    """A key that the user has set, in a file or (with its option as typed) on the command line."""

    key: str
    value: Any
    option: str | None = None


def explain_mistakes(parser: ArgumentParser, argv: Sequence[str], error: ArgumentError) -> ConfigError:
    """Return an error that names every mistake in the arguments and the files that they name.

    jsonargparse stops at the first mistake, so every setting is judged by itself.

    Parameters
    ----------
    parser : ArgumentParser
        Of `imbgen train`.
    argv : sequence of str
        What it refused.
    error : ArgumentError
        What it said; used if no setting by itself is wrong.

    Returns
    -------
    error : ConfigError
    """
    mistakes = list(dict.fromkeys(_find_mistakes(parser, argv))) or [_one_line(error)]
    if len(mistakes) == 1:
        return ConfigError(f"{mistakes[0]}.")
    lines = "".join(f"\n  - {mistake}." for mistake in mistakes)
    return ConfigError(f"A config must describe a run, however: it has {len(mistakes)} mistakes.{lines}")


def _find_mistakes(parser: ArgumentParser, argv: Sequence[str]) -> Iterator[str]:
    settings, complaints = _collect(argv)
    yield from complaints
    # What is missing may stand in a config that could not be read.
    if not complaints and not any(
        s.key in ("data", "data.path") or s.key.startswith("conf") for s in settings
    ):
        yield "`data.path` must name a data set or a file, however: it is not given. Add --data.path"
    settings, class_path = _without_replaced(settings)
    if complaint := _judge_class(parser, class_path):
        yield complaint
        settings = [setting for setting in settings if not setting.key.startswith(_INIT_ARGS)]
        class_path = DEFAULT_GENERATOR
    types = _types_of_keys(class_path)
    for setting in settings:
        if setting.key != _CLASS_PATH:
            yield from _judge(parser, setting, types, class_path)


def _collect(argv: Sequence[str]) -> tuple[list[_Setting], list[str]]:
    """Return what is set by files and options, and complaints about what could not be read."""
    settings: list[_Setting] = []
    complaints: list[str] = []
    for option, value in _options(argv):
        if option is None:
            complaints.append(_stray(value))
        elif option == "--config":
            try:
                settings += _read_file(value)
            except ConfigError as error:
                complaints.append(str(error))
        elif option not in _OWN_OPTIONS:
            settings.append(_Setting(_full_key(option[2:]), value, option))
    return settings, complaints


def _options(argv: Sequence[str]) -> Iterator[tuple[str | None, Any]]:
    """Split arguments into (option, value); the option is None for a stray value, the value for a flag."""
    waiting: str | None = None
    for argument in argv:
        if argument.startswith("--"):
            if waiting is not None:
                yield waiting, None
            option, equals, value = argument.partition("=")
            waiting = None if equals or option in _OWN_OPTIONS else option
            if waiting is None:
                yield option, value
        else:
            yield waiting, argument
            waiting = None
    if waiting is not None:
        yield waiting, None


def _stray(value: str) -> str:
    remedy = f"Write --config {value}" if value.endswith((".yaml", ".yml")) else "Write --KEY VALUE"
    return f"Every argument must be an option and its value, however: {value!r} stands alone. {remedy}"


def _full_key(key: str) -> str:
    """Spell out `generator` (the class) and `generator.n_updates` (an argument of it)."""
    if key == "generator":
        return _CLASS_PATH
    if key.startswith("generator.") and key.split(".")[1] not in ("class_path", "init_args"):
        return f"{_INIT_ARGS}.{key.removeprefix('generator.')}"
    return key


def _read_file(path: str | None) -> list[_Setting]:
    file = Path(path or "")
    if not file.is_file():
        near = sorted(item.name for item in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
        raise ConfigError(
            f"`--config` must be a YAML file that exists, however: there is no {str(path)!r}."
            f"{did_you_mean(file.name, near)} Check the path"
        )
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(
            f"`--config` must be readable YAML, however {str(path)!r} is not: {_one_line(error)}. Correct it"
        ) from error
    if not isinstance(content, dict):
        fact = "is empty" if content is None else "does not"
        raise ConfigError(f"`--config` must hold keys and values, however {str(path)!r} {fact}. Correct it")
    return list(_flatten(content, ""))


def _flatten(content: Mapping[Any, Any], prefix: str) -> Iterator[_Setting]:
    """Yield the leaves under dotted keys, without entering the mappings that are values."""
    for name, value in content.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key in (*_SECTIONS, "generator"):
            yield from _flatten(value, f"{key}.")
        else:
            yield _Setting(_CLASS_PATH if key == "generator" else key, value)


def _without_replaced(settings: Sequence[_Setting]) -> tuple[list[_Setting], Any]:
    """Drop the arguments of a class that a later option replaces; return the rest and the class in force."""
    classes = [(i, setting) for i, setting in enumerate(settings) if setting.key == _CLASS_PATH]
    last, chosen = classes[-1] if classes else (0, _Setting(_CLASS_PATH, DEFAULT_GENERATOR))
    start = last if chosen.option is not None else 0
    kept = [s for i, s in enumerate(settings) if i >= start or not s.key.startswith(_INIT_ARGS)]
    return kept, chosen.value


def _judge_class(parser: ArgumentParser, class_path: Any) -> str | None:
    try:
        parser.parse_object({"data": {"path": ""}, "generator": {"class_path": class_path}})
    except ArgumentError as error:
        hint = did_you_mean(class_path, [f"imbgen.{name}" for name in GENERATORS])
        if "imbgen" in str(class_path) or "." not in str(class_path):
            fact = f"{class_path!r} is none.{hint}"
        else:
            fact = f"{class_path!r} is none ({_one_line(error)})."
        return f"`{_CLASS_PATH}` must name a generator, however: {fact} Choose one of {', '.join(GENERATORS)}"
    return None


def _types_of_keys(class_path: str) -> dict[str, str]:
    """Every key that may be set -> its annotation."""
    name = class_path.rsplit(".", 1)[-1]
    types = {f"data.{key}": kind for key, kind in DataConfig.__annotations__.items()}
    types |= {key: TrainConfig.__annotations__[key] for key in ("seed", "output")}
    known = {sub.__name__: sub for sub in _subclasses(BaseGenerator)}  # type: ignore[type-abstract]
    for parameter in inspect.signature(known[name]).parameters.values():
        annotation = parameter.annotation
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        types[f"{_INIT_ARGS}.{parameter.name}"] = text
    return types


def _subclasses(kind: type[BaseGenerator]) -> Iterator[type[BaseGenerator]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _judge(
    parser: ArgumentParser, setting: _Setting, types: Mapping[str, str], class_path: str
) -> Iterator[str]:
    key, value, option = setting
    known = next((name for name in types if key == name or key.startswith(f"{name}.")), None)
    shown = f"`{key}`" if option is None else f"`{option}`"
    if key in _SECTIONS:
        yield f"{shown} must hold keys and values, however: it is {value!r}. Indent its keys below it"
    elif known is None:
        hint = _hint(key, types) if option is None else did_you_mean(option, _known_options(types))
        yield f"{shown} must be a key of the config, however: it is none.{hint} Correct or drop it"
    elif option is not None and value is None:
        yield f"{shown} must be followed by its value, however: it is not. Add the value"
    elif not _is_accepted(parser, setting, class_path):
        yield f"{shown} must be {_in_words(types[known])}, however: it is {value!r}. Correct the value"


def _hint(key: str, types: Mapping[str, str]) -> str:
    """Suggest the closest key on the same level, else the closest of all."""
    level, _, name = key.rpartition(".")
    siblings = [other.rpartition(".")[2] for other in types if other.rpartition(".")[0] == level]
    siblings += ["data", "generator"] if not level else []
    near = did_you_mean(name, siblings)
    if near and level:
        return near.replace("'", f"'{level}.", 1)
    by_name = {other.rpartition(".")[2]: other for other in types}
    found = near or did_you_mean(name, by_name)
    return re.sub(r"'(.+)'", lambda match: repr(by_name.get(match[1], match[1])), found)


def _known_options(types: Mapping[str, str]) -> list[str]:
    short = [name.replace(f"{_INIT_ARGS}.", "generator.") for name in types if name.startswith(_INIT_ARGS)]
    return [f"--{name}" for name in (*types, *short, "config", "generator", _CLASS_PATH)]


def _is_accepted(parser: ArgumentParser, setting: _Setting, class_path: str) -> bool:
    try:
        if setting.option is not None:
            base = ["--data.path", "", "--generator.class_path", class_path]
            parser.parse_args([*base, setting.option, setting.value])
        else:
            nested: dict[str, Any] = {"data": {"path": ""}, "generator": {"class_path": class_path}}
            *parents, name = setting.key.split(".")
            branch = nested
            for parent in parents:
                branch = branch.setdefault(parent, {})
            branch[name] = setting.value
            parser.parse_object(nested)
    except ArgumentError:
        return False
    return True


def _in_words(annotation: str) -> str:
    words = [_WORDS.get(part.split("[")[0], part) for part in annotation.split(" | ")]
    if "float" in annotation:
        words = [word for word in words if word != _WORDS["int"]]
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
