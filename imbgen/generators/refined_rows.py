"""What a refiner's network makes of pre-samples: rows for the gate to judge, and rows to ship."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.generators.base import BLOCK_ROWS
from imbgen.generators.deep import draw_raw
from imbgen.generators.fold_presamples import FoldPresamples, Keep, mix_rows
from imbgen.generators.gate import CANDIDATES, Candidate
from imbgen.generators.plausibility import FoldForests
from imbgen.generators.thinning import OVERDRAW, DensityRatio

if TYPE_CHECKING:
    from imbgen.networks import RowRefiner

__all__ = ["FILTER_DRAWS", "CandidateScores", "RefinedRows"]

#: Rows refined for each that is kept, where implausible ones are filtered out.
FILTER_DRAWS = 3


class CandidateScores:
    """Row scores of all candidates at a check.

    Parameters
    ----------
    folds : FoldPresamples
    network : RowRefiner
        Takes up the weights of a check, and scales.
    weights_at : callable
        Takes a check for each member, returns the network's weights.
    noise : ndarray of float32, shape (n_members, n, d_noise)
        Begins with the encoded pre-samples of `folds`.
    keep : sequence of callable
        For each member what filters its refined rows; empty for no filter.
    """

    def __init__(
        self,
        folds: FoldPresamples,
        network: RowRefiner,
        weights_at: Callable[[np.ndarray], Mapping[str, Any]],
        noise: np.ndarray,
        keep: Sequence[Keep],
    ) -> None:
        self._folds, self._network, self._weights_at = folds, network, weights_at
        self._noise, self._keep = noise, keep
        self._fixed: dict[Candidate, np.ndarray] = {}  # what does not depend on the check

    def __call__(self, check: int) -> np.ndarray:
        """Return row scores of shape (n_candidates, n_scored)."""
        self.take_up(np.full(len(self._noise), check))
        refined: dict[float, list[pd.DataFrame]] = {}
        scores = dict(self._fixed)
        for candidate in [candidate for candidate in CANDIDATES if candidate not in scores]:
            scale = candidate.scale
            if candidate.weight and scale not in refined:
                self.rescale([scale] * len(self._noise))
                refined[scale] = self._refine()
            scores[candidate] = self._folds.score(candidate, refined.get(scale, []))
        self._fixed.update({candidate: scores[candidate] for candidate in CANDIDATES if not candidate.scale})
        return np.stack([scores[candidate] for candidate in CANDIDATES])

    def take_up(self, checks: np.ndarray) -> None:
        """Give the network the weights of a check for each member."""
        self._network.load_state_dict(self._weights_at(checks))

    def rescale(self, scales: Sequence[float]) -> None:
        """Set the network's scale for each member."""
        for scale, own in zip(scales, self._network.scale, strict=True):
            own.fill_(scale)

    def rows_of(self, candidates: Sequence[Candidate]) -> list[pd.DataFrame]:
        """Return what each member's candidate makes of its pre-samples, with the weights taken up."""
        self.rescale([candidate.scale for candidate in candidates])
        refined = self._refine()
        return [self._folds.rows_of(k, candidate, refined) for k, candidate in enumerate(candidates)]

    def _refine(self) -> list[pd.DataFrame]:
        """Return each member's refined rows at its network's scale."""
        return self._folds.refine(draw_raw(self._network, self._noise), self._keep)


class RefinedRows:
    """Draws blocks of rows by a network whose refinement was accepted.

    Parameters
    ----------
    network : RowRefiner
    encoder : TableEncoder
    weights : ndarray of float64, shape (n_members,)
        Share of each member's rows that are refined.
    is_thinned : ndarray of bool, shape (n_members,)
        Whether a member's other rows are thinned by their density ratio.
    forests : FoldForests or None
        What filters refined rows.
    """

    def __init__(
        self,
        network: RowRefiner,
        encoder: TableEncoder,
        weights: np.ndarray,
        is_thinned: np.ndarray,
        forests: FoldForests | None,
    ) -> None:
        self._network, self._encoder = network, encoder
        self._weights, self._is_thinned, self._forests = weights, is_thinned, forests
        self.calibrations: list[MarginalCalibration] = []
        self.ratio: DensityRatio | None = None

    def fit(self, frame: pd.DataFrame, draw: Callable[[], pd.DataFrame], rng: np.random.Generator) -> None:
        """Calibrate each member to the marginals of the class, and fit what thins.

        `draw` returns a block of pre-samples, another one each time.
        """
        places = np.tile(np.arange(BLOCK_ROWS), (len(self._weights), 1))
        output = draw_raw(self._network, self._noise(draw(), places, rng))
        self.calibrations = [MarginalCalibration.fit(rows, self._encoder) for rows in output]
        if self._is_thinned.any():
            real = self._encoder.encode(frame, rng)
            drawn = self._encoder.encode(draw(), rng)[: OVERDRAW * len(real)]
            self.ratio = DensityRatio.fit(real, drawn, self._encoder.number_dims, rng)

    def block(self, draw: Callable[[], pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
        """Draw one block of `BLOCK_ROWS` rows, to which each member gives its share."""
        n_members = len(self._weights)
        n, n_blocks = -(-BLOCK_ROWS // n_members), 1 if self._forests is None else FILTER_DRAWS
        own = draw()
        drawn = pd.concat([own, *(draw() for _ in range(n_blocks - 1))], ignore_index=True)
        places = _deal(n_members, n_blocks * n, len(drawn))
        output = draw_raw(self._network, self._noise(drawn, places, rng))
        thinned = self._thin(own, draw, rng) if self.ratio is not None else own
        members = []
        for k, kept in enumerate(_deal(n_members, n, BLOCK_ROWS)):
            refined = self._encoder.decode(self.calibrations[k].apply(output[k], self._encoder))
            if self._forests is not None:
                refined = refined.iloc[self._forests.keep(refined, n)]
            rows = (thinned if self._is_thinned[k] else own).iloc[kept]
            members.append(mix_rows(refined, rows, self._weights[k]))
        order = rng.permutation(n_members * n)[:BLOCK_ROWS]
        return pd.concat(members, ignore_index=True).iloc[order].reset_index(drop=True)

    def _noise(self, drawn: pd.DataFrame, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Noise that begins with the encoded rows in `places`, int64 of shape (n_members, n)."""
        encoded = self._encoder.encode(drawn, rng)
        noise = rng.standard_normal((*places.shape, self._network.d_noise), dtype=np.float32)
        noise[..., : encoded.shape[1]] = encoded[places]
        return noise

    def _thin(
        self, own: pd.DataFrame, draw: Callable[[], pd.DataFrame], rng: np.random.Generator
    ) -> pd.DataFrame:
        """Draw more pre-samples, and keep a block of them by their density ratio."""
        assert self.ratio is not None
        rows = pd.concat([own, *(draw() for _ in range(OVERDRAW - 1))], ignore_index=True)
        return self.ratio.thin(rows, self._encoder.encode(rows, rng), BLOCK_ROWS, rng)


def _deal(n_members: int, n: int, n_rows: int) -> np.ndarray:
    """Deal places of `n_rows` rows out to members, from the first again where they end; (n_members, n)."""
    return np.arange(n_members * n).reshape(n_members, n) % n_rows
