"""`RefiningGenerator`: folds, gate, blocks and files of a generator that refines pre-samples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import astuple
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbgen.errors import FallbackWarning, TrainingError, warn_caller
from imbgen.generators.base import BaseGenerator, one_thread
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.deep import DeepGenerator
from imbgen.generators.fold_presamples import FoldPresamples, falls_back, fit_presampler
from imbgen.generators.gate import CANDIDATES, Verdict, decide
from imbgen.generators.paper import PublishedRefiner
from imbgen.generators.plausibility import ClassPlausibility, FoldForests
from imbgen.generators.refined_rows import FILTER_DRAWS, CandidateScores, RefinedRows
from imbgen.generators.storage import describe, prefixed, rebuild, unprefixed
from imbgen.generators.thinning import DensityRatio
from imbgen.metrics import Skill

if TYPE_CHECKING:
    from imbgen.models import PresampledRows
    from imbgen.models.callbacks import SkillMonitor
    from imbgen.networks import RowRefiner, RowSampler

__all__ = ["RefiningGenerator"]

# What the gate leaves: figures, tables, and arrays with an entry for each member.
_SKILLS = ("skill_", "presampler_skill_", "gain_")
_TABLES = ("history_", "candidates_")
_CHOICES = ("scale_", "weight_", "thinned_", "n_updates_")


class RefiningGenerator(DeepGenerator):
    """What `HybridGenerator` does once its parameters are checked."""

    mode: str
    plausibility: str
    _network: RowRefiner
    _published: PublishedRefiner | None

    @abstractmethod
    def _template(self) -> BaseGenerator:
        """Return an unfitted copy of the pre-sampler."""

    def _fit_refined(
        self,
        template: BaseGenerator,
        seed: int,
        frame: pd.DataFrame,
        rng: np.random.Generator,
        others: pd.DataFrame | None,
    ) -> None:
        """Fit the pre-sampler to all rows, then what refines its rows."""
        self.presampler_ = fit_presampler(template, frame, others, seed)
        self.used_others_ = others is not None
        if self.mode == "paper":
            self._fit_as_published(frame, rng)
            return
        self._others = others
        try:
            super()._fit(frame, rng, others)
        finally:  # what only the fit needs
            for name in {"_others", "_folds", "_noise"} & set(vars(self)):
                delattr(self, name)

    def _fit_as_published(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        self._take_nothing()
        self.fallback_, self.log_dir_, self.refined_ = None, None, True
        drawn = self.presampler_._obeying_block(rng)
        import torch  # noqa: F401 (threads are bound once it is there)

        with one_thread():
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
        self._published = None
        self._forests: FoldForests | None = None

    def _data_module(self, rows: np.ndarray, crossfit: CrossFit, updates: int) -> PresampledRows:
        from imbgen.models import PresampledRows

        return PresampledRows(
            rows, crossfit.train_rows, updates_per_epoch=updates, presample=self._folds.pool
        )

    def _encode(self, crossfit: CrossFit, frame: pd.DataFrame, rng: np.random.Generator) -> PresampledRows:
        template = self._template().set_params(schema=self.schema_.overrides)  # as inferred of all rows
        is_filtered = self.plausibility == "filter"
        self._folds = FoldPresamples(
            template, crossfit, frame, self._others, rng, overdraw=FILTER_DRAWS if is_filtered else 1
        )
        if self._folds.has_fallbacks and not falls_back(self.presampler_):
            raise TrainingError(
                "The pre-sampler must be the same with a fold left out, however: there it falls back to"
                " another generator. Take one that needs fewer rows, or fewer folds.",
                "The pre-sampler has too few rows without a fold",
            )
        if self._others is not None and self.plausibility != "off":
            (random,) = rng.spawn(1)  # a spawn: the rows to come stay the same
            self._forests = FoldForests.fit(self.schema_, frame, self._others, crossfit.train_rows, random)
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
        forests, keep = self._forests, []
        if forests is not None and self.plausibility == "filter":
            keep = [partial(forests.keep, forest=k) for k in range(self._n_members)]
        scores = CandidateScores(self._folds, self._network, monitor.weights, self._noise, keep)
        selection = monitor.selection
        verdict = decide(
            scores,
            selection.choose_by_others(),
            selection.parts,
            selection.choose(),
            tolerance=self._tolerance(),
        )
        self._take_verdict(verdict)
        self.n_updates_ = np.array([monitor.history[check]["n_updates"] for check in verdict.checks])
        self.presampler_skill_ = monitor.skill_of(verdict.own)
        scores.take_up(verdict.checks)
        if forests is not None:
            shown = verdict.candidates if verdict.is_accepted else CANDIDATES[-1:] * self._n_members
            self.plausibility_ = self._folds.plausibility(forests, scores.rows_of(shown))
        scores.rescale([candidate.scale for candidate in verdict.candidates])
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
            self._refined.fit(frame, partial(self.presampler_._obeying_block, rng), rng)
            self._calibrations = self._refined.calibrations

    def _build_refined(self) -> RefinedRows:
        assert self.weight_ is not None
        assert self.thinned_ is not None
        forests = self._forests if self.plausibility == "filter" else None
        return RefinedRows(self._network, self._encoder, self.weight_, self.thinned_, forests)

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        draw = partial(self.presampler_._obeying_block, rng)
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
