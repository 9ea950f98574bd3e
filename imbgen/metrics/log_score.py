"""`log_score`, the score that stops training and stands in the final table, and `skill`, its gain on a baseline."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbgen.encoding import TableEncoder
from imbgen.metrics.kernel_density import MixedKernelDensity
from imbgen.schema import Schema

__all__ = ["LogScorer", "Skill", "log_score", "paired_skill", "skill"]

# Share of a broad background law mixed into the estimate: bounds what one far row can cost.
_BACKGROUND = 0.02
_BACKGROUND_WIDTH = 2.0
# Added to the variance of each principal axis before whitening, so that an axis of pure noise stays short.
_AXIS_FLOOR = 0.05


class LogScorer:
    """Scores synthetic rows by the log density they give to held-out real rows.

    The coordinates are fitted on reference rows (training rows): normal scores of ranks, whitened along at
    most `n_components` principal axes; levels and missing bits stay discrete. The density is a
    `MixedKernelDensity` of the *synthetic* sample, mixed with 2 % of a broad background law that clips the
    tails. Scores are nats per row; higher is better; differences between generators count, the
    absolute value does not.

    Parameters
    ----------
    reference : DataFrame of shape (n_reference, n_columns)
        Training rows of the class.
    schema : Schema, optional
        Inferred from `reference` by default; pass one that knows all levels if held-out rows may have more.
    nullable : frozenset of hashable, optional
        Columns that may be missing; those missing somewhere in `reference` by default.
    n_components : int
        Principal axes kept.
    random_state : int
        Fixes the noise that breaks ties, the same for every sample scored.

    Notes
    -----
    A generator that copies training rows gets narrow kernels (see `MixedKernelDensity`), so the score sees
    memorisation, which energy distance, MMD and Wasserstein distance do not.
    """

    def __init__(
        self,
        reference: pd.DataFrame,
        *,
        schema: Schema | None = None,
        nullable: frozenset[Hashable] | None = None,
        n_components: int = 10,
        random_state: int = 0,
    ) -> None:
        schema = Schema.infer(reference) if schema is None else schema
        self._encoder = TableEncoder(schema, nullable).fit(reference)
        self._seed = random_state
        numbers = self._scores(reference)
        self._centre = numbers.mean(axis=0)
        covariance = np.atleast_2d(np.cov(numbers - self._centre, rowvar=False, bias=True))
        variance, axes = np.linalg.eigh(covariance) if numbers.shape[1] else (np.zeros(0), np.zeros((0, 0)))
        keep = np.argsort(variance)[::-1][:n_components]
        self._axes = axes[:, keep] / np.sqrt(np.maximum(variance[keep], 0.0) + _AXIS_FLOOR)
        self._levelled = [block for block in self._encoder.blocks if block.kind != "number"]

    def row_scores(self, held_out: pd.DataFrame, synthetic: pd.DataFrame) -> np.ndarray:
        """Return the log density of each held-out row under the synthetic sample.

        Parameters
        ----------
        held_out : DataFrame of shape (n_held_out, n_columns)
        synthetic : DataFrame of shape (n_synthetic, n_columns)
            500 to 2,000 rows; compare generators at equal numbers.

        Returns
        -------
        scores : ndarray of float64, shape (n_held_out,)
            Nats.
        """
        n_levels = [block.width for block in self._levelled]
        density = MixedKernelDensity(*self._project(synthetic), n_levels)
        numbers, codes = self._project(held_out)
        background = _log_background(numbers, n_levels)
        estimate = density.log_density(numbers, codes)
        return np.logaddexp(np.log1p(-_BACKGROUND) + estimate, np.log(_BACKGROUND) + background)

    def _scores(self, frame: pd.DataFrame) -> np.ndarray:
        return self._encoder.encode(frame, self._seed)[:, self._encoder.number_dims]

    def _project(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        encoded = self._encoder.encode(frame, self._seed)
        numbers = (encoded[:, self._encoder.number_dims] - self._centre) @ self._axes
        codes = [encoded[:, block.dims].argmax(axis=1) for block in self._levelled]
        return numbers.astype(np.float32), np.array(codes, dtype=np.int64).reshape(len(codes), len(frame)).T


def _log_background(numbers: np.ndarray, n_levels: list[int]) -> np.ndarray:
    """Log density of N(0, 2^2 I) on the numbers times uniform levels."""
    variance = _BACKGROUND_WIDTH**2
    normal = -0.5 * (numbers.astype(np.float64) ** 2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
    return normal - np.log(n_levels).sum()


def log_score(
    reference: pd.DataFrame,
    held_out: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    schema: Schema | None = None,
    random_state: int = 0,
) -> float:
    """Mean log density of held-out rows under the synthetic sample, in nats per row.

    Parameters
    ----------
    reference, held_out, synthetic : DataFrame
        Training rows, real rows kept from training, generated rows; the same columns.
    schema : Schema, optional
        See `LogScorer`.
    random_state : int
        Fixes the noise that breaks ties.

    Returns
    -------
    score : float

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from imbgen.metrics import log_score
    >>> rng = np.random.default_rng(0)
    >>> real, held_out = (pd.DataFrame(rng.normal(size=(200, 2)), columns=["a", "b"]) for _ in range(2))
    >>> good = pd.DataFrame(rng.normal(size=(1000, 2)), columns=["a", "b"])
    >>> copies = real.sample(1000, replace=True, random_state=0)
    >>> log_score(real, held_out, good) > log_score(real, held_out, copies)
    True
    """
    scorer = LogScorer(reference, schema=schema, random_state=random_state)
    return float(scorer.row_scores(held_out, synthetic).mean())


@dataclass(frozen=True, slots=True)
class Skill:
    """Gain in log score over a baseline, nats per row, with the standard error of the paired difference."""

    value: float
    standard_error: float
    n_rows: int

    def __str__(self) -> str:
        return f"{self.value:+.3f} ± {self.standard_error:.3f} nats per row ({self.n_rows} held-out rows)"


def paired_skill(scores: np.ndarray, baseline: np.ndarray) -> Skill:
    """Return the mean paired difference of two arrays of row scores, each of shape (n_rows,).

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics import paired_skill
    >>> print(paired_skill(np.array([1.0, 2.0, 3.0]), np.array([0.5, 2.0, 2.0])))
    +0.500 ± 0.289 nats per row (3 held-out rows)
    """
    gain = np.asarray(scores, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    n_rows = len(gain)
    error = float(gain.std(ddof=1) / np.sqrt(n_rows)) if n_rows > 1 else float("nan")
    return Skill(float(gain.mean()), error, n_rows)


def skill(
    reference: pd.DataFrame,
    held_out: pd.DataFrame,
    synthetic: pd.DataFrame,
    baseline: pd.DataFrame,
    *,
    schema: Schema | None = None,
    random_state: int = 0,
) -> Skill:
    """Log score of `synthetic` minus that of `baseline` on the same held-out rows.

    Parameters
    ----------
    reference, held_out, synthetic : DataFrame
        As for `log_score`.
    baseline : DataFrame
        Rows of the generator to beat (imbgen: `GMMGenerator` at its defaults), as many as `synthetic`.
    schema : Schema, optional
        See `LogScorer`.
    random_state : int
        Fixes the noise that breaks ties.

    Returns
    -------
    skill : Skill
        Positive: better than the baseline. Negative is a legal result.
    """
    scorer = LogScorer(reference, schema=schema, random_state=random_state)
    return paired_skill(scorer.row_scores(held_out, synthetic), scorer.row_scores(held_out, baseline))
