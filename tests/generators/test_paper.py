"""SMOTified-GAN as published: a deterministic map of pre-samples, the same after saving."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from imbgen import GMMGenerator, HybridGenerator, load_generator
from imbgen.generators import paper


@pytest.fixture
def fitted(monkeypatch):
    monkeypatch.setattr(paper, "_N_EPOCHS", 3)
    monkeypatch.setattr(paper, "_N_PRESAMPLES", 60)
    rng = np.random.default_rng(0)
    count = pd.Series(rng.integers(0, 5, 40), dtype="Int64").mask(rng.random(40) < 0.2)
    rows = pd.DataFrame({"x": rng.normal(size=40), "level": rng.choice(["a", "b"], 40), "count": count})
    return HybridGenerator(mode="paper", random_state=0).fit(rows), rows


def test_no_gate_judges_it(fitted):
    generator, _ = fitted
    assert generator.refined_
    assert (generator.skill_, generator.gain_, generator.fallback_) == (None, None, None)
    assert "no held-out row has judged them" in generator.reason_


def test_equal_pre_samples_become_equal_rows(fitted):
    generator, rows = fitted
    twice = pd.concat([rows.head(5)] * 2, ignore_index=True)
    mapped = generator._published.rows(twice)
    pd.testing.assert_frame_equal(mapped.head(5), mapped.tail(5).reset_index(drop=True))


def test_rows_are_rows_of_the_table(fitted, tmp_path):
    generator, rows = fitted
    new = generator.sample(5000, random_state=1)
    assert new.dtypes.equals(rows.dtypes)
    assert new["x"].between(rows["x"].min(), rows["x"].max()).all()
    loaded = load_generator(generator.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(5000, random_state=1), new)
    assert loaded.refined_


def test_the_seed_decides(fitted):
    generator, rows = fitted
    again, other = (HybridGenerator(mode="paper", random_state=seed).fit(rows) for seed in (0, 1))
    pd.testing.assert_frame_equal(again.sample(9, random_state=1), generator.sample(9, random_state=1))
    assert not other.sample(9, random_state=1).equals(generator.sample(9, random_state=1))


def test_two_rows_are_enough():
    rows = pd.DataFrame({"x": [0.0, 1.0], "c": ["a", "a"]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper, "_N_EPOCHS", 1)
        patch.setattr(paper, "_N_PRESAMPLES", 20)
        new = HybridGenerator(mode="paper", random_state=0).fit(rows).sample(4)
    assert new["x"].between(0, 1).all()


def test_plausibility_is_no_matter_of_the_paper(fitted):
    generator, rows = fitted
    hybrid = HybridGenerator(mode="paper", plausibility="report", random_state=0)
    assert not clone(hybrid).set_params(presampler=GMMGenerator()).uses_others
    pd.testing.assert_frame_equal(hybrid.fit(rows).sample(20, 0), generator.sample(20, 0))
