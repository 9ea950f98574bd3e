"""`CopulaGenerator`: a Gaussian copula with shrunk correlations and the margins of the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.generators.base import BaseGenerator
from imbgen.generators.checks import check_number
from imbgen.generators.components import dimension_names
from imbgen.generators.latent_scores import (
    center_levels,
    draw_scores,
    estimate_correlation,
    factor_correlation,
    latent_dims,
)
from imbgen.generators.storage import prefixed, unprefixed
from imbgen.memory import check_memory

__all__ = ["CopulaGenerator"]

# The correlation of a larger class is learned from so many of its rows: its error is 0.015 then. Of more than
# 500 scores it is learned from fewer rows, with so many multiplications in a sweep.
_MOST_ROWS, _MOST_WORK = 4000, 10**9
# Of the correlation that are held at a time: its sum, its factor, what centres it.
_COPIES = 8


class CopulaGenerator(BaseGenerator):
    """Gaussian copula: correlated normal scores, and the margins of the training rows.

    Every column has latent normal scores: a number the score of its rank, two levels one score with a
    threshold, more levels one score each, of which the largest is observed; whether a number is missing
    counts as two levels. Only their correlation is learned. Ties, levels and gaps say where a score lies, not
    what it is; so scores are drawn within these bounds and the correlation estimated in turn (extended rank
    likelihood), which undoes the weakening that rounding and coding do to correlations. Margins come from the
    ranks and from `MarginalCalibration`. Needs 2 rows.

    Parameters
    ----------
    shrinkage : "auto" or float in [0, 1]
        Weight of the identity in the correlation. "auto" takes the analytic optimum of Schäfer and Strimmer;
        1 makes columns independent.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
    random_state : int, optional
        Seed.

    Attributes
    ----------
    correlation_ : DataFrame of shape (d_latent, d_latent)
        Of the latent scores, shrunk. ``"age"`` is a number; ``"sex=M"`` the second of two levels, or any of
        more; ``"age missing"`` whether the number is missing. The scores of three levels and more are taken
        less their mean, for only their differences decide; how they correlate with each other is left open.
    shrinkage_ : float
        Shrinkage used.

    Notes
    -----
    One correlation holds everywhere: clusters, curves and interactions are not in the model, which
    `GMMGenerator` can learn where rows are many. The optimal shrinkage is that of the encoded rows.

    References
    ----------
    A. Sklar (1959), "Fonctions de répartition à n dimensions et leurs marges", Publications de l'Institut de
    Statistique de l'Université de Paris 8.
    P. D. Hoff (2007), "Extending the rank likelihood for semiparametric copula estimation", Annals of Applied
    Statistics 1(1).
    J. Schäfer, K. Strimmer (2005), "A shrinkage approach to large-scale covariance matrix estimation",
    Statistical Applications in Genetics and Molecular Biology 4(1).

    Examples
    --------
    >>> from imbgen import CopulaGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = CopulaGenerator(random_state=0).fit(X[y == "om"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    def __init__(
        self,
        *,
        shrinkage: float | str = "auto",
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.shrinkage = shrinkage
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("shrinkage", self.shrinkage, low=0, high=1, word="auto")

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = TableEncoder(self.schema_).fit(frame)
        n_latent = len(latent_dims(self._encoder))
        check_memory(
            _COPIES * 8 * n_latent**2,
            f"Correlations of {n_latent:,} scores",
            "Drop columns, or join levels of the widest.",
        )
        most = _most_rows(n_latent)
        if len(frame) > most:
            frame = frame.iloc[rng.choice(len(frame), most, replace=False)]
        encoded = self._encoder.encode(frame, rng)
        correlation, shrinkage = estimate_correlation(encoded, self._encoder, self.shrinkage, rng)
        self._take(correlation, shrinkage)
        exact = set(self._encoder.number_dims) - set(self._encoder.free_dims())
        self._calibration = MarginalCalibration.fit(self._raw_block(rng), self._encoder, kept=exact)

    def _take(self, correlation: np.ndarray, shrinkage: float) -> None:
        names = np.array(dimension_names(self._encoder), dtype=object)[latent_dims(self._encoder)]
        self._correlation, self._factor = correlation, factor_correlation(correlation)
        centered = center_levels(correlation, self._encoder)
        self.correlation_ = pd.DataFrame(centered, index=names, columns=names)
        self.shrinkage_ = shrinkage

    def _raw_block(self, rng: np.random.Generator) -> np.ndarray:
        """Scores of one block before calibration, shape (BLOCK_ROWS, d_encoded)."""
        return draw_scores(self._factor, self._encoder, rng)

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        return self._encoder.decode(self._calibration.apply(self._raw_block(rng), self._encoder))

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        encoder, arrays = self._encoder.get_state()
        own = {"correlation": self._correlation, **self._calibration.to_arrays()}
        return {"encoder": encoder, "shrinkage": self.shrinkage_}, own | prefixed("encoder", arrays)

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._encoder = TableEncoder.from_state(state["encoder"], unprefixed("encoder", arrays))
        self._take(arrays["correlation"], state["shrinkage"])
        self._calibration = MarginalCalibration.from_arrays(arrays)


def _most_rows(n_latent: int) -> int:
    """Rows to learn a correlation from: a sweep takes n_latent x rows x the fewer of both."""
    if n_latent == 0:
        return _MOST_ROWS
    by_work = max(_MOST_WORK // n_latent**2, math.isqrt(_MOST_WORK // n_latent))
    return min(_MOST_ROWS, by_work)
