"""Cross-fitting: folds of a class, or one held-out part; encoder, scorer and GMM baseline for each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.generators.gmm import GMMGenerator
from imbgen.generators.kernel import KernelGenerator
from imbgen.memory import check_memory
from imbgen.metrics import LogScorer

__all__ = ["CrossFit"]

_N_SCORED_PER_FOLD = 200
# One row in so many is held out where there is one fold.
_HELD_OUT_SHARE = 5
# Encoded copies of the rows differ in how ties are broken; together they hold about this many rows.
_VERSION_ROWS = 4096
_MOST_VERSIONS = 8


class CrossFit:
    """The rows of a class in K folds; fold k is held out from member k. One fold is a part of the rows.

    Encoder, scoring coordinates and baseline of member k see its training rows only, so that a held-out
    score owes nothing to the rows it is computed on.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    encoder : TableEncoder
        Fitted on the whole class; all folds share its layout.
    n_folds : int
        1 holds out a fifth of the rows, at most 200, from the only member.
    n_sample : int
        Synthetic rows per score.
    rng : numpy.random.Generator

    Attributes
    ----------
    train_rows : list of ndarray
        Rows that each member may see.
    folds : ndarray of int64, shape (n_scored,)
        Fold of each scored row; at most 200 rows of a fold are scored.
    held_out : list of DataFrame
        Scored rows of each fold.
    baseline : ndarray of float64, shape (n_scored,)
        Row scores of `GMMGenerator` at its defaults, fitted on the member's training rows.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        encoder: TableEncoder,
        *,
        n_folds: int,
        n_sample: int,
        rng: np.random.Generator,
    ) -> None:
        schema, nullable = encoder.schema, encoder.layout.nullable
        self._frame, self._schema, self.n_sample = frame, schema, n_sample
        held_out = _split(rng.permutation(len(frame)), n_folds)
        everything = np.arange(len(frame))
        self.train_rows = [np.setdiff1d(everything, rows) for rows in held_out]
        self.held_out = [frame.iloc[np.sort(rows[:_N_SCORED_PER_FOLD])] for rows in held_out]
        self.folds = np.repeat(np.arange(n_folds), [len(rows) for rows in self.held_out])
        self.encoders = [TableEncoder(schema, like=encoder).fit(frame.iloc[rows]) for rows in self.train_rows]
        self._scorers = [
            LogScorer(frame.iloc[rows], schema=schema, nullable=nullable) for rows in self.train_rows
        ]
        self.baseline = self.score_generator(GMMGenerator, rng)

    def encode(self, rng: np.random.Generator) -> np.ndarray:
        """Encode all rows for each member, float32 of shape (n_folds, n_versions, n_rows, d_encoded).

        Versions differ in how ties are broken, and are the same for all members but for their encoders.
        """
        n_rows, d_encoded = len(self._frame), self.encoders[0].d_encoded
        n_versions = min(_MOST_VERSIONS, max(1, _VERSION_ROWS // n_rows))
        seeds = [int(seed) for seed in rng.integers(2**31, size=n_versions)]
        shape = (len(self.encoders), n_versions, n_rows, d_encoded)
        check_memory(
            4 * math.prod(shape),
            f"Encoded rows of {shape[0]} networks ({n_rows:,} rows, {d_encoded:,} dimensions)",
            "Pass fewer rows, drop columns, or lower `n_folds`.",
        )
        versions = np.empty(shape, dtype=np.float32)
        for member, encoder in enumerate(self.encoders):
            for version, seed in enumerate(seeds):
                versions[member, version] = encoder.encode(self._frame, seed)
        return versions

    def score(self, output: np.ndarray) -> np.ndarray:
        """Return row scores, shape (n_scored,), of raw output, shape (n_folds, n_sample, d_encoded)."""
        return self.score_rows([self.decode(member, output) for member in range(len(output))])

    def score_rows(self, synthetic: Sequence[pd.DataFrame]) -> np.ndarray:
        """Return row scores, shape (n_scored,), of synthetic rows for each member."""
        parts = zip(self._scorers, self.held_out, synthetic, strict=True)
        return np.concatenate([scorer.row_scores(held_out, rows) for scorer, held_out, rows in parts])

    def score_independent(self, rng: np.random.Generator) -> np.ndarray:
        """Return row scores, shape (n_scored,), of training rows whose columns are drawn independently."""
        synthetic = []
        for rows in self.train_rows:
            known = self._frame.iloc[rows]
            draws = rng.integers(len(known), size=(self.n_sample, known.shape[1]))
            columns = [known.iloc[draws[:, i], i].reset_index(drop=True) for i in range(known.shape[1])]
            synthetic.append(pd.concat(columns, axis=1))
        return self.score_rows(synthetic)

    def rows(self, output: np.ndarray) -> pd.DataFrame:
        """Return the decoded rows of all members, (n_folds * n_sample, n_columns)."""
        return pd.concat([self.decode(member, output) for member in range(len(output))], ignore_index=True)

    def decode(self, member: int, output: np.ndarray) -> pd.DataFrame:
        """Calibrate and decode one member's output, as its final rows will be."""
        encoder = self.encoders[member]
        calibration = MarginalCalibration.fit(output[member], encoder)
        return encoder.decode(calibration.apply(output[member], encoder))

    def score_generator(
        self, generator: type[GMMGenerator | KernelGenerator], rng: np.random.Generator
    ) -> np.ndarray:
        """Return row scores, shape (n_scored,), of a generator at its defaults, fitted for each member."""
        synthetic = []
        for rows in self.train_rows:
            fitted = generator(schema=self._schema.overrides, random_state=int(rng.integers(2**31)))
            synthetic.append(fitted.fit(self._frame.iloc[rows]).sample(self.n_sample))
        return self.score_rows(synthetic)


def _split(order: np.ndarray, n_folds: int) -> list[np.ndarray]:
    """Deal rows out to folds; a single fold is a part of them, and the rest is there to learn from."""
    if n_folds > 1:
        return np.array_split(order, n_folds)
    return [order[: min(_N_SCORED_PER_FOLD, max(1, len(order) // _HELD_OUT_SHARE))]]
