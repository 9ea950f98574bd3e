"""Parsers of the commands: help from the docstring of the function, errors instead of exits."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any

import docstring_parser
from jsonargparse import ArgumentError, ArgumentParser, Namespace

from imbgen.errors import ConfigError, did_you_mean

__all__ = ["new_parser", "parameter_help", "parse"]

# What jsonargparse says of a text for something else, with the option, the type and the text.
_REFUSED_VALUE = re.compile(r"""Parser key "([\w.]+)":.*? Expected a <class '([\w.]+)'>.* value: (.*)""")
_WANTED = {
    "int": "a whole number",
    "dict": "a mapping, such as '{zip: categorical}'",
    "collections.abc.Sequence": """a list, such as '["none", "?"]'""",
}


def new_parser(command: str, function: Callable[..., Any]) -> ArgumentParser:
    """Return a parser that raises; the first line of the function's docstring describes the command."""
    summary = docstring_parser.parse(function.__doc__ or "").short_description
    parser = ArgumentParser(prog=f"imbgen {command}", description=summary, exit_on_error=False)
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="Show where an error came from."
    )
    return parser


def parameter_help(function: Callable[..., Any]) -> dict[str, str]:
    """Return name -> description of each parameter in a numpydoc docstring."""
    parameters = docstring_parser.parse(function.__doc__ or "").params
    return {parameter.arg_name: " ".join((parameter.description or "").split()) for parameter in parameters}


def parse(parser: ArgumentParser, argv: Sequence[str]) -> Namespace:
    """Parse, or raise ConfigError in one sentence, with a suggestion for a misspelt option."""
    try:
        return parser.parse_args(argv)
    except ArgumentError as error:
        known = re.findall(r"--[\w.]+", parser.format_help())
        strange = [item for item in argv if item.startswith("--") and item.partition("=")[0] not in known]
        hint = did_you_mean(strange[0].partition("=")[0], known) if strange else ""
        fact = " ".join(str(error).split()).rstrip(".")
        # A lone `?`, the commonest sign of a gap, is half a mapping to YAML, and jsonargparse trips over it.
        fact = re.sub(
            "(?<=: )unsupported operand.*",
            "Expected a <class 'collections.abc.Sequence'>. Got value: ?",
            fact,
        )
        if (refused := _REFUSED_VALUE.fullmatch(fact)) and refused[2] in _WANTED:
            raise ConfigError(
                f"`--{refused[1]}` must be {_WANTED[refused[2]]}, however: it is {refused[3]!r}."
                " Correct the value."
            ) from error
        raise ConfigError(
            f"`{parser.prog}` must be called as its help says, however: {fact}.{hint}"
            f" See {parser.prog} --help."
        ) from error
