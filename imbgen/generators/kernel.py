"""`KernelGenerator`: local Gaussian kernels in rank space, their widths by leave-one-out likelihood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_number
from imbgen.generators.distinct import merge_copies
from imbgen.generators.local_kernels import (
    BANDWIDTHS,
    SHRINKAGES,
    SMOOTHINGS,
    KernelWidths,
    LocalKernels,
    choose_widths,
)
from imbgen.generators.neighbors import find_neighbors, place_rows
from imbgen.generators.storage import prefixed, unprefixed

__all__ = ["KernelGenerator"]

_FEWEST_NEIGHBORS = 5
# The widths of a larger class are chosen on so many of its rows.
_MOST_ROWS = 1000


class KernelGenerator(BaseGenerator):
    """Kernel density of a class: a row is drawn and moved a little, as far as the data say.

    Numbers enter as normal scores and are moved by Gaussian noise that has the covariance of the row's
    neighbours, shrunk to the shape of the class; levels and gaps are kept with one probability, else drawn
    from all levels of their column. How far, how often and how local maximises the likelihood of the rows,
    each left out in turn (`LocalKernels`). Marginals are calibrated (`MarginalCalibration`). Needs 2 rows,
    and is what small classes get in place of a network.

    Parameters
    ----------
    n_neighbors : int or None
        Neighbours whose covariance a kernel takes; None means twice the number of dimensions, at least 5.
    bandwidth : float or None
        Standard deviation of the noise, in units of the local covariance; None chooses from 0.05 to 1.5.
    smoothing : float or None
        Probability that a level is drawn anew, between 0 and 1; None chooses from 0.005 to 0.9.
    shrinkage : float or None
        Weight of the shape of the class against that of the neighbours, 0 to 1; None chooses from 0.1 to 1.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
    random_state : int, optional
        Seed.

    Attributes
    ----------
    n_neighbors_ : int
        Neighbours used.
    bandwidth_, smoothing_, shrinkage_ : float
        Widths used. Without numbers the first and the last mean nothing, without levels the second.
    log_likelihood_ : float
        Mean over rows (200 at most), each left out in turn, nats per row, in encoded space. A hundredth of
        the density is a broad law, which bounds what one row costs.

    Notes
    -----
    The noise never repeats a row that has a decimal number of its own; in a table of few levels, rows recur
    as they do in reality. Copies of a row are one kernel of greater weight, as they would seem to foretell
    each other (`merge_copies`). A missing number counts as the median.

    References
    ----------
    J. Aitchison, C. G. G. Aitken (1976), "Multivariate binary discrimination by the kernel method",
    Biometrika 63(3).
    A. Sakho, E. Malherbe, E. Scornet (2024), "Do we need rebalancing strategies?", arXiv:2402.03819.

    Examples
    --------
    >>> from imbgen import KernelGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = KernelGenerator(random_state=0).fit(X[y == "om"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    def __init__(
        self,
        *,
        n_neighbors: int | None = None,
        bandwidth: float | None = None,
        smoothing: float | None = None,
        shrinkage: float | None = None,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.bandwidth = bandwidth
        self.smoothing = smoothing
        self.shrinkage = shrinkage
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.n_neighbors is not None:
            check_number("n_neighbors", self.n_neighbors, low=1, whole=True)
        if self.bandwidth is not None:
            check_number("bandwidth", self.bandwidth, low=1e-6, high=100)
        if self.smoothing is not None:
            check_number("smoothing", self.smoothing, low=1e-6, high=1 - 1e-6)
        if self.shrinkage is not None:
            check_number("shrinkage", self.shrinkage, low=0, high=1)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = TableEncoder(self.schema_).fit(frame)
        frame, weights = merge_copies(frame, self.schema_)
        self._rows = self._encoder.encode(frame, rng)
        self._set_kernels(self._find_neighbors(self._rows), weights)
        self._set_widths(self._choose_widths(rng))
        self._calibration = MarginalCalibration.fit(self._raw_block(rng), self._encoder)

    def _find_neighbors(self, rows: np.ndarray) -> np.ndarray:
        wanted = self.n_neighbors
        if wanted is None:
            wanted = max(_FEWEST_NEIGHBORS, 2 * len(self._encoder.number_dims))
        return find_neighbors(place_rows(rows, self._encoder), wanted)

    def _kernels_of(self, rows: np.ndarray, neighbors: np.ndarray, weights: np.ndarray) -> LocalKernels:
        rows = rows.astype(np.float64)
        levels = [rows[:, block.dims] for block in self._encoder.blocks if block.kind != "number"]
        return LocalKernels(rows[:, self._encoder.number_dims], levels, neighbors, weights)

    def _set_kernels(self, neighbors: np.ndarray, weights: np.ndarray) -> None:
        self._neighbors, self.n_neighbors_ = neighbors, neighbors.shape[1]
        self._kernels = self._kernels_of(self._rows, neighbors, weights)

    def _choose_widths(self, rng: np.random.Generator) -> KernelWidths:
        kernels = self._kernels
        if len(self._rows) > _MOST_ROWS:
            # Bandwidths are relative to the distance of neighbours, so they carry over to the denser rows.
            some = rng.choice(len(self._rows), _MOST_ROWS, replace=False)
            weights = kernels.weights[some] / kernels.weights[some].sum()
            kernels = self._kernels_of(self._rows[some], self._find_neighbors(self._rows[some]), weights)
        return choose_widths(
            kernels,
            rng,
            bandwidths=BANDWIDTHS if self.bandwidth is None else (self.bandwidth,),
            smoothings=SMOOTHINGS if self.smoothing is None else (self.smoothing,),
            shrinkages=SHRINKAGES if self.shrinkage is None else (self.shrinkage,),
        )

    def _set_widths(self, widths: KernelWidths) -> None:
        self._widths = widths
        self.bandwidth_, self.smoothing_ = widths.bandwidth, widths.smoothing
        self.shrinkage_, self.log_likelihood_ = widths.shrinkage, widths.log_likelihood

    def _raw_block(self, rng: np.random.Generator) -> np.ndarray:
        """Scores of one block before calibration, shape (BLOCK_ROWS, d_encoded)."""
        numbers, log_probabilities = self._kernels.draw(BLOCK_ROWS, self._widths, rng)
        raw = np.empty((BLOCK_ROWS, self._encoder.d_encoded), dtype=np.float32)
        raw[:, self._encoder.number_dims] = numbers
        blocks = [block for block in self._encoder.blocks if block.kind != "number"]
        for block, logs in zip(blocks, log_probabilities, strict=True):
            raw[:, block.dims] = logs + rng.gumbel(size=logs.shape)  # the largest is a draw
        return raw

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        return self._encoder.decode(self._calibration.apply(self._raw_block(rng), self._encoder))

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        encoder, arrays = self._encoder.get_state()
        own = {"rows": self._rows, "neighbors": self._neighbors, "weights": self._kernels.weights}
        own |= self._calibration.to_arrays()
        return {"encoder": encoder, "widths": asdict(self._widths)}, own | prefixed("encoder", arrays)

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._encoder = TableEncoder.from_state(state["encoder"], unprefixed("encoder", arrays))
        self._rows = arrays["rows"]
        self._set_kernels(arrays["neighbors"], arrays["weights"])
        self._set_widths(KernelWidths(**state["widths"]))
        self._calibration = MarginalCalibration.from_arrays(arrays)
