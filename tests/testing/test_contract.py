"""`check_generator` must find what is broken: one generator for each law that breaks it."""

import random
from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from imbgen import GMMGenerator
from imbgen.testing import LAWS, check_generator, contract, laws, standard_tables

TABLES = standard_tables()
NUMERIC = {"numeric": TABLES["numeric"]}
MIXED = {"mixed": TABLES["mixed_49_rows"]}


class Base(GMMGenerator):
    """A generator with cheap defaults, to be broken in one way."""

    def __init__(self, *, max_components=1, schema=None, random_state=None):
        super().__init__(max_components=max_components, schema=schema, random_state=random_state)


class Seedless(Base):
    def _sample_block(self, rng):
        return super()._sample_block(np.random.default_rng())


class Constant(Base):
    def _sample_block(self, rng):
        return super()._sample_block(np.random.default_rng(0))


class Wrong(Base):
    """Rows are changed after sampling."""

    def _sample_block(self, rng):
        return self.change(super()._sample_block(rng))


class OtherDtype(Wrong):
    def change(self, rows):
        return rows.astype({"a": "float32"})


class OutOfRange(Wrong):
    def change(self, rows):
        return rows.assign(age=500)


class NewLevel(Wrong):
    def change(self, rows):
        return rows.assign(sex="X")


class NeverMissing(Wrong):
    def change(self, rows):
        return rows.assign(pressure=rows["pressure"].fillna(120.0))


class NewMissing(Wrong):
    def change(self, rows):
        return rows.assign(a=np.nan)


class OneRowMore(Base):
    def sample(self, n, random_state=None):
        rows = super().sample(n, random_state)
        return pd.concat([rows, rows.head(1)]) if isinstance(rows, pd.DataFrame) else rows


class OtherBatches(Base):
    def sample_batches(self, n, random_state=None, start=0):
        yield from (
            batch.iloc[::-1].reset_index(drop=True)
            for batch in super().sample_batches(n, random_state, start)
        )


class Nosy(Base):
    def fit(self, X, *, others=None):
        return super().fit(X if others is None else X.iloc[: len(X) // 2])


class Nostalgic(Base):
    """Starts from what it learned before, if that was another table."""

    def _fit(self, frame, rng, others):
        if getattr(self, "before", frame.shape) != frame.shape:
            rng.random()
        self.before = frame.shape
        super()._fit(frame, rng, others)


class Scribbler(Base):
    def _fit(self, frame, rng, others):
        super()._fit(frame, rng, others)
        with open("notes.txt", "w") as file:  # noqa: PTH123
            file.write("mine")


class Gambler(Base):
    def _fit(self, frame, rng, others):
        super()._fit(frame, rng, others)
        random.random()


class Tolerant(Base):
    def fit(self, X, *, others=None):
        return super().fit(X if len(X) > 1 else pd.concat([X, X]), others=others)


class FramesOnly(Base):
    def sample(self, n, random_state=None):
        rows = super().sample(n, random_state)
        return pd.DataFrame(rows) if isinstance(rows, np.ndarray) else rows


class NoArrow(Base):
    def sample(self, n, random_state=None):
        rows = super().sample(n, random_state)
        return rows.to_pandas() if isinstance(rows, pa.Table) else rows


class Shared(Base):
    """Two fits at the same time use one random generator."""

    rngs: ClassVar = {}

    def _fit(self, frame, rng, others):
        super()._fit(frame, self.rngs.setdefault(self.random_state, rng), others)


class NewDefaults(Base):
    def _fit(self, frame, rng, others):
        super()._fit(frame, rng, others)
        torch.set_grad_enabled(not torch.is_grad_enabled())


BROKEN = [
    (Seedless, NUMERIC, "same seed same rows"),
    (Constant, NUMERIC, "other seed other rows"),
    (OtherDtype, NUMERIC, "columns and dtypes are kept"),
    (OneRowMore, NUMERIC, "columns and dtypes are kept"),
    (OutOfRange, MIXED, "only possible values occur"),
    (NewLevel, MIXED, "only possible values occur"),
    (NewMissing, NUMERIC, "only possible values occur"),
    (NeverMissing, MIXED, "shares are kept"),
    (OtherBatches, NUMERIC, "blocks joined are the whole"),
    (Nosy, NUMERIC, "others count only if used"),
    (Nostalgic, NUMERIC, "refit forgets"),
    (Scribbler, NUMERIC, "nothing else is touched"),
    (Gambler, NUMERIC, "nothing else is touched"),
    (Tolerant, NUMERIC, "bad input is refused"),
    (FramesOnly, NUMERIC, "containers come back"),
    (NoArrow, NUMERIC, "containers come back"),
    (Shared, {"many": TABLES["mixed_49_rows"]}, "same seed same rows"),
    (NewDefaults, NUMERIC, "nothing else is touched"),
]


@pytest.fixture(autouse=True)
def storable(monkeypatch, tmp_path):
    """The broken ones are not in the registry; saving is checked elsewhere. What they write is lost."""
    monkeypatch.chdir(tmp_path)
    remaining = tuple(law for law in LAWS if law is not laws.save_and_load_keep_the_samples)
    monkeypatch.setattr(contract, "LAWS", remaining)


@pytest.mark.parametrize(("kind", "tables", "law"), BROKEN, ids=[kind.__name__ for kind, *_ in BROKEN])
def test_a_broken_generator_is_found(kind, tables, law):
    state = random.getstate()
    Shared.rngs.clear()
    with pytest.raises(AssertionError, match=rf"^{kind.__name__}: {law} \(table '{next(iter(tables))}'\)"):
        check_generator(kind(), tables)
    random.setstate(state)
    torch.set_grad_enabled(True)


def test_a_sound_one_passes():
    check_generator(Base(), {**NUMERIC, **MIXED})


def test_every_law_has_a_generator_that_breaks_it():
    names = {law.__name__.replace("_", " ") for law in LAWS}
    assert {law for *_, law in BROKEN} == names - {"save and load keep the samples"}


def test_the_generator_passed_stays_as_it_is():
    generator = Base()
    check_generator(generator, NUMERIC)
    assert not hasattr(generator, "schema_")
    assert generator.random_state is None


def test_standard_tables():
    assert [len(TABLES[name]) for name in ("2_rows", "3_rows", "5_rows", "29_rows", "mixed_49_rows")] == [
        2,
        3,
        5,
        29,
        49,
    ]
    assert (TABLES["zero_inflated"]["amount"] == 0).mean() == 0.9
    assert TABLES["1000_levels"]["id"].nunique() == 1000
    assert TABLES["float32"].dtypes.eq("float32").all()
    assert TABLES["level_seen_once"]["level"].value_counts().min() == 1
    assert not TABLES["shuffled_index"].index.is_monotonic_increasing
    assert TABLES["constant_columns"]["never"].isna().all()
    again, other = standard_tables(), standard_tables(1)
    for name, table in TABLES.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert not TABLES["numeric"].equals(other["numeric"])
