"""`FoldPresamples`: pre-samplers fitted without a fold each, and the rows that candidates are judged by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.base import clone

from imbgen.errors import FallbackWarning, hushed
from imbgen.generators.base import BaseGenerator
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.gate import Candidate
from imbgen.generators.plausibility import ClassPlausibility, FoldForests
from imbgen.generators.thinning import OVERDRAW, DensityRatio

__all__ = ["FoldPresamples", "Keep", "falls_back", "fit_presampler", "mix_rows"]

# Rows of a member's pool, of which an epoch draws its batches.
_POOL_ROWS = 2048

#: Takes a frame and how many rows to keep, returns their places.
Keep = Callable[[pd.DataFrame, int], np.ndarray]


class FoldPresamples:
    """Pre-samplers of all members, each fitted on the rows that its member may see, and what they draw.

    Parameters
    ----------
    template : BaseGenerator
        Unfitted; it is cloned.
    crossfit : CrossFit
    frame : DataFrame of shape (n_rows, n_columns)
        The class.
    others : DataFrame or None
        See `BaseGenerator.fit`.
    rng : numpy.random.Generator
    overdraw : int
        Times as many pre-samples as rows that are scored, for filters to choose from.

    Attributes
    ----------
    own : list of DataFrame
        Of each member the pre-sampler's own rows, as many as are scored: candidate 0.
    """

    def __init__(
        self,
        template: BaseGenerator,
        crossfit: CrossFit,
        frame: pd.DataFrame,
        others: pd.DataFrame | None,
        rng: np.random.Generator,
        *,
        overdraw: int = 1,
    ) -> None:
        self._crossfit, self.overdraw = crossfit, overdraw
        seeds = [int(seed) for seed in rng.integers(2**31, size=len(crossfit.train_rows))]
        with hushed(FallbackWarning):  # `has_fallbacks` tells
            self._samplers = [
                fit_presampler(template, frame.iloc[rows].reset_index(drop=True), others, seed)
                for rows, seed in zip(crossfit.train_rows, seeds, strict=True)
            ]
        self._seed = int(rng.integers(2**31))
        self._rows = self.draw(0, crossfit.n_sample * overdraw)
        self.own = [rows.head(crossfit.n_sample) for rows in self._rows]
        self._thinned = [self._thin(member, frame, rng) for member in range(len(self._samplers))]

    @property
    def has_fallbacks(self) -> bool:
        """Whether another generator stands in for a pre-sampler that had too few rows."""
        return any(map(falls_back, self._samplers))

    def draw(self, stream: int, n: int) -> list[pd.DataFrame]:
        """Draw `n` pre-samples of each member from the stream of that number."""
        seed = np.random.SeedSequence(self._seed, spawn_key=(stream,)).generate_state(1)[0]
        return [sampler.sample(n, random_state=int(seed)) for sampler in self._samplers]

    def encode(self, frames: Sequence[pd.DataFrame], seed: int) -> np.ndarray:
        """Encode rows of each member by its own encoder; float32 of shape (n_members, n, d_encoded)."""
        pairs = zip(self._crossfit.encoders, frames, strict=True)
        return np.stack([encoder.encode(frame, seed) for encoder, frame in pairs])

    def pool(self, epoch: int) -> np.ndarray:
        """Return the encoded pool of an epoch, float32 of shape (n_members, n_pool, d_encoded)."""
        return self.encode(self.draw(epoch + 2, _POOL_ROWS), epoch)

    def put_first(self, noise: np.ndarray) -> np.ndarray:
        """Return a refiner's noise, its beginning the encoded pre-samples that candidates are judged by."""
        encoded = self.encode(self._rows, 0)
        noise[..., : encoded.shape[-1]] = encoded
        return noise

    def refine(self, output: np.ndarray, keep: Sequence[Keep] = ()) -> list[pd.DataFrame]:
        """Return the refined rows of each member for raw output, shape (n_members, n, d_encoded).

        `keep` holds for each member what filters its rows; empty for no filter.
        """
        refined = [self._crossfit.decode(member, output) for member in range(len(output))]
        if not keep:
            return refined
        n = self._crossfit.n_sample
        return [rows.iloc[choose(rows, n)] for rows, choose in zip(refined, keep, strict=True)]

    def score(self, candidate: Candidate, refined: Sequence[pd.DataFrame]) -> np.ndarray:
        """Return the row scores of a candidate, float64 of shape (n_scored,).

        `refined` are the refined rows of each member at the candidate's scale; unused without a weight.
        """
        members = range(len(self.own))
        return self._crossfit.score_rows([self.rows_of(k, candidate, refined) for k in members])

    def rows_of(self, member: int, candidate: Candidate, refined: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Return what a candidate makes of a member's pre-samples; `refined` as for `score`."""
        rows = (self._thinned if candidate.is_thinned else self.own)[member]
        return mix_rows(refined[member], rows, candidate.weight) if candidate.weight else rows

    def plausibility(self, forests: FoldForests, made: Sequence[pd.DataFrame]) -> ClassPlausibility:
        """Return the shares of real, pre-sampled and made rows that each fold's forest gives to others."""
        shares = []
        for frames in (self._crossfit.held_out, self.own, made):
            judged = [forests.share(rows, forest) < 0.5 for forest, rows in enumerate(frames)]
            shares.append(float(np.concatenate(judged).mean()))
        return ClassPlausibility(*shares)

    def _thin(self, member: int, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        known = frame.iloc[self._crossfit.train_rows[member]]
        encoder = self._crossfit.encoders[member]
        n, sampler = self._crossfit.n_sample, self._samplers[member]
        seeds = [int(seed) for seed in rng.integers(2**31, size=2)]
        drawn = [sampler.sample(OVERDRAW * n, random_state=seed) for seed in seeds]
        n_learned = min(len(drawn[0]), OVERDRAW * len(known))
        learned = encoder.encode(drawn[0].head(n_learned), 0)
        ratio = DensityRatio.fit(encoder.encode(known, 0), learned, encoder.number_dims, rng)
        return ratio.thin(drawn[1], encoder.encode(drawn[1], 0), n, rng)


def fit_presampler(
    template: BaseGenerator, frame: pd.DataFrame, others: pd.DataFrame | None, seed: int | None
) -> BaseGenerator:
    """Fit a clone of a pre-sampler; a seed overrides its own."""
    sampler = clone(template)
    if seed is not None:
        sampler.set_params(random_state=seed)
    return sampler.fit(frame, others=others if sampler.uses_others else None)


def falls_back(sampler: BaseGenerator) -> bool:
    """Whether another generator stands in for a fitted one that had too few rows."""
    return getattr(sampler, "fallback_", None) is not None


def mix_rows(refined: pd.DataFrame, own: pd.DataFrame, weight: float) -> pd.DataFrame:
    """Replace this share of the pre-sampler's own rows by the refined ones in their places, evenly spread."""
    place = np.arange(1, len(own) + 1)
    is_refined = np.floor(place * weight) > np.floor((place - 1) * weight)
    refined = refined.reset_index(drop=True)
    return pd.concat([refined[is_refined], own.reset_index(drop=True)[~is_refined]]).sort_index()
