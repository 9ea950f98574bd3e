"""Arguments of `imbgen train`: from the dataclasses and the generators' constructors, without torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jsonargparse import ArgumentError, ArgumentParser

from imbgen.cli.mistakes import DEFAULT_GENERATOR, explain_mistakes
from imbgen.config import DataConfig, TrainConfig
from imbgen.generators.base import BaseGenerator
from imbgen.generators.registry import GENERATORS, generator_class

__all__ = ["add_train_arguments", "parse_train"]


def add_train_arguments(parser: ArgumentParser) -> None:
    """Give a parser the options of `imbgen train`; its help comes from the docstrings."""
    parser.add_argument("--config", action="config", help="YAML file; options given after it win over it.")
    for name in GENERATORS:
        generator_class(name)  # short names resolve among the classes that are loaded
    parser.add_class_arguments(DataConfig, "data")
    default = {"class_path": DEFAULT_GENERATOR}
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
            raise explain_mistakes(parser, argv, error) from error
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
