"""`HybridGenerator`: pre-sample, then refine with a network, and keep what held-out rows gain by it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
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
from imbgen.generators.thinning import OVERDRAW, DensityRatio
from imbgen.metrics import Skill

if TYPE_CHECKING:
    from imbgen.models import PresampledRows, TabularRefiner
    from imbgen.models.callbacks import SkillMonitor
    from imbgen.networks import RowRefiner, RowSampler

__all__ = ["HybridGenerator"]


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
            outputs: dict[float, np.ndarray] = {}
            rows = []
            for candidate in CANDIDATES:
                if candidate not in once:
                    if candidate.weight and candidate.scale not in outputs:
                        self._network.scale.fill_(candidate.scale)
                        outputs[candidate.scale] = draw_raw(self._network, self._noise)
                    output = outputs[candidate.scale] if candidate.weight else None
                    rows.append(self._folds.score(candidate, output, []))
                    if not candidate.scale:
                        once[candidate] = rows[-1]
                else:
                    rows.append(once[candidate])
            return np.stack(rows)

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

    def _calibrate(self, rng: np.random.Generator) -> None:
        """Calibrate each member to the marginals of all rows of the class, and fit what thins."""
        if not self.refined_:
            return
        own = self.presampler_._sample_block(rng)
        noise = self._refiner_noise(own, np.tile(np.arange(BLOCK_ROWS), (self._n_members, 1)), rng)
        output = draw_raw(self._network, noise)
        self._calibrations = [MarginalCalibration.fit(rows, self._encoder) for rows in output]

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
        n = -(-BLOCK_ROWS // self._n_members)
        places = np.arange(self._n_members * n).reshape(self._n_members, n) % BLOCK_ROWS
        output = draw_raw(self._network, self._refiner_noise(own, places, rng))
        members = [
            mix_rows(
                self._encoder.decode(self._calibrations[k].apply(output[k], self._encoder)),
                own.iloc[places[k]],
                self.weight_[k],
            )
            for k in range(self._n_members)
        ]
        order = rng.permutation(self._n_members * n)[:BLOCK_ROWS]
        return pd.concat(members, ignore_index=True).iloc[order].reset_index(drop=True)
