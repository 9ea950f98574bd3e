"""Layers with a member axis: one affine map per member, and a residual perceptron of these."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from imbgen.memory import check_memory

__all__ = ["MemberLinear", "ResidualMLP"]

# A weight in training: itself, its average, its gradient, and two moments, of 4 bytes each.
_BYTES_PER_WEIGHT = 20


class MemberLinear(nn.Module):
    """One affine map per member.

    Parameters
    ----------
    n_members, d_in, d_out : int
        Sizes.
    generator : torch.Generator
        Draws the initial weights.
    zero : bool
        Start at zero (the last layer of a residual branch).

    Notes
    -----
    Input ``(members, batch, d_in)``, output ``(members, batch, d_out)``.

    Examples
    --------
    >>> import torch
    >>> from imbgen.networks import MemberLinear
    >>> layer = MemberLinear(3, 5, 2, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.zeros(3, 7, 5)).shape
    torch.Size([3, 7, 2])
    """

    def __init__(
        self, n_members: int, d_in: int, d_out: int, *, generator: torch.Generator, zero: bool = False
    ) -> None:
        super().__init__()
        check_memory(
            _BYTES_PER_WEIGHT * n_members * d_in * d_out,
            f"A layer of {n_members:,} networks, {d_in:,} by {d_out:,},",
            "Lower `d_hidden` or `d_latent`, or drop columns of many levels.",
        )
        self.weight = nn.Parameter(torch.empty(n_members, d_in, d_out))
        self.bias = nn.Parameter(torch.zeros(n_members, 1, d_out))
        self.reset_parameters(generator, zero=zero)

    def reset_parameters(self, generator: torch.Generator, *, zero: bool = False) -> None:
        """Draw the weights from N(0, 1 / d_in), or set them to zero; biases are zero."""
        with torch.no_grad():
            self.bias.zero_()
            if zero:
                self.weight.zero_()
            else:
                self.weight.normal_(0.0, 1.0 / math.sqrt(self.weight.shape[1]), generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(members, batch, d_in)`` to ``(members, batch, d_out)``."""
        return torch.baddbmm(self.bias, x, self.weight)


class ResidualMLP(nn.Module):
    r"""Residual multilayer perceptron without normalisation layers.

    .. math:: h_0 = W_0 x, \quad h_{l+1} = h_l + B_l\,\mathrm{silu}(A_l\,\mathrm{silu}(h_l)),
              \quad y = W_1\,\mathrm{silu}(h_L)

    with every B_l zero at the start, so that depth costs nothing in the first updates.

    Parameters
    ----------
    n_members, d_in, d_hidden, d_out : int
        Sizes.
    n_blocks : int
        Number L of residual blocks.
    generator : torch.Generator
        Draws the initial weights.
    """

    def __init__(
        self,
        n_members: int,
        d_in: int,
        d_hidden: int,
        d_out: int,
        *,
        n_blocks: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.first = MemberLinear(n_members, d_in, d_hidden, generator=generator)
        sizes = (n_members, d_hidden, d_hidden)
        self.inner = nn.ModuleList(MemberLinear(*sizes, generator=generator) for _ in range(n_blocks))
        self.outer = nn.ModuleList(
            MemberLinear(*sizes, generator=generator, zero=True) for _ in range(n_blocks)
        )
        self.last = MemberLinear(n_members, d_hidden, d_out, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(members, batch, d_in)`` to ``(members, batch, d_out)``."""
        h = self.first(x)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            h = h + outer(functional.silu(inner(functional.silu(h))))
        return self.last(functional.silu(h))
