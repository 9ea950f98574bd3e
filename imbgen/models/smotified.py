"""`SmotifiedGAN`: the networks and the training of SMOTified-GAN as published, for reproduction only."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["SmotifiedGAN"]

_GENERATOR, _CRITIC = (128, 256, 512, 1024), (512, 256, 128)
_RATE, _BETAS, _SLOPE = 2e-4, (0.5, 0.999), 0.2


class SmotifiedGAN(lightning.LightningModule):
    """A GAN whose generator takes SMOTE's rows in place of noise.

    The generator is a perceptron of 128, 256, 512 and 1,024 units with batch normalisation, rectifiers and a
    sigmoid at its end, the critic one of 512, 256 and 128 units with leaky rectifiers. Both minimise the
    binary cross-entropy; the whole pre-sample is the fake batch of every update.

    Parameters
    ----------
    presamples : Tensor of shape (n_presamples, d)
        Numbers from 0 to 1.
    seed : int
        Of the weights.

    References
    ----------
    A. Sharma, P. K. Singh, R. Chandra (2022), "SMOTified-GAN for class imbalanced pattern classification
    problems", IEEE Access 10, arXiv:2108.03235, section III.
    """

    def __init__(self, presamples: Tensor, seed: int) -> None:
        super().__init__()
        self.automatic_optimization = False
        random = torch.Generator().manual_seed(seed)
        d = presamples.shape[1]
        self.generator = build_generator(d, random)
        self.critic = _perceptron((d, *_CRITIC, 1), nn.LeakyReLU(_SLOPE), random)
        self.register_buffer("presamples", presamples, persistent=False)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """One Adam per network, critic first."""
        return [
            torch.optim.Adam(network.parameters(), lr=_RATE, betas=_BETAS)
            for network in (self.critic, self.generator)
        ]

    def training_step(self, batch: Sequence[Tensor], batch_idx: int) -> None:
        """Update the critic on a batch of real rows and all pre-samples, then the generator."""
        critic_optimizer, generator_optimizer = self.optimizers()  # type: ignore[attr-defined]
        fake = self.generator(self.presamples)
        loss = _entropy(self.critic(batch[0]), 1.0) + _entropy(self.critic(fake.detach()), 0.0)
        self._descend(critic_optimizer, loss)
        self._descend(generator_optimizer, _entropy(self.critic(fake), 1.0))

    def _descend(self, optimizer: Any, loss: Tensor) -> None:
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()


def build_generator(d: int, random: torch.Generator) -> nn.Sequential:
    """Return the generator for rows of `d` dimensions, with initial weights."""
    layers: list[nn.Module] = []
    for d_in, d_out in itertools.pairwise((d, *_GENERATOR)):
        layers += [_linear(d_in, d_out, random), nn.BatchNorm1d(d_out), nn.ReLU()]
    return nn.Sequential(*layers, _linear(_GENERATOR[-1], d, random), nn.Sigmoid())


def _perceptron(sizes: Sequence[int], activation: nn.Module, random: torch.Generator) -> nn.Sequential:
    layers: list[nn.Module] = []
    for d_in, d_out in itertools.pairwise(sizes):
        layers += [_linear(d_in, d_out, random), activation]
    return nn.Sequential(*layers[:-1])


def _linear(d_in: int, d_out: int, random: torch.Generator) -> nn.Linear:
    """Return a layer with torch's usual initial weights, drawn from our own generator."""
    layer = nn.utils.skip_init(nn.Linear, d_in, d_out)
    bound = 1.0 / math.sqrt(d_in)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=random)
        layer.bias.uniform_(-bound, bound, generator=random)
    return layer


def _entropy(logits: Tensor, label: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))
