"""`AdversarialModule`: a generator and a critic trained against each other, relativistic and penalised."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from imbgen import losses
from imbgen.models.module import TabularModule
from imbgen.networks import MLPCritic

__all__ = ["AdversarialModule"]

_BETAS = (0.0, 0.99)


class AdversarialModule(TabularModule):
    """Base of the modules with a critic: relativistic paired loss, zero-centred gradient penalties.

    A subclass sets `generator`, `critic` and `averaged`, and writes `fake_rows`; among its hyper-parameters
    are `gradient_penalty`, the weight of the penalties at the start, and perhaps `n_critic` (1 without).

    References
    ----------
    Y. Huang et al. (2024), "The GAN is dead; long live the GAN! A modern GAN baseline", arXiv:2501.05441.
    """

    generator: nn.Module
    critic: MLPCritic

    charts: ClassVar[dict[str, Any]] = {
        "adversaries": {
            "losses": ["Multiline", ["loss/critic", "loss/generator"]],
            "critic outputs": ["Multiline", ["critic/real", "critic/fake"]],
            "gradient norms": ["Multiline", ["gradient_norm/critic", "gradient_norm/generator"]],
        }
    }

    # NOTE[DIFF]: the paper's networks are convolutional with fixed-up initialisation; rows need neither. Its
    # augmentation schedule is replaced by constant jitter, which turns the target into a smoothed law.
    # Learning rate and penalty fall along a cosine as there; beta_2 does not rise, for there is no burn-in.

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """One Adam per network, critic first; no first moment (beta_1 = 0)."""
        rate = self.hparams["learning_rate"]
        return [
            torch.optim.Adam(self.critic.parameters(), lr=rate, betas=_BETAS, foreach=True),
            torch.optim.Adam(self.generator.parameters(), lr=rate, betas=_BETAS, foreach=True),
        ]

    def update(self) -> None:
        """Update the critic `n_critic` times, then the generator."""
        critic_optimizer, generator_optimizer = self.optimizers()  # type: ignore[attr-defined]
        for _ in range(self.hparams.get("n_critic", 1)):
            real = self._jittered(self._draw_real())
            self._descend(critic_optimizer, self.critic_loss(real), self.critic.parameters(), "critic")
        with self.toggled_optimizer(generator_optimizer):
            loss = self.generator_loss(real)
            self._descend(generator_optimizer, loss, self.generator.parameters(), "generator")
        self._average(self.averaged, self.generator)

    def fake_rows(self, batch_size: int) -> Tensor:
        """Draw jittered rows, (n_members, batch_size, d_encoded)."""
        raise NotImplementedError

    def critic_loss(self, real: Tensor) -> Tensor:
        """Loss of the critic on jittered real rows (n_members, batch, d_encoded), summed over members."""
        with torch.no_grad():
            fake = self.fake_rows(real.shape[1])
        real_score, real_gradient = self.critic.with_gradient(real)
        fake_score, fake_gradient = self.critic.with_gradient(fake)
        loss = losses.relativistic_critic_loss(real_score, fake_score)
        penalty = losses.gradient_penalty(real_gradient) + losses.gradient_penalty(fake_gradient)
        return self._note_critic(real_score, fake_score, loss + self._penalty_weight() * penalty)

    def generator_loss(self, real: Tensor) -> Tensor:
        """Loss of the generator against jittered real rows, summed over members."""
        fake_score = self.critic(self.fake_rows(real.shape[1]))
        loss = losses.relativistic_generator_loss(self.critic(real), fake_score)
        self._note("loss/generator", loss)
        return loss.sum()

    def _penalty_weight(self) -> float:
        return self.hparams["gradient_penalty"] * self._cosine()

    def _note_critic(self, real_score: Tensor, fake_score: Tensor, loss: Tensor) -> Tensor:
        """Note what the critic gives, and return its loss summed over members."""
        self._note("critic/real", real_score)
        self._note("critic/fake", fake_score)
        self._note("loss/critic", loss)
        return loss.sum()
