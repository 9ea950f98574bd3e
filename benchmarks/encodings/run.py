"""How should a network see numbers? `VAEGenerator` with four encodings of them; writes results.csv.

    python run.py FILE.parquet ... [--judge DIR]              # about five minutes a table

- `rank`: imbgen's own. Normal scores of ranks, ties spread over theirs, output calibrated to the marginals.
- `quantile`: normal scores of mid-ranks, as scikit-learn's QuantileTransformer gives; a tie is one score.
- `robust`: distance from the median in units of the quartiles' distance.
- `modes`: which Gaussian of a mixture, as a level, and the distance from its mean in units of four deviations
  (L. Xu et al. 2019, "Modeling tabular data using conditional GAN", arXiv:1907.00503, section 4.2).

All have the same spikes, levels and gaps. The judge's folder has `judge.py`; splits are its own.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
import pandas as pd
from judging import judge_and_files, judge_samples
from scipy.special import ndtr, ndtri
from sklearn.mixture import BayesianGaussianMixture

from imbgen import VAEGenerator
from imbgen.encoding import MarginalCalibration, RankTransform, round_to_step

HERE = Path(__file__).parent
MOST_MODES, LEAST_WEIGHT, WIDTH = 10, 0.005, 4.0


@dataclass(frozen=True, slots=True)
class QuantileScores(RankTransform):
    """Normal scores of mid-ranks; between two values by interpolation."""

    def encode(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        middle = (self.lower + self.upper) / 2
        return ndtri(np.clip(np.interp(values, self.values, middle), 1e-3, 1 - 1e-3))

    def decode(self, scores: np.ndarray) -> np.ndarray:
        middle = (self.lower + self.upper) / 2
        return round_to_step(np.interp(ndtr(scores), middle, self.values), self.step)


@dataclass(frozen=True, slots=True)
class RobustScores(RankTransform):
    """Distance from the median in units of a standard deviation, as the quartiles estimate it."""

    def _centre_and_scale(self) -> tuple[float, float]:
        low, centre, high = self.values[np.searchsorted(self.upper, (0.25, 0.5, 0.75))]
        spread = (high - low) / 1.349 or float(np.ptp(self.values)) or 1.0
        return float(centre), float(spread)

    def encode(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        centre, scale = self._centre_and_scale()
        return (values - centre) / scale

    def decode(self, scores: np.ndarray) -> np.ndarray:
        centre, scale = self._centre_and_scale()
        numbers = np.asarray(scores, dtype=np.float64) * scale + centre
        return round_to_step(np.clip(numbers, self.values[0], self.values[-1]), self.step)


class Modes:
    """Splits a number of many values in a mode (a level) and a distance from its mean, and back."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.columns = list(frame.columns)
        numbers = frame.select_dtypes("number").columns
        self.split = {name: self._fit(frame[name]) for name in numbers if frame[name].nunique() > MOST_MODES}

    def _fit(self, column: pd.Series) -> tuple[BayesianGaussianMixture, float, float, float]:
        values = column.dropna().to_numpy(dtype=float)
        centre, spread = float(values.mean()), float(values.std()) or 1.0
        step = 1.0 if np.all(values == np.rint(values)) else 0.0
        mixture = BayesianGaussianMixture(
            n_components=min(MOST_MODES, len(values)),
            weight_concentration_prior=1e-3,
            random_state=0,
        )
        return mixture.fit((values[:, None] - centre) / spread), centre, spread, step

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        parts: dict[str, pd.Series] = {}
        for name in self.columns:
            if name not in self.split:
                parts[name] = frame[name]
                continue
            mixture, centre, spread, _ = self.split[name]
            known = frame[name].notna().to_numpy()
            scaled = (frame[name].to_numpy(dtype=float)[known, None] - centre) / spread
            density = mixture.predict_proba(scaled) * (mixture.weights_ > LEAST_WEIGHT)
            density /= density.sum(axis=1, keepdims=True)
            rng = np.random.default_rng(0)
            mode = np.array([rng.choice(density.shape[1], p=row) for row in density])
            place, deviation = self._place(mixture, mode)
            modes, distances = np.full(len(frame), "missing", dtype=object), np.full(len(frame), np.nan)
            modes[known] = [f"m{k}" for k in mode]
            distances[known] = (scaled[:, 0] - place) / (WIDTH * deviation)
            parts[f"{name}.mode"], parts[name] = pd.Series(modes).astype(str), pd.Series(distances)
        return pd.DataFrame(parts)

    def decode(self, rows: pd.DataFrame) -> pd.DataFrame:
        parts = {}
        for name in self.columns:
            if name not in self.split:
                parts[name] = rows[name]
                continue
            mixture, centre, spread, step = self.split[name]
            modes = rows[f"{name}.mode"]
            known = (modes != "missing").to_numpy() & rows[name].notna().to_numpy()
            place, deviation = self._place(mixture, modes[known].str[1:].astype(int).to_numpy())
            values = np.full(len(rows), np.nan)
            scaled = rows[name].to_numpy(dtype=float)[known] * WIDTH * deviation + place
            values[known] = round_to_step(scaled * spread + centre, step)
            parts[name] = pd.Series(values)
        return pd.DataFrame(parts)

    @staticmethod
    def _place(mixture: BayesianGaussianMixture, mode: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return mixture.means_[mode, 0], np.sqrt(mixture.covariances_[mode, 0, 0])


@contextmanager
def numbers_as(transform: type[RankTransform]) -> Iterator[None]:
    """Let encoders use another transform, and leave its output as it comes."""
    fit = MarginalCalibration.fit

    def fit_levels(output, encoder, *, kept=()):
        return fit(output, encoder, kept=set(encoder.number_dims.tolist()))

    def apply(self, output, encoder):
        encoded = as_calibrated(self, output, encoder)
        encoded[:, encoder.number_dims] = output[:, encoder.number_dims]
        return encoded

    as_calibrated = MarginalCalibration.apply
    with (
        patch("imbgen.encoding.table.RankTransform", transform),
        patch.object(MarginalCalibration, "fit", fit_levels),
        patch.object(MarginalCalibration, "apply", apply),
    ):
        yield


def generate(encoding: str, rows: pd.DataFrame, n: int) -> pd.DataFrame:
    generator = VAEGenerator(random_state=0)
    if encoding == "rank":
        return generator.fit(rows).sample(n, random_state=0)
    if encoding != "modes":
        with numbers_as({"quantile": QuantileScores, "robust": RobustScores}[encoding]):
            return generator.fit(rows).sample(n, random_state=0)
    modes = Modes(rows)
    with numbers_as(RobustScores):
        return modes.decode(generator.fit(modes.encode(rows)).sample(n, random_state=0))


def main() -> None:
    judge, paths = judge_and_files(__doc__)
    warnings.simplefilter("ignore")
    judge_samples(
        judge, paths, "encoding", ["rank", "quantile", "robust", "modes"], generate, HERE / "results.csv"
    )


if __name__ == "__main__":
    main()
