"""Networks that rows are drawn from in one pass: the generator of a GAN, the decoder of an autoencoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from imbgen.networks.layers import ResidualMLP
from imbgen.networks.levels import mark_levels, sample_levels, to_gumbel

__all__ = ["RowDecoder", "RowGenerator", "RowSampler", "pick_places"]


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
    free_dims : mapping of int to int
        Dimension of a number -> dimension that is 1 where it has a score.
    generator : torch.Generator
        Draws the initial weights.

    Attributes
    ----------
    d_noise : int
        Dimensions of the noise that `raw` takes: latent ones, then one per encoded dimension.
    """

    is_level: Tensor
    _number_dims: Tensor
    _free_dims: Tensor

    def __init__(
        self,
        *,
        n_members: int,
        d_latent: int,
        d_hidden: int,
        d_encoded: int,
        n_blocks: int,
        level_blocks: Sequence[tuple[int, int]],
        free_dims: Mapping[int, int],
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.d_latent, self.d_noise = d_latent, d_latent + d_encoded
        self.body = ResidualMLP(
            n_members, d_latent, d_hidden, d_encoded, n_blocks=n_blocks, generator=generator
        )
        self._level_blocks = [slice(start, stop) for start, stop in level_blocks]
        numbers, free = list(free_dims.keys()), list(free_dims.values())
        self.register_buffer("is_level", mark_levels(level_blocks, d_encoded), persistent=False)
        self.register_buffer("_number_dims", torch.tensor(numbers, dtype=torch.int64), persistent=False)
        self.register_buffer("_free_dims", torch.tensor(free, dtype=torch.int64), persistent=False)

    def forward(self, latent: Tensor, generator: torch.Generator) -> Tensor:
        """Map ``(members, batch, d_latent)`` to rows ``(members, batch, d_encoded)``, differentiably.

        One-hots are exact; a number that is missing or a spike is 0, as in the encoding of real rows.
        """
        rows = sample_levels(self.body(latent), self._level_blocks, generator=generator)
        if len(self._number_dims):
            free = rows[..., self._free_dims]
            rows = rows.index_copy(-1, self._number_dims, rows[..., self._number_dims] * free)
        return rows

    @torch.no_grad()
    def raw(self, noise: Tensor) -> Tensor:
        """Map noise to scores; the largest of a one-hot is a draw from the softmax (Gumbel-max)."""
        latent, rest = noise[..., : self.d_latent], noise[..., self.d_latent :]
        return self.body(latent) + self.is_level * to_gumbel(rest)


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
        self.register_buffer("is_level", mark_levels(level_blocks, d_encoded), persistent=False)
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
        chosen = pick_places(self.shares, pick).expand(-1, -1, self.d_latent)
        code = self.centres.gather(1, chosen) + self.scales.gather(1, chosen) * latent
        scores = self(torch.bmm(code, self.axes))
        return scores + torch.where(self.is_level > 0, to_gumbel(rest), self.log_scale.exp() * rest)


def pick_places(shares: Tensor, noise: Tensor) -> Tensor:
    """Turn noise (members, batch, 1) into places of that shape, by cumulative shares (members, n_places)."""
    places = torch.searchsorted(shares, torch.special.ndtr(noise.squeeze(-1)).contiguous())
    return places.clamp_max(shares.shape[1] - 1)[..., None]
