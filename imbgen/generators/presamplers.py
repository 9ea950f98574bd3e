"""What rows may be pre-sampled with: a generator, or any object with `fit` and `sample`."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from imbgen.encoding import ValueEncoder
from imbgen.errors import DataError, ModelFileError, ParameterError
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator

__all__ = ["ObjectGenerator", "as_generator", "check_presampler"]

# Rows drawn once from an object whose draws cannot be seeded.
_POOL_ROWS = 2 * BLOCK_ROWS


def check_presampler(presampler: Any) -> None:
    """Raise ParameterError unless rows can be pre-sampled with it."""
    if isinstance(presampler, type):
        raise ParameterError(
            f"`presampler` must be an object, however: {presampler.__name__} is a class. Call it:"
            f" {presampler.__name__}()."
        )
    if presampler is None or (hasattr(presampler, "fit") and hasattr(presampler, "sample")):
        return
    remedy = "Pass a generator."
    if hasattr(presampler, "fit_resample"):
        remedy = "For samplers of imbalanced-learn take SMOTEGenerator or BorderSMOTEGenerator."
    raise ParameterError(
        f"`presampler` must have `fit` and `sample`, however: {type(presampler).__name__} has not. {remedy}"
    )


def as_generator(presampler: Any) -> BaseGenerator:
    """Return an unfitted copy of a pre-sampler, as a generator."""
    if isinstance(presampler, BaseGenerator):
        return clone(presampler)
    seed = getattr(presampler, "random_state", None)
    own = int(seed) if isinstance(seed, (int, np.integer)) else None
    return ObjectGenerator(sampler=presampler, random_state=own)


class ObjectGenerator(BaseGenerator):
    """Any object with `fit(rows)` and `sample(n)` as a generator.

    Its rows come back with the columns, dtypes and ranges of the table. Draws are seeded by what there is: a
    parameter `random_state` or `seed` of `sample`, or the attribute `random_state`. Of an object that has
    none of these 8,192 rows are drawn once, which samples then choose from.

    Parameters
    ----------
    sampler : object
        It is copied, never fitted itself. Its `sample` returns rows, or a tuple whose first item they are.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
    random_state : int, optional
        Seed.

    Notes
    -----
    It cannot be saved: what a foreign object has learned could only be kept by pickling it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from imbgen.generators.presamplers import ObjectGenerator
    >>> rows = np.random.default_rng(0).normal(size=(50, 2))
    >>> generator = ObjectGenerator(sampler=GaussianMixture(2), random_state=0).fit(rows)
    >>> generator.sample(3, random_state=0).shape
    (3, 2)
    """

    def __init__(
        self,
        *,
        sampler: Any,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.sampler = sampler
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    @property
    def keeps_shares(self) -> bool:  # type: ignore[override]
        """Whether shares are kept: nothing is known of it."""
        return False

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = ValueEncoder(self.schema_).fit(frame)
        is_estimator = isinstance(self.sampler, BaseEstimator)
        self.sampler_ = clone(self.sampler) if is_estimator else copy.deepcopy(self.sampler)
        self._seed_it(int(rng.integers(2**31)))
        self.sampler_.fit(frame.set_axis([str(name) for name in frame.columns], axis=1))
        self._pool = None if self._is_seedable() else self._draw(_POOL_ROWS, int(rng.integers(2**31)))

    def _seed_it(self, seed: int) -> None:
        if hasattr(self.sampler_, "random_state"):
            self.sampler_.random_state = seed

    def _seed_name(self) -> str | None:
        """Return what `sample` calls a seed, or None."""
        try:
            known = inspect.signature(self.sampler_.sample).parameters
        except (TypeError, ValueError):  # not all callables have a signature
            return None
        return next((name for name in ("random_state", "seed") if name in known), None)

    def _is_seedable(self) -> bool:
        return self._seed_name() is not None or hasattr(self.sampler_, "random_state")

    def _draw(self, n: int, seed: int) -> pd.DataFrame:
        name = self._seed_name()
        self._seed_it(seed)
        drawn = self.sampler_.sample(n, **({} if name is None else {name: seed}))
        rows = pd.DataFrame(drawn[0] if isinstance(drawn, tuple) else drawn).reset_index(drop=True)
        if rows.shape[1] != len(self.schema_.names) or len(rows) < n:
            raise DataError(
                f"A pre-sampler must give as many rows and columns as were asked for, however: {n} rows and"
                f" {len(self.schema_.names)} columns were, and it gave {len(rows)} and {rows.shape[1]}."
                " Mend its `sample`."
            )
        rows = rows.head(n).set_axis(self.schema_.names, axis=1)
        return self._encoder.decode(*self._encoder.encode(rows))

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        if self._pool is None:
            return self._draw(BLOCK_ROWS, int(rng.integers(2**31)))
        return self._pool.iloc[rng.integers(len(self._pool), size=BLOCK_ROWS)].reset_index(drop=True)

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        raise ModelFileError(
            "What is saved must be a generator of imbgen, however: the rows are pre-sampled with"
            f" {type(self.sampler).__module__}.{type(self.sampler).__name__}, which only a pickle could keep."
            " Sample what you need, or pre-sample with a generator."
        )

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        raise ModelFileError(
            "A model must be of imbgen's own generators, however: this one is not. Train again."
        )
