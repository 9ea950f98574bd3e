"""`TabularModule`: updates, schedule, weight average, noise and checkpoints that the modules share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import lightning
import torch
from torch import Tensor, nn

from imbgen import losses
from imbgen.models.rows import RowsDataModule
from imbgen.networks import RowSampler, mark_levels

__all__ = ["MOST_KEPT", "TabularModule"]

#: Training rows that a member keeps for sampling: a flow to start from, an autoencoder the codes of.
MOST_KEPT = 2000

# The learning rate falls along a half cosine to this share of its start.
_FINAL_SHARE = 0.1


class TabularModule(lightning.LightningModule):
    """Base of the modules that train members side by side, a fixed number of updates per training step.

    A subclass calls `save_hyperparameters` (at least `n_updates`, `batch_size`, `learning_rate`,
    `jitter`, `averaging`, `seed`), sets `averaged`, and writes `configure_optimizers` and `update`.

    Attributes
    ----------
    averaged : RowSampler
        The network that is scored and sampled from: an exponential moving average of the trained one.
    n_done : int
        Updates made.
    last_metrics : dict of str to float
        Of the last update of a training step; the names are TensorBoard tags.
    charts : dict
        TensorBoard's custom charts of these metrics.
    """

    charts: ClassVar[dict[str, Any]] = {}
    averaged: RowSampler
    _is_number: Tensor
    _blocks: Tensor
    _level_dims: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.n_done = 0
        self.last_metrics: dict[str, float] = {}
        self._random = torch.Generator()
        self._random_state: Tensor | None = None
        self._is_seeded = False
        self._is_noting = False

    def update(self) -> None:
        """Make one update."""
        raise NotImplementedError

    def prepare_check(self) -> None:
        """Bring `averaged` up to date before it is scored; nothing by default."""

    def on_fit_start(self) -> None:
        """Move the rows to the device and seed the noise."""
        self._data().to(next(self.parameters()))
        if not self._is_seeded:
            self._random = torch.Generator(self.device).manual_seed(self.hparams["seed"] + 1)
            if self._random_state is not None:
                self._random.set_state(self._random_state)
            self._is_seeded = True

    def training_step(self, batch: int, batch_idx: int) -> None:
        """Make `batch` updates (fewer at the end of the budget)."""
        n_updates = min(batch, self.hparams["n_updates"] - self.n_done)
        for i in range(n_updates):
            self._is_noting = i == n_updates - 1
            self._set_rates()
            self.update()
            self.n_done += 1

    def _data(self) -> RowsDataModule:
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def _weighted_rows(self, most: int) -> tuple[Tensor, Tensor]:
        """Training rows of each member, (n_members, n, d_encoded), and their cumulative shares.

        Shares replace a buffer, and are not copied into it: in 16 bits two shares in a thousand would be one.
        """
        self._data().to(next(self.parameters()))  # a finished trainer has moved the networks only
        rows, counts = self._data().training_rows(most)
        place = torch.arange(1, rows.shape[1] + 1, device=rows.device)
        return rows, (place / counts[:, None].float()).clamp_max(1.0)

    def _draw_real(self) -> Tensor:
        """Draw rows, (n_members, batch_size, d_encoded)."""
        return self._data().draw(self.hparams["batch_size"], self._random)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._random, device=self.device)

    def _jittered(self, rows: Tensor) -> Tensor:
        return rows + self.hparams["jitter"] * self._normal(*rows.shape)

    def _cosine(self) -> float:
        """Share of the starting learning rate that is in force now."""
        progress = min(self.n_done / self.hparams["n_updates"], 1.0)
        return _FINAL_SHARE + (1.0 - _FINAL_SHARE) * 0.5 * (1.0 + math.cos(math.pi * progress))

    def _set_rates(self) -> None:
        rate = self.hparams["learning_rate"] * self._cosine()
        optimizers: Any = self.optimizers()
        for optimizer in optimizers if isinstance(optimizers, list) else [optimizers]:
            for group in optimizer.param_groups:
                group["lr"] = rate

    def _descend(self, optimizer: Any, loss: Tensor, parameters: Iterable[nn.Parameter], name: str) -> None:
        """Make one step down the gradient of `loss`, and note the gradient's norm under `name`."""
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()  # mixed precision scales gradients until here
        if self._is_noting:
            gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
            self.last_metrics[f"gradient_norm/{name}"] = float(torch.nn.utils.get_total_norm(gradients))

    def _average(self, averaged: nn.Module, trained: nn.Module) -> None:
        """Move the weight average; short memory at first, so that it forgets the initial weights."""
        t = self.n_done + 1
        memory = min(0.5 ** (1.0 / self.hparams["averaging"]), (1 + t) / (10 + t))
        with torch.no_grad():
            torch._foreach_lerp_(list(averaged.parameters()), list(trained.parameters()), 1.0 - memory)

    def _lay_out_levels(self, level_blocks: Sequence[tuple[int, int]], d_encoded: int) -> None:
        """Prepare `_level_cost` and `_free_numbers`; numbers are 1 in `_is_number`, (d_encoded,)."""
        is_level = mark_levels(level_blocks, d_encoded)
        self.register_buffer("_level_dims", torch.nonzero(is_level).flatten(), persistent=False)
        blocks = [torch.ones(stop - start, 1) for start, stop in level_blocks]
        self.register_buffer("_is_number", 1.0 - is_level, persistent=False)
        # Which one-hot a dimension of a level belongs to, (n_level_dims, n_blocks).
        self.register_buffer("_blocks", torch.block_diag(*blocks), persistent=False)

    def _free_numbers(self, rows: Tensor) -> Tensor:
        """Return 1 where a number has a score, 0 where it has none and for levels; shaped like `rows`."""
        free = self._is_number.expand_as(rows)
        if dims := self.hparams["free_dims"]:
            free = free.clone()
            free[..., list(dims)] = rows[..., list(dims.values())]
        return free

    def _level_cost(self, rows: Tensor, scores: Tensor) -> Tensor:
        """Negative log probability of the rows' one-hots under the scores, (n_members, batch)."""
        dims = self._level_dims
        return losses.level_cost(rows[..., dims], scores[..., dims], self._blocks)

    def _note(self, name: str, values: Tensor) -> None:
        if self._is_noting:
            self.last_metrics[name] = float(values.detach().mean())

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the state of the noise, so that a resumed run draws what the whole run would have."""
        checkpoint["imbgen"] = {"n_done": self.n_done, "random_state": self._random.get_state()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the state of the noise, once the device is known that it is of."""
        self.n_done = checkpoint["imbgen"]["n_done"]
        self._random_state = checkpoint["imbgen"]["random_state"]
        self._is_seeded = False
