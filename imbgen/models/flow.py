"""`TabularFlow`: flow matching over encoded rows of one class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from imbgen.models.module import TabularModule
from imbgen.networks import RowFlow

__all__ = ["TabularFlow"]


class TabularFlow(TabularModule):
    r"""Flow matching between noise and the rows of one class.

    With x_0 from N(0, I), a row x_1 and a time t from U(0, 1), the network sees
    :math:`x_t = (1 - t) x_0 + t x_1` and minimises, summed over columns,

    .. math:: E \left[ \lVert x_1 - x_0 - v(x_t, t) \rVert^2_{numbers}
              - \log p(x_1 | x_t, t)_{levels} \right].

    Levels are learned as in variational flow matching: by their probabilities at time 1, from which their
    velocity follows. Rows are shown with jitter on their numbers, which smooths the law that is learned; a
    number that is missing or a spike is learned as 0, which nothing decodes.

    Parameters
    ----------
    n_members : int
        Networks trained side by side.
    d_encoded, d_hidden : int
        Dimensions of a row and of the hidden layers.
    n_blocks : int
        Residual blocks.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    n_steps : int
        Steps from the start of a path to a row when sampling.
    start_time : float
        Where paths start, 0 (noise) to below 1.
    n_starts : int
        Training rows of a member that paths may start from.
    n_updates : int
        Updates over which the learning rate falls along a cosine.
    batch_size : int
        Rows per update and member.
    learning_rate : float
        Of Adam.
    jitter : float
        Standard deviation of the noise on numbers, in units of the encoded array.
    averaging : int
        Half-life of the weight average, in updates.
    seed : int
        Of weights, batches and noise.

    References
    ----------
    Y. Lipman et al. (2023), "Flow matching for generative modeling", arXiv:2210.02747, equation 23 with
    :math:`\sigma_{min} = 0`.
    F. Eijkelboom et al. (2024), "Variational flow matching for graph generation", arXiv:2406.04843.
    """

    averaged: RowFlow

    charts: ClassVar[dict[str, Any]] = {
        "flow": {
            "losses": ["Multiline", ["loss/numbers", "loss/levels"]],
            "gradient norm": ["Multiline", ["gradient_norm/flow"]],
        }
    }

    def __init__(
        self,
        *,
        n_members: int,
        d_encoded: int,
        d_hidden: int,
        n_blocks: int,
        level_blocks: Sequence[tuple[int, int]],
        n_steps: int,
        start_time: float,
        n_starts: int,
        n_updates: int,
        batch_size: int,
        learning_rate: float,
        jitter: float,
        averaging: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()

        def build(n_starts: int) -> RowFlow:
            return RowFlow(
                n_members=n_members,
                d_hidden=d_hidden,
                d_encoded=d_encoded,
                n_blocks=n_blocks,
                level_blocks=level_blocks,
                n_steps=n_steps,
                start_time=start_time,
                n_starts=n_starts,
                generator=torch.Generator().manual_seed(seed),
            )

        self.flow = build(1)
        self.averaged = build(n_starts).requires_grad_(False)  # only this one is sampled from
        self._lay_out_levels(level_blocks, d_encoded)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """One Adam."""
        return torch.optim.Adam(self.flow.parameters(), lr=self.hparams["learning_rate"], foreach=True)

    def update(self) -> None:
        """Update the velocity field."""
        loss = self.loss(self._draw_real())
        self._descend(self.optimizers(), loss, self.flow.parameters(), "flow")
        self._average(self.averaged, self.flow)

    def loss(self, rows: Tensor) -> Tensor:
        """Flow-matching loss of rows (n_members, batch, d_encoded), summed over members."""
        rows = rows + self.hparams["jitter"] * self._is_number * self._normal(*rows.shape)
        noise = self._normal(*rows.shape)
        time = torch.rand(*rows.shape[:2], 1, generator=self._random, device=self.device)
        scores = self.flow((1 - time) * noise + time * rows, time)
        error = ((rows - noise - scores).square() * self._is_number).sum(dim=-1)
        total = error
        if len(self._level_dims):
            levels = self._level_cost(rows, scores)
            total = total + levels
            self._note("loss/levels", levels.mean(-1))
        self._note("loss/numbers", error.mean(-1))
        return total.mean(dim=-1).sum()

    @torch.no_grad()
    def prepare_check(self) -> None:
        """Give the averaged network the training rows, if its paths start there."""
        if not self.hparams["start_time"]:
            return
        rows, shares = self._weighted_rows(self.hparams["n_starts"])
        self.averaged.starts.copy_(rows)
        self.averaged.shares = shares
