"""What is wrong with a config: all of it at once, with the key that was meant."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from jsonargparse import ArgumentError, ArgumentParser

from imbgen.cli.constraints import refuse_value, untyped_value
from imbgen.cli.layout import Layout, find_class, parameter_types
from imbgen.cli.settings import Setting, collect_settings, one_line, open_section
from imbgen.errors import ConfigError, did_you_mean
from imbgen.generators.registry import class_paths

__all__ = ["explain_mistakes"]

_MISSING = {"data.path": "name a data set or a file", "out": "name the file to write"}
_WORDS = {
    "str": "text",
    "Path": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "None": "null",
    "Sequence": "a list",
    "list": "a list",
    "Mapping": "a mapping",
    "dict": "a mapping",
}


def explain_mistakes(
    parser: ArgumentParser, argv: Sequence[str], layout: Layout, error: Exception | None = None
) -> ConfigError:
    """Return an error that names every mistake in the arguments and the files that they name.

    jsonargparse stops at the first mistake, so every setting is judged by itself.

    Parameters
    ----------
    parser : ArgumentParser
        Of the command.
    argv : sequence of str
        What was refused.
    layout : Layout
        Of the config.
    error : Exception, optional
        What the parser or the object said; used if no setting by itself is wrong.

    Returns
    -------
    error : ConfigError
    """
    settings, mistakes = collect_settings(argv, layout)
    # What is missing may stand in a config that could not be read.
    if not mistakes:
        mistakes += _find_missing(settings, layout)
    mistakes += _Judge(parser, layout, settings).find_mistakes()
    mistakes = list(dict.fromkeys(mistakes)) or [one_line(error or ConfigError("it cannot be used"))]
    if len(mistakes) == 1:
        return ConfigError(f"{mistakes[0]}.")
    lines = "".join(f"\n  - {mistake}." for mistake in mistakes)
    return ConfigError(f"A config must describe a run, however: it has {len(mistakes)} mistakes.{lines}")


def _find_missing(settings: Sequence[Setting], layout: Layout) -> Iterator[str]:
    keys = {setting.key for setting in settings}
    if any(key.startswith("conf") for key in keys):  # a misspelt --config
        return
    if any(setting.option is not None and setting.option.endswith(".help") for setting in settings):
        return
    for key in layout.required():
        if not {key, key.partition(".")[0]} & keys:
            yield f"`{key}` must {_MISSING[key]}, however: it is not given. Add --{key}"


class _Judge:
    """Judges settings one by one, each with as little beside it as the parser needs."""

    def __init__(self, parser: ArgumentParser, layout: Layout, settings: Sequence[Setting]) -> None:
        self.parser = parser
        self.layout = layout
        self.settings = list(settings)
        self.types = layout.types()  # every key that may be set -> its annotation
        self.groups = layout.groups()  # keys with keys of their own
        self.classes: dict[str, str] = {}  # section -> class path

    def find_mistakes(self) -> Iterator[str]:
        """Yield sentences without their final stop."""
        if self.layout.section:
            yield from self._open_section(self.layout.section)
        for setting in self.settings:
            if setting.key not in [f"{section}.class_path" for section in self.classes]:
                yield from self._judge(setting)

    def _open_section(self, section: str) -> Iterator[str]:
        """Spell out a section, and those within it; yield what is wrong with their classes."""
        self.settings, class_path = _without_replaced(open_section(self.settings, section), section)
        is_outermost = section == self.layout.section
        if class_path is None and is_outermost:
            class_path = self.layout.default
        self.types[f"{section}.class_path"] = "str"
        if class_path is None:
            return
        if complaint := self._judge_class(section, class_path):
            yield complaint
            self.settings = [s for s in self.settings if not s.key.startswith(f"{section}.")]
            class_path = self.layout.default
            if not is_outermost:
                return
        self.classes[section] = class_path
        self.types.pop(section, None)
        self.groups.append(f"{section}.init_args")
        for name, annotation in parameter_types(self._kind(section)).items():
            key = f"{section}.init_args.{name}"
            self.types[key] = annotation
            if _takes_a_class(annotation, self.layout.bases) and any(
                f"{s.key}.".startswith(f"{key}.") for s in self.settings
            ):
                yield from self._open_section(key)

    def _kind(self, section: str) -> type:
        kind = find_class(self.classes[section], self.layout.bases)
        assert kind is not None, self.classes[section]
        return kind

    def _judge_class(self, section: str, class_path: Any) -> str | None:
        try:
            self.parser.parse_object(self._nest({f"{section}.class_path": class_path}))
        except ArgumentError:
            return self._explain_class(section, str(class_path))
        return None

    def _explain_class(self, section: str, given: str) -> str:
        noun, choices = self.layout.noun, self.layout.choices
        if section != self.layout.section:
            noun, choices = "a generator", class_paths()
        package, _, name = given.rpartition(".")
        if name in choices:
            hint = f" Did you mean {choices[name]!r}?"
        else:
            hint = did_you_mean(given, choices.values() if package else choices)
        fact = "." if hint or not package else f" ({_why_no_class(given, self.layout)})."
        return (
            f"`{section}.class_path` must name {noun}, however: {given!r} is none{fact}{hint}"
            f" Choose one of {', '.join(choices)}"
        )

    def _judge(self, setting: Setting) -> Iterator[str]:
        key, value, option = setting
        shown = f"`{key}`" if option is None else f"`{option}`"
        known = next((name for name in self.types if f"{key}.".startswith(f"{name}.")), None)
        if key in self.groups:
            if not self._is_accepted(setting):
                yield f"{shown} must hold keys and values, however: it is {value!r}. Indent its keys below it"
        elif known is None:
            hint = _hint(key, self.types) if option is None else did_you_mean(option, self._known_options())
            yield f"{shown} must be a key of the config, however: it is none.{hint} Correct or drop it"
        elif not self.types[known] and key != known:
            whole = f"--{known.replace('.init_args.', '.')}"
            yield (
                f"`{whole}` must be given as a whole, however: {shown} is one entry of it."
                f" Write {whole} '{{{key.removeprefix(f'{known}.')}: {value}}}'"
            )
        elif option is not None and value is None:
            yield f"{shown} must be followed by its value, however: it is not. Add the value"
        elif (wanted := self._refuse(setting, known)) is not None:
            hint = did_you_mean(value, re.findall("'([^']+)'", wanted)) if isinstance(value, str) else ""
            yield f"{shown} must {wanted}, however: it is {value!r}.{hint} Correct the value"
        else:
            yield from self.layout.complain(key, value if option is None else untyped_value(value))

    def _refuse(self, setting: Setting, known: str) -> str | None:
        """Say what a value must (be this, hold that), or return None if it does."""
        annotation = self.types[known]
        is_null = known == setting.key and setting.value is None  # which the parser takes for any fixed key
        if (is_null and annotation and "None" not in annotation) or not self._is_accepted(setting):
            return f"be {_in_words(annotation)}"
        section, _, name = known.rpartition(".init_args.")
        value = setting.value
        if section not in self.classes or (isinstance(value, dict) and "class_path" in value):
            return None
        if known != setting.key:
            return None
        if setting.option is not None and not _is_text(annotation):
            value = untyped_value(value)
        return refuse_value(self._kind(section), name, value)

    def _is_accepted(self, setting: Setting) -> bool:
        try:
            if setting.option is None:
                self.parser.parse_object(self._nest({setting.key: setting.value}))
            else:
                beside = [f"--{key}={value}" for key, value in self._beside().items() if value is not None]
                self.parser.parse_args([*beside, f"{setting.option}={setting.value}"])
        except ArgumentError:
            return False
        return True

    def _beside(self) -> dict[str, Any]:
        """Return what the parser asks for: required keys, classes, and arguments without a default."""
        beside: dict[str, Any] = dict.fromkeys(self.layout.required(), "")
        for section, class_path in self.classes.items():
            beside[f"{section}.class_path"] = class_path
            for parameter in inspect.signature(self._kind(section)).parameters.values():
                if parameter.default is parameter.empty:
                    beside[f"{section}.init_args.{parameter.name}"] = None
        return beside

    def _nest(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        nested: dict[str, Any] = {}
        for key, value in (self._beside() | dict(settings)).items():
            *parents, name = key.split(".")
            branch = nested
            for parent in parents:
                branch = branch.setdefault(parent, {})
            branch[name] = value
        return nested

    def _known_options(self) -> list[str]:
        short = [name.replace(".init_args.", ".") for name in self.types]
        return [f"--{name}" for name in (*self.types, *short, "config", self.layout.section)]


def _without_replaced(settings: Sequence[Setting], section: str) -> tuple[list[Setting], Any]:
    """Drop the arguments of a class that another replaces; return the rest and the class in force."""
    kept: list[Setting] = []
    current = None
    for setting in settings:
        if setting.key == f"{section}.class_path":
            if (
                str(setting.value).rpartition(".")[2] != str(current).rpartition(".")[2]
                and current is not None
            ):
                kept = [s for s in kept if not s.key.startswith(f"{section}.init_args.")]
            current = setting.value
        kept.append(setting)
    return kept, current


def _why_no_class(class_path: str, layout: Layout) -> str:
    module, _, name = class_path.rpartition(".")
    try:
        getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        return one_line(error)
    return f"it is no subclass of {' or '.join(base.__name__ for base in layout.bases)}"


def _takes_a_class(annotation: str, bases: tuple[type, ...]) -> bool:
    """Whether an argument is itself a class and its arguments."""
    words = set(re.findall(r"\w+", annotation))
    return any(base.__name__ in words for base in bases) or any(find_class(word, bases) for word in words)


def _hint(key: str, types: Mapping[str, str]) -> str:
    """Suggest the closest key on the same level, else the closest of all."""
    level, _, name = key.rpartition(".")
    siblings = [other[len(level) + 1 :].partition(".")[0] for other in types if other.startswith(f"{level}.")]
    if not level:
        siblings = [other.partition(".")[0] for other in types]
    near = did_you_mean(name, dict.fromkeys(siblings))
    if near and level:
        return near.replace("'", f"'{level}.", 1)
    by_name = {other.rpartition(".")[2]: other for other in types}
    found = near or did_you_mean(name, by_name)
    return re.sub(r"'(.+)'", lambda match: repr(by_name.get(match[1], match[1])), found)


def _is_text(annotation: str) -> bool:
    return bool(annotation) and not re.search("int|float|bool|Sequence|list|Mapping|dict", annotation)


def _in_words(annotation: str) -> str:
    words = [_WORDS.get(part.split("[")[0], part) for part in annotation.split(" | ")]
    if "float" in annotation:
        words = [word for word in words if word != _WORDS["int"]]
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last
