"""`RowRefiner`: a network that moves pre-sampled rows a little, and starts by not moving them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from imbgen.networks.layers import ResidualMLP
from imbgen.networks.levels import mark_levels, sample_levels, to_gumbel
from imbgen.networks.rows import RowSampler

__all__ = ["RowRefiner"]

# A level that the pre-sample does not have must not be impossible, for then nothing could be learned of it.
_DOUBT = 0.05


class RowRefiner(RowSampler):
    r"""Pre-sample and noise -> encoded rows: a bounded residual for numbers, tilted logits for levels.

    With a pre-sampled row :math:`x_0` and noise z, a residual perceptron f gives

    .. math:: x = x_0 + a\,s \tanh f(x_0, z), \qquad
              \mathrm{logits} = \log\left[(1 - a e)\,x_0 + a e / K\right] + a\,f(x_0, z)

    for numbers and for each one-hot of K levels (states and gaps of numbers too). The last layer is zero at
    the start, so an untrained network gives the pre-sample back, but for the doubt e = 0.05 about levels. A
    number that the pre-sample does not have starts from N(0, 1), should the row turn out to need one.

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
        Dimensions of the noise that `raw` takes: the encoded pre-sample first, then the latent ones, then one
        per encoded dimension.
    reach : Tensor of shape (members, 1, d_encoded)
        Farthest that a number may be moved, s; 1 until `TabularRefiner` sets it.
    scale : Tensor of shape (members, 1, 1)
        Share of the residual that counts, a: 1 in training; 0 leaves rows as they are.

    References
    ----------
    A. Sharma, P. K. Singh, R. Chandra (2022), "SMOTified-GAN for class imbalanced pattern classification
    problems", IEEE Access 10, arXiv:2108.03235: a generator that starts from SMOTE's rows.

    NOTE[DIFF]: the paper's generator sees no noise, and maps rows anywhere. Rows on lines between neighbours
    lack variance across these lines, which no map without noise can give them.

    Examples
    --------
    >>> import torch
    >>> from imbgen.networks import RowRefiner
    >>> network = RowRefiner(
    ...     n_members=1, d_latent=2, d_hidden=8, d_encoded=3, n_blocks=1, level_blocks=[(1, 3)], free_dims={},
    ...     generator=torch.Generator().manual_seed(0),
    ... )
    >>> presample = torch.tensor([[[0.7, 0.0, 1.0]]])
    >>> network(presample, torch.zeros(1, 1, 2), torch.zeros(1, 1, 3)).detach()
    tensor([[[ 0.7000, -3.6889, -0.0253]]])
    """

    is_level: Tensor
    reach: Tensor
    scale: Tensor
    _chance: Tensor
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
        self.d_encoded, self.d_latent = d_encoded, d_latent
        self.d_noise = d_latent + 2 * d_encoded
        self.body = ResidualMLP(
            n_members, d_encoded + d_latent, d_hidden, d_encoded, n_blocks=n_blocks, generator=generator
        )
        self.body.last.reset_parameters(generator, zero=True)
        self.register_buffer("reach", torch.ones(n_members, 1, d_encoded))
        self.register_buffer("scale", torch.ones(n_members, 1, 1))
        self._level_blocks = [slice(start, stop) for start, stop in level_blocks]
        chance = torch.zeros(d_encoded)
        for block in self._level_blocks:
            chance[block] = 1.0 / (block.stop - block.start)
        numbers, free = list(free_dims.keys()), list(free_dims.values())
        self.register_buffer("is_level", mark_levels(level_blocks, d_encoded), persistent=False)
        self.register_buffer("_chance", chance, persistent=False)
        self.register_buffer("_number_dims", torch.tensor(numbers, dtype=torch.int64), persistent=False)
        self.register_buffer("_free_dims", torch.tensor(free, dtype=torch.int64), persistent=False)

    def forward(self, presample: Tensor, latent: Tensor, filler: Tensor) -> Tensor:
        """Map pre-samples and noise to scores ``(members, batch, d_encoded)``.

        Parameters
        ----------
        presample : Tensor of shape (members, batch, d_encoded)
            Encoded rows.
        latent : Tensor of shape (members, batch, d_latent)
            Standard normal noise.
        filler : Tensor of shape (members, batch, d_encoded)
            Stands for the numbers that the pre-sample does not have.

        Returns
        -------
        scores : Tensor of shape (members, batch, d_encoded)
            Scores of numbers are values, those of levels logits.
        """
        start = self.fill(presample, filler)
        residual = self.body(torch.cat([start, latent], dim=-1))
        doubt = (_DOUBT * self.scale).clamp_min(1e-6)
        prior = torch.log(((1.0 - doubt) * presample + doubt * self._chance).clamp_min(1e-9))
        moved = torch.where(self.is_level > 0, residual, self.reach * torch.tanh(residual))
        return torch.where(self.is_level > 0, prior, start) + self.scale * moved

    def fill(self, presample: Tensor, filler: Tensor) -> Tensor:
        """Put `filler` where the pre-sample has no number; shapes as in `forward`."""
        if not len(self._number_dims):
            return presample
        absent = 1.0 - presample[..., self._free_dims]
        numbers = presample[..., self._number_dims] + absent * filler[..., self._number_dims]
        return presample.index_copy(-1, self._number_dims, numbers)

    def draw(self, scores: Tensor, generator: torch.Generator) -> Tensor:
        """Turn scores into rows ``(members, batch, d_encoded)``, differentiably.

        One-hots are exact; a number that is missing or a spike is 0, as in the encoding of real rows.
        """
        rows = sample_levels(scores, self._level_blocks, generator=generator)
        if len(self._number_dims):
            free = rows[..., self._free_dims]
            rows = rows.index_copy(-1, self._number_dims, rows[..., self._number_dims] * free)
        return rows

    @torch.no_grad()
    def raw(self, noise: Tensor) -> Tensor:
        """Refine the pre-samples that the noise begins with; the largest of a one-hot is a draw."""
        presample, latent, rest = noise.split([self.d_encoded, self.d_latent, self.d_encoded], dim=-1)
        return self(presample, latent, rest) + self.is_level * to_gumbel(rest)
