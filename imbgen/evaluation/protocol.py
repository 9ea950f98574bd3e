"""What a job is, and what is the same for all jobs of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from imbgen.evaluation.arms import Arm
from imbgen.evaluation.splits import Split

__all__ = ["FAILED", "OK", "TIMED_OUT", "Job", "Protocol"]

#: How a job, or one of its classifiers, ended.
OK, FAILED, TIMED_OUT = "ok", "failed", "timed out"


@dataclass(frozen=True)
class Protocol:
    """What is the same for all jobs.

    Parameters
    ----------
    classifiers : mapping of str to classifier
    metrics : tuple of str
        Of `imbgen.metrics.classification.METRICS`.
    threshold_folds : int
        Inner folds whose out-of-fold probabilities thresholds are tuned on.
    preprocess : bool
        Whether classifiers get numbers, scaled and without gaps, rather than the frame.
    with_fidelity : bool
        Whether synthetic rows are judged.
    timeout : float or None
        Seconds that a job may take.
    random_state : int
    """

    classifiers: Mapping[str, Any]
    metrics: tuple[str, ...]
    threshold_folds: int = 3
    preprocess: bool = True
    with_fidelity: bool = True
    timeout: float | None = None
    random_state: int = 0

    def describe(self) -> dict[str, Any]:
        """Return what it says as JSON types, for the settings of a comparison."""
        return {
            "metrics": list(self.metrics),
            "classifiers": {name: " ".join(repr(model).split()) for name, model in self.classifiers.items()},
            "threshold_folds": self.threshold_folds,
            "preprocess": self.preprocess,
            "fidelity": self.with_fidelity,
            "timeout": self.timeout,
            "random_state": self.random_state,
        }


@dataclass(frozen=True)
class Job:
    """What to fit on what.

    Parameters
    ----------
    task : str
        Name of the data set.
    split : Split
    arm : Arm
    ratio : float or None
        See `augment`.
    minority_size : int or None
        See `thin_minority`.
    seed : int
        Number of the seed.
    keeps_predictions, keeps_rows : bool
        Whether to give probabilities and some rows back.
    """

    task: str
    split: Split
    arm: Arm
    ratio: float | None = None
    minority_size: int | None = None
    seed: int = 0
    keeps_predictions: bool = False
    keeps_rows: bool = False

    def keys(self) -> dict[str, Any]:
        """Return the key columns of its results."""
        return {
            "dataset": self.task,
            "arm": self.arm.name,
            "ratio": np.nan if self.ratio is None else float(self.ratio),
            "minority_size": np.nan if self.minority_size is None else float(self.minority_size),
            "repeat": self.split.repeat,
            "fold": self.split.fold,
            "seed": self.seed,
        }
