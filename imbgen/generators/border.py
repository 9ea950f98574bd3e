"""`BorderSMOTEGenerator`: the SMOTEs of imbalanced-learn that look at the other classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import imblearn.over_sampling as imblearn_samplers
import numpy as np
import pandas as pd

from imbgen.encoding import ValueEncoder
from imbgen.errors import FallbackWarning, hushed, warn_caller
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_choice, check_number
from imbgen.generators.smote import SMOTEGenerator
from imbgen.generators.storage import describe, prefixed, rebuild, unprefixed
from imbgen.schema import Schema

__all__ = ["BorderSMOTEGenerator"]

_SAMPLERS = {
    "borderline": ("BorderlineSMOTE", "k_neighbors"),
    "svm": ("SVMSMOTE", "k_neighbors"),
    "kmeans": ("KMeansSMOTE", "k_neighbors"),
    "adasyn": ("ADASYN", "n_neighbors"),
}


class BorderSMOTEGenerator(BaseGenerator):
    """SMOTE that draws more rows where the other classes are near, by imbalanced-learn.

    It needs `others`, the rows of the remaining classes, and says so by `uses_others`. Without them, and
    where the method finds no border to work on, it is plain SMOTE, with a `FallbackWarning`.

    Parameters
    ----------
    method : {"borderline", "svm", "kmeans", "adasyn"}
        imbalanced-learn's BorderlineSMOTE, SVMSMOTE, KMeansSMOTE or ADASYN.
    n_neighbors : int
        Neighbours of each row; a class of n rows has n - 1 at most.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
    random_state : int, optional
        Seed.

    Attributes
    ----------
    fallback_ : SMOTEGenerator or None
        What rows are drawn from where the method has failed.

    Notes
    -----
    A model holds the rows of all classes.

    NOTE[DIFF]: the four methods know numbers only. Levels and gaps are one-hots here, at the height that
    SMOTE-NC gives them, and a new row takes the largest; a missing number counts as the median.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao (2005), "Borderline-SMOTE", ICIC. H. M. Nguyen, E. W. Cooper, K. Kamei
    (2011), "Borderline over-sampling for imbalanced data classification" (SVM). F. Last, G. Douzas, F. Bacao
    (2017), arXiv:1711.00837 (k-means). H. He, Y. Bai, E. A. Garcia, S. Li (2008), "ADASYN", IJCNN.

    Examples
    --------
    >>> from imbgen import BorderSMOTEGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = BorderSMOTEGenerator(random_state=0).fit(X[y == "im"], others=X[y != "im"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    uses_others = True
    keeps_shares = False

    def __init__(
        self,
        *,
        method: str = "borderline",
        n_neighbors: int = 5,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.method = method
        self.n_neighbors = n_neighbors
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_choice("method", self.method, tuple(_SAMPLERS))
        check_number("n_neighbors", self.n_neighbors, low=1, whole=True)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._smote: Any = SMOTEGenerator(
            n_neighbors=self.n_neighbors, schema=self.schema, random_state=int(rng.integers(2**31))
        ).fit(frame)
        self._encoder = ValueEncoder(self.schema_).fit(frame)
        self.fallback_: SMOTEGenerator | None = None
        if others is None or others.empty:
            self._fall_back("`others` must be given for a border to be found, however: there are none.")
            return
        numbers, codes = self._encoder.encode(frame)
        present = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
        self._medians = np.nanmedian(present, axis=0) if numbers.shape[1] else np.empty(0)
        spread = np.nan_to_num(np.nanstd(present, axis=0)) if numbers.shape[1] else np.ones(1)
        self._height = float(np.median(spread)) / np.sqrt(2.0) or 1.0
        self._rows = self._place(numbers, codes)
        self._others = self._place(*self._encoder.encode(_forget_levels(others, self.schema_)))
        if self._draw(int(rng.integers(2**31))) is None:
            self._fall_back(
                f"The method {self.method!r} must find rows near other classes, however: it found none here."
            )

    def _fall_back(self, problem: str) -> None:
        warn_caller(f"{problem} Plain SMOTE is used instead; see `fallback_`.", FallbackWarning)
        self.fallback_ = self._smote

    def _place(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Rows as points: numbers, marks of missing ones, one-hots; float64 of shape (n_rows, d)."""
        missing = np.isnan(numbers)
        parts = [np.where(missing, self._medians, numbers), self._height * missing]
        for column, own in zip(self._encoder.levelled, codes.T, strict=True):
            parts.append(self._height * (own[:, None] == np.arange(len(column.levels) + 1)))
        return np.hstack(parts)

    def _unplace(self, points: np.ndarray) -> pd.DataFrame:
        n_numbers = len(self._encoder.numbers)
        numbers, marks = points[:, :n_numbers].copy(), points[:, n_numbers : 2 * n_numbers]
        numbers[marks > 0.5 * self._height] = np.nan
        codes = np.zeros((len(points), len(self._encoder.levelled)), dtype=np.int64)
        start = 2 * n_numbers
        for i, column in enumerate(self._encoder.levelled):
            stop = start + len(column.levels) + 1
            codes[:, i] = points[:, start:stop].argmax(axis=1)
            start = stop
        return self._encoder.decode(numbers, codes)

    def _draw(self, seed: int) -> np.ndarray | None:
        """Return a block of new points, or None if the method fails."""
        n_rows = len(self._rows)
        points = np.concatenate([self._rows, self._others])
        labels = (np.arange(len(points)) < n_rows).astype(int)
        name, neighbors = _SAMPLERS[self.method]
        sampler = getattr(imblearn_samplers, name)(
            # ADASYN rounds at every row.
            sampling_strategy={1: 2 * n_rows + BLOCK_ROWS},
            random_state=seed,
            **{neighbors: min(self.n_neighbors, n_rows - 1)},
        )
        try:
            with hushed(UserWarning), np.errstate(all="ignore"):  # the class becomes the largest, on purpose
                new = sampler.fit_resample(points, labels)[0][len(points) :]
        except (ValueError, RuntimeError):
            return None
        if len(new) < BLOCK_ROWS or not np.isfinite(new).all():
            return None
        return new[np.random.default_rng(seed).permutation(len(new))[:BLOCK_ROWS]]

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        points = self._draw(int(rng.integers(2**31))) if self.fallback_ is None else None
        return self._smote._sample_block(rng) if points is None else self._unplace(points)

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        smote, arrays = describe(self._smote)
        state: dict[str, Any] = {"smote": smote, "encoder": self._encoder.get_state()}
        arrays = prefixed("smote", arrays)
        if self.fallback_ is None:
            state["height"] = self._height
            arrays |= {"medians": self._medians, "rows": self._rows, "others": self._others}
        return state, arrays

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._smote = rebuild(state["smote"], unprefixed("smote", arrays))
        self._encoder = ValueEncoder.from_state(state["encoder"])
        self.fallback_ = self._smote if "height" not in state else None
        if self.fallback_ is None:
            self._height = state["height"]
            self._medians, self._rows, self._others = (arrays[key] for key in ("medians", "rows", "others"))


def _forget_levels(others: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Rows of other classes in which levels that the class does not have are missing."""
    others = schema.check(others).reset_index(drop=True)
    columns = []
    for column in schema.columns:
        values = others[column.name]
        if column.has_levels:
            values = values.astype(object).where(column.find(values) >= 0, None)
        columns.append(values)
    return pd.concat(columns, axis=1)
