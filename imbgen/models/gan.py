"""`TabularGAN`: a generative adversarial network over encoded rows of one class."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from imbgen import losses
from imbgen.models.adversarial import AdversarialModule
from imbgen.networks import MLPCritic, RowGenerator

__all__ = ["TabularGAN"]


class TabularGAN(AdversarialModule):
    """Relativistic paired GAN with zero-centred gradient penalties on real and fake rows.

    The generator is a residual perceptron without normalisation; levels and states of numbers are sampled by
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
    free_dims : mapping of int to int
        Dimension of a number -> dimension that is 1 where it has a score.
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
        self.save_hyperparameters()
        initial = torch.Generator().manual_seed(seed)
        self.generator = RowGenerator(
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

    def critic_loss(self, real: Tensor) -> Tensor:
        """Loss of the critic on jittered real rows (n_members, batch, d_encoded), summed over members."""
        if self.hparams["loss"] != "wgan-gp":
            return super().critic_loss(real)
        with torch.no_grad():
            fake = self.fake_rows(real.shape[1])
        share = torch.rand(*real.shape[:2], 1, generator=self._random, device=self.device)
        _, gradient = self.critic.with_gradient(fake + share * (real - fake))
        real_score, fake_score = self.critic(real), self.critic(fake)
        loss = losses.wasserstein_critic_loss(real_score, fake_score)
        penalty = losses.interpolation_penalty(gradient)
        return self._note_critic(real_score, fake_score, loss + self._penalty_weight() * penalty)

    def generator_loss(self, real: Tensor) -> Tensor:
        """Loss of the generator against jittered real rows, summed over members."""
        if self.hparams["loss"] != "wgan-gp":
            return super().generator_loss(real)
        loss = losses.wasserstein_generator_loss(self.critic(self.fake_rows(real.shape[1])))
        self._note("loss/generator", loss)
        return loss.sum()

    def fake_rows(self, batch_size: int) -> Tensor:
        """Draw jittered rows, (n_members, batch_size, d_encoded)."""
        latent = self._normal(self.hparams["n_members"], batch_size, self.hparams["d_latent"])
        return self._jittered(self.generator(latent, self._random))
