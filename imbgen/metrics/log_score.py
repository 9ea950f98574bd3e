"""`log_score`, the score that stops training and stands in the table, and `skill`, its gain on a baseline."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbgen.metrics.coordinates import ScoringCoordinates
from imbgen.metrics.kernel_density import MixedKernelDensity
from imbgen.schema import Schema

__all__ = ["LogScorer", "Skill", "as_good_as_best", "log_score", "paired_skill", "skill"]


class LogScorer:
    r"""Scores synthetic rows by the log density they give to held-out real rows.

    The score of held-out rows y_1 .. y_k is

    .. math:: \frac1k \sum_i \min\left[\log q(y_i), \log q^*(y_i)\right],

    q being the `MixedKernelDensity` of the *synthetic* rows in the `ScoringCoordinates` of the reference
    rows, its widths fitted to synthetic and reference rows; and q* the same with widths not below those that
    fit the reference rows alone, repeats dropped (unless most rows are repeats). Nats per row; higher is
    better. Differences between generators count; the absolute value depends on the coordinates.

    Parameters
    ----------
    reference : DataFrame of shape (n_reference, n_columns)
        The rows of the class that the generators were fitted on.
    schema : Schema, optional
        Inferred from `reference` by default; pass one that knows all levels if held-out rows may have more.
    nullable : frozenset of hashable, optional
        Columns in which missing counts as a level; those missing somewhere in `reference` by default.
    n_components : int
        Most principal axes of the numbers that are kept. Dependence shows on the short ones too.
    random_state : int
        Draws the rows on which the kernel's widths are chosen, the same for every sample scored.

    Notes
    -----
    The widths of q are the narrower of two choices: what predicts the synthetic rows best from each other,
    and what predicts the reference rows best. Repeated rows narrow the first, copies of reference rows the
    second, so the score sees memorisation, which energy distance, MMD and Wasserstein distance do not.
    A narrow kernel costs on all rows that no copy hits; that it does not pay on the few that one hits
    (real tables repeat rows) is what q* is for. For an honest sample the two hardly differ.

    References
    ----------
    T. Gneiting, A. E. Raftery (2007), "Strictly proper scoring rules, prediction, and estimation", Journal of
    the American Statistical Association 102(477), on the logarithmic score.

    Examples
    --------
    >>> from imbgen import GMMGenerator, load_dataset
    >>> from imbgen.metrics import LogScorer
    >>> X, y = load_dataset("ecoli")
    >>> rows = X[y == "cp"].sample(frac=1, random_state=0)
    >>> reference, held_out = rows[:100], rows[100:]
    >>> scorer = LogScorer(reference)
    >>> mixture = scorer.row_scores(held_out, GMMGenerator(random_state=0).fit(reference).sample(1000))
    >>> copies = scorer.row_scores(held_out, reference.sample(1000, replace=True, random_state=0))
    >>> mixture.shape, bool(mixture.mean() > copies.mean())
    ((43,), True)
    """

    def __init__(
        self,
        reference: pd.DataFrame,
        *,
        schema: Schema | None = None,
        nullable: frozenset[Hashable] | None = None,
        n_components: int = 20,
        random_state: int = 0,
    ) -> None:
        schema = Schema.infer(reference) if schema is None else schema
        reference = schema.check(reference)
        if nullable is None:
            nullable = frozenset(name for name in schema.names if reference[name].isna().any())
        self._coordinates = ScoringCoordinates(reference, schema, nullable, n_components=n_components)
        self._training = self._coordinates.project(reference)
        self._seed = random_state
        self._typical = MixedKernelDensity(
            *_distinct(*self._training), self._coordinates.n_levels, random_state=random_state
        )

    def row_scores(self, held_out: pd.DataFrame, synthetic: pd.DataFrame) -> np.ndarray:
        """Return the log density of each held-out row under the synthetic sample.

        Parameters
        ----------
        held_out : DataFrame of shape (n_held_out, n_columns)
            Gaps and levels that `reference` does not have are allowed.
        synthetic : DataFrame of shape (n_synthetic, n_columns)
            500 to 2,000 rows; compare generators at equal numbers.

        Returns
        -------
        scores : ndarray of float64, shape (n_held_out,)
            Nats.
        """
        density = MixedKernelDensity(
            *self._coordinates.project(synthetic),
            self._coordinates.n_levels,
            training=self._training,
            random_state=self._seed,
        )
        rows = self._coordinates.project(held_out)
        return np.minimum(density.log_density(*rows), density.widened(self._typical).log_density(*rows))


def _distinct(numbers: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop rows that repeat an earlier one; none if most rows are repeated, as in a small table of levels."""
    rows = pd.DataFrame(np.hstack([numbers, codes]))
    if rows.duplicated(keep=False).mean() > 0.5:
        return numbers, codes
    first = ~rows.duplicated().to_numpy()
    return numbers[first], codes[first]


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
        See `LogScorer`.

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


def as_good_as_best(scores: np.ndarray, tolerance: float) -> np.ndarray:
    """Return which alternatives are not worse than the best by more than `tolerance` standard errors.

    Parameters
    ----------
    scores : ndarray of shape (n_alternatives, n_rows)
        Row scores; higher is better. Alternatives with an infinite one are not good.
    tolerance : float
        Standard errors of the paired difference; 0: the best alone, of equals the first.

    Returns
    -------
    good : ndarray of bool, shape (n_alternatives,)

    Examples
    --------
    >>> from imbgen.metrics.log_score import as_good_as_best
    >>> as_good_as_best(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.5, 1.5, 0.9]]), 2.0)
    array([False,  True,  True])
    """
    best = int(scores.mean(axis=1).argmax())
    good = np.zeros(len(scores), dtype=bool)
    if tolerance and scores.shape[1] > 1:
        with np.errstate(invalid="ignore"):  # infinite differences have no deviation
            loss = scores[best] - scores
            error = loss.std(axis=1, ddof=1) / np.sqrt(loss.shape[1])
            good = loss.mean(axis=1) <= tolerance * error
    good[best] = True
    return good


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
        See `LogScorer`.

    Returns
    -------
    skill : Skill
        Positive: better than the baseline. Negative is a legal result.
    """
    scorer = LogScorer(reference, schema=schema, random_state=random_state)
    return paired_skill(scorer.row_scores(held_out, synthetic), scorer.row_scores(held_out, baseline))
