"""The config of a training run: YAML and options in, a constructor call out, all mistakes told at once."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]
from jsonargparse import ArgumentError, ArgumentParser

from imbgen.errors import ConfigError, did_you_mean
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import GENERATORS, generator_class

__all__ = ["DataConfig", "TrainConfig", "add_train_arguments", "parse_train"]

_INIT_ARGS, _CLASS_PATH = "generator.init_args", "generator.class_path"
_DEFAULT_GENERATOR = "imbgen.GANGenerator"
_OWN_OPTIONS = ("--help", "--debug", "--print_config", "--generator.help")
_WORDS = {
    "str": "text",
    "Path": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "None": "null",
}


@dataclass(frozen=True)
class DataConfig:
    """Where the rows are, and which of them are learned.

    Parameters
    ----------
    path : str
        Name of an embedded data set (see `imbgen datasets`), or a CSV or Parquet file, pattern or URI.
    target : str
        Column that holds the class labels.
    minority : str, int, float, bool or None
        Label of the class to learn; null takes the rarest.
    schema : dict or None
        Kinds of columns that overrule the inference, such as {zip: categorical}.
    """

    path: str
    target: str = "target"
    minority: str | int | float | bool | None = None
    schema: dict[str, str] | None = None


@dataclass(frozen=True)
class TrainConfig:
    """A training run.

    Parameters
    ----------
    data : DataConfig
        Where the rows are.
    generator : BaseGenerator
        What learns them, as a class and its arguments.
    seed : int
        The same seed gives the same model; `random_state` of the generator wins over it.
    output : Path
        Folder in which the run folder is made.

    Raises
    ------
    ConfigError
        A negative seed, or kinds given twice.
    """

    data: DataConfig
    generator: BaseGenerator
    seed: int = 0
    output: Path = Path("runs")

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ConfigError(f"`seed` must be at least 0, however: seed={self.seed}. Set it to 0 or more.")
        if self.data.schema is not None and getattr(self.generator, "schema", None) is not None:
            raise ConfigError(
                "The kinds of columns must be given once, however: both `data.schema` and"
                f" `{_INIT_ARGS}.schema` are set. Keep `data.schema`."
            )


def add_train_arguments(parser: ArgumentParser) -> None:
    """Give a parser the options of `imbgen train`; its help comes from the docstrings."""
    parser.add_argument("--config", action="config", help="YAML file; options given after it win over it.")
    for name in GENERATORS:
        generator_class(name)  # short names resolve among the classes that are loaded
    parser.add_class_arguments(DataConfig, "data")
    default = {"class_path": _DEFAULT_GENERATOR}
    parser.add_subclass_arguments(BaseGenerator, "generator", required=False, default=default)
    parser.add_class_arguments(TrainConfig, skip={"data", "generator"})


def parse_train(parser: ArgumentParser, argv: Sequence[str]) -> tuple[TrainConfig, str]:
    """Parse the arguments of `imbgen train`.

    Parameters
    ----------
    parser : ArgumentParser
        What `add_train_arguments` filled; raises instead of exiting.
    argv : sequence of str
        Arguments after the command.

    Returns
    -------
    config : TrainConfig
        With the generator built, not fitted.
    text : str
        The same as YAML, every default filled in; `--config` takes it.

    Raises
    ------
    ConfigError
        Whatever is wrong, all of it.
    """
    with _without_networks():
        try:
            parsed = parser.parse_args(argv)
        except ArgumentError as error:
            mistakes = list(_find_mistakes(parser, argv)) or [_one_line(error)]
            raise ConfigError(_join(mistakes)) from error
        parsed.pop("config")
        text = parser.dump(parsed, skip_unset=False)
        built = parser.instantiate(parsed)
    return TrainConfig(built.data, built.generator, built.seed, built.output), text


@contextmanager
def _without_networks() -> Iterator[None]:
    """Keep torch unloaded while arguments are parsed.

    To resolve annotations, jsonargparse runs the `if TYPE_CHECKING:` blocks of a generator's module, and
    is content if they fail; only networks are imported there, which no argument is.
    """
    rooms = [name for name in ("imbgen.models", "imbgen.networks") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(rooms))  # type: ignore[arg-type] # None: an import of it fails
    try:
        yield
    finally:
        for name in rooms:
            if sys.modules.get(name) is None:
                sys.modules.pop(name, None)


class _Setting(NamedTuple):
    """A key that the user has set, in a file or (with its option as typed) on the command line."""

    key: str
    value: Any
    option: str | None = None


def _find_mistakes(parser: ArgumentParser, argv: Sequence[str]) -> Iterator[str]:
    """Judge every setting by itself, since jsonargparse stops at the first mistake."""
    settings: list[_Setting] = []
    for option, value in _options(argv):
        if option is None:
            yield _stray(value)
        elif option == "--config":
            try:
                settings += _read_file(value)
            except ConfigError as error:
                yield str(error)
        elif option not in _OWN_OPTIONS:
            settings.append(_Setting(_full_key(option[2:]), value, option))
    class_path = _last(settings, _CLASS_PATH, _DEFAULT_GENERATOR)
    if complaint := _judge_class(parser, class_path):
        yield complaint
        settings = [setting for setting in settings if not setting.key.startswith(_INIT_ARGS)]
        class_path = _DEFAULT_GENERATOR
    types = _types_of_keys(class_path)
    for setting in settings:
        if setting.key != _CLASS_PATH:
            yield from _judge(parser, setting, types, class_path)
    if not any(setting.key in ("data", "data.path") for setting in settings) and not _means_a_file(argv):
        yield "`data.path` must name a data set or a file, however: it is not given. Add --data.path"


def _means_a_file(argv: Sequence[str]) -> bool:
    """Whether a config was meant to be read, so that what is missing may well stand there."""
    return any(item.startswith("--conf") or item.endswith((".yaml", ".yml")) for item in argv)


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
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"`--config` must hold keys and values, however {str(path)!r} does not. Correct it")
    return list(_flatten(content or {}, ""))


def _flatten(content: Mapping[Any, Any], prefix: str) -> Iterator[_Setting]:
    """Yield the leaves under dotted keys, without entering the mappings that are values."""
    for name, value in content.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key in ("data", "generator", _INIT_ARGS):
            yield from _flatten(value, f"{key}.")
        else:
            yield _Setting(_CLASS_PATH if key == "generator" else key, value)


def _last(settings: Sequence[_Setting], key: str, default: Any) -> Any:
    return next((setting.value for setting in reversed(settings) if setting.key == key), default)


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
    known = {sub.__name__: sub for sub in _subclasses(BaseGenerator)}
    parameters = inspect.signature(known[name]).parameters.values()
    return types | {f"{_INIT_ARGS}.{parameter.name}": str(parameter.annotation) for parameter in parameters}


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
    if known is None:
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
    words = [
        _WORDS.get(part) or ("a list" if part.startswith(("Sequence", "list", "tuple")) else "a mapping")
        for part in annotation.split(" | ")
    ]
    return " or ".join(dict.fromkeys(words))


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _join(mistakes: Sequence[str]) -> str:
    unique = list(dict.fromkeys(mistakes))
    if len(unique) == 1:
        return f"{unique[0]}."
    lines = "".join(f"\n  - {mistake}." for mistake in unique)
    return f"A config must describe a run, however: it has {len(unique)} mistakes.{lines}"
