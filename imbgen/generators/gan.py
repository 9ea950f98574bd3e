"""`GANGenerator`: a cross-fitted, early-stopped GAN for the rows of one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from imbgen.generators.checks import check_choice, check_number
from imbgen.generators.deep import DeepGenerator

if TYPE_CHECKING:
    from imbgen.models import TabularGAN
    from imbgen.networks import RowGenerator

__all__ = ["GANGenerator"]


class GANGenerator(DeepGenerator):
    """Generative adversarial network trained on one class, stopped by held-out skill.

    The rows are split into folds. One network per fold is trained without it, all in one pass, and at
    every check scored on the fold that it has not seen, against a `GMMGenerator` fitted on the same
    rows. Which check a network keeps is decided by the other folds. The generator is the mixture of these
    networks; its `skill_` is out-of-fold. Below 30 rows, and where the training fails (it diverges before its
    first check, collapses, or copies rows), a `KernelGenerator` is fitted instead, with a `FallbackWarning`.
    If it diverges later, weights of earlier checks are kept, with the same warning.

    Parameters
    ----------
    d_latent : int or None
        Dimension of the noise; None takes twice the encoded dimension, between 8 and 64.
    d_hidden : int
        Width of the hidden layers.
    n_blocks : int
        Residual blocks of the generator; the critic has one hidden layer more.
    loss : {"relativistic", "wgan-gp"}
        Relativistic paired loss with penalties on real and fake rows, or that of WGAN-GP for comparison,
        which its authors used with ``n_critic=5, gradient_penalty=10``.
    n_updates : int or None
        Most updates of the generator; None takes 2000 up to 300 rows, and 5000 above.
    n_critic : int
        Critic updates per generator update.
    batch_size : int
        Rows per update and network.
    learning_rate : float
        Of Adam at the start; falls along a cosine to a tenth.
    gradient_penalty : float
        Weight of the gradient penalties at the start; falls likewise. Higher is smoother.
    jitter : float
        Standard deviation of the noise that the critic sees on real and fake rows alike.
    averaging : int
        Half-life of the average of the generator's weights, in updates.
    n_folds : int or None
        Folds, and networks; the time grows with them. 1 holds out a fifth of the rows (at most 200) from a
        single network. None takes 10 up to 300 rows, and 3 above. Above 300 rows the last check is kept that
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
    stop_reason_ : str
        Why training stopped, in one sentence.
    n_updates_ : ndarray of int64, shape (n_members,), or None
        Updates of the weights kept for each network; None after a fall-back.
    history_ : DataFrame or None
        One row per check: `n_updates`, `skill`, `skill_se`, losses, critic outputs, gradient norms; None
        after a fall-back.
    fallback_ : KernelGenerator or None
        What was fitted instead, if the class was too small or the training failed.
    log_dir_ : Path or None
        Folder of this fit's events and checkpoints: `log_dir`, or ``fit-2`` in it, and so on.

    References
    ----------
    Y. Huang et al. (2024), "The GAN is dead; long live the GAN! A modern GAN baseline", arXiv:2501.05441.

    Examples
    --------
    >>> from imbgen import GANGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = GANGenerator(n_updates=20, n_folds=2, random_state=0).fit(X[y == "pp"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    # No two runs of a GAN end alike: it gains most by a mixture of many.
    _folds_of_small: ClassVar[int] = 10

    def __init__(
        self,
        *,
        d_latent: int | None = None,
        d_hidden: int = 128,
        n_blocks: int = 2,
        loss: str = "relativistic",
        n_updates: int | None = None,
        n_critic: int = 1,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        gradient_penalty: float = 3.0,
        jitter: float = 0.1,
        averaging: int = 300,
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
        self.loss = loss
        self.n_updates = n_updates
        self.n_critic = n_critic
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.gradient_penalty = gradient_penalty
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
        check_choice("loss", self.loss, ("relativistic", "wgan-gp"))
        check_number("n_critic", self.n_critic, low=1, whole=True)
        check_number("gradient_penalty", self.gradient_penalty, low=0)

    def _build(self, layout: Mapping[str, Any], n_rows: int, seed: int) -> TabularGAN:
        from imbgen.models import TabularGAN

        return TabularGAN(
            **layout,
            d_latent=self._d_latent(layout["d_encoded"]),
            d_hidden=self.d_hidden,
            n_blocks=self.n_blocks,
            loss=self.loss,
            n_critic=self.n_critic,
            gradient_penalty=self.gradient_penalty,
            **self._schedule(),
            seed=seed,
        )

    def _build_sampler(self, layout: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> RowGenerator:
        import torch

        from imbgen.networks import RowGenerator

        return RowGenerator(
            **layout,
            d_latent=self._d_latent(layout["d_encoded"]),
            d_hidden=self.d_hidden,
            n_blocks=self.n_blocks,
            generator=torch.Generator(),
        )

    def _d_latent(self, d_encoded: int) -> int:
        return self.d_latent if self.d_latent is not None else min(64, max(8, 2 * d_encoded))
