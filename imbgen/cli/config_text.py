"""A config as text for people: every key with its value, below a comment that says what it is."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import PurePath
from typing import Any

import yaml  # type: ignore[import-untyped]

from imbgen.cli.parsing import parameter_help
from imbgen.schema import Schema

__all__ = ["as_comment", "as_yaml", "constructor_lines", "field_lines", "schema_lines"]

_WIDTH = 100


def as_yaml(value: Any) -> str:
    r"""Return a value as YAML on one line; text that YAML might take for anything else is quoted.

    Examples
    --------
    >>> from imbgen.cli.config_text import as_yaml
    >>> as_yaml("age"), as_yaml("yes"), as_yaml("a: b\n"), as_yaml(None), as_yaml((1, 0.5))
    ('age', '"yes"', '"a: b\\n"', 'null', '[1, 0.5]')
    """
    if isinstance(value, PurePath):
        value = str(value)
    if isinstance(value, str):
        is_plain = value.replace("_", "a").isalnum() and value.isascii() and value[0].isalpha()
        if is_plain and yaml.safe_load(value) == value:
            return value
        return _dump(value, default_style='"')
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_yaml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{as_yaml(key)}: {as_yaml(item)}' for key, item in value.items())}}}"
    return _dump(value).removesuffix("...").strip()


def _dump(value: Any, **style: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, width=float("inf"), **style).strip()


def as_comment(text: str, indent: str = "") -> list[str]:
    """Return text as comment lines that are not too long; what YAML may not hold is replaced."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return textwrap.wrap(printable, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def field_lines(config: Any, indent: str, names: Iterable[str] | None = None) -> Iterator[str]:
    """Yield fields of a dataclass instance, all by default, each below its comment from the docstring."""
    texts = parameter_help(type(config))
    for name in [field.name for field in fields(config)] if names is None else names:
        yield from as_comment(texts[name], indent)
        yield f"{indent}{name}: {as_yaml(getattr(config, name))}"


def constructor_lines(kind: type, indent: str) -> Iterator[str]:
    """Yield the parameters of a constructor at their defaults, each below its comment from the docstring."""
    texts = parameter_help(kind)
    for name, parameter in inspect.signature(kind).parameters.items():
        yield from as_comment(re.sub(r"\bNone\b", "null", texts[name]), indent)
        yield f"{indent}{name}: {as_yaml(parameter.default)}"


def schema_lines(schema: Schema, n_distinct: Mapping[Any, int], indent: str) -> list[str]:
    """Return one comment per column, which is an entry of `schema` once its mark is removed."""
    entries = [f"{as_yaml(column.name)}: {column.kind}" for column in schema.columns]
    width = min(max(map(len, entries)), _WIDTH // 2)
    return [
        f"{indent}# {entry:<{width}}  # {n_distinct[column.name]:,} distinct"
        for entry, column in zip(entries, schema.columns, strict=True)
    ]
