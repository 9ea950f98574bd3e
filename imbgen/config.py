"""The config of a training run, as frozen dataclasses whose docstrings are the help."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imbgen.errors import ConfigError
from imbgen.generators.base import BaseGenerator

__all__ = ["DataConfig", "TrainConfig"]


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
    schema: dict[Any, str] | None = None


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
        No generator, a negative seed, or kinds given twice.
    """

    data: DataConfig
    generator: BaseGenerator
    seed: int = 0
    output: Path = Path("runs")

    def __post_init__(self) -> None:
        if not isinstance(self.generator, BaseGenerator):
            raise ConfigError(
                f"`generator` must be a generator, however: generator={self.generator!r}."
                " Name its class in `generator.class_path`."
            )
        if self.seed < 0:
            raise ConfigError(f"`seed` must be at least 0, however: seed={self.seed}. Set it to 0 or more.")
        if self.data.schema is not None and getattr(self.generator, "schema", None) is not None:
            raise ConfigError(
                "The kinds of columns must be given once, however: both `data.schema` and"
                " `generator.init_args.schema` are set. Keep `data.schema`."
            )
