"""`HybridGenerator`: pre-sample, then refine with a network, and keep what held-out rows gain by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, FallbackWarning, warn_caller
from imbgen.generators.base import BaseGenerator
from imbgen.generators.checks import check_choice, check_number
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.deep import DeepGenerator
from imbgen.generators.gate import Verdict, decide
from imbgen.generators.paper import PublishedRefiner
from imbgen.generators.plausibility import ClassPlausibility, FoldForests
from imbgen.generators.presamplers import as_generator, check_presampler
from imbgen.generators.presamples import FoldPresamples, fit_presampler
from imbgen.generators.refined import FILTER_DRAWS, CandidateScores, RefinedRows
from imbgen.generators.smote import SMOTEGenerator
from imbgen.generators.storage import describe, prefixed, rebuild, unprefixed
from imbgen.generators.thinning import DensityRatio
from imbgen.metrics import Skill

if TYPE_CHECKING:
    import torch

    from imbgen.models import PresampledRows, TabularRefiner
    from imbgen.models.callbacks import SkillMonitor
    from imbgen.networks import RowRefiner, RowSampler

__all__ = ["HybridGenerator"]

# What the gate leaves: figures, tables, and arrays with an entry for each member.
_SKILLS = ("skill_", "presampler_skill_", "gain_")
_TABLES = ("history_", "candidates_")
_CHOICES = ("scale_", "weight_", "thinned_", "n_updates_")


class HybridGenerator(DeepGenerator):
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
        schema: Mapping[Any, str] | None = None,
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
        self.random_state = random_state

    def _template(self) -> BaseGenerator:
        return SMOTEGenerator() if self.presampler is None else as_generator(self.presampler)

    @property
    def uses_others(self) -> bool:  # type: ignore[override]
        """Whether `fit` reads `others`: if the pre-sampler does, or plausibility is asked for."""
        return self.plausibility != "off" or self._template().uses_others

    @property
    def keeps_shares(self) -> bool:  # type: ignore[override]
        """Whether shares are kept: as far as the pre-sampler keeps them, whose rows may remain."""
        return self._template().keeps_shares

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_presampler(self.presampler)
        check_choice("mode", self.mode, ("gated", "paper"))
        check_choice("plausibility", self.plausibility, ("off", "report", "filter"))
        for name in ("d_latent", "d_hidden"):
            check_number(name, getattr(self, name), low=1, whole=True)
        check_number("max_residual", self.max_residual, low=0.01, high=100)
        for name in ("gradient_penalty", "transport_cost", "copy_penalty"):
            check_number(name, getattr(self, name), low=0)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        if self.plausibility != "off" and (others is None or others.empty):
            raise DataError(
                f"`others` must be given for `plausibility`, however: plausibility={self.plausibility!r} and there"
                " are none. Pass the rows of the other classes, or set it to 'off'."
            )
        template = self._template()
        if self.schema is not None and template.schema is None:
            template.set_params(schema=self.schema)
        # The seed of the whole is the pre-sampler's too, so that alone it would draw the same rows.
        seed = self.random_state if self.random_state is not None else template.random_state
        own_seed = int(rng.integers(2**31))
        self.presampler_ = fit_presampler(template, frame, others, own_seed if seed is None else seed)
        self.used_others_ = others is not None and self.uses_others
        if self.mode == "paper":
            self._fit_as_published(frame, rng)
            return
        self._others = others
        try:
            super()._fit(frame, rng, others)
        finally:
            for name in ("_others", "_folds", "_noise"):
                vars(self).pop(name, None)

    def _fit_as_published(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        self._take_nothing()
        self.fallback_, self.log_dir_, self.refined_ = None, None, True
        drawn = self.presampler_._sample_block(rng)
        self._published = PublishedRefiner(self.schema_).fit(frame, drawn, rng, self.trainer or {})
        self.stop_reason_ = "Training stopped because all epochs of SMOTified-GAN were done."
        self.reason_ = "Rows are refined as in SMOTified-GAN: no held-out row has judged them."

    def _fall_back(self, frame: pd.DataFrame, rng: np.random.Generator, problem: str, reason: str) -> None:
        """Sample from the pre-sampler alone, in the open."""
        warn_caller(f"{problem} The pre-sampler's own rows are sampled; see `fallback_`.", FallbackWarning)
        self.fallback_ = self.presampler_
        self.stop_reason_ = f"{reason}; the pre-sampler's own rows are sampled."
        self.reason_ = self.stop_reason_

    def _take_variants(self, chosen: np.ndarray | None) -> None:
        self.refined_ = False
        self.scale_: np.ndarray | None = None
        self.weight_: np.ndarray | None = None
        self.thinned_: np.ndarray | None = None
        self.gain_: Skill | None = None
        self.presampler_skill_: Skill | None = None
        self.candidates_: pd.DataFrame | None = None
        self.plausibility_: ClassPlausibility | None = None
        self.reason_ = ""
        self._refined: RefinedRows | None = None
        self._published: PublishedRefiner | None = None
        self._forests: FoldForests | None = None

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

    def _data_module(self, rows: np.ndarray, crossfit: CrossFit, updates_per_epoch: int) -> PresampledRows:
        from imbgen.models import PresampledRows

        return PresampledRows(
            rows, crossfit.train_rows, updates_per_epoch=updates_per_epoch, presample=self._folds.pool
        )

    def _encode(self, crossfit: CrossFit, frame: pd.DataFrame, rng: np.random.Generator) -> PresampledRows:
        kinds = {column.name: column.kind.value for column in self.schema_.columns}
        template = self._template().set_params(schema=kinds)
        is_filtered = self.plausibility == "filter"
        self._folds = FoldPresamples(
            template, crossfit, frame, self._others, rng, overdraw=FILTER_DRAWS if is_filtered else 1
        )
        if self.plausibility != "off":  # a spawn: the rows to come stay the same
            self._forests = FoldForests.fit(
                self.schema_, frame, self._others, crossfit.train_rows, *rng.spawn(1)
            )
        return super()._encode(crossfit, frame, rng)  # type: ignore[return-value]

    def _draw_noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        n_members, n_sample, d_noise = shape
        shape = (n_members, n_sample * self._folds.overdraw, d_noise)
        self._noise = self._folds.put_first(super()._draw_noise(shape, rng))
        return self._noise[:, :n_sample]

    def _shown(self, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
        return {"real": frame, "pre-sampled": pd.concat(self._folds.own, ignore_index=True)}

    def _check_learned(self, scores: np.ndarray, crossfit: CrossFit, rng: np.random.Generator) -> None:
        """Nothing: what the gate lets through is better than the pre-sampler."""

    def _choose_variant(
        self, score: Callable[[RowSampler], np.ndarray], monitor: SkillMonitor, rng: np.random.Generator
    ) -> np.ndarray:
        """Let the gate choose, and return the row scores that its choice has earned."""
        is_filtered = self.plausibility == "filter"
        keep = [partial(self._forests.keep, forest=k) for k in range(self._n_members)] if is_filtered else []
        scores = CandidateScores(self._folds, self._network, monitor.weights, self._noise, keep)
        selection = monitor.selection
        verdict = decide(scores, selection.choose_by_others(), selection.parts, selection.choose())
        self._take_verdict(verdict)
        self.presampler_skill_ = monitor.skill_of(verdict.own)
        scores.take_up(verdict.checks)
        if self._forests is not None:
            self.plausibility_ = self._folds.plausibility(self._forests, scores.refine(1.0))
        self._network.scale.copy_(_as_scales(self.scale_))
        return verdict.scores

    def _take_verdict(self, verdict: Verdict) -> None:
        self.refined_, self.reason_ = verdict.is_accepted, verdict.reason
        self.gain_, self.candidates_ = verdict.gain, verdict.table
        self.scale_ = np.array([candidate.scale for candidate in verdict.candidates])
        self.weight_ = np.array([candidate.weight for candidate in verdict.candidates])
        self.thinned_ = np.array([candidate.is_thinned for candidate in verdict.candidates])

    def _calibrate(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        if self.refined_:
            self._refined = self._build_refined()
            self._refined.fit(frame, partial(self.presampler_._sample_block, rng), rng)
            self._calibrations = self._refined.calibrations

    def _build_refined(self) -> RefinedRows:
        forests = self._forests if self.plausibility == "filter" else None
        return RefinedRows(self._network, self._encoder, self.weight_, self.thinned_, forests)

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        draw = partial(self.presampler_._sample_block, rng)
        if self._published is not None:
            return self._published.rows(draw())
        return draw() if self._refined is None else self._refined.block(draw, rng)

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        description, arrays = describe(self.presampler_)
        state: dict[str, Any] = {"presampler": description, "gate": None, "network": None}
        state |= {name: getattr(self, f"{name}_") for name in ("stop_reason", "reason", "used_others")}
        arrays = prefixed("presampler", arrays)
        if self._published is not None:
            state["published"], own = self._published.get_state()
            return state, arrays | prefixed("published", own)
        if self.fallback_ is None:
            state["gate"] = {name: astuple(getattr(self, name)) for name in _SKILLS}
            state["gate"] |= {name: getattr(self, name).to_dict("list") for name in _TABLES}
            if self.plausibility_ is not None:
                state["plausibility"] = astuple(self.plausibility_)
            arrays |= {f"gate/{name}": np.asarray(getattr(self, name)) for name in _CHOICES}
        if self._refined is not None:
            state["network"], own = super()._get_state()
            arrays |= prefixed("network", own)
            if self._refined.ratio is not None:
                arrays |= prefixed("ratio", self._refined.ratio.to_arrays())
            if self.plausibility == "filter" and self._forests is not None:
                arrays |= prefixed("forests", self._forests.to_arrays())
        return state, arrays

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._take_nothing()
        self.presampler_ = rebuild(state["presampler"], unprefixed("presampler", arrays))
        if state["network"] is not None:
            super()._set_state(state["network"], unprefixed("network", arrays))
        for name in ("stop_reason", "reason", "used_others"):
            setattr(self, f"{name}_", state[name])
        self.fallback_, self.log_dir_ = None, None
        if "published" in state:
            own = unprefixed("published", arrays)
            self._published, self.refined_ = PublishedRefiner.from_state(state["published"], own), True
            return
        if state["gate"] is None:
            self.fallback_ = self.presampler_
            return
        for name in _SKILLS:
            setattr(self, name, Skill(*state["gate"][name]))
        for name in _TABLES:
            setattr(self, name, pd.DataFrame(state["gate"][name]))
        for name in _CHOICES:
            setattr(self, name, arrays[f"gate/{name}"])
        if "plausibility" in state:
            self.plausibility_ = ClassPlausibility(*state["plausibility"])
        if state["network"] is not None:
            self.refined_ = True
            if trees := unprefixed("forests", arrays):
                self._forests = FoldForests(self.schema_, trees)
            self._refined = self._build_refined()
            self._refined.calibrations = self._calibrations
            if ratio := unprefixed("ratio", arrays):
                self._refined.ratio = DensityRatio.from_arrays(ratio)


def _as_scales(scales: np.ndarray) -> torch.Tensor:
    """Scales of members as the network holds them, shape (n_members, 1, 1)."""
    import torch

    return torch.from_numpy(scales.astype(np.float32)).reshape(-1, 1, 1)
