"""`TabularVAE`: a variational autoencoder over encoded rows of one class."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from imbgen import losses
from imbgen.models.module import TabularModule
from imbgen.networks import ResidualMLP, RowDecoder

__all__ = ["TabularVAE"]
# The weight of the divergence rises over this share of the updates.
_WARM_UP = 0.03
# Numbers are normal scores: a noise of 1 explains nothing, one of 0.03 is finer than a rank in a hundred.
_LOWEST_SCALE = 0.03
# Share of a batch in the running noise.
_NOISE_MEMORY = 0.05


class TabularVAE(TabularModule):
    r"""Variational autoencoder with few latent dimensions, for the rows of one class.

    It minimises the negative evidence bound, summed over columns and latent dimensions,

    .. math:: -E_{q(z|x)} \log p(x|z) + \beta \sum_d \max(\mathrm{KL}_d, \mathrm{free\_bits}).

    Numbers are normal with a noise of its own per column, levels and gaps categorical; a number that is
    missing is not judged. The encoder sees rows with jitter, the target is the row itself. Codes are
    not drawn from N(0, I) but from the aggregated posterior: the posterior of a random training row.

    Parameters
    ----------
    n_members : int
        Networks trained side by side.
    d_encoded, d_latent, d_hidden : int
        Dimensions of a row, of a code and of the hidden layers.
    n_blocks : int
        Residual blocks of encoder and decoder each.
    level_blocks : sequence of (int, int)
        Start and stop of each one-hot.
    free_dims : mapping of int to int
        Dimension of a number -> dimension that is 1 where it has a score.
    n_codes : int
        Training rows of a member whose posteriors are kept for sampling.
    n_updates : int
        Updates over which the learning rate falls along a cosine.
    batch_size : int
        Rows per update and member.
    learning_rate : float
        Of Adam.
    kl_weight : float
        β, reached after the first 3 % of the updates.
    free_bits : float
        Nats per latent dimension that cost the same whether used or not.
    jitter : float
        Standard deviation of the encoder's input noise, in units of the encoded array.
    averaging : int
        Half-life of the weight average, in updates.
    seed : int
        Of weights, batches and noise.

    References
    ----------
    D. P. Kingma, M. Welling (2014), "Auto-encoding variational Bayes", arXiv:1312.6114.
    D. P. Kingma et al. (2016), "Improving variational inference with inverse autoregressive flow",
    arXiv:1606.04934, on free bits.
    O. Rybkin, K. Daniilidis, S. Levine (2021), "Simple and effective VAE training with calibrated decoders",
    arXiv:2006.13202, on the optimal noise of a decoder.
    J. M. Tomczak, M. Welling (2018), "VAE with a VampPrior", arXiv:1705.07120, and P. Ghosh et al. (2020),
    "From variational to deterministic autoencoders", arXiv:1903.12436, on laws of the codes fitted after
    the training.
    """

    # NOTE[DIFF]: Rybkin et al. take the optimal noise of each batch, which is erratic for a hundred rows;
    # here it is a running mean with a lowest value. Codes are not drawn from the prior but from one of
    # several laws that held-out rows choose (Tomczak and Welling, Ghosh et al.), and only the encoder sees
    # jittered rows.

    averaged: RowDecoder

    charts: ClassVar[dict[str, Any]] = {
        "autoencoder": {
            "losses": ["Multiline", ["loss/reconstruction", "loss/kl"]],
            "noise of numbers": ["Multiline", ["noise/numbers"]],
            "gradient norm": ["Multiline", ["gradient_norm/autoencoder"]],
        }
    }

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
        n_codes: int,
        n_updates: int,
        batch_size: int,
        learning_rate: float,
        kl_weight: float,
        free_bits: float,
        jitter: float,
        averaging: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        initial = torch.Generator().manual_seed(seed)
        self.encoder = ResidualMLP(
            n_members, d_encoded, d_hidden, 2 * d_latent, n_blocks=n_blocks, generator=initial
        )
        self.decoder = RowDecoder(
            n_members=n_members,
            d_latent=d_latent,
            d_hidden=d_hidden,
            d_encoded=d_encoded,
            n_blocks=n_blocks,
            n_codes=n_codes,
            level_blocks=level_blocks,
            generator=initial,
        )
        self.averaged_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.averaged = copy.deepcopy(self.decoder).requires_grad_(False)
        self._lay_out_levels(level_blocks, d_encoded)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """One Adam for encoder and decoder."""
        return torch.optim.Adam(self._trained(), lr=self.hparams["learning_rate"], foreach=True)

    def update(self) -> None:
        """Update encoder and decoder together."""
        rows = self._draw_real()
        loss = self.loss(rows)
        self._descend(self.optimizers(), loss, self._trained(), "autoencoder")
        self._average(self.averaged_encoder, self.encoder)
        self._average(self.averaged, self.decoder)

    def _trained(self) -> list[nn.Parameter]:
        return [*self.encoder.parameters(), *self.decoder.parameters()]

    def loss(self, rows: Tensor) -> Tensor:
        """Negative evidence bound of rows (n_members, batch, d_encoded), nats, summed over members."""
        mean, log_scale = self.encoder(self._jittered(rows)).chunk(2, dim=-1)
        code = mean + log_scale.exp() * self._normal(*mean.shape)
        reconstruction = self._reconstruction(rows, self.decoder(code))
        divergence = losses.normal_divergence(mean, log_scale)
        self._note("loss/reconstruction", reconstruction)
        self._note("loss/kl", divergence.sum(dim=-1))
        if len(self._level_dims) < rows.shape[-1]:
            self._note("noise/numbers", self.decoder.log_scale[..., self._is_number > 0].exp())
        weight = self.hparams["kl_weight"] * min(1.0, self.n_done / (_WARM_UP * self.hparams["n_updates"]))
        paid = divergence.clamp_min(self.hparams["free_bits"]).sum(dim=-1)
        return (reconstruction + weight * paid).sum()

    def _reconstruction(self, rows: Tensor, scores: Tensor) -> Tensor:
        """Return the negative log density of the rows given their codes, nats per row, (n_members,)."""
        free = self._free_numbers(rows)
        self._update_noise(rows, scores.detach(), free)
        total = (losses.normal_cost(rows, scores, self.decoder.log_scale) * free).sum(dim=-1)
        if len(self._level_dims):
            total = total + self._level_cost(rows, scores)
        return total.mean(dim=-1)

    @torch.no_grad()
    def _update_noise(self, rows: Tensor, means: Tensor, present: Tensor) -> None:
        """Move the noise of numbers towards the likeliest one for this batch: the residuals' own.

        A number that is missing throughout the batch says nothing of its noise.
        """
        counts = present.sum(dim=1, keepdim=True)
        variance = ((rows - means).square() * present).sum(dim=1, keepdim=True) / counts.clamp_min(1.0)
        log_scale = 0.5 * variance.clamp(_LOWEST_SCALE**2, 1.0).log()
        self.decoder.log_scale.lerp_(log_scale, _NOISE_MEMORY * (counts > 0).to(log_scale))

    @torch.no_grad()
    def prepare_check(self) -> None:
        """Give the averaged decoder the posteriors of the training rows under the averaged encoder."""
        rows, shares = self._weighted_rows(self.hparams["n_codes"])
        mean, log_scale = self.averaged_encoder(rows).chunk(2, dim=-1)
        self.averaged.centres.copy_(mean)
        self.averaged.scales.copy_(log_scale.exp())
        self.averaged.log_scale.copy_(self.decoder.log_scale)
        self.averaged.shares = shares
