"""Losses: pure functions of scores and gradients, per member."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

__all__ = [
    "copy_penalty",
    "gradient_penalty",
    "interpolation_penalty",
    "level_change",
    "level_cost",
    "nearness",
    "normal_cost",
    "normal_divergence",
    "relativistic_critic_loss",
    "relativistic_generator_loss",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]


def relativistic_critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    r"""Relativistic paired loss of the critic.

    .. math:: \mathbb{E}\,\mathrm{softplus}(-(D(x) - D(G(z))))

    Parameters
    ----------
    real, fake : Tensor of shape (members, batch)
        Scores.

    Returns
    -------
    loss : Tensor of shape (members,)

    References
    ----------
    Y. Huang et al. (2024), "The GAN is dead; long live the GAN!", arXiv:2501.05441, equation 1.
    """
    return functional.softplus(fake - real).mean(dim=-1)


def relativistic_generator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Relativistic paired loss of the generator: the critic's with real and fake exchanged."""
    return relativistic_critic_loss(fake, real)


def gradient_penalty(gradient: Tensor) -> Tensor:
    r"""Zero-centred gradient penalty (R1 on real rows, R2 on fake ones).

    .. math:: \tfrac12 \mathbb{E}\,\lVert \nabla_x D(x) \rVert^2

    Parameters
    ----------
    gradient : Tensor of shape (members, batch, d)

    Returns
    -------
    penalty : Tensor of shape (members,)

    References
    ----------
    L. Mescheder, A. Geiger, S. Nowozin (2018), arXiv:1801.04406, equation 9.
    """
    return 0.5 * gradient.square().sum(dim=-1).mean(dim=-1)


def wasserstein_critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Negative Wasserstein estimate, ``E D(G(z)) - E D(x)``, per member."""
    return fake.mean(dim=-1) - real.mean(dim=-1)


def wasserstein_generator_loss(fake: Tensor) -> Tensor:
    """``-E D(G(z))`` per member."""
    return -fake.mean(dim=-1)


def interpolation_penalty(gradient: Tensor) -> Tensor:
    r"""One-centred gradient penalty of WGAN-GP, per member.

    .. math:: \mathbb{E}\,(\lVert \nabla_{\hat x} D(\hat x) \rVert - 1)^2

    Parameters
    ----------
    gradient : Tensor of shape (members, batch, d)
        At points between real and fake rows.

    References
    ----------
    I. Gulrajani et al. (2017), "Improved training of Wasserstein GANs", arXiv:1704.00028, equation 3.
    """
    norm = gradient.square().sum(dim=-1).clamp_min(1e-12).sqrt()
    return (norm - 1.0).square().mean(dim=-1)


def normal_cost(rows: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    r"""Negative log density of a normal law, nats, element by element.

    .. math:: \tfrac12 \left(\frac{x - \mu}{\sigma}\right)^2 + \log \sigma + \tfrac12 \log 2\pi

    Parameters
    ----------
    rows, mean, log_scale : Tensor of shapes that broadcast

    Returns
    -------
    cost : Tensor of their common shape
    """
    return 0.5 * ((rows - mean) * torch.exp(-log_scale)).square() + log_scale + 0.5 * math.log(2 * math.pi)


def level_cost(rows: Tensor, logits: Tensor, blocks: Tensor) -> Tensor:
    """Negative log probability of one-hots under a softmax for each block, nats, summed over blocks.

    Parameters
    ----------
    rows, logits : Tensor of shape (members, batch, d)
        Logits count between -15 and 15.
    blocks : Tensor of shape (d, n_blocks)
        1 where a dimension belongs to a block.

    Returns
    -------
    cost : Tensor of shape (members, batch)
    """
    # The bound lets all blocks be normalised by one matrix product, without a maximum for each; not in 16
    # bits, which end at exp(11).
    with torch.autocast(logits.device.type, enabled=False):
        wide = torch.promote_types(logits.dtype, torch.float32)
        logits = logits.to(wide).clamp(-15.0, 15.0)
        return torch.log(logits.exp() @ blocks.to(wide)).sum(dim=-1) - (rows * logits).sum(dim=-1)


def level_change(rows: Tensor, logits: Tensor, blocks: Tensor) -> Tensor:
    """Probability that a softmax draws another level than a row has, summed over blocks.

    Parameters
    ----------
    rows, logits : Tensor of shape (members, batch, d)
        Logits count between -15 and 15.
    blocks : Tensor of shape (d, n_blocks)
        1 where a dimension belongs to a block.

    Returns
    -------
    change : Tensor of shape (members, batch)
    """
    with torch.autocast(logits.device.type, enabled=False):  # as in `level_cost`
        wide = torch.promote_types(logits.dtype, torch.float32)
        odds, blocks = logits.to(wide).clamp(-15.0, 15.0).exp(), blocks.to(wide)
        return (1.0 - ((odds * rows.to(wide)) @ blocks) / (odds @ blocks)).sum(dim=-1)


def copy_penalty(rows: Tensor, known: Tensor, radius: Tensor, is_level: Tensor) -> Tensor:
    r"""Nearness of rows to the nearest of the known ones.

    .. math:: E \max\left(0, 1 - \min_j d^2(x, k_j) / h^2\right), \qquad
              d^2(x, k) = \sum_{\mathrm{numbers}} (x_i - k_i)^2
                        + \sum_{\mathrm{levels}} 2 (1 - \langle x_b, k_b \rangle)

    Of exact one-hots, not rescaled, the inner product gives the Euclidean distance, and unlike it has a
    gradient at a copy.

    Parameters
    ----------
    rows : Tensor of shape (members, batch, d)
    known : Tensor of shape (members, n_known, d)
    radius : Tensor of shape (members, 1)
        Distance h, positive, from which on nothing is paid.
    is_level : Tensor of shape (d,)
        1 where a dimension belongs to a one-hot, else 0.

    Returns
    -------
    penalty : Tensor of shape (members,)
    """
    with torch.autocast(rows.device.type, enabled=False):
        wide = torch.promote_types(rows.dtype, torch.float32)
        rows, known = rows.to(wide), known.to(wide)
        # That of a one-hot is constant; its gradient would cancel that of the product at a copy.
        norm = torch.where(is_level > 0, rows.detach(), rows).square().sum(dim=-1, keepdim=True)
        squares = norm + known.square().sum(dim=-1)[:, None] - 2.0 * rows @ known.mT
        return nearness(squares.amin(dim=-1).clamp_min(0.0), radius.to(wide))


def nearness(squares: Tensor, radius: Tensor) -> Tensor:
    r"""Nearness by squared distances: :math:`E \max(0, 1 - d^2 / h^2)`, 0 beyond the radius h, 1 at a copy.

    Parameters
    ----------
    squares : Tensor of shape (..., batch)
        Squared distance of each row from the nearest known one.
    radius : Tensor of shape (..., 1)
        Positive.

    Returns
    -------
    nearness : Tensor of shape (...)
    """
    return functional.relu(1.0 - squares / radius.square()).mean(dim=-1)


def normal_divergence(mean: Tensor, log_scale: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence of diagonal normal laws from N(0, I), averaged over the batch.

    .. math:: \tfrac12 \left(\mu^2 + \sigma^2 - 1\right) - \log \sigma

    Parameters
    ----------
    mean, log_scale : Tensor of shape (members, batch, d)

    Returns
    -------
    divergence : Tensor of shape (members, d)
        Nats per dimension.

    References
    ----------
    D. P. Kingma, M. Welling (2014), "Auto-encoding variational Bayes", arXiv:1312.6114, appendix B.
    """
    return (0.5 * (mean.square() + torch.exp(2 * log_scale) - 1.0) - log_scale).mean(dim=-2)
