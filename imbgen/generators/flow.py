"""`FlowGenerator`: flow matching for the rows of one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imbgen.generators.checks import check_number
from imbgen.generators.deep import DeepGenerator

if TYPE_CHECKING:
    from imbgen.models import TabularFlow
    from imbgen.networks import RowFlow

__all__ = ["FlowGenerator"]

# Width of the hidden layers for small classes and for larger ones.
_NARROW, _WIDE = 128, 256


class FlowGenerator(DeepGenerator):
    """Flow matching trained on one class, stopped by held-out skill.

    A network learns the velocity that carries normal noise to encoded rows; sampling follows it. The rows are
    split into folds. One network per fold is trained without it, all in one pass, and at every check scored
    on the fold that it has not seen, against a `GMMGenerator` fitted on the same rows. Which check a network
    keeps is decided by the other folds. The generator is the mixture of these networks; its `skill_` is
    out-of-fold. Below 30 rows, and where the training fails (it diverges before its first check, collapses,
    or copies rows), a `KernelGenerator` is fitted instead, with a `FallbackWarning`. If it diverges later,
    weights of earlier checks are kept, with the same warning.

    Parameters
    ----------
    d_hidden : int or None
        Width of the hidden layers; None takes 128 up to 300 rows, and 256 above.
    n_blocks : int
        Residual blocks.
    n_steps : int
        Steps from the start of a path to a row; more are slower and finer.
    start_time : float
        Where paths start: 0 is pure noise; at 0.4 they start from a random training row of which two fifths
        are left, the rest is noise. The later (at most 0.95), the nearer new rows are to those learned,
        until they are copies, for which kernels are fitted instead. Unless it is 0, a saved
        model holds training rows.
    n_updates : int or None
        Most updates; None takes 2000 up to 300 rows, and 5000 above.
    batch_size : int
        Rows per update and network.
    learning_rate : float
        Of Adam at the start; falls along a cosine to a tenth.
    jitter : float
        Standard deviation of the noise on the numbers that are learned. Higher is smoother.
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
    stop_reason_ : str
        Why training stopped, in one sentence.
    n_updates_ : ndarray of int64, shape (n_members,), or None
        Updates of the weights kept for each network; None after a fall-back.
    history_ : DataFrame or None
        One row per check: `n_updates`, `skill`, `skill_se`, losses, gradient norm; None after a fall-back.
    fallback_ : KernelGenerator or None
        What was fitted instead, if the class was too small or the training failed.
    log_dir_ : Path or None
        Folder of this fit's events and checkpoints: `log_dir`, or ``fit-2`` in it, and so on.

    References
    ----------
    Y. Lipman et al. (2023), "Flow matching for generative modeling", arXiv:2210.02747.
    F. Eijkelboom et al. (2024), "Variational flow matching for graph generation", arXiv:2406.04843.
    C. Meng et al. (2022), "SDEdit: guided image synthesis and editing with stochastic differential
    equations", arXiv:2108.01073.

    Examples
    --------
    >>> from imbgen import FlowGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = FlowGenerator(n_updates=20, n_folds=2, random_state=0).fit(X[y == "pp"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    def __init__(
        self,
        *,
        d_hidden: int | None = None,
        n_blocks: int = 2,
        n_steps: int = 8,
        start_time: float = 0.4,
        n_updates: int | None = None,
        batch_size: int = 256,
        learning_rate: float = 1e-3,
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
        self.d_hidden = d_hidden
        self.n_blocks = n_blocks
        self.n_steps = n_steps
        self.start_time = start_time
        self.n_updates = n_updates
        self.batch_size = batch_size
        self.learning_rate = learning_rate
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
        if self.d_hidden is not None:
            check_number("d_hidden", self.d_hidden, low=1, whole=True)
        check_number("n_steps", self.n_steps, low=1, whole=True)
        check_number("start_time", self.start_time, low=0, high=0.95)

    def _build(self, layout: Mapping[str, Any], n_rows: int, seed: int) -> TabularFlow:
        from imbgen.models import TabularFlow
        from imbgen.models.module import MOST_KEPT

        return TabularFlow(
            n_members=layout["n_members"],
            d_encoded=layout["d_encoded"],
            level_blocks=layout["level_blocks"],
            d_hidden=self.d_hidden or (_NARROW if self._is_small else _WIDE),
            n_blocks=self.n_blocks,
            n_steps=self.n_steps,
            start_time=self.start_time,
            n_starts=min(n_rows, MOST_KEPT) if self.start_time else 1,
            **self._schedule(),
            seed=seed,
        )

    def _build_sampler(self, layout: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> RowFlow:
        import torch

        from imbgen.networks import RowFlow

        return RowFlow(
            n_members=layout["n_members"],
            d_hidden=weights["body.first.weight"].shape[-1],
            d_encoded=layout["d_encoded"],
            n_blocks=self.n_blocks,
            level_blocks=layout["level_blocks"],
            n_steps=self.n_steps,
            start_time=self.start_time,
            n_starts=weights["shares"].shape[1],
            generator=torch.Generator(),
        )
