"""TensorBoard: curves with updates as the step, pictures of the rows, and the final figures as hparams."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lightning
import pandas as pd
from lightning.pytorch.loggers import TensorBoardLogger

from imbgen.metrics import Skill
from imbgen.models.callbacks import SkillMonitor
from imbgen.models.module import TabularModule
from imbgen.networks import RowSampler
from imbgen.plots import marginals, projection

__all__ = ["TensorBoardMonitor", "log_figures", "log_result", "open_logger"]

_SKILL_CHART = {"skill": {"against the GMM baseline": ["Multiline", ["val/skill$", "val/skill_gmm$"]]}}


def open_logger(log_dir: str | Path) -> TensorBoardLogger:
    """Return a logger that writes its events to ``log_dir/tensorboard``."""
    return TensorBoardLogger(Path(log_dir) / "tensorboard", name="", version="", default_hp_metric=False)


def log_result(
    logger: TensorBoardLogger, parameters: Mapping[str, Any], skill: Skill, history: pd.DataFrame
) -> None:
    """Write the hyper-parameters with the final figures, so that runs compare there; close the file."""
    plain = {
        name: value if isinstance(value, bool | int | float | str) else json.dumps(value, default=str)
        for name, value in parameters.items()
        if name not in ("log_dir", "trainer")
    }
    figures = {
        "final/skill": skill.value,
        "final/skill_se": skill.standard_error,
        "final/n_updates": float(history["n_updates"].iloc[-1]),
    }
    logger.log_hyperparams(plain, figures)
    logger.finalize("success")


def log_figures(log_dir: str | Path, parameters: Mapping[str, Any], figures: Mapping[str, float]) -> None:
    """Write parameters with final figures as a run of its own, which TensorBoard compares with others.

    Parameters
    ----------
    log_dir : str or Path
        Folder of the events.
    parameters : mapping of str to bool, int, float or str
    figures : mapping of str to float
    """
    logger = TensorBoardLogger(Path(log_dir), name="", version="", default_hp_metric=False)
    logger.log_hyperparams(dict(parameters), {f"final/{name}": value for name, value in figures.items()})
    logger.finalize("success")


class TensorBoardMonitor(lightning.Callback):
    """Writes losses, critic outputs, gradient norms, skill and pictures, with updates as the step.

    Parameters
    ----------
    logger : TensorBoardLogger
    monitor : SkillMonitor
        Runs before this callback.
    draw_rows : callable
        Takes the averaged sampling network, returns synthetic rows as a frame.
    frames : mapping of str to DataFrame
        Rows that the pictures show beside the synthetic ones, the real ones first.
    every : int
        Checks between two pictures.
    """

    def __init__(
        self,
        logger: TensorBoardLogger,
        monitor: SkillMonitor,
        draw_rows: Callable[[RowSampler], pd.DataFrame],
        frames: Mapping[str, pd.DataFrame],
        every: int = 5,
    ) -> None:
        self._logger, self._monitor, self._draw_rows = logger, monitor, draw_rows
        self._frames, self._every = frames, every
        self._logged = 0

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Lay out the custom charts."""
        module: TabularModule = pl_module  # type: ignore[assignment]
        self._logger.experiment.add_custom_scalars(_SKILL_CHART | module.charts)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any
    ) -> None:
        """Write the training metrics."""
        module: TabularModule = pl_module  # type: ignore[assignment]
        if module.n_done > self._logged:
            self._logger.log_metrics(module.last_metrics, step=module.n_done)
            self._logged = module.n_done

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write the skill, the baseline it is measured from, and now and then the pictures."""
        module: TabularModule = pl_module  # type: ignore[assignment]
        record = self._monitor.history[-1]
        step = int(record["n_updates"])
        if step < module.n_done:  # the run diverged, and this check is an earlier one
            return
        scalars = {"val/skill": record["skill"], "val/skill_se": record["skill_se"], "val/skill_gmm": 0.0}
        self._logger.log_metrics(scalars, step=step)
        if len(self._monitor.history) % self._every == 1 or trainer.should_stop:
            self.draw(self._draw_rows(module.averaged), step)

    def draw(self, synthetic: pd.DataFrame, step: int) -> None:
        """Write marginals and projection of synthetic rows beside the others."""
        name = "refined" if len(self._frames) > 1 else "synthetic"
        frames = {**self._frames, name: synthetic}
        writer = self._logger.experiment
        writer.add_figure("rows/marginals", marginals(frames), step)
        writer.add_figure("rows/projection", projection(frames).figure, step)
