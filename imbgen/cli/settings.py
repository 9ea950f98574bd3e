"""What a user has set in files and options, before any of it is parsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from imbgen.cli.layout import Layout
from imbgen.errors import ConfigError, did_you_mean

__all__ = ["Setting", "collect_settings", "one_line", "open_section", "settle_class"]

_OWN_OPTIONS = ("--help", "-h", "--debug", "--print_config")


class Setting(NamedTuple):
    """A key that the user has set, in a file or (with its option as typed) on the command line."""

    key: str
    value: Any
    option: str | None = None


class _Argument(NamedTuple):
    """An option and its value (None if it has none) with the words that they were; a stray has no option."""

    option: str | None
    value: str | None
    words: tuple[str, ...]


def collect_settings(argv: Sequence[str], layout: Layout) -> tuple[list[Setting], list[str]]:
    """Return what files and options set, and complaints about what could not be read.

    Parameters
    ----------
    argv : sequence of str
        Arguments after the command.
    layout : Layout
        Of the config.

    Returns
    -------
    settings : list of Setting
        In order; fixed keys one by one, the section as it was written (see `open_section`).
    complaints : list of str
    """
    settings: list[Setting] = []
    complaints: list[str] = []
    for option, value, _ in _split(argv, layout):
        if option is None:
            complaints.append(_stray(str(value)))
        elif option == "--config":
            try:
                settings += [Setting(str(key), item) for key, item in read_config(value).items()]
            except ConfigError as error:
                complaints.append(str(error))
        elif option == f"--{layout.section}.help":
            settings.append(Setting(f"{layout.section}.class_path", value, option))
        elif option not in _OWN_OPTIONS and not option.endswith(".help"):
            settings.append(Setting(option[2:], value, option))
    for group in layout.groups():
        settings = list(_open_group(settings, group))
    return settings, complaints


def _split(argv: Sequence[str], layout: Layout) -> Iterator[_Argument]:
    """Split arguments at their options, as the parser does."""
    flags = {f"--{key}" for key in layout.flags()}
    words = list(argv)
    while words:
        word = words.pop(0)
        option, equals, value = word.partition("=")
        if not word.startswith("-") or word.lstrip("-")[:1].isdigit():
            yield _Argument(None, word, (word,))
        elif equals:
            yield _Argument(option, value, (word,))
        elif option in _OWN_OPTIONS or not words or words[0].startswith("--"):
            yield _Argument(option, "true" if option in flags else None, (word,))
        elif option in flags and words[0] not in ("true", "false"):
            yield _Argument(option, "true", (word,))
        else:
            yield _Argument(option, words[0], (word, words.pop(0)))


def _stray(value: str) -> str:
    remedy = f"Write --config {value}" if value.endswith((".yaml", ".yml")) else "Write --KEY VALUE"
    return f"Every argument must be an option and its value, however: {value!r} stands alone. {remedy}"


def read_config(path: str | None) -> dict[Any, Any]:
    """Return the content of a YAML file, or raise ConfigError."""
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
            f"`--config` must be readable YAML, however {str(path)!r} is not: {one_line(error)}. Correct it"
        ) from error
    if not isinstance(content, dict):
        fact = "is empty" if content is None else "does not"
        raise ConfigError(f"`--config` must hold keys and values, however {str(path)!r} {fact}. Correct it")
    return content


def one_line(error: BaseException) -> str:
    """Return the message of an error without line breaks and final stop."""
    return " ".join(str(error).split()).rstrip(".")


def _open_group(settings: Sequence[Setting], group: str) -> Iterator[Setting]:
    for setting in settings:
        content = setting.value if setting.option is None else _as_mapping(setting.value)
        if setting.key != group or not isinstance(content, dict):
            yield setting
            continue
        for key, value in content.items():
            option = None if setting.option is None else f"--{group}.{key}"
            yield Setting(f"{group}.{key}", value, option)


def _as_mapping(value: Any) -> Any:
    """Return the mapping that an option holds as YAML, or what it holds else."""
    try:
        return yaml.safe_load(str(value))
    except yaml.YAMLError:
        return value


def open_section(settings: Sequence[Setting], section: str) -> list[Setting]:
    """Spell out a section: its class as `section.class_path`, the arguments below `section.init_args`.

    Parameters
    ----------
    settings : sequence of Setting
        As in `collect_settings`, where `section` may be a class or a mapping, and `section.x` an argument.
    section : str
        Key of the section.

    Returns
    -------
    settings : list of Setting
    """
    return [opened for setting in settings for opened in _open(setting, section)]


def _open(setting: Setting, section: str) -> Iterator[Setting]:
    key, value, option = setting
    class_path, init_args = f"{section}.class_path", f"{section}.init_args"
    if key == section and isinstance(value, dict):
        for name, item in value.items():
            yield from _open(Setting(f"{section}.{name}", item, option), section)
    elif key == init_args and isinstance(value, dict):
        yield from (Setting(f"{init_args}.{name}", item, option) for name, item in value.items())
    elif key == section:
        yield Setting(class_path, value, option)
    elif (
        option is not None
        and key.startswith(f"{section}.")
        and not f"{key}.".startswith((f"{class_path}.", f"{init_args}."))
    ):
        yield Setting(f"{init_args}.{key.removeprefix(f'{section}.')}", value, option)
    else:
        yield setting


def settle_class(argv: Sequence[str], layout: Layout) -> list[str]:
    """Return arguments in which another class starts from its own defaults.

    jsonargparse keeps those arguments of a class, defaults too, that the class which replaces it knows also.
    """
    section, current = layout.section, layout.default
    settled = [f"--{section}={current}"]
    for argument in _split(argv, layout):
        if argument.option == f"--{section}.help" and argument.value is None:
            argument = argument._replace(words=(f"--{section}.help={layout.default}",))
        name = _named_class(argument, section)
        if name is not None:
            if name.rpartition(".")[2] != current.rpartition(".")[2]:
                settled.append(f"--{section}=null")
            current = name
        settled += argument.words
    return settled


def _named_class(argument: _Argument, section: str) -> str | None:
    """Return the class that an option, or the file of a --config, gives to the section."""
    value: Any = None
    if argument.option in (f"--{section}", f"--{section}.class_path"):
        value = argument.value
    elif argument.option == "--config":
        try:
            value = read_config(argument.value).get(section)
        except ConfigError:
            return None  # the parser will complain
        value = value.get("class_path") if isinstance(value, dict) else value
    return value if isinstance(value, str) else None
