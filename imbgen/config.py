"""The configs of commands, as frozen dataclasses whose docstrings are the help."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from imblearn.base import SamplerMixin

from imbgen.errors import ConfigError
from imbgen.generators.base import BaseGenerator
from imbgen.tables import CSVFormat

__all__ = ["CompareConfig", "DataConfig", "ResampleConfig", "TrainConfig"]


@dataclass(frozen=True)
class DataConfig:
    """Where the rows are, and which of them are learned.

    Parameters
    ----------
    path : str
        Name of an embedded data set (see `imbgen datasets`), or a CSV, Parquet or Arrow file,
        pattern or URI.
    target : str
        Column that holds the class labels.
    minority : str, int, float, bool or None
        Label of the class to learn; null takes the rarest.
    schema : dict or None
        Kinds of columns that overrule the inference, such as {zip: categorical}, orders of levels and
        bounds, such as {grade: {kind: ordinal, levels: [low, mid, high]}, share: {low: 0, high: 1}}.
    csv : CSVFormat or None
        How CSV files are written, such as {delimiter: ";", decimal: ","}; null finds out, but for the
        decimal sign.
    """

    path: str
    target: str = "target"
    minority: str | int | float | bool | None = None
    schema: dict[Any, Any] | None = None
    csv: CSVFormat | None = None


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
        _check_kinds(self.data, self.generator, "generator")


@dataclass(frozen=True)
class ResampleConfig:
    """A table to resample.

    Parameters
    ----------
    data : DataConfig
        Where the rows are. Of `data.minority` only the pictures take notice.
    sampler : SamplerMixin or BaseGenerator
        What adds or removes rows, as a class and its arguments; a generator stands for OverSampler of it.
    out : str
        File to write, in the format of its suffix: CSV, TSV, Parquet, Feather or Arrow.
    seed : int
        The same seed gives the same rows; `random_state` of the sampler wins over it.
    mark : str or None
        Name of a column to add, true in the rows that are new.
    mark_file : str or None
        File to write that has one column, `synthetic`, and a row for each row of `out`.
    pictures : Path or None
        Folder for pictures of the table before and after.
    overwrite : bool
        Replace files that exist.

    Raises
    ------
    ConfigError
        No sampler, a negative seed, or one file given twice.
    """

    data: DataConfig
    sampler: SamplerMixin | BaseGenerator
    out: str
    seed: int = 0
    mark: str | None = None
    mark_file: str | None = None
    pictures: Path | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.sampler, SamplerMixin | BaseGenerator):
            raise ConfigError(
                f"`sampler` must be a sampler, however: sampler={self.sampler!r}."
                " Name its class in `sampler.class_path`."
            )
        if self.seed < 0:
            raise ConfigError(f"`seed` must be at least 0, however: seed={self.seed}. Set it to 0 or more.")
        generator = getattr(self.sampler, "generator", None)
        _check_kinds(self.data, self.sampler, "sampler")
        _check_kinds(self.data, generator, "sampler.init_args.generator")
        files = {"data.path": self.data.path, "out": self.out, "mark_file": self.mark_file}
        paths = {key: Path(file).expanduser().resolve() for key, file in files.items() if file is not None}
        for first, second in combinations(paths, 2):
            if paths[first] == paths[second]:
                raise ConfigError(
                    f"`{first}` and `{second}` must be different files, however: both are"
                    f" {files[second]!r}. Give another `{second}`."
                )


@dataclass(frozen=True)
class CompareConfig:
    """A comparison of ways to treat an imbalanced table.

    Parameters
    ----------
    data : DataConfig
        Where the rows are; `data.minority` is judged against the rest.
    more_data : list or None
        Further data sets: names or files, whose target is `data.target`, or keys as in `data`.
    arms : dict or None
        What to compare beside the arms that are always there: by name a class, a class with class_path
        and init_args, or a file of synthetic rows made elsewhere.
    cv : int
        Stratified folds.
    n_repeats : int
        How often the folds are drawn; more give narrower intervals.
    groups : str or None
        Column whose rows of one value are not parted; it is no feature.
    classifiers : list, dict or None
        Some of linear, neighbours, network, forest, boosting, or classes by name; null takes all of these.
    metrics : list or None
        Names; the first decides. null takes all, average_precision first.
    ratios : list or None
        Rows of the rare class per row of the others, to be tried one by one.
    minority_sizes : list or None
        Rows of the rare class to keep for training, to be tried one by one.
    n_seeds : int
        Seeds per fold, averaged before anything is tested.
    threshold_folds : int
        Folds within each training part that thresholds are tuned on.
    fidelity : bool
        Whether synthetic rows are judged too.
    timeout : float or None
        Seconds that an arm may take on one training part.
    n_jobs : int
        Processes; -1 takes all cores.
    seed : int
        The same seed gives the same figures.
    output : Path
        Folder in which the run folder is made.
    report : bool
        Whether to write report.html into the run folder: all of it as one page, with pictures.
    resume : bool
        Take fits from disk that an earlier run of this data, settings and version has left.

    Raises
    ------
    ConfigError
        A negative seed.
    """

    data: DataConfig
    more_data: list[Any] | None = None
    arms: dict[str, Any] | None = None
    cv: int = 5
    n_repeats: int = 1
    groups: str | None = None
    classifiers: list[str] | dict[str, Any] | None = None
    metrics: list[str] | None = None
    ratios: list[float] | None = None
    minority_sizes: list[int] | None = None
    n_seeds: int = 1
    threshold_folds: int = 3
    fidelity: bool = True
    timeout: float | None = None
    n_jobs: int = -1
    seed: int = 0
    output: Path = Path("runs")
    report: bool = True
    resume: bool = False

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ConfigError(f"`seed` must be at least 0, however: seed={self.seed}. Set it to 0 or more.")


def _check_kinds(data: DataConfig, generator: Any, key: str) -> None:
    if data.schema is not None and getattr(generator, "schema", None) is not None:
        raise ConfigError(
            f"The kinds of columns must be given once, however: both `data.schema` and"
            f" `{key}.init_args.schema` are set. Keep `data.schema`."
        )
