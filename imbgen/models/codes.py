"""Laws that codes are drawn from: what a trained decoder may be given in place of N(0, I)."""

from __future__ import annotations

import copy

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from imbgen.errors import hushed
from imbgen.networks import RowDecoder

__all__ = ["with_codes"]

_WIDTHS = {"posterior": 1.0, "narrow posterior": 0.5, "wide posterior": 1.5}
_MOST_COMPONENTS, _ROWS_PER_COMPONENT = 10, 20
_REGULARIZATION = 1e-3


def with_codes(decoder: RowDecoder, law: str, seed: int) -> RowDecoder:
    """Return a copy of a decoder that draws its codes from another law.

    Parameters
    ----------
    decoder : RowDecoder
        Holds the posteriors of training rows.
    law : {"posterior", "narrow posterior", "wide posterior", "mixture", "normal"}
        The posterior of a random training row, with its standard deviations as they are, halved or half as
        large again; a Gaussian mixture fitted to draws from these posteriors, its size by BIC; N(0, I).
    seed : int
        Of the mixture's fit.
    """
    changed = copy.deepcopy(decoder)
    if law in _WIDTHS:
        changed.scales.mul_(_WIDTHS[law])
    elif law == "normal":
        changed.centres.zero_()
        changed.scales.fill_(1.0)
    else:
        for member in range(decoder.n_members):
            _fit_mixture(changed, member, np.random.default_rng((seed, member)))
    return changed


def _fit_mixture(decoder: RowDecoder, member: int, rng: np.random.Generator) -> None:
    """Replace the posteriors of a member by a mixture of Gaussians along the principal axes of its codes."""
    n_rows = int((decoder.shares[member] < 1.0).sum()) + 1
    centres, scales = (part[member, :n_rows].cpu().numpy() for part in (decoder.centres, decoder.scales))
    draws = (centres + scales * rng.standard_normal((4, *centres.shape))).reshape(-1, centres.shape[1])
    _, axes = np.linalg.eigh(np.atleast_2d(np.cov(draws, rowvar=False)))
    most = min(_MOST_COMPONENTS, max(1, n_rows // _ROWS_PER_COMPONENT))
    turned = draws @ axes
    best = min((_fit_diagonal(turned, k, rng) for k in range(1, most + 1)), key=lambda fit: fit.bic(turned))
    k = best.n_components
    decoder.axes[member].copy_(torch.from_numpy(axes.T))
    decoder.centres[member, :k].copy_(torch.from_numpy(best.means_))
    decoder.scales[member, :k].copy_(torch.from_numpy(np.sqrt(best.covariances_)))
    shares = np.ones(decoder.shares.shape[1])
    shares[:k] = np.minimum(np.cumsum(best.weights_), 1.0)
    shares[k - 1] = 1.0
    decoder.shares[member].copy_(torch.from_numpy(shares))


def _fit_diagonal(draws: np.ndarray, k: int, rng: np.random.Generator) -> GaussianMixture:
    mixture = GaussianMixture(
        k, covariance_type="diag", reg_covar=_REGULARIZATION, random_state=int(rng.integers(2**31))
    )
    with hushed(ConvergenceWarning):  # a fit that stops short is compared by what it reached
        return mixture.fit(draws)
