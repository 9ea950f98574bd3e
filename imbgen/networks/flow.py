"""`RowFlow`: a velocity field that carries noise to encoded rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from imbgen.networks.layers import ResidualMLP
from imbgen.networks.levels import group_by_width, mark_levels, to_gumbel
from imbgen.networks.rows import RowSampler, pick_places

__all__ = ["RowFlow"]

_N_FREQUENCIES = 4


class RowFlow(RowSampler):
    r"""Velocity field over encoded rows: x_0 from N(0, I) at time 0, rows at time 1.

    On the straight path :math:`x_t = (1 - t) x_0 + t x_1` a network gives the expected velocity of
    numbers and the probabilities of levels. The velocity of a number starts from what it would be if the
    number were standard normal and independent of all others,

    .. math:: v(x, t) = \frac{2t - 1}{t^2 + (1 - t)^2}\, x + f(x, t), \qquad
              v_{level}(x, t) = \frac{\mathrm{softmax}\, f(x, t) - x}{1 - t},

    so that an untrained network already has the marginals of normal scores.

    A path may also start later than at time 0: at :math:`x_t` of a random training row, whose coarse shape
    it keeps while the details are drawn anew, the fewer the later it starts.

    Parameters
    ----------
    n_members, d_hidden, d_encoded, n_blocks : int
        Sizes, as in `ResidualMLP`.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    n_steps : int
        Steps from the start to the rows.
    start_time : float
        Time at which paths start, 0 to below 1.
    n_starts : int
        Training rows of a member that paths may start from.
    generator : torch.Generator
        Draws the initial weights.

    Attributes
    ----------
    d_noise : int
        Dimensions of the noise that `raw` takes: one chooses the training row, then come the row at time 0
        and one per encoded dimension.
    starts : Tensor of shape (members, n_starts, d_encoded)
        Training rows.
    shares : Tensor of shape (members, n_starts)
        Their cumulative weights, the last of each member 1.

    References
    ----------
    Y. Lipman et al. (2023), "Flow matching for generative modeling", arXiv:2210.02747.
    F. Eijkelboom et al. (2024), "Variational flow matching for graph generation", arXiv:2406.04843, for
    levels.
    C. Meng et al. (2022), "SDEdit: guided image synthesis and editing with stochastic differential
    equations", arXiv:2108.01073, for paths that start from a noised example.
    """

    # NOTE[DIFF]: Lipman et al. learn the whole velocity; here its value for independent normal scores is
    # given, so that little is left to learn from few rows. SDEdit solves a stochastic equation, here an
    # ordinary one is solved, and its last step is Euler's, in which levels are drawn.

    is_level: Tensor
    starts: Tensor
    shares: Tensor

    def __init__(
        self,
        *,
        n_members: int,
        d_hidden: int,
        d_encoded: int,
        n_blocks: int,
        level_blocks: Sequence[tuple[int, int]],
        n_steps: int,
        start_time: float,
        n_starts: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.d_encoded, self.d_noise = d_encoded, 1 + 2 * d_encoded
        self.n_steps, self.start_time = n_steps, start_time
        d_time = 1 + 2 * _N_FREQUENCIES
        self.body = ResidualMLP(
            n_members, d_encoded + d_time, d_hidden, d_encoded, n_blocks=n_blocks, generator=generator
        )
        self.body.last.reset_parameters(generator, zero=True)
        self.register_buffer("starts", torch.zeros(n_members, n_starts, d_encoded))
        self.register_buffer("shares", torch.linspace(1 / n_starts, 1, n_starts).repeat(n_members, 1))
        groups = group_by_width(level_blocks)
        self._group_names = [f"_blocks_{group.shape[1]}_wide" for group in groups]
        for name, group in zip(self._group_names, groups, strict=True):
            self.register_buffer(name, group, persistent=False)
        self.register_buffer("is_level", mark_levels(level_blocks, d_encoded), persistent=False)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map points ``(members, batch, d_encoded)`` at times ``(members, batch, 1)`` to scores.

        Scores of numbers are velocities, those of levels logits; ``(members, batch, d_encoded)``.
        """
        scores = self.body(torch.cat([x, _time_features(time)], dim=-1))
        independent = (2 * time - 1) / (time.square() + (1 - time).square())
        return scores + (1.0 - self.is_level) * independent * x

    def velocity(self, x: Tensor, time: float) -> Tensor:
        """Return the velocity at points ``(members, batch, d_encoded)`` at one time before 1."""
        scores = self(x, torch.full_like(x[..., :1], time))
        for dims in map(self.get_buffer, self._group_names):
            ends = torch.softmax(scores[..., dims], dim=-1)
            scores[..., dims] = (ends - x[..., dims]) / (1.0 - time)
        return scores

    @torch.no_grad()
    def raw(self, noise: Tensor) -> Tensor:
        """Carry noise to rows by Heun's method; the last step draws levels (Gumbel-max)."""
        pick, x, rest = noise.split([1, self.d_encoded, self.d_encoded], dim=-1)
        rows = self.starts.gather(1, pick_places(self.shares, pick).expand_as(x))
        x = (1.0 - self.start_time) * x + self.start_time * rows
        step = (1.0 - self.start_time) / self.n_steps
        for i in range(self.n_steps - 1):
            time = self.start_time + i * step
            first = self.velocity(x, time)
            second = self.velocity(x + step * first, time + step)
            x = x + 0.5 * step * (first + second)
        scores = self(x, torch.full_like(x[..., :1], 1.0 - step))
        return torch.where(self.is_level > 0, scores + to_gumbel(rest), x + step * scores)


def _time_features(time: Tensor) -> Tensor:
    angles = time * (math.pi * torch.arange(1, _N_FREQUENCIES + 1, device=time.device))
    return torch.cat([time - 0.5, angles.sin(), angles.cos()], dim=-1)
