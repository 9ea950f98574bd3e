"""One-hots in the output of a network: where they lie, and how they are sampled."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["group_by_width", "mark_levels", "sample_levels", "to_gumbel"]


def mark_levels(level_blocks: Sequence[tuple[int, int]], d_encoded: int) -> Tensor:
    """Return 1 where a dimension belongs to a one-hot, else 0; shape (d_encoded,)."""
    is_level = torch.zeros(d_encoded)
    for start, stop in level_blocks:
        is_level[start:stop] = 1.0
    return is_level


def group_by_width(level_blocks: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Dimensions of the one-hots of each width, shape (n_blocks, width): one softmax serves them all."""
    widths = sorted({stop - start for start, stop in level_blocks})
    return [
        torch.tensor([list(range(*block)) for block in level_blocks if block[1] - block[0] == width])
        for width in widths
    ]


def to_gumbel(normal: Tensor) -> Tensor:
    """Turn standard normal noise into standard Gumbel noise."""
    return -torch.log(-torch.special.log_ndtr(normal))


def sample_levels(logits: Tensor, blocks: Sequence[slice], *, generator: torch.Generator) -> Tensor:
    """Sample one level per block, with the gradient of a softmax (straight-through Gumbel-softmax).

    Parameters
    ----------
    logits : Tensor of shape (..., d)
        Dimensions outside the blocks pass through.
    blocks : sequence of slice
        Adjacent dimensions that hold one one-hot each.
    generator : torch.Generator
        Draws the Gumbel noise.

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
        soft = torch.softmax(noisy[..., block], dim=-1)
        hard = torch.zeros_like(soft).scatter_(-1, soft.argmax(-1, keepdim=True), 1.0)
        pieces.append(hard + soft - soft.detach())
        position = block.stop
    pieces.append(logits[..., position:])
    return torch.cat(pieces, dim=-1)
