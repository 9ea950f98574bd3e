"""`TabularGAN`: a generative adversarial network over encoded rows of one class."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import lightning
import torch
from torch import Tensor, nn

from imbgen import losses
from imbgen.models.rows import RowsDataModule
from imbgen.networks import MLPCritic, RowGenerator

__all__ = ["TabularGAN"]

# Learning rate and penalty weight fall along a half cosine to this share of their start.
_FINAL_SHARE = 0.1
_BETAS = (0.0, 0.99)


class TabularGAN(lightning.LightningModule):
    """Relativistic paired GAN with zero-centred gradient penalties on real and fake rows.

    The generator is a residual perceptron without normalisation; levels and missing bits are sampled by
    straight-through Gumbel-softmax, and a number that is generated as missing is shown to the critic as 0.
    The critic sees real and fake rows with the same Gaussian jitter. Every network has a member axis:
    members share no values and are trained in one pass. Sampling uses an exponential moving average of the
    generator's weights.

    Parameters
    ----------
    n_members : int
        Networks trained side by side.
    d_encoded, d_latent, d_hidden : int
        Dimensions of a row, of the noise and of the hidden layers.
    n_blocks : int
        Residual blocks of the generator; the critic has one hidden layer more.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    missing_dims : mapping of int to int
        Dimension of a number -> dimension that is 1 where it is missing.
    loss : {"relativistic", "wgan-gp"}
        "wgan-gp" is there for comparison.
    n_updates : int
        Generator updates over which the learning rate and the penalty fall along a cosine.
    n_critic : int
        Critic updates per generator update.
    batch_size : int
        Rows per update and member.
    learning_rate : float
        Of Adam, for both networks.
    gradient_penalty : float
        Weight of the gradient penalties at the start.
    jitter : float
        Standard deviation of the critic's input noise, in units of the encoded array.
    averaging : int
        Half-life of the weight average, in updates.
    seed : int
        Of weights, batches and noise.

    References
    ----------
    Y. Huang et al. (2024), "The GAN is dead; long live the GAN! A modern GAN baseline", arXiv:2501.05441.
    I. Gulrajani et al. (2017), "Improved training of Wasserstein GANs", arXiv:1704.00028.
    """

    # NOTE[DIFF]: the paper's networks are convolutional with fixed-up initialisation; rows need neither. Its
    # augmentation schedule is replaced by constant jitter, which turns the target into a smoothed law.

    def __init__(
        self,
        *,
        n_members: int,
        d_encoded: int,
        d_latent: int,
        d_hidden: int,
        n_blocks: int,
        level_blocks: Sequence[tuple[int, int]],
        missing_dims: Mapping[int, int],
        loss: str,
        n_updates: int,
        n_critic: int,
        batch_size: int,
        learning_rate: float,
        gradient_penalty: float,
        jitter: float,
        averaging: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.save_hyperparameters()
        initial = torch.Generator().manual_seed(seed)
        self.generator = RowGenerator(
            n_members=n_members,
            d_latent=d_latent,
            d_hidden=d_hidden,
            d_encoded=d_encoded,
            n_blocks=n_blocks,
            level_blocks=level_blocks,
            missing_dims=missing_dims,
            generator=initial,
        )
        self.critic = MLPCritic(n_members, d_encoded, d_hidden, n_layers=n_blocks + 1, generator=initial)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self.n_done = 0
        self._random = torch.Generator()
        self._is_seeded = False
        self._is_noting = False
        self.last_metrics: dict[str, float] = {}

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """One Adam per network, critic first; no first moment (beta_1 = 0)."""
        rate = self.hparams["learning_rate"]
        return [
            torch.optim.Adam(self.critic.parameters(), lr=rate, betas=_BETAS, foreach=True),
            torch.optim.Adam(self.generator.parameters(), lr=rate, betas=_BETAS, foreach=True),
        ]

    def on_fit_start(self) -> None:
        """Move the rows to the device and seed the noise."""
        self._data().to(self.critic.last.weight)
        if not self._is_seeded:
            self._random = torch.Generator(self.device).manual_seed(self.hparams["seed"] + 1)
            self._is_seeded = True

    def training_step(self, batch: int, batch_idx: int) -> None:
        """Make `batch` updates of both networks (fewer at the end of the budget)."""
        critic_optimizer, generator_optimizer = self.optimizers()  # type: ignore[attr-defined]
        n_updates = min(batch, self.hparams["n_updates"] - self.n_done)
        for i in range(n_updates):
            self._is_noting = i == n_updates - 1
            self._set_rates(critic_optimizer, generator_optimizer)
            for _ in range(self.hparams["n_critic"]):
                real = self._draw_real()
                self._update(critic_optimizer, self.critic, self.critic_loss(real))
            with self.toggled_optimizer(generator_optimizer):
                self._update(generator_optimizer, self.generator, self.generator_loss(real))
            self.n_done += 1
            self._average()

    def critic_loss(self, real: Tensor) -> Tensor:
        """Loss of the critic on jittered real rows (n_members, batch, d_encoded), summed over members."""
        with torch.no_grad():
            fake = self.fake_rows(real.shape[1])
        weight = self.hparams["gradient_penalty"] * self._cosine()
        if self.hparams["loss"] == "wgan-gp":
            share = torch.rand(*real.shape[:2], 1, generator=self._random, device=self.device)
            _, gradient = self.critic.with_gradient(fake + share * (real - fake))
            real_score, fake_score = self.critic(real), self.critic(fake)
            loss = losses.wasserstein_critic_loss(real_score, fake_score)
            loss = loss + weight * losses.interpolation_penalty(gradient)
        else:
            real_score, real_gradient = self.critic.with_gradient(real)
            fake_score, fake_gradient = self.critic.with_gradient(fake)
            loss = losses.relativistic_critic_loss(real_score, fake_score)
            penalty = losses.gradient_penalty(real_gradient) + losses.gradient_penalty(fake_gradient)
            loss = loss + weight * penalty
        self._note("critic/real", real_score)
        self._note("critic/fake", fake_score)
        self._note("loss/critic", loss)
        return loss.sum()

    def generator_loss(self, real: Tensor) -> Tensor:
        """Loss of the generator against jittered real rows, summed over members."""
        fake_score = self.critic(self.fake_rows(real.shape[1]))
        if self.hparams["loss"] == "wgan-gp":
            loss = losses.wasserstein_generator_loss(fake_score)
        else:
            loss = losses.relativistic_generator_loss(self.critic(real), fake_score)
        self._note("loss/generator", loss)
        return loss.sum()

    def fake_rows(self, batch_size: int) -> Tensor:
        """Draw jittered rows, (n_members, batch_size, d_encoded)."""
        shape = (self.hparams["n_members"], batch_size, self.hparams["d_latent"])
        latent = torch.randn(shape, generator=self._random, device=self.device)
        return self._jittered(self.generator(latent, self._random))

    def _data(self) -> RowsDataModule:
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def _draw_real(self) -> Tensor:
        return self._jittered(self._data().draw(self.hparams["batch_size"], self._random))

    def _jittered(self, rows: Tensor) -> Tensor:
        noise = torch.randn(rows.shape, generator=self._random, device=self.device)
        return rows + self.hparams["jitter"] * noise

    def _cosine(self) -> float:
        """Share of the starting learning rate and penalty that is in force now."""
        progress = min(self.n_done / self.hparams["n_updates"], 1.0)
        return _FINAL_SHARE + (1.0 - _FINAL_SHARE) * 0.5 * (1.0 + math.cos(math.pi * progress))

    def _set_rates(self, *optimizers: Any) -> None:
        rate = self.hparams["learning_rate"] * self._cosine()
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate

    def _update(self, optimizer: Any, network: nn.Module, loss: Tensor) -> None:
        optimizer.zero_grad()
        self.manual_backward(loss)
        if self._is_noting:
            name = "critic" if network is self.critic else "generator"
            gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
            self.last_metrics[f"gradient_norm/{name}"] = float(torch.nn.utils.get_total_norm(gradients))
        optimizer.step()

    def _average(self) -> None:
        """Move the weight average; short memory at first, so that it forgets the initial weights."""
        memory = min(0.5 ** (1.0 / self.hparams["averaging"]), (1 + self.n_done) / (10 + self.n_done))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averaged.parameters()), list(self.generator.parameters()), 1.0 - memory
            )

    def _note(self, name: str, values: Tensor) -> None:
        if self._is_noting:
            self.last_metrics[name] = float(values.detach().mean())

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the state of the noise, so that a resumed run draws what the whole run would have."""
        checkpoint["imbgen"] = {"n_done": self.n_done, "random_state": self._random.get_state()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the state of the noise."""
        self.n_done = checkpoint["imbgen"]["n_done"]
        self._random = torch.Generator(self.device)
        self._random.set_state(checkpoint["imbgen"]["random_state"])
        self._is_seeded = True
