"""`MLPCritic`: a critic that also gives its input gradient."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from imbgen.networks.layers import MemberLinear

__all__ = ["MLPCritic"]

_SLOPE = 0.2


class MLPCritic(nn.Module):
    """Critic: a perceptron with leaky rectifiers and one output, which also gives its input gradient.

    Parameters
    ----------
    n_members, d_in, d_hidden : int
        Sizes.
    n_layers : int
        Hidden layers.
    generator : torch.Generator
        Draws the initial weights.

    Notes
    -----
    The gradient is written out as forward operations. Its own derivative, which gradient penalties need, is
    then an ordinary backward pass: faster than double backward, and open to compilation. The rectifier's
    second derivative is zero almost everywhere, so nothing is left out.
    """

    def __init__(
        self, n_members: int, d_in: int, d_hidden: int, *, n_layers: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        sizes = [d_in] + [d_hidden] * n_layers
        self.layers = nn.ModuleList(
            MemberLinear(n_members, a, b, generator=generator) for a, b in itertools.pairwise(sizes)
        )
        self.last = MemberLinear(n_members, d_hidden, 1, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(members, batch, d_in)`` to scores ``(members, batch)``."""
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), _SLOPE)
        return self.last(x).squeeze(-1)

    def with_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores ``(members, batch)`` and their gradient by `x`, ``(members, batch, d_in)``."""
        slopes = []
        for layer in self.layers:
            x = layer(x)
            slopes.append(torch.where(x > 0, 1.0, _SLOPE).detach())
            x = x * slopes[-1]
        weights = [layer.get_parameter("weight").transpose(1, 2) for layer in self.layers]
        gradient = self.last.weight.transpose(1, 2) * slopes[-1]
        for weight, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
            gradient = torch.bmm(gradient, weight) * slope
        return self.last(x).squeeze(-1), torch.bmm(gradient, weights[0])
