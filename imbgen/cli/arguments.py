"""Configs of commands: from dataclasses and constructors to a parser and back, without torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from jsonargparse import ArgumentError, ArgumentParser, Namespace

from imbgen.cli.constraints import build_estimator, refuse_value, untyped_value
from imbgen.cli.layout import Layout, find_class, parameter_types
from imbgen.cli.mistakes import explain_mistakes
from imbgen.cli.parsing import parameter_help
from imbgen.cli.settings import settle_class
from imbgen.config import DataConfig
from imbgen.errors import ConfigError, ImbgenError, ParameterError
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import class_paths, generator_class

__all__ = ["add_config_arguments", "parse_config"]


def add_config_arguments(parser: ArgumentParser, layout: Layout) -> None:
    """Give a parser the options of a config; its help comes from the docstrings."""
    parser.add_argument("--config", action="config", help="YAML file; options given after it win over it.")
    for name in class_paths():
        generator_class(name)  # short names resolve among the classes that are loaded
    parser.add_class_arguments(DataConfig, "data")
    texts = parameter_help(layout.config)
    if layout.section:
        _add_section(parser, layout, texts)
    parser.add_class_arguments(layout.config, skip={"data", layout.section, *layout.flags()})
    for flag in layout.flags():
        parser.add_argument(
            f"--{flag}", type=bool, nargs="?", const=True, default=layout.default_of(flag), help=texts[flag]
        )


def _add_section(parser: ArgumentParser, layout: Layout, texts: Mapping[str, str]) -> None:
    group = parser.add_argument_group(texts[layout.section].rstrip("."))
    # Samplers of imbalanced-learn have no annotations: their arguments are taken as they come.
    group.add_subclass_arguments(
        layout.bases,
        layout.section,
        as_group=False,
        required=False,
        fail_untyped=False,
        help=f"Class, or class_path and init_args; {layout.default} if none is given.",
    )


def parse_config(parser: ArgumentParser, argv: Sequence[str], layout: Layout) -> tuple[Any, str]:
    """Parse the arguments of a command.

    Parameters
    ----------
    parser : ArgumentParser
        What `add_config_arguments` filled; raises instead of exiting.
    argv : sequence of str
        Arguments after the command.
    layout : Layout
        Of the config.

    Returns
    -------
    config : layout.config
        With the object of its section built, not fitted.
    text : str
        The same as YAML, every default filled in; `--config` takes it.

    Raises
    ------
    ConfigError
        Whatever is wrong, all of it.
    """
    with _without_networks():
        try:
            parsed = parser.parse_args(settle_class(argv, layout) if layout.section else list(argv))
        except ArgumentError as error:
            raise explain_mistakes(parser, argv, layout, error) from error
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"--config must be a text file in UTF-8, however: byte {error.start + 1} of it is none"
                f" ({error.object[error.start]:#04x}). Save it as UTF-8."
            ) from error
        parsed.pop("config")
        if any(parsed.get(key, "") is None for key, kind in layout.types().items() if "None" not in kind):
            raise explain_mistakes(parser, argv, layout)
        if any(layout.complain(key, parsed.get(key)) for key in layout.types()):
            raise explain_mistakes(parser, argv, layout)
        untyped = _untyped_arguments(parsed.get(layout.section), layout)
        for arguments, name in untyped:
            arguments[name] = untyped_value(arguments[name])
            if isinstance(arguments[name], tuple):  # jsonargparse's note of --sampler.name.entry
                raise explain_mistakes(parser, argv, layout)
        text = parser.dump(parsed, skip_unset=False)
        for arguments, name in untyped:
            arguments[name] = build_estimator(arguments[name])
        raw = {key: parsed.pop(key) for key in layout.raw}
        built = _build(parser, parsed)
    if refusal := _refuse_arguments(built.get(layout.section), layout.section):
        raise explain_mistakes(parser, argv, layout, refusal)
    return layout.config(**vars(built), **raw), text


def _untyped_arguments(section: Namespace | None, layout: Layout) -> list[tuple[Namespace, str]]:
    """Return where the arguments are that a constructor without annotations takes as they come."""
    kind = None if section is None else find_class(section.class_path, layout.bases)
    if section is None or kind is None:
        return []
    names = [name for name, annotation in parameter_types(kind).items() if not annotation]
    return [(section.init_args, name) for name in names if name in section.init_args]


def _build(parser: ArgumentParser, parsed: Namespace) -> Namespace:
    """Call the constructors; of a dataclass that may be null, jsonargparse hides the error within its own."""
    try:
        return parser.instantiate(parsed)
    except ValueError as error:
        inner: BaseException | None = error
        while inner is not None and not isinstance(inner, ImbgenError):
            inner = inner.__cause__ or inner.__context__
        raise inner or error from error


def _refuse_arguments(built: Any, section: str) -> Exception | None:
    for part in (built, *(built.get_params().values() if hasattr(built, "get_params") else ())):
        try:
            if isinstance(part, BaseGenerator):
                part._check_parameters()
        except ParameterError as error:
            return error
    for name, value in built.get_params(deep=False).items() if hasattr(built, "fit_resample") else ():
        if wanted := refuse_value(type(built), name, value):
            key = f"{section}.init_args.{name}"
            fact = f"`{key}` must {wanted}, however: it is {value!r}. Set --{section}.{name}"
            return ArgumentError(None, fact)
    return None


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
