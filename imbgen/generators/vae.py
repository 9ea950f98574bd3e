"""`VAEGenerator`: a cross-fitted, early-stopped variational autoencoder for the rows of one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imbgen.generators.checks import check_choice, check_number
from imbgen.generators.deep import DeepGenerator

if TYPE_CHECKING:
    from imbgen.models import TabularVAE
    from imbgen.networks import RowDecoder, RowSampler

__all__ = ["VAEGenerator"]

#: What codes may be drawn from; `imbgen.models.codes.with_codes` makes each.
CODE_LAWS = ("posterior", "narrow posterior", "wide posterior", "mixture", "normal")


class VAEGenerator(DeepGenerator):
    """Variational autoencoder trained on one class, stopped by held-out skill.

    The rows are split into folds. One network per fold is trained without it, all in one pass, and at
    every check scored on the fold that it has not seen, against a `GMMGenerator` fitted on the same
    rows. Which check a network keeps, and which law its codes are drawn from, is decided by the other folds.
    The generator is the mixture of these networks; its `skill_` is out-of-fold. Below 30 rows, and where the
    training fails (it diverges before its first check, collapses, or copies rows), a `KernelGenerator` is
    fitted instead, with a `FallbackWarning`. If it diverges later, weights of earlier checks are kept, with
    the same warning.

    Parameters
    ----------
    d_latent : int or None
        Dimension of the codes; None takes half the encoded dimension, between 2 and 16.
    d_hidden : int
        Width of the hidden layers.
    n_blocks : int
        Residual blocks of encoder and decoder each.
    codes : {"auto", "posterior", "narrow posterior", "wide posterior", "mixture", "normal"}
        Law of the codes: the posterior of a random training row, with its standard deviations as they are,
        halved or half as large again; a Gaussian mixture of these; N(0, I). "auto" lets held-out rows choose.
    n_updates : int or None
        Most updates; None takes 2000 up to 300 rows, and 5000 above.
    batch_size : int
        Rows per update and network.
    learning_rate : float
        Of Adam at the start; falls along a cosine to a tenth.
    kl_weight : float
        Weight of the divergence from N(0, I), reached after the first 3 % of the updates. Higher is smoother.
    free_bits : float
        Divergence that is free, nats per latent dimension.
    jitter : float
        Standard deviation of the noise that the encoder sees.
    averaging : int
        Half-life of the average of the weights, in updates.
    n_folds : int or None
        Folds, and networks; the time grows with them. 1 holds out a fifth of the rows (at most 200) from a
        single network. None takes 5 up to 300 rows, and 3 above. Above 300 rows the last check is kept that
        the held-out rows cannot tell from the best one (two standard errors).
    check_every : int
        Updates between two checks.
    patience : int
        Checks after the last one worth keeping with which training stops.
    trainer : mapping, optional
        Options of `lightning.Trainer` (`accelerator`, `devices`, `precision`, ...), and
        `enable_progress_bar` (off by default).
    log_dir : str or Path, optional
        Folder for TensorBoard events and checkpoints of the network; nothing is written without it.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
    random_state : int, optional
        Seed; the same seed gives the same rows on the same CPU type and versions.

    Attributes
    ----------
    skill_ : Skill or None
        Out-of-fold log score minus that of the GMM baseline; None after a fall-back.
    codes_ : list of str or None
        Law chosen for each network; None after a fall-back.
    stop_reason_ : str
        Why training stopped, in one sentence.
    n_updates_ : ndarray of int64, shape (n_members,), or None
        Updates of the weights kept for each network; None after a fall-back.
    history_ : DataFrame or None
        One row per check: `n_updates`, `skill`, `skill_se`, losses, noise, gradient norm; None after a
        fall-back. The checks draw codes from the posterior.
    fallback_ : KernelGenerator or None
        What was fitted instead, if the class was too small or the training failed.
    log_dir_ : Path or None
        Folder of this fit's events and checkpoints: `log_dir`, or ``fit-2`` in it, and so on.

    References
    ----------
    D. P. Kingma, M. Welling (2014), "Auto-encoding variational Bayes", arXiv:1312.6114.
    P. Ghosh et al. (2020), "From variational to deterministic autoencoders", arXiv:1903.12436, on laws of
    the codes fitted after the training.

    Examples
    --------
    >>> from imbgen import VAEGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = VAEGenerator(n_updates=20, n_folds=2, random_state=0).fit(X[y == "pp"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    def __init__(
        self,
        *,
        d_latent: int | None = None,
        d_hidden: int = 128,
        n_blocks: int = 1,
        codes: str = "auto",
        n_updates: int | None = None,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        kl_weight: float = 1.0,
        free_bits: float = 0.0,
        jitter: float = 0.1,
        averaging: int = 100,
        n_folds: int | None = None,
        check_every: int = 50,
        patience: int = 12,
        trainer: Mapping[str, Any] | None = None,
        log_dir: str | Path | None = None,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.d_latent = d_latent
        self.d_hidden = d_hidden
        self.n_blocks = n_blocks
        self.codes = codes
        self.n_updates = n_updates
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.kl_weight = kl_weight
        self.free_bits = free_bits
        self.jitter = jitter
        self.averaging = averaging
        self.n_folds = n_folds
        self.check_every = check_every
        self.patience = patience
        self.trainer = trainer
        self.log_dir = log_dir
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.d_latent is not None:
            check_number("d_latent", self.d_latent, low=1, whole=True)
        check_number("d_hidden", self.d_hidden, low=1, whole=True)
        check_choice("codes", self.codes, ("auto", *CODE_LAWS))
        check_number("kl_weight", self.kl_weight, low=0)
        check_number("free_bits", self.free_bits, low=0)

    def _build(self, layout: Mapping[str, Any], n_rows: int, seed: int) -> TabularVAE:
        from imbgen.models import TabularVAE
        from imbgen.models.module import MOST_KEPT

        return TabularVAE(
            **layout,
            d_latent=self._d_latent(layout["d_encoded"]),
            d_hidden=self.d_hidden,
            n_blocks=self.n_blocks,
            n_codes=min(n_rows, MOST_KEPT),
            kl_weight=self.kl_weight,
            free_bits=self.free_bits,
            **self._schedule(),
            seed=seed,
        )

    def _build_sampler(self, layout: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> RowDecoder:
        import torch

        from imbgen.networks import RowDecoder

        return RowDecoder(
            n_members=layout["n_members"],
            d_latent=self._d_latent(layout["d_encoded"]),
            d_hidden=self.d_hidden,
            d_encoded=layout["d_encoded"],
            n_blocks=self.n_blocks,
            n_codes=weights["shares"].shape[1],
            level_blocks=layout["level_blocks"],
            generator=torch.Generator(),
        )

    def _d_latent(self, d_encoded: int) -> int:
        return self.d_latent if self.d_latent is not None else min(16, max(2, d_encoded // 2))

    def _laws(self) -> Sequence[str]:
        return CODE_LAWS if self.codes == "auto" else (self.codes,)

    def _variants(self, network: RowSampler, seed: int) -> Sequence[RowSampler]:
        from imbgen.models.codes import with_codes

        return [with_codes(network, law, seed) for law in self._laws()]  # type: ignore[arg-type]

    def _take_variants(self, chosen: np.ndarray | None) -> None:
        self.codes_ = None if chosen is None else [self._laws()[choice] for choice in chosen]

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state, arrays = super()._get_state()
        return state | {"codes": self.codes_}, arrays

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        super()._set_state(state, arrays)
        self.codes_ = state["codes"]
