"""What the config of a command consists of: fixed keys, and one section with a class and its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, get_args, get_type_hints

__all__ = ["Layout", "find_class", "parameter_types"]


@dataclass(frozen=True)
class Layout:
    """The config of a command.

    Parameters
    ----------
    config : type
        Dataclass with a field `data`, one named like the section, and the other options.
    section : str
        Key whose value is a class and its arguments; "" for none.
    noun : str
        What the class must be, such as "a generator".
    bases : tuple of type
        Of which it must be a subclass.
    choices : mapping of str to str
        Name -> class path of those to suggest.
    default : str
        Class path taken when none is given.
    complain : callable
        Takes a fixed key and its value, returns what is wrong with it beside its type.
    raw : tuple of str
        Fixed keys whose values are kept as they come, classes among them.
    """

    config: type
    section: str
    noun: str
    bases: tuple[type, ...]
    choices: Mapping[str, str]
    default: str
    complain: Callable[[str, Any], list[str]] = lambda key, value: []
    raw: tuple[str, ...] = ()

    def groups(self) -> list[str]:
        """Return the keys whose values are fixed keys, outer ones first."""
        return [key for key, kind in self._walk() if is_dataclass(kind)]

    def types(self) -> dict[str, str]:
        """Return every fixed key -> its annotation; without the section."""
        return {key: str(kind) for key, kind in self._walk() if not is_dataclass(kind)}

    def flags(self) -> list[str]:
        """Return the keys that are true or false, and options without a value."""
        return [key for key, kind in self.types().items() if kind == "bool"]

    def default_of(self, flag: str) -> bool:
        """Return the default of a key that is true or false."""
        return next(bool(field.default) for field in fields(self.config) if field.name == flag)

    def required(self) -> list[str]:
        """Return the keys without a default."""
        own = [field.name for field in fields(self.config) if field.default is MISSING]
        return ["data.path", *(name for name in own if name not in ("data", self.section))]

    def _walk(self) -> Iterator[tuple[str, Any]]:
        for key, kind in _walk(self.config, ""):
            if key != self.section:
                yield key, kind


def _walk(config: type, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield key -> annotation as text, or the dataclass of a group before its own keys."""
    hints = get_type_hints(config)
    for field in fields(config):
        key, hint = f"{prefix}{field.name}", hints[field.name]
        group: Any = next((part for part in (hint, *get_args(hint)) if is_dataclass(part)), None)
        yield key, field.type if group is None else group
        if group is not None:
            yield from _walk(group, f"{key}.")


def find_class(class_path: str, bases: tuple[type, ...]) -> type | None:
    """Return the loaded subclass of that name."""
    name = class_path.rpartition(".")[2]
    return next((sub for base in bases for sub in _subclasses_of(base) if sub.__name__ == name), None)


def _subclasses_of(kind: type) -> Iterator[type]:
    subclasses: list[type] = kind.__subclasses__()
    for sub in subclasses:
        yield sub
        yield from _subclasses_of(sub)


def parameter_types(kind: type) -> dict[str, str]:
    """Return each parameter of a constructor -> its annotation, empty if it has none."""
    return {
        parameter.name: _as_text(parameter.annotation)
        for parameter in inspect.signature(kind).parameters.values()
    }


def _as_text(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
