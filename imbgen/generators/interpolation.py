"""`InterpolationGenerator`: random combinations of neighbours in rank space, which keep what is local."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_number
from imbgen.generators.distinct import merge_copies
from imbgen.generators.neighbors import find_neighbors, place_rows
from imbgen.generators.storage import prefixed, unprefixed
from imbgen.schema import Kind

__all__ = ["InterpolationGenerator"]

# Added to the share of a level among neighbours, so that calibration can reach one that has none there.
_RARE = 1e-3


class InterpolationGenerator(BaseGenerator):
    r"""Neighbour interpolation that keeps what is local: mean, covariance, and shares of levels.

    A random row and its k neighbours, found in rank space, are a neighbourhood :math:`z_0, \dots, z_k` with
    mean c. A new row combines all of them,

    .. math:: z = c + \sum_m g_m (z_m - c), \qquad g_m \sim N\left(0, \tfrac{1}{k + 1}\right),

    so it has the mean and the covariance of the neighbourhood, where SMOTE's point on one line between two
    rows has two thirds of it, and no new direction. Each level, and whether a number is missing, is that of a
    random row of the neighbourhood, column by column; a number is combined from the rows that have it.
    Marginals are calibrated (`MarginalCalibration`).

    Parameters
    ----------
    n_neighbors : int
        Neighbours of each row; a class of n rows has n - 1 at most. More neighbours smooth more.
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

    See Also
    --------
    SMOTEGenerator : The original interpolation, on the numbers as they are.

    Notes
    -----
    NOTE[DIFF]: Sakho et al. draw from a Gaussian with the neighbourhood's moments; the combination has the
    same law for numbers without forming a covariance.

    References
    ----------
    A. Sakho, E. Malherbe, E. Scornet (2024), "Do we need rebalancing strategies?", arXiv:2402.03819, on
    Gaussians with the moments of a neighbourhood.

    Examples
    --------
    >>> from imbgen import InterpolationGenerator, load_dataset
    >>> X, y = load_dataset("hypothyroid")
    >>> generator = InterpolationGenerator(random_state=0).fit(X[y == "hypothyroid"])
    >>> generator.sample(3).shape
    (3, 25)
    """

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("n_neighbors", self.n_neighbors, low=1, whole=True)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = TableEncoder(self.schema_).fit(frame)
        frame, self._weights = merge_copies(frame, self.schema_)
        self._rows = self._encoder.encode(frame, rng)
        self._neighbors = find_neighbors(place_rows(self._rows, self._encoder), self.n_neighbors)
        self.n_neighbors_ = self._neighbors.shape[1]
        self._note_gaps()
        self._calibration = MarginalCalibration.fit(
            self._raw_block(rng), self._encoder, kept=self._unordered_dims()
        )

    def _note_gaps(self) -> None:
        """Take note of where a number is present, float32 of shape (n_rows, d_encoded); levels always are."""
        self._present = np.ones_like(self._rows)
        for number, free in self._encoder.free_dims().items():
            self._present[:, number] = self._rows[:, free]

    def _unordered_dims(self) -> list[int]:
        """Dimensions of levels that are coded as numbers, between which there is nothing."""
        columns = ((block, self._encoder.schema.column(block.column)) for block in self._encoder.blocks)
        return [
            block.start
            for block, column in columns
            if block.kind == "number" and column.has_levels and column.kind is not Kind.ORDINAL
        ]

    def _raw_block(self, rng: np.random.Generator) -> np.ndarray:
        """Scores of one block before calibration, shape (BLOCK_ROWS, d_encoded)."""
        row = rng.choice(len(self._rows), size=BLOCK_ROWS, p=self._weights)
        members = np.hstack([row[:, None], self._neighbors[row]])
        raw, centre = self._combine(members, rng)
        for block in self._encoder.blocks:
            if block.kind != "number":
                noise = rng.gumbel(size=(BLOCK_ROWS, block.width))
                raw[:, block.dims] = np.log(centre[:, block.dims] + _RARE) + noise  # the largest is a draw
        for dim in self._unordered_dims():
            chosen = members[np.arange(BLOCK_ROWS), rng.integers(members.shape[1], size=BLOCK_ROWS)]
            raw[:, dim] = self._rows[chosen, dim]
        return raw

    def _combine(self, members: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Random combinations of the rows of neighbourhoods, and their means, shapes (n, d_encoded).

        Parameters
        ----------
        members : ndarray of int64, shape (n, k + 1)
            Rows of each neighbourhood.
        rng : numpy.random.Generator
        """
        # One member at a time: all at once take k + 1 times the memory of the result.
        centre = np.zeros((len(members), self._rows.shape[1]), dtype=np.float32)
        counts = np.zeros_like(centre)
        for m in members.T:
            centre += self._present[m] * self._rows[m]
            counts += self._present[m]
        centre /= np.maximum(counts, 1.0)
        combined = centre.copy()
        for m in members.T:
            weight = rng.standard_normal((len(members), 1), dtype=np.float32) / np.sqrt(members.shape[1])
            combined += weight.astype(np.float32) * self._present[m] * (self._rows[m] - centre)
        return combined, centre

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        return self._encoder.decode(self._calibration.apply(self._raw_block(rng), self._encoder))

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        encoder, arrays = self._encoder.get_state()
        own = {"rows": self._rows, "neighbors": self._neighbors, "weights": self._weights}
        own |= self._calibration.to_arrays()
        return {"encoder": encoder}, own | prefixed("encoder", arrays)

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._encoder = TableEncoder.from_state(state["encoder"], unprefixed("encoder", arrays))
        self._rows, self._neighbors = arrays["rows"], arrays["neighbors"]
        self._weights = arrays["weights"]
        self._note_gaps()
        self.n_neighbors_ = self._neighbors.shape[1]
        self._calibration = MarginalCalibration.from_arrays(arrays)
