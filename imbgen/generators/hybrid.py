"""`HybridGenerator`: pre-sample, then refine with a network, and keep what held-out rows gain by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from imbgen.errors import DataError, ParameterError
from imbgen.generators.base import BaseGenerator
from imbgen.generators.checks import check_choice, check_number
from imbgen.generators.presamplers import as_generator, check_presampler
from imbgen.generators.refining import RefiningGenerator
from imbgen.generators.smote import SMOTEGenerator

if TYPE_CHECKING:
    from imbgen.models import TabularRefiner
    from imbgen.networks import RowRefiner

__all__ = ["HybridGenerator"]


class HybridGenerator(RefiningGenerator):
    """Pre-samples refined by a network, as far as held-out rows gain by it: else the pre-samples as they are.

    The rows are split into folds. For each fold a pre-sampler and a refiner are fitted without it (all
    refiners in one pass, see `TabularRefiner`). A gate then chooses among the pre-sampler's own rows, the
    same thinned by their density ratio, and refined ones of several checks, residual scales and mixture
    weights: on some folds, to be tested on the others. Only if the nested gain in log score exceeds one
    standard error is anything but the pre-sampler's own rows sampled. These are never encoded, calibrated or
    filtered: where nothing was accepted, `sample` gives what the pre-sampler alone would, bit by bit, but for
    `rules`. Below 30 rows, and where the training diverges before its first check, the same is done with a
    `FallbackWarning`.

    Parameters
    ----------
    presampler : BaseGenerator or None
        What rows are drawn from first: any generator, or any object with `fit` and `sample`; None takes
        `SMOTEGenerator()`. It is cloned, never fitted itself.
    mode : {"gated", "paper"}
        "paper" is SMOTified-GAN as published, with networks, optimiser and epochs of its own and without a
        gate, for reproduction only; of the parameters below it takes `trainer`, `schema`, `rules` and
        `random_state`.
    d_latent : int
        Dimension of the noise that the refiner sees beside the pre-sample.
    d_hidden : int
        Width of the hidden layers.
    n_blocks : int
        Residual blocks of the refiner; the critic has one hidden layer more.
    max_residual : float
        Farthest that a number is moved, in distances between neighbours along its column.
    n_updates : int or None
        Most updates; None takes 2000 up to 300 rows, and 5000 above.
    batch_size : int
        Rows per update and network.
    learning_rate : float
        Of Adam at the start; falls along a cosine to a tenth.
    gradient_penalty : float
        Weight of the critic's gradient penalties at the start; falls likewise. Higher is smoother.
    transport_cost : float
        Price of moving rows at the start; falls likewise. Higher stays nearer to the pre-samples.
    copy_penalty : float
        Price of lying nearer to training rows than these lie to each other, on average.
    jitter : float
        Standard deviation of the noise that the critic sees on real and refined rows alike.
    averaging : int
        Half-life of the average of the refiner's weights, in updates.
    n_folds : int or None
        Folds, and networks; the time grows with them. 1 holds out a fifth of the rows (at most 200), of which
        each half tests what the other one has chosen. None takes 5 up to 300 rows, and 3 above.
    check_every : int
        Updates between two checks, and for which a pool of pre-samples serves.
    patience : int
        Checks after the last one worth keeping with which training stops.
    plausibility : {"off", "report", "filter"}
        Whether forests that know `others` report which rows look like another class (see
        `ClassPlausibility`), or also filter refined rows: of three times as many those given to this class
        are kept, then the most plausible of the rest. The gate judges filtered rows.
    trainer : mapping, optional
        Options of `lightning.Trainer` (`accelerator`, `devices`, `precision`, ...), and
        `enable_progress_bar` (off by default).
    log_dir : str or Path, optional
        Folder for TensorBoard events and checkpoints of the network; nothing is written without it.
    schema : mapping of column to kind or mapping, optional
        Kinds that overrule the inference, also that of the pre-sampler; of a column that its own `schema`
        names too, that one counts.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`. They
        are applied last, to refined rows and the pre-sampler's own alike; the gate judges rows before that.
    random_state : int, optional
        Seed, also of the pre-sampler, whose own it overrides; None takes the pre-sampler's.

    Attributes
    ----------
    refined_ : bool
        Whether refinement was accepted.
    reason_ : str
        Why or why not, in one sentence.
    presampler_ : BaseGenerator
        Fitted on all rows.
    scale_, weight_ : ndarray of float64, shape (n_members,), or None
        Share of the residual and share of refined rows that were chosen for each network, accepted or not;
        None after a fall-back.
    thinned_ : ndarray of bool, shape (n_members,), or None
        Whether the rows that are not refined were chosen to be thinned; None after a fall-back.
    gain_ : Skill or None
        Nested gain of what was chosen on the pre-sampler's own rows; None after a fall-back.
    candidates_ : DataFrame or None
        `weight`, `scale`, `thinned`, `gain` and `gain_se` of every candidate. Their maximum is no honest
        figure.
    skill_, presampler_skill_ : Skill or None
        Out-of-fold log score of what is sampled from, and of the pre-sampler's own rows, minus that of the
        GMM baseline; None after a fall-back. The first is never below the second.
    plausibility_ : ClassPlausibility or None
        None if not asked for, and after a fall-back.
    uses_others, used_others_ : bool
        Whether `fit` reads the rows of other classes, and whether it did.
    stop_reason_ : str
        Why training stopped, in one sentence.
    n_updates_ : ndarray of int64, shape (n_members,), or None
        Updates of the weights chosen for each network; None after a fall-back.
    history_ : DataFrame or None
        One row per check: `n_updates`, `skill`, `skill_se`, losses, critic outputs, gradient norms; None
        after a fall-back. The checks refine all rows at full scale.
    fallback_ : BaseGenerator or None
        The pre-sampler, if the class was too small or the training failed.
    log_dir_ : Path or None
        Folder of this fit's events and checkpoints: `log_dir`, or ``fit-2`` in it, and so on.

    Notes
    -----
    Above 300 rows, of candidates that the held-out rows cannot tell from the best (two standard errors) and
    that surely gain, one that refines more is chosen: a score of few rows is flat before a forest is.

    The gain is tested once, at one standard error, so that a refiner with nothing to give is let through now
    and then; `benchmarks/hybrid` counts how often.

    References
    ----------
    A. Sharma, P. K. Singh, R. Chandra (2022), "SMOTified-GAN for class imbalanced pattern classification
    problems", IEEE Access 10, arXiv:2108.03235.

    NOTE[DIFF]: the paper refines the very pre-samples that the network was trained on, without noise, and
    takes the last epoch. Here pre-samples are fresh at every step and when sampling, noise restores what
    interpolation has lost, moves are bounded and start at zero, and held-out rows decide.

    Examples
    --------
    >>> from imbgen import HybridGenerator, SMOTEGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = HybridGenerator(n_updates=20, check_every=10, n_folds=2, random_state=0).fit(X[y == "pp"])
    >>> generator.sample(3).shape
    (3, 7)
    >>> generator.skill_.value >= generator.presampler_skill_.value
    True
    """

    def __init__(
        self,
        *,
        presampler: BaseGenerator | None = None,
        mode: str = "gated",
        d_latent: int = 16,
        d_hidden: int = 128,
        n_blocks: int = 2,
        max_residual: float = 2.0,
        n_updates: int | None = None,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        gradient_penalty: float = 3.0,
        transport_cost: float = 0.1,
        copy_penalty: float = 0.1,
        jitter: float = 0.1,
        averaging: int = 100,
        n_folds: int | None = None,
        check_every: int = 50,
        patience: int = 12,
        plausibility: str = "off",
        trainer: Mapping[str, Any] | None = None,
        log_dir: str | Path | None = None,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.presampler = presampler
        self.mode = mode
        self.d_latent = d_latent
        self.d_hidden = d_hidden
        self.n_blocks = n_blocks
        self.max_residual = max_residual
        self.n_updates = n_updates
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.gradient_penalty = gradient_penalty
        self.transport_cost = transport_cost
        self.copy_penalty = copy_penalty
        self.jitter = jitter
        self.averaging = averaging
        self.n_folds = n_folds
        self.check_every = check_every
        self.patience = patience
        self.plausibility = plausibility
        self.trainer = trainer
        self.log_dir = log_dir
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _template(self) -> BaseGenerator:
        return SMOTEGenerator() if self.presampler is None else as_generator(self.presampler)

    @property
    def uses_others(self) -> bool:  # type: ignore[override]
        """Whether `fit` reads `others`: if the pre-sampler does, or plausibility is asked for."""
        return self._asks_for_plausibility or self._template().uses_others

    @property
    def _asks_for_plausibility(self) -> bool:
        return self.mode == "gated" and self.plausibility != "off"

    @property
    def keeps_shares(self) -> bool:  # type: ignore[override]
        """Whether shares are kept: as far as the pre-sampler keeps them, whose rows may remain."""
        return self._template().keeps_shares

    def presample(self, n: int, random_state: int | None = None) -> Any:
        """Draw rows of the pre-sampler alone, to be seen beside those of `sample`.

        Parameters
        ----------
        n : int
            Number of rows.
        random_state : int, optional
            As for `sample`.

        Returns
        -------
        rows : the container given to `fit`, n rows
        """
        check_is_fitted(self)
        return self._container.restore(self.presampler_.sample(n, random_state))

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_presampler(self.presampler)
        try:
            self._template()._check_parameters()
        except ParameterError as error:
            raise ParameterError(f"In `presampler`: {error}") from error
        check_choice("mode", self.mode, ("gated", "paper"))
        check_choice("plausibility", self.plausibility, ("off", "report", "filter"))
        for name in ("d_latent", "d_hidden"):
            check_number(name, getattr(self, name), low=1, whole=True)
        check_number("max_residual", self.max_residual, low=0.01, high=100)
        for name in ("gradient_penalty", "transport_cost", "copy_penalty"):
            check_number(name, getattr(self, name), low=0)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        if self._asks_for_plausibility and (others is None or others.empty):
            raise DataError(
                "`others` must be given for plausibility to be judged, however: there are none and"
                f" plausibility={self.plausibility!r}. Pass rows of the other classes, or set it to 'off'."
            )
        template = self._template().set_params(schema=self._kinds())
        own_seed, seed = int(rng.integers(2**31)), self._seed()
        self._fit_refined(template, own_seed if seed is None else seed, frame, rng, others)

    def _kinds(self) -> Mapping[Any, Any] | None:
        """Kinds of the whole, which are the pre-sampler's too: its own, and ours for the other columns."""
        own = self._template()._kinds()
        return own if self.schema is None else {**self.schema, **(own or {})}

    def _seed(self) -> int | None:
        """Seed of the whole, which is the pre-sampler's too, so that alone it would draw the same rows."""
        return self._template()._seed() if self.random_state is None else self.random_state

    def _build(self, layout: Mapping[str, Any], n_rows: int, seed: int) -> TabularRefiner:
        from imbgen.models import TabularRefiner

        return TabularRefiner(
            **layout,
            d_latent=self.d_latent,
            d_hidden=self.d_hidden,
            n_blocks=self.n_blocks,
            max_residual=self.max_residual,
            gradient_penalty=self.gradient_penalty,
            transport_cost=self.transport_cost,
            copy_penalty=self.copy_penalty,
            **self._schedule(),
            seed=seed,
        )

    def _build_sampler(self, layout: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> RowRefiner:
        import torch

        from imbgen.networks import RowRefiner

        return RowRefiner(
            **layout,
            d_latent=self.d_latent,
            d_hidden=self.d_hidden,
            n_blocks=self.n_blocks,
            generator=torch.Generator(),
        )
