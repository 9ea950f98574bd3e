"""`BaseGenerator`: what every generator is. Rows of one class in, rows of that class out; no labels."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import ThreadpoolController

from imbgen.errors import DataError
from imbgen.frames import to_frame
from imbgen.generators.checks import check_mapping, check_number
from imbgen.rules import RuleKeeper, read_rules
from imbgen.schema import Schema, label_array

__all__ = ["BLOCK_ROWS", "BaseGenerator", "give_schema", "one_thread"]

#: Rows of one sampling block. Part of the format of a stream: changing it changes every sample.
BLOCK_ROWS = 4096


class BaseGenerator(BaseEstimator, ABC):
    """A generator learns rows of one class and draws new ones.

    Subclasses write `_fit`, `_sample_block`, `_get_state` and `_set_state`; everything that users call is
    written once, here.

    Sampling is a stream of blocks of 4,096 rows. Block b of a seed is drawn whole from
    ``SeedSequence(seed, spawn_key=(b,))`` and then cut, so rows come out the same in one call, in many, or in
    many processes.
    """

    #: Whether `fit` reads `others`.
    uses_others: bool = False
    #: Whether missing values, and values that repeat, come out in the share in which they went in.
    keeps_shares: bool = True

    schema: Mapping[Any, Any] | None
    rules: Sequence[Mapping[str, Any]] | None
    random_state: int | None

    def fit(self, X: Any, *, others: Any = None) -> Self:
        """Learn the rows of one class.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_rows, n_columns)
            Rows of the class, at least 2. pandas, polars or Arrow frame, or array.
        others : like X, optional
            Unlabelled rows of the remaining classes; ignored unless `uses_others` is True.

        Returns
        -------
        self : BaseGenerator

        Raises
        ------
        DataError
            Fewer than 2 rows, infinite values, no value at all, a row that breaks one of `rules`.
        ParameterError
            A hyper-parameter outside its domain.
        """
        frame, container = to_frame(X)
        if len(frame) < 2:
            raise DataError(
                f"A generator needs at least 2 rows of the class, however: n_rows={len(frame)}. "
                "Add rows, or leave this class as it is."
            )
        self._check_parameters()
        other_frame = to_frame(others, name="others")[0] if others is not None and self.uses_others else None
        seeds = np.random.SeedSequence(_seed_entropy(self._seed()))
        fit_seed, stream_seed = seeds.spawn(2)
        schema = Schema.infer(frame, self._kinds())
        keeper = RuleKeeper(read_rules(self.rules), schema).fit(frame)
        self._forget()  # rows that are refused leave an earlier fit as it was
        self.schema_, self._keeper = schema, keeper
        self.n_rows_, self.n_features_in_ = frame.shape
        self.feature_names_in_ = label_array(self.schema_.names)
        self._container = container
        self._fitted_with = self._model_parameters()
        with one_thread():
            self._fit(frame, np.random.default_rng(fit_seed), other_frame)
        self.stream_seed_ = int(stream_seed.generate_state(1, np.uint64)[0])
        self.stream_position_ = 0
        return self

    def sample(self, n: int, random_state: int | None = None) -> Any:
        """Draw new rows.

        Parameters
        ----------
        n : int
            Number of rows, at least 0.
        random_state : int, optional
            Seed of the stream, whose first `n` rows are returned. None goes on with the stream that was
            seeded at fit.

        Returns
        -------
        rows : the container given to `fit`, n rows

        Raises
        ------
        ParameterError
            Negative or fractional `n`.
        """
        batches = list(self._frames(n, *self._stream(n, random_state)))
        frame = pd.concat(batches, ignore_index=True) if batches else self._block(0, 0).iloc[:0]
        return self._container.restore(frame)

    def sample_batches(self, n: int, random_state: int | None = None, start: int = 0) -> Iterator[Any]:
        """Draw the rows of a stream in batches of at most 4,096.

        Parameters
        ----------
        n : int
            Number of rows in all.
        random_state : int, optional
            As for `sample`.
        start : int
            First row of the stream; several processes share a stream out by their starts.

        Returns
        -------
        batches : iterator over the container given to `fit`
        """
        check_number("start", start, low=0, whole=True)
        seed, position = self._stream(n, random_state, start)
        return map(self._container.restore, self._frames(n, seed, position))

    def _stream(self, n: int, random_state: int | None, start: int = 0) -> tuple[int, int]:
        """Seed and position of the `n` rows that come `start` rows later; the stream moves past them."""
        check_is_fitted(self)
        check_number("n", n, low=0, whole=True)
        if random_state is not None:
            check_number("random_state", random_state, low=0, whole=True)
            return int(random_state), start
        position = self.stream_position_ + start
        self.stream_position_ = position + int(n)
        return self.stream_seed_, position

    def _frames(self, n: int, seed: int, start: int) -> Iterator[pd.DataFrame]:
        stop = start + n
        for block in range(start // BLOCK_ROWS, -(-stop // BLOCK_ROWS)):
            first = block * BLOCK_ROWS
            rows = self._block(seed, block)
            yield rows.iloc[max(start - first, 0) : min(stop - first, BLOCK_ROWS)].reset_index(drop=True)

    def _block(self, seed: int, block: int) -> pd.DataFrame:
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,)))
        with one_thread():
            return self._obeying_block(rng)

    def _obeying_block(self, rng: np.random.Generator) -> pd.DataFrame:
        """Draw one block, in which `rules` hold."""
        return self._keeper.keep(self._sample_block(rng), lambda: self._sample_block(rng), rng)

    def save(self, path: str | Path) -> Path:
        """Write the fitted generator to a folder: weights as safetensors, the rest as JSON; no code.

        A model holds values of the training rows (quantile tables), some models the rows, so treat it as
        confidential as the data.

        Parameters
        ----------
        path : str or Path
            Folder to write; an existing model there is replaced as a whole.

        Returns
        -------
        path : Path
        """
        from imbgen.generators.storage import save_generator

        check_is_fitted(self)
        return save_generator(self, path)

    def _kinds(self) -> Mapping[Any, Any] | None:
        """Kinds that overrule the inference."""
        return self.schema

    def _seed(self) -> int | None:
        """Seed of the fit and of the stream; None for fresh entropy."""
        return self.random_state

    def _model_parameters(self) -> dict[str, Any]:
        """Hyper-parameters as they are now, but for those of a run, which are no part of a model."""
        parameters = self.get_params(deep=False)
        return {
            name: _snapshot(value) for name, value in parameters.items() if name not in ("trainer", "log_dir")
        }

    def _forget(self) -> None:
        """Drop what an earlier fit learned."""
        for name in [name for name in vars(self) if name.endswith("_") or name.startswith("_")]:
            delattr(self, name)

    def _check_parameters(self) -> None:
        """Raise ParameterError if a hyper-parameter is outside its domain."""
        check_mapping("schema", self.schema)
        read_rules(self.rules)
        if self.random_state is not None:
            check_number("random_state", self.random_state, low=0, whole=True)

    @abstractmethod
    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        """Learn from a frame of at least 2 rows."""

    @abstractmethod
    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        """Draw one block of `BLOCK_ROWS` rows."""

    @abstractmethod
    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return all that was learned, as (JSON types, arrays)."""

    @abstractmethod
    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Take up what `_get_state` returned."""

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` or `load_generator` has run."""
        return hasattr(self, "stream_seed_")


def _snapshot(value: Any) -> Any:
    """Return a hyper-parameter as it is now, whatever becomes of the object."""
    if isinstance(value, BaseGenerator):
        return clone(value)
    return dict(value) if isinstance(value, Mapping) else value


def give_schema(generator: BaseGenerator, schema: Mapping[Any, Any] | None) -> None:
    """Set the schema of a generator that has none of its own; nothing is set for None."""
    if schema is not None and generator.get_params(deep=False).get("schema") is None:
        generator.set_params(schema=schema)


def one_thread() -> Any:
    """Return a context in which BLAS and OpenMP, torch's among them, use one thread.

    Sums then have one order whatever the number of cores, so the same seed gives the same bytes; and networks
    of this size gain nothing from a second thread, but lose much when other processes want the cores.
    """
    return _thread_controller("torch" in sys.modules).limit(limits=1)


@cache
def _thread_controller(with_torch: bool) -> ThreadpoolController:
    """Return what limits the threads of the libraries loaded by now; torch, which comes late, brings more."""
    return ThreadpoolController()


def _seed_entropy(random_state: int | None) -> int:
    """Return the seed itself, or fresh entropy for None."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    return int(random_state)
