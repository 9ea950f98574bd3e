"""The run folder: written under a temporary name, and renamed when it is whole."""

from __future__ import annotations

import contextlib
import json
import math
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import numpy as np

from imbgen.cli.reading import TrainingRows
from imbgen.errors import ConfigError
from imbgen.generators.base import BaseGenerator
from imbgen.metrics import Skill
from imbgen.tables import write_table

__all__ = [
    "METRICS",
    "TRAINING_ROWS",
    "RunFolder",
    "new_run_folder",
    "summarise_fit",
    "write_fit",
    "write_metrics",
]

#: Files of a run folder that other commands read.
METRICS, TRAINING_ROWS = "metrics.json", "training_rows.parquet"

# What a generator may have learned that is worth a line, by the name of its attribute.
_FIGURES = (
    "stop_reason_",
    "n_updates_",
    "codes_",
    "refined_",
    "reason_",
    "gain_",
    "presampler_skill_",
    "scale_",
    "weight_",
    "thinned_",
    "plausibility_",
    "used_others_",
    "n_components_",
    "covariance_type_",
    "log_likelihood_",
    "silhouette_",
    "method_",
    "n_neighbors_",
    "bandwidth_",
    "smoothing_",
    "shrinkage_",
)


class RunFolder:
    """A folder that is being filled.

    Parameters
    ----------
    path : Path
        Where to write; the final folder once `new_run_folder` has ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path


@contextmanager
def new_run_folder(output: Path, stem: str) -> Iterator[RunFolder]:
    """Yield a temporary folder in `output`; rename it to ``stem-YYYYMMDD-HHMMSS`` at the end.

    Whatever goes wrong, also Ctrl-C, removes the folder (and `output`, if it was made for it).
    """
    output = output.expanduser()
    existed = output.exists()
    run = RunFolder(output / f".partial-{stem}-{secrets.token_hex(4)}")
    try:
        run.path.mkdir(parents=True)
    except OSError as error:
        raise ConfigError(
            f"`output` must be a folder that can be written, however: {str(output)!r} is not"
            f" ({error.strerror}). Name another one with --output."
        ) from error
    try:
        yield run
        run.path = _publish(run.path, output / f"{stem}-{datetime.now():%Y%m%d-%H%M%S}")
    except BaseException:
        with _deaf_to_interrupts():
            shutil.rmtree(run.path, ignore_errors=True)
            if not existed:
                with contextlib.suppress(OSError):
                    output.rmdir()
        raise


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C, so that an impatient user leaves no half-removed folder."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _publish(partial: Path, wanted: Path) -> Path:
    """Rename; where several runs end in the same second, they are numbered."""
    for attempt in range(1, 1000):
        path = wanted if attempt == 1 else wanted.with_name(f"{wanted.name}-{attempt}")
        if not path.exists():
            with contextlib.suppress(FileExistsError, NotADirectoryError):
                return partial.rename(path)
    raise ConfigError(
        f"`output` must have room for one more run, however: {str(wanted)!r} is taken. Clear it."
    )


def write_fit(run: RunFolder, generator: BaseGenerator, metrics: Mapping[str, Any]) -> None:
    """Write what was learned: ``model/``, ``metrics.json`` and, if there is one, ``history.csv``."""
    generator.save(run.path / "model")
    write_metrics(run, metrics)
    history = getattr(generator, "history_", None)
    if history is not None:
        write_table(history, run.path / "history.csv")


def write_metrics(run: RunFolder, metrics: Mapping[str, Any]) -> None:
    """Write ``metrics.json``."""
    text = json.dumps(metrics, indent=2, allow_nan=False)
    (run.path / METRICS).write_text(f"{text}\n", encoding="utf-8")


def summarise_fit(
    generator: BaseGenerator,
    rows: TrainingRows,
    seconds: float,
    skill: Skill | None,
    no_skill: str | None,
) -> dict[str, Any]:
    """Return the content of ``metrics.json``; of `skill` and the reason for its absence, one is given."""
    fallback = getattr(generator, "fallback_", None)
    figures = {name.rstrip("_"): getattr(generator, name) for name in _FIGURES if hasattr(generator, name)}
    return {
        "data": rows.name,
        "target": rows.target,
        "minority": _plain(rows.minority),
        "n_rows": len(rows.frame),
        "generator": type(generator).__name__,
        "fallback": None if fallback is None else type(fallback).__name__,
        "skill": None
        if skill is None
        else {
            "value": _plain(skill.value),
            "standard_error": _plain(skill.standard_error),
            "n_rows": _plain(skill.n_rows),
        },
        "no_skill": no_skill,
        **{name: _plain(value) for name, value in figures.items()},
        "seconds": round(seconds, 2),
        "versions": {
            "imbgen": sys.modules["imbgen"].__version__,
            "python": python_version(),
            "torch": version("torch"),
        },
    }


def _plain(value: Any) -> Any:
    """JSON types; what is no finite number is null."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str | list) else str(value)
