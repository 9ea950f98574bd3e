"""`TabularRefiner`: an adversarial network that moves pre-sampled rows of one class nearer to real ones."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from imbgen import losses
from imbgen.models.adversarial import AdversarialModule
from imbgen.models.module import MOST_KEPT
from imbgen.models.rows import PresampledRows
from imbgen.networks import MLPCritic, RowRefiner

__all__ = ["TabularRefiner"]

# Neighbours that say how far apart rows are, dimension by dimension; and the least distance that counts.
_N_NEIGHBORS = 5
_LEAST_DISTANCE = 0.03

# Updates in the memory of the running mean of what is paid for copying; honest rows would pay for the noise
# of a single batch.
_PAID_UPDATES = 100


class TabularRefiner(AdversarialModule):
    r"""Relativistic paired GAN whose generator starts from pre-sampled rows (see `RowRefiner`).

    The refiner minimises the relativistic loss and two terms more,

    .. math:: \lambda_T\,E\,c(x_0, x) + \lambda_C\,\max\left(0, E\,\max(0, 1 - d^2(x) / h^2) - q\right).

    The transport cost c is the mean over columns of what was moved: of a number the squared share of the
    farthest move, of a one-hot the probability of another level than the pre-sample's. It falls along the
    cosine of the learning rate, and makes the refiner an approximate proximal step from the pre-sampler's law
    towards that of the rows. d is the distance to the nearest training row, in units of the distance between
    neighbours column by column (see `losses.copy_penalty`), h the median distance of training rows from their
    own nearest one, or one unit where half of them are copies, and q what training rows pay among themselves:
    rows are pushed away while a running mean of what they pay exceeds that.

    Parameters
    ----------
    n_members : int
        Networks trained side by side.
    d_encoded, d_latent, d_hidden : int
        Dimensions of a row, of the noise and of the hidden layers.
    n_blocks : int
        Residual blocks of the refiner; the critic has one hidden layer more.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    free_dims : mapping of int to int
        Dimension of a number -> dimension that is 1 where it has a score.
    max_residual : float
        Farthest that a number is moved, in distances between neighbours along its dimension.
    n_updates : int
        Updates over which learning rate, gradient penalties and transport cost fall along a cosine.
    batch_size : int
        Rows per update and member.
    learning_rate : float
        Of Adam, for both networks.
    gradient_penalty : float
        Weight of the gradient penalties at the start.
    transport_cost : float
        :math:`\lambda_T` at the start.
    copy_penalty : float
        :math:`\lambda_C`.
    jitter : float
        Standard deviation of the critic's input noise, in units of the encoded array.
    averaging : int
        Half-life of the weight average, in updates.
    seed : int
        Of weights, batches and noise.

    References
    ----------
    A. Sharma, P. K. Singh, R. Chandra (2022), "SMOTified-GAN for class imbalanced pattern classification
    problems", IEEE Access 10, arXiv:2108.03235.
    Y. Huang et al. (2024), "The GAN is dead; long live the GAN! A modern GAN baseline", arXiv:2501.05441.
    """

    averaged: RowRefiner
    generator: RowRefiner
    _excess: Tensor

    charts: ClassVar[dict[str, Any]] = AdversarialModule.charts | {
        "refinement": {
            "what is paid": ["Multiline", ["loss/transport", "loss/copying"]],
        }
    }

    def __init__(
        self,
        *,
        n_members: int,
        d_encoded: int,
        d_latent: int,
        d_hidden: int,
        n_blocks: int,
        level_blocks: Sequence[tuple[int, int]],
        free_dims: Mapping[int, int],
        max_residual: float,
        n_updates: int,
        batch_size: int,
        learning_rate: float,
        gradient_penalty: float,
        transport_cost: float,
        copy_penalty: float,
        jitter: float,
        averaging: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        initial = torch.Generator().manual_seed(seed)
        self.generator = RowRefiner(
            n_members=n_members,
            d_latent=d_latent,
            d_hidden=d_hidden,
            d_encoded=d_encoded,
            n_blocks=n_blocks,
            level_blocks=level_blocks,
            free_dims=free_dims,
            generator=initial,
        )
        self.critic = MLPCritic(n_members, d_encoded, d_hidden, n_layers=n_blocks + 1, generator=initial)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self._lay_out_levels(level_blocks, d_encoded)
        self.register_buffer("_excess", torch.zeros(n_members))

    def _data(self) -> PresampledRows:
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def on_fit_start(self) -> None:
        """Measure how far apart the training rows of each member are."""
        super().on_fit_start()
        rows, counts = self._data().training_rows(MOST_KEPT)
        own = [member[:n].float() for member, n in zip(rows, counts.tolist(), strict=True)]
        distances = torch.stack([_neighbor_distances(member) for member in own])[:, None]
        self._unit = torch.where(self._is_number > 0, distances, 1.0)
        for network in (self.generator, self.averaged):
            network.reach.copy_(self.hparams["max_residual"] * self._unit)
        self._known = rows.float() / self._unit
        nearest = [_nearest(member / unit) for member, unit in zip(own, self._unit, strict=True)]
        median = torch.stack([distances.median() for distances in nearest])[:, None]
        self._radius = torch.where(median < _LEAST_DISTANCE, 1.0, median)
        paid = [losses.nearness(found.square(), h) for found, h in zip(nearest, self._radius, strict=True)]
        self._natural = torch.stack(paid)

    def on_train_epoch_start(self) -> None:
        """Draw another pool of pre-samples."""
        self._data().refresh(self.current_epoch)

    def fake_rows(self, batch_size: int) -> Tensor:
        """Draw jittered refined rows, (n_members, batch_size, d_encoded)."""
        return self._jittered(self.refine(self._data().draw_presamples(batch_size, self._random))[0])

    def refine(self, presample: Tensor) -> tuple[Tensor, Tensor]:
        """Refine encoded rows (n_members, batch, d_encoded): return them, and their scores."""
        latent = self._normal(*presample.shape[:2], self.hparams["d_latent"])
        filler = self._normal(*presample.shape)
        scores = self.generator(presample, latent, filler)
        return self.generator.draw(scores, self._random), scores

    def generator_loss(self, real: Tensor) -> Tensor:
        """Loss of the refiner against jittered real rows, summed over members."""
        presample = self._data().draw_presamples(real.shape[1], self._random)
        rows, scores = self.refine(presample)
        fake_score = self.critic(self._jittered(rows))
        loss = losses.relativistic_generator_loss(self.critic(real), fake_score)
        transport = self.transport_cost(presample, scores)
        copying = self.copying_cost(rows)
        self._note("loss/generator", loss)
        self._note("loss/transport", transport)
        self._note("loss/copying", copying)
        weight = self.hparams["transport_cost"] * self._cosine()
        return (loss + weight * transport + self.hparams["copy_penalty"] * copying).sum()

    def copying_cost(self, rows: Tensor) -> Tensor:
        """Take a batch into the mean of what is paid beyond training rows, and return it; (n_members,).

        Its gradient is that of the batch while the mean exceeds what training rows pay, else 0.
        """
        paid = losses.copy_penalty(rows / self._unit, self._known, self._radius, 1.0 - self._is_number)
        before, beyond = self._excess.to(paid), paid.detach() - self._natural
        # A batch that is no number costs its own update, and no later one.
        self._excess = torch.where(beyond.isfinite(), before.lerp(beyond, 1.0 / _PAID_UPDATES), before)
        return (self._excess + paid - paid.detach()).relu()

    def transport_cost(self, presample: Tensor, scores: Tensor) -> Tensor:
        """Mean over columns of what was moved, (n_members,); a number counts where the pre-sample has one."""
        share = (scores - presample) / self.generator.reach
        cost = (share.square() * self._free_numbers(presample)).sum(dim=-1)
        n_columns = int(self._is_number.sum()) + self._blocks.shape[1]
        if len(self._level_dims):
            dims = self._level_dims
            cost = cost + losses.level_change(presample[..., dims], scores[..., dims], self._blocks)
        return cost.mean(dim=-1) / n_columns


def _neighbor_distances(rows: Tensor) -> Tensor:
    """Root mean square distance from the nearest rows, dimension by dimension; (n_rows, d) -> (d,)."""
    distances = torch.cdist(rows, rows).fill_diagonal_(torch.inf)
    nearest = distances.topk(min(_N_NEIGHBORS, len(rows) - 1), largest=False).indices
    steps = rows[nearest] - rows[:, None]
    return steps.square().mean(dim=(0, 1)).sqrt().clamp_min(_LEAST_DISTANCE)


def _nearest(rows: Tensor) -> Tensor:
    """Distance of each of the rows from its nearest other one; (n_rows, d) -> (n_rows,)."""
    exact = "donot_use_mm_for_euclid_dist"  # a matrix product puts copies apart
    return torch.cdist(rows, rows, compute_mode=exact).fill_diagonal_(torch.inf).amin(dim=1)
