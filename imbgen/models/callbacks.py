"""Callbacks: the check that selects and stops, and the progress bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import lightning
import numpy as np
import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from imbgen.errors import TrainingError
from imbgen.metrics import Skill, paired_skill
from imbgen.models.module import TabularModule
from imbgen.models.selection import CrossFitSelection, stack_members
from imbgen.networks import RowSampler

__all__ = ["SkillMonitor", "TrainingProgress"]

Weights = dict[str, torch.Tensor]


class SkillMonitor(lightning.Callback):
    """Scores the averaged network at every check, keeps copies, and stops the training.

    Parameters
    ----------
    score : callable
        Takes the averaged sampling network, returns a row score for each held-out row, shape (n_scored,).
    baseline : ndarray of shape (n_scored,)
        Row scores of the GMM baseline.
    selection : CrossFitSelection
        Collects the scores.
    interrupted : callable
        Whether the user has asked to stop.

    Attributes
    ----------
    history : list of dict
        For each check `n_updates`, `skill`, `skill_se` and the training metrics.
    stop_reason : str
        One sentence.
    divergence : str
        What was not finite, and when; empty if all was.
    """

    def __init__(
        self,
        score: Callable[[RowSampler], np.ndarray],
        baseline: np.ndarray,
        selection: CrossFitSelection,
        interrupted: Callable[[], bool],
    ) -> None:
        self._score, self._baseline = score, baseline
        self._interrupted = interrupted
        self.selection = selection
        self.history: list[dict[str, float]] = []
        self.stop_reason = self.divergence = ""
        self._kept: list[Weights] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Leave the epoch early when the user asks to stop."""
        if self._interrupted():
            trainer.should_stop = True

    def finish(self, trainer: lightning.Trainer, module: TabularModule) -> None:
        """After the training: check and say why, if a limit of the trainer's own came before these."""
        if not self.stop_reason:
            if module.n_done == 0:
                raise TrainingError(
                    "At least one update must be made, however: a limit given in `trainer` allows none. "
                    "Raise it.",
                    "No update was made",
                )
            if not self.history:
                self.check(trainer, module)
            self._stop(trainer, module, "a limit given in `trainer` was reached")

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Check, and decide whether to go on."""
        self.check(trainer, pl_module)  # type: ignore[arg-type]
        pl_module.log("val/skill", self.history[-1]["skill"], logger=False)

    def check(self, trainer: lightning.Trainer, module: TabularModule) -> None:
        """Score the averaged network, keep a copy of it, and stop the training if it is time."""
        module.prepare_check()
        if broken := _find_broken(module):
            self._diverge(trainer, module, broken)
            return
        scores = self._score(module.averaged)
        self.selection.add(scores)
        self._kept.append(_copy(module.averaged.state_dict(), self._kept[-1] if self._kept else {}))
        gain = self.skill_of(scores)
        self.history.append(
            {
                "n_updates": module.n_done,
                "skill": gain.value,
                "skill_se": gain.standard_error,
                **module.last_metrics,
            }
        )
        self._decide(trainer, module)

    def _diverge(self, trainer: lightning.Trainer, module: TabularModule, metric: str) -> None:
        """Go back to the weights of an earlier check, if there is one."""
        self.divergence = f"{metric} was not after {module.n_done} updates"
        if not self._kept:
            raise TrainingError(
                f"Training must stay finite until its first check, however: {self.divergence}. "
                "Lower `learning_rate` or `check_every`."
            )
        self._stop(trainer, module, f"{metric} was not finite")

    def _decide(self, trainer: lightning.Trainer, module: TabularModule) -> None:
        if self._interrupted():
            self._stop(trainer, module, "the user interrupted it")
        elif self.selection.is_exhausted:
            best = self.history[self.selection.best]
            self._stop(
                trainer,
                module,
                f"none of the last {self.selection.patience} checks was worth keeping (the last that was: "
                f"{best['skill']:+.3f} after {best['n_updates']:.0f} updates)",
            )
        elif module.n_done >= module.hparams["n_updates"]:
            self._stop(trainer, module, "the budget of updates was used up")

    def _stop(self, trainer: lightning.Trainer, module: TabularModule, why: str) -> None:
        self.stop_reason = f"Training stopped after {module.n_done} updates because {why}."
        trainer.should_stop = True

    @property
    def best_skill(self) -> float:
        """Highest skill over the checks so far (not an honest score: it is a maximum)."""
        return max(record["skill"] for record in self.history)

    def weights(self, checks: np.ndarray) -> Weights:
        """Weights of the averaged network, those of member k from check ``checks[k]``."""
        return stack_members(self._kept, checks)

    def skill_of(self, scores: np.ndarray) -> Skill:
        """Gain of row scores on the baseline."""
        return paired_skill(scores, self._baseline)


def _copy(weights: Weights, earlier: Weights) -> Weights:
    """Copy weights to the CPU; what has not changed since an earlier copy is shared with it."""
    on_cpu = {name: value.detach().cpu() for name, value in weights.items()}
    return {
        name: earlier[name] if name in earlier and torch.equal(earlier[name], value) else value.clone()
        for name, value in on_cpu.items()
    }


def _find_broken(module: TabularModule) -> str | None:
    """Name what is not finite: a metric of the last update, or the weights that would be scored."""
    for name, value in module.last_metrics.items():
        if not math.isfinite(value):
            return name
    finite = all(bool(weight.isfinite().all()) for weight in module.averaged.state_dict().values())
    return None if finite else "a weight"


class TrainingProgress(lightning.Callback):
    """One line in the terminal: updates done, time left, current and best skill."""

    def __init__(self, monitor: SkillMonitor, n_updates: int) -> None:
        self._monitor, self._n_updates = monitor, n_updates
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} updates"),
            TimeElapsedColumn(),
            TextColumn("<"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[skill]}"),
            transient=False,
        )
        self._progress.disable = not self._progress.console.is_terminal

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Show the bar."""
        self._task = self._progress.add_task("training", total=self._n_updates, skill="")
        self._progress.start()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any
    ) -> None:
        """Move the bar."""
        module: TabularModule = pl_module  # type: ignore[assignment]
        history = self._monitor.history
        skill = f"skill {history[-1]['skill']:+.3f} (best {self._monitor.best_skill:+.3f})" if history else ""
        self._progress.update(self._task, completed=module.n_done, skill=skill)

    def teardown(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()

    def on_exception(self, *_: Any) -> None:
        """Give the cursor back; an aborted fit is not torn down."""
        self._progress.stop()
