"""`InterpolationGenerator`: rows on lines through neighbours in rank space, without contraction."""

from __future__ import annotations

from collections.abc import Mapping
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

# λ is uniform between these: E[λ] = E[λ^2], and row i is the nearer of the two.
_LEAST, _MOST = 0.5 - np.sqrt(3.0) / 2.0, 0.5


class InterpolationGenerator(BaseGenerator):
    r"""Neighbour interpolation that keeps covariances, levels and gaps.

    A row i and one of its neighbours j, found in rank space, give the new row

    .. math:: z = z_i + \lambda (z_j - z_i), \qquad \lambda \sim U\left[\tfrac12 - \tfrac{\sqrt3}2,\;
              \tfrac12\right]

    for numbers and ordered levels: :math:`E[\lambda (1 - \lambda)] = 0`, so the covariance is that of the
    rows, but for a share of 7 % that is that of the neighbours, while SMOTE's λ on [0, 1] shrinks it to two
    thirds. All other levels and all gaps come together from row i, so no combination of them is new.
    Marginals of numbers are calibrated (`MarginalCalibration`).

    Parameters
    ----------
    n_neighbors : int
        Neighbours of each row; a class of n rows has n - 1 at most. More neighbours smooth more.
    schema : mapping of column to kind, optional
        Kinds that overrule the inference.
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
    New rows lie close to rows of the class, and can be told from fresh ones by that; a table of levels alone
    is drawn with replacement. `KernelGenerator` does neither.

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
        schema: Mapping[Any, str] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.schema = schema
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
        self._calibration = MarginalCalibration.fit(
            self._raw_block(rng), self._encoder, kept=self._inherited_dims()
        )

    def _inherited_dims(self) -> list[int]:
        """Dimensions that a new row has from row i as they are: gaps, and levels without an order."""
        dims: list[int] = []
        for block in self._encoder.blocks:
            column = self._encoder.schema.column(block.column)
            if block.kind != "number" or (column.has_levels and column.kind is not Kind.ORDINAL):
                dims.extend(range(block.start, block.start + block.width))
        return dims

    def _raw_block(self, rng: np.random.Generator) -> np.ndarray:
        """One block before calibration, shape (BLOCK_ROWS, d_encoded)."""
        row = rng.choice(len(self._rows), size=BLOCK_ROWS, p=self._weights)
        neighbor = self._neighbors[row, rng.integers(self.n_neighbors_, size=BLOCK_ROWS)]
        step = self._rows[neighbor] - self._rows[row]
        step[:, self._inherited_dims()] = 0.0
        for number, bit in self._encoder.missing_dims().items():
            # Where one of the two has no number, there is nothing to interpolate with.
            step[self._rows[row, bit] + self._rows[neighbor, bit] > 0, number] = 0.0
        share = rng.uniform(_LEAST, _MOST, size=(BLOCK_ROWS, 1)).astype(np.float32)
        return self._rows[row] + share * step

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
        self.n_neighbors_ = self._neighbors.shape[1]
        self._calibration = MarginalCalibration.from_arrays(arrays)
