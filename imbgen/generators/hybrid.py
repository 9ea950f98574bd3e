"""`HybridGenerator`: pre-sample, then refine with a network, and keep what held-out rows gain by it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration
from imbgen.errors import FallbackWarning, warn_caller
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_number
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.deep import DeepGenerator, draw_raw
from imbgen.generators.gate import CANDIDATES, Candidate, Verdict, decide
from imbgen.generators.presamplers import as_generator, check_presampler
from imbgen.generators.presamples import FoldPresamples, fit_presampler, mix_rows, thin_rows
from imbgen.generators.smote import SMOTEGenerator
from imbgen.generators.storage import describe, prefixed, rebuild, unprefixed
from imbgen.generators.thinning import OVERDRAW, DensityRatio
from imbgen.metrics import Skill

if TYPE_CHECKING:
    from imbgen.models import PresampledRows, TabularRefiner
    from imbgen.models.callbacks import SkillMonitor
    from imbgen.networks import RowRefiner, RowSampler

__all__ = ["HybridGenerator"]

# What the gate leaves: figures, and arrays with an entry for each member.
_SKILLS = ("skill_", "presampler_skill_", "gain_")
_CHOICES = ("scale_", "weight_", "thinned_", "n_updates_")


class HybridGenerator(DeepGenerator):
    def __init__(
        self,
        *,
        presampler: BaseGenerator | None = None,
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
        trainer: Mapping[str, Any] | None = None,
        log_dir: str | Path | None = None,
        schema: Mapping[Any, str] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.presampler = presampler
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
        self.trainer = trainer
        self.log_dir = log_dir
        self.schema = schema
        self.random_state = random_state

    def _template(self) -> BaseGenerator:
        return SMOTEGenerator() if self.presampler is None else as_generator(self.presampler)

    @property
    def uses_others(self) -> bool:  # type: ignore[override]
        """Whether `fit` reads `others`: if the pre-sampler does."""
        return bool(getattr(self._template(), "uses_others", False))

    @property
    def keeps_shares(self) -> bool:  # type: ignore[override]
        """Whether shares are kept: as far as the pre-sampler keeps them, whose rows may remain."""
        return bool(getattr(self._template(), "keeps_shares", False))

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_presampler(self.presampler)
        for name in ("d_latent", "d_hidden"):
            check_number(name, getattr(self, name), low=1, whole=True)
        check_number("max_residual", self.max_residual, low=0.01, high=100)
        for name in ("gradient_penalty", "transport_cost", "copy_penalty"):
            check_number(name, getattr(self, name), low=0)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        template = self._template()
        if self.schema is not None and template.schema is None:
            template.set_params(schema=self.schema)
        seed = int(rng.integers(2**31)) if self.random_state is None else self.random_state
        own_seed = self.random_state is None and template.random_state is not None
        self.presampler_ = fit_presampler(template, frame, others, None if own_seed else seed)
        self._others = others
        try:
            super()._fit(frame, rng, others)
        finally:
            del self._others
            self.__dict__.pop("_folds", None)

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
        self.reason_ = ""
        self._ratio: DensityRatio | None = None

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
        self._folds = FoldPresamples(template, crossfit, frame, self._others, rng)
        return super()._encode(crossfit, frame, rng)  # type: ignore[return-value]

    def _draw_noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        self._noise = self._folds.put_first(super()._draw_noise(shape, rng))
        return self._noise

    def _shown(self, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
        return {"real": frame, "pre-sampled": pd.concat(self._folds.own, ignore_index=True)}

    def _check_learned(self, scores: np.ndarray, crossfit: CrossFit, rng: np.random.Generator) -> None:
        """Nothing: what the gate lets through is better than the pre-sampler."""

    def _choose_variant(
        self, score: Callable[[RowSampler], np.ndarray], monitor: SkillMonitor, rng: np.random.Generator
    ) -> np.ndarray:
        """Let the gate choose, and return the row scores that its choice has earned."""
        once: dict[Candidate, np.ndarray] = {}  # scores that do not depend on the check

        def scores_at(check: int) -> np.ndarray:
            self._network.load_state_dict(monitor.weights(np.full(self._n_members, check)))
            refined: dict[float, list[pd.DataFrame]] = {}
            scores = dict(once)
            for candidate in [candidate for candidate in CANDIDATES if candidate not in once]:
                scale = candidate.scale
                if candidate.weight and scale not in refined:
                    self._network.scale.fill_(scale)
                    refined[scale] = self._folds.refine(draw_raw(self._network, self._noise))
                scores[candidate] = self._folds.score(candidate, refined.get(scale, []))
            once.update({candidate: scores[candidate] for candidate in CANDIDATES if not candidate.scale})
            return np.stack([scores[candidate] for candidate in CANDIDATES])

        selection = monitor.selection
        verdict = decide(scores_at, selection.choose_by_others(), selection.parts, selection.choose())
        self._take_verdict(verdict)
        self.presampler_skill_ = monitor.skill_of(verdict.own)
        if self.refined_:
            import torch

            self._network.load_state_dict(monitor.weights(verdict.checks))
            self._network.scale.copy_(torch.from_numpy(self.scale_).reshape(-1, 1, 1))
        return verdict.scores

    def _take_verdict(self, verdict: Verdict) -> None:
        self.refined_, self.reason_ = verdict.is_accepted, verdict.reason
        self.gain_, self.candidates_ = verdict.gain, verdict.table
        self.scale_ = np.array([candidate.scale for candidate in verdict.candidates])
        self.weight_ = np.array([candidate.weight for candidate in verdict.candidates])
        self.thinned_ = np.array([candidate.is_thinned for candidate in verdict.candidates])

    def _calibrate(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        """Calibrate each member to the marginals of all rows of the class, and fit what thins."""
        if not self.refined_:
            return
        own = self.presampler_._sample_block(rng)
        noise = self._refiner_noise(own, np.tile(np.arange(BLOCK_ROWS), (self._n_members, 1)), rng)
        output = draw_raw(self._network, noise)
        self._calibrations = [MarginalCalibration.fit(rows, self._encoder) for rows in output]
        if self.thinned_.any():
            real = self._encoder.encode(frame, rng)
            drawn = self._encoder.encode(self.presampler_._sample_block(rng), rng)
            drawn = drawn[: OVERDRAW * len(real)]
            self._ratio = DensityRatio.fit(real, drawn, self._encoder.number_dims, rng)

    def _thin(self, own: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Draw more pre-samples, and keep a block of them by their density ratio."""
        more = [self.presampler_._sample_block(rng) for _ in range(OVERDRAW - 1)]
        rows = pd.concat([own, *more], ignore_index=True)
        return thin_rows(rows, self._encoder.encode(rows, rng), self._ratio, BLOCK_ROWS, rng)

    def _refiner_noise(self, own: pd.DataFrame, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Noise that begins with the encoded rows in `places`, int64 of shape (n_members, n)."""
        encoded = self._encoder.encode(own, rng)
        noise = rng.standard_normal((*places.shape, self._network.d_noise), dtype=np.float32)
        noise[..., : encoded.shape[1]] = encoded[places]
        return noise

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        own = self.presampler_._sample_block(rng)
        if not self.refined_:
            return own
        thinned = self._thin(own, rng) if self._ratio is not None else own
        n = -(-BLOCK_ROWS // self._n_members)
        places = np.arange(self._n_members * n).reshape(self._n_members, n) % BLOCK_ROWS
        output = draw_raw(self._network, self._refiner_noise(own, places, rng))
        members = []
        for k, weight in enumerate(self.weight_):
            kept = (thinned if self.thinned_[k] else own).iloc[places[k]]
            refined = self._encoder.decode(self._calibrations[k].apply(output[k], self._encoder))
            members.append(mix_rows(refined, kept, weight))
        order = rng.permutation(self._n_members * n)[:BLOCK_ROWS]
        return pd.concat(members, ignore_index=True).iloc[order].reset_index(drop=True)

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        description, arrays = describe(self.presampler_)
        state: dict[str, Any] = {"presampler": description, "gate": None, "network": None}
        state |= {"stop_reason": self.stop_reason_, "reason": self.reason_}
        arrays = prefixed("presampler", arrays)
        if self.fallback_ is None:
            skills = {name: astuple(getattr(self, name)) for name in _SKILLS}
            history, candidates = self.history_, self.candidates_
            state["gate"] = skills | {
                "history_": pd.DataFrame(history).to_dict("list"),
                "candidates_": pd.DataFrame(candidates).to_dict("list"),
            }
            arrays |= {f"gate/{name}": np.asarray(getattr(self, name)) for name in _CHOICES}
        if self.refined_:
            state["network"], own = super()._get_state()
            arrays |= prefixed("network", own)
        if self._ratio is not None:
            arrays |= prefixed("ratio", self._ratio.to_arrays())
        return state, arrays

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._take_nothing()
        self.presampler_ = rebuild(state["presampler"], unprefixed("presampler", arrays))
        self.fallback_ = self.presampler_ if state["gate"] is None else None
        self.refined_ = state["network"] is not None
        if self.refined_:
            super()._set_state(state["network"], unprefixed("network", arrays))
        if ratio := unprefixed("ratio", arrays):
            self._ratio = DensityRatio.from_arrays(ratio)
        self.stop_reason_, self.reason_, self.log_dir_ = state["stop_reason"], state["reason"], None
        if state["gate"] is not None:
            for name in _SKILLS:
                setattr(self, name, Skill(*state["gate"][name]))
            for name in ("history_", "candidates_"):
                setattr(self, name, pd.DataFrame(state["gate"][name]))
            for name in _CHOICES:
                setattr(self, name, arrays[f"gate/{name}"])
