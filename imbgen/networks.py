"""Networks with a member axis: parameters are ``[members, in, out]``, activations ``[members, batch, d]``.

Folds, seeds and ensemble members of one architecture are members of one network, trained in one pass by
batched matrix products. No member sees another's values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = [
    "MLPCritic",
    "MemberLinear",
    "ResidualMLP",
    "RowDecoder",
    "RowGenerator",
    "RowSampler",
    "sample_levels",
]

_SLOPE = 0.2


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


class RowSampler(nn.Module):
    """Base of the networks that rows are drawn from.

    Attributes
    ----------
    d_noise : int
        Dimensions of the noise that `raw` takes.
    """

    d_noise: int

    def raw(self, noise: Tensor) -> Tensor:
        """Map standard normal noise ``(members, batch, d_noise)`` to scores ``(members, batch, d_encoded)``.

        Of each one-hot the largest score is a draw; numbers are as they are.
        """
        raise NotImplementedError


class RowGenerator(RowSampler):
    """Noise -> encoded rows: a residual perceptron whose one-hots are sampled.

    Parameters
    ----------
    n_members, d_latent, d_hidden, d_encoded, n_blocks : int
        Sizes, as in `ResidualMLP`.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    missing_dims : mapping of int to int
        Dimension of a number -> dimension that is 1 where it is missing.
    generator : torch.Generator
        Draws the initial weights.

    Attributes
    ----------
    d_noise : int
        Dimensions of the noise that `raw` takes: latent ones, then one per encoded dimension.
    """

    is_level: Tensor
    _number_dims: Tensor
    _missing_dims: Tensor

    def __init__(
        self,
        *,
        n_members: int,
        d_latent: int,
        d_hidden: int,
        d_encoded: int,
        n_blocks: int,
        level_blocks: Sequence[tuple[int, int]],
        missing_dims: Mapping[int, int],
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.n_members, self.d_latent, self.d_noise = n_members, d_latent, d_latent + d_encoded
        self.body = ResidualMLP(
            n_members, d_latent, d_hidden, d_encoded, n_blocks=n_blocks, generator=generator
        )
        self._level_blocks = [slice(start, stop) for start, stop in level_blocks]
        numbers, bits = list(missing_dims.keys()), list(missing_dims.values())
        self.register_buffer("is_level", _mark_levels(level_blocks, d_encoded), persistent=False)
        self.register_buffer("_number_dims", torch.tensor(numbers, dtype=torch.int64), persistent=False)
        self.register_buffer("_missing_dims", torch.tensor(bits, dtype=torch.int64), persistent=False)

    def forward(self, latent: Tensor, generator: torch.Generator) -> Tensor:
        """Map ``(members, batch, d_latent)`` to rows ``(members, batch, d_encoded)``, differentiably.

        One-hots are exact; a number whose missing bit is drawn is 0, as in the encoding of real rows.
        """
        rows = sample_levels(self.body(latent), self._level_blocks, generator=generator)
        if len(self._number_dims):
            present = 1.0 - rows[..., self._missing_dims]
            rows = rows.index_copy(-1, self._number_dims, rows[..., self._number_dims] * present)
        return rows

    @torch.no_grad()
    def raw(self, noise: Tensor) -> Tensor:
        """Map noise to scores; the largest of a one-hot is a draw from the softmax (Gumbel-max)."""
        latent, rest = noise[..., : self.d_latent], noise[..., self.d_latent :]
        return self.body(latent) + self.is_level * _to_gumbel(rest)


class RowDecoder(RowSampler):
    """Code -> encoded rows with noise of their own; codes are drawn from a mixture of Gaussians.

    Parameters
    ----------
    n_members, d_latent, d_hidden, d_encoded, n_blocks : int
        Sizes, as in `ResidualMLP`.
    n_codes : int
        Gaussians in the mixture of a member.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    generator : torch.Generator
        Draws the initial weights.

    Attributes
    ----------
    d_noise : int
        One dimension chooses the Gaussian, then come the code's, then one per encoded dimension.
    is_level : Tensor of shape (d_encoded,)
        1 where a dimension belongs to a one-hot, else 0.
    log_scale : Tensor of shape (members, 1, d_encoded)
        Log standard deviation of each number's noise, a running mean over batches.
    centres, scales : Tensor of shape (members, n_codes, d_latent)
        Means and standard deviations of the Gaussians, along the axes `axes` (members, d_latent, d_latent).
    shares : Tensor of shape (members, n_codes)
        Cumulative weights, the last of each member 1.
    """

    log_scale: Tensor
    centres: Tensor
    scales: Tensor
    axes: Tensor
    shares: Tensor
    is_level: Tensor

    def __init__(
        self,
        *,
        n_members: int,
        d_latent: int,
        d_hidden: int,
        d_encoded: int,
        n_blocks: int,
        n_codes: int,
        level_blocks: Sequence[tuple[int, int]],
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.n_members, self.d_latent, self.d_noise = n_members, d_latent, 1 + d_latent + d_encoded
        self.body = ResidualMLP(
            n_members, d_latent, d_hidden, d_encoded, n_blocks=n_blocks, generator=generator
        )
        self.register_buffer("is_level", _mark_levels(level_blocks, d_encoded), persistent=False)
        self.register_buffer("log_scale", torch.zeros(n_members, 1, d_encoded))
        self.register_buffer("centres", torch.zeros(n_members, n_codes, d_latent))
        self.register_buffer("scales", torch.ones(n_members, n_codes, d_latent))
        self.register_buffer("axes", torch.eye(d_latent).repeat(n_members, 1, 1))
        self.register_buffer("shares", torch.linspace(1 / n_codes, 1, n_codes).repeat(n_members, 1))

    def forward(self, code: Tensor) -> Tensor:
        """Map codes ``(members, batch, d_latent)`` to scores ``(members, batch, d_encoded)``.

        Scores of numbers are means, those of levels logits.
        """
        return self.body(code)

    @torch.no_grad()
    def raw(self, noise: Tensor) -> Tensor:
        """Draw codes, decode them and add each dimension's noise: normal on numbers, Gumbel on levels."""
        pick, latent, rest = noise.split([1, self.d_latent, noise.shape[-1] - 1 - self.d_latent], dim=-1)
        chosen = torch.searchsorted(self.shares, torch.special.ndtr(pick.squeeze(-1)).contiguous())
        chosen = chosen.clamp_max(self.shares.shape[1] - 1)[..., None].expand(-1, -1, self.d_latent)
        code = self.centres.gather(1, chosen) + self.scales.gather(1, chosen) * latent
        scores = self(torch.bmm(code, self.axes))
        return scores + torch.where(self.is_level > 0, _to_gumbel(rest), self.log_scale.exp() * rest)


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


def _mark_levels(level_blocks: Sequence[tuple[int, int]], d_encoded: int) -> Tensor:
    """Return 1 where a dimension belongs to a one-hot, else 0; shape (d_encoded,)."""
    is_level = torch.zeros(d_encoded)
    for start, stop in level_blocks:
        is_level[start:stop] = 1.0
    return is_level


def _to_gumbel(normal: Tensor) -> Tensor:
    """Turn standard normal noise into standard Gumbel noise."""
    return -torch.log(-torch.special.log_ndtr(normal))


def sample_levels(
    logits: Tensor, blocks: Sequence[slice], *, generator: torch.Generator, temperature: float = 1.0
) -> Tensor:
    """Sample one level per block, with the gradient of a softmax (straight-through Gumbel-softmax).

    Parameters
    ----------
    logits : Tensor of shape (..., d)
        Dimensions outside the blocks pass through.
    blocks : sequence of slice
        Adjacent dimensions that hold one one-hot each.
    generator : torch.Generator
        Draws the Gumbel noise.
    temperature : float
        Of the softmax in the backward pass.

    Returns
    -------
    sample : Tensor of shape (..., d)
        Exact one-hots in the blocks.

    References
    ----------
    E. Jang, S. Gu, B. Poole (2017), "Categorical reparameterization with Gumbel-softmax", arXiv:1611.01144.
    """
    if not blocks:
        return logits
    uniform = torch.rand(logits.shape, generator=generator, device=logits.device).clamp_(1e-6, 1 - 1e-6)
    noisy = logits - torch.log(-torch.log(uniform))
    pieces, position = [], 0
    for block in blocks:
        pieces.append(logits[..., position : block.start])
        soft = torch.softmax(noisy[..., block] / temperature, dim=-1)
        hard = torch.zeros_like(soft).scatter_(-1, soft.argmax(-1, keepdim=True), 1.0)
        pieces.append(hard + soft - soft.detach())
        position = block.stop
    pieces.append(logits[..., position:])
    return torch.cat(pieces, dim=-1)
