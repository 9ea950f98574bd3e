"""The laws of a generator: each takes an unfitted generator and a table, and raises AssertionError."""

from __future__ import annotations

import os
import pickle
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from imbgen.errors import DataError, FallbackWarning, ParameterError, hushed
from imbgen.generators import BaseGenerator, load_generator

__all__ = ["LAWS", "Law"]

Law = Callable[[BaseGenerator, pd.DataFrame], None]

# Small classes are drawn from a wide stream, so that a share is judged on many rows.
_MANY = 1500


def same_seed_same_rows(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Two fits with one seed give the same rows, also at the same time in two threads."""
    # `hushed` would keep the fits apart, which take its lock too.
    with warnings.catch_warnings(), ThreadPoolExecutor(2) as pool:
        warnings.simplefilter("ignore", FallbackWarning)
        first, second = pool.map(lambda each: _draw(each, table), (generator, clone(generator)))
    pd.testing.assert_frame_equal(first, second)


def other_seed_other_rows(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Other seeds give other rows, and an unseeded sample goes on where the last one ended."""
    fitted = _fit(generator, table)
    if not _varies(fitted):
        return
    assert not fitted.sample(200, random_state=1).equals(fitted.sample(200, random_state=2)), "seeds 1 and 2"
    assert not fitted.sample(200).equals(fitted.sample(200)), "two samples of one stream"


def columns_and_dtypes_are_kept(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Columns, order and dtypes are those of the input, for 0, 1 and many rows."""
    fitted = _fit(generator, table)
    for n in (0, 1, 60):
        rows = fitted.sample(n, random_state=0)
        assert len(rows) == n, f"asked for {n} rows, got {len(rows)}"
        assert list(rows.columns) == list(table.columns), "columns"
        assert rows.dtypes.equals(table.dtypes), (
            f"dtypes {rows.dtypes[rows.dtypes != table.dtypes].to_dict()}"
        )
        assert list(rows.index) == list(range(n)), "index"


def only_possible_values_occur(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Levels were seen; whole numbers and times stay in range; floats pass it by a gap, never across zero."""
    fitted = _fit(generator, table)
    rows = fitted.sample(_MANY, random_state=0)
    for column in fitted.schema_.columns:
        real, new = table[column.name].dropna(), rows[column.name].dropna()
        if not table[column.name].isna().any():
            assert len(new) == len(rows), f"{column.name} was never missing"
        if not len(real):
            assert not len(new), f"{column.name} was always missing"
        elif column.has_levels:
            assert set(new.unique()) <= set(real.unique()), f"{column.name} has a level never seen"
        else:
            low, high = _allowed_range(real, column.kind.value)
            assert len(new) == 0 or (new.min() >= low and new.max() <= high), f"{column.name} out of range"


def shares_are_kept(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Missing values, and values that repeat, come out in their share, unless `keeps_shares` denies it."""
    if not generator.keeps_shares:
        return
    rows = _fit(generator, table).sample(_MANY, random_state=0)
    for name in table:
        # Four standard errors of a share over _MANY rows, and as much again for a member fitted on a fold.
        assert abs(rows[name].isna().mean() - table[name].isna().mean()) < 0.08, (
            f"{name}: share of missing values"
        )
        present = table[name].dropna()
        if len(present) and (count := (present == present.mode()[0]).sum()) > 1:
            share = (rows[name].dropna() == present.mode()[0]).sum() / _MANY
            assert abs(share - count / len(table)) < 0.08, f"{name}: share of its most frequent value"


def blocks_joined_are_the_whole(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Batches, and batches started further on, are slices of the stream."""
    fitted = _fit(generator, table)
    whole = fitted.sample(5000, random_state=3)
    joined = pd.concat(fitted.sample_batches(5000, random_state=3), ignore_index=True)
    pd.testing.assert_frame_equal(whole, joined)
    later = pd.concat(fitted.sample_batches(1000, random_state=3, start=4000), ignore_index=True)
    pd.testing.assert_frame_equal(whole.iloc[4000:].reset_index(drop=True), later)


def refit_forgets(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Fit twice: the second fit is as a first one."""
    other = pd.DataFrame({"unrelated": np.arange(5.0)})
    refitted = _fit(_fit(generator, other), table)
    pd.testing.assert_frame_equal(
        refitted.sample(20, random_state=0), _fit(clone(generator), table).sample(20, random_state=0)
    )


def save_and_load_keep_the_samples(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Save and load, or pickle: the same rows are drawn, seeded or from the stream."""
    fitted = _fit(generator, table)
    with tempfile.TemporaryDirectory() as folder:
        copies = [
            pickle.loads(pickle.dumps(fitted)),
            load_generator(fitted.save(Path(folder) / "model")),
        ]
    seeded, streamed = fitted.sample(30, random_state=5), fitted.sample(30)
    for copy in copies:
        pd.testing.assert_frame_equal(seeded, copy.sample(30, random_state=5))
        pd.testing.assert_frame_equal(streamed, copy.sample(30))
        assert copy.get_params().keys() == fitted.get_params().keys(), "parameters"


def nothing_else_is_touched(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Leave the input, the parameters, the global random states and the working folder as they are."""
    before = table.copy()
    parameters = repr(generator.set_params(random_state=0).get_params())
    with _unchanged_surroundings():
        _fit(generator, table).sample(10)
    pd.testing.assert_frame_equal(table, before)
    assert repr(generator.get_params()) == parameters, "parameters"


def others_count_only_if_used(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Rows of the remaining classes change nothing, unless `uses_others` says that they may."""
    if generator.uses_others:
        return
    alone = _fit(generator, table).sample(30, random_state=0)
    with_others = _fit(clone(generator), table, others=table.iloc[::-1]).sample(30, random_state=0)
    pd.testing.assert_frame_equal(alone, with_others)


def containers_come_back(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """Give back an array for an array and an Arrow table for an Arrow table, of the same types."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    rows = _fit(generator, arrow).sample(4, random_state=0)
    assert isinstance(rows, pa.Table), type(rows).__name__
    assert rows.schema == arrow.schema, "types of an Arrow table"
    numbers = table.select_dtypes(["float64", "float32"])
    if not numbers.shape[1] or numbers.isna().all(axis=None):
        return
    array = numbers.to_numpy()
    rows = _fit(clone(generator), array).sample(4, random_state=0)
    assert isinstance(rows, np.ndarray), type(rows).__name__
    assert rows.shape == (4, array.shape[1]), rows.shape
    assert rows.dtype == array.dtype, rows.dtype


def bad_input_is_refused(generator: BaseGenerator, table: pd.DataFrame) -> None:
    """One row, no row, infinite values, a negative number of rows, sampling before fitting."""
    _expect(NotFittedError, lambda: generator.sample(1))
    for n_rows in (0, 1):
        _expect(DataError, partial(_fit, generator, table.head(n_rows)))
    _expect(DataError, lambda: _fit(generator, table.assign(broken=np.inf)))
    fitted = _fit(generator, table)
    wrong: tuple[Any, ...] = (-1, 1.5, True)
    for n in wrong:
        _expect(ParameterError, partial(fitted.sample, n))


#: Every law, in the order in which they are checked.
LAWS: tuple[Law, ...] = (
    bad_input_is_refused,
    columns_and_dtypes_are_kept,
    only_possible_values_occur,
    shares_are_kept,
    same_seed_same_rows,
    other_seed_other_rows,
    blocks_joined_are_the_whole,
    save_and_load_keep_the_samples,
    others_count_only_if_used,
    refit_forgets,
    nothing_else_is_touched,
    containers_come_back,
)


def _draw(generator: BaseGenerator, table: pd.DataFrame) -> pd.DataFrame:
    return generator.set_params(random_state=0).fit(table).sample(50, random_state=7)


def _fit(generator: BaseGenerator, table: Any, **options: Any) -> BaseGenerator:
    with hushed(FallbackWarning):
        return generator.set_params(random_state=0).fit(table, **options)


def _varies(fitted: BaseGenerator) -> bool:
    return any(not column.has_levels or len(column.levels) > 1 for column in fitted.schema_.columns)


def _allowed_range(real: pd.Series, kind: str) -> tuple[Any, Any]:
    values = np.sort(real.unique())
    low, high = values[0], values[-1]
    if kind != "continuous" or len(values) == 1:
        return low, high
    below = low if (real == low).sum() > 1 else low - (values[1] - low)
    above = high if (real == high).sum() > 1 else high + (high - values[-2])
    if low >= 0:
        below = max(below, 0.0)
    if high <= 0:
        above = min(above, 0.0)
    return below, above


@contextmanager
def _unchanged_surroundings() -> Iterator[None]:
    torch = sys.modules.get("torch")
    python, numpy_state = random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - the global one
    torch_state = torch.get_rng_state() if torch else None
    defaults = _torch_defaults(torch)
    with tempfile.TemporaryDirectory() as folder:
        home = Path.cwd()
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(home)
        left = sorted(path.name for path in Path(folder).iterdir())
    assert not left, f"files left in the working folder: {left}"
    assert random.getstate() == python, "the random module's state"
    assert repr(np.random.get_state()) == numpy_state, "NumPy's global random state"  # noqa: NPY002
    if torch is not None and torch_state is not None:
        assert torch.equal(torch.get_rng_state(), torch_state), "torch's global random state"
        assert _torch_defaults(torch) == defaults, "torch's defaults"


def _torch_defaults(torch: Any) -> tuple[Any, ...]:
    if torch is None:
        return ()
    return (
        torch.get_default_dtype(),
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
    )


def _expect(error: type[Exception], call: Callable[[], Any]) -> None:
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")
