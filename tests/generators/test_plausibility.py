"""Forests as arrays against scikit-learn's, on classes whose overlap is known."""

import numpy as np
import pandas as pd
import pytest

from imbgen.generators.plausibility import ClassPlausibility, FoldForests
from imbgen.schema import Schema


def _rows(rng, n, centre):
    number = rng.normal(centre, 1.0, n)
    number[rng.random(n) < 0.1] = np.nan
    level = np.where(rng.random(n) < 0.8, "a" if centre > 0 else "b", "c" if centre > 0 else "a")
    return pd.DataFrame({"x": number, "level": level, "count": rng.integers(0, 9, n)})


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    mine, theirs = _rows(rng, 80, 2.0), _rows(rng, 300, -2.0)
    halves = [np.arange(0, 80, 2), np.arange(1, 80, 2)]
    schema = Schema.infer(mine)
    return FoldForests.fit(schema, mine, theirs, halves, rng), mine, theirs, rng


def test_rows_far_apart_are_told_apart(fitted):
    forests, _, _, rng = fitted
    assert (forests.share(_rows(rng, 200, 2.5)) > 0.5).mean() > 0.95
    assert (forests.share(_rows(rng, 200, -2.5)) < 0.5).mean() > 0.95


def test_the_mean_over_forests_is_the_judgement_of_all(fitted):
    forests, mine, _, _ = fitted
    each = [forests.share(mine, forest) for forest in (0, 1)]
    np.testing.assert_allclose(forests.share(mine), np.mean(each, axis=0), atol=1e-12)


def test_the_arrays_are_the_forest(monkeypatch):
    """Against scikit-learn's own prediction, for the same trees and features."""
    from imbgen.generators import plausibility

    grown = []
    original = plausibility.RandomForestClassifier.fit

    def remember(self, X, y):
        grown.append((original(self, X, y), X))
        return self

    monkeypatch.setattr(plausibility.RandomForestClassifier, "fit", remember)
    rng = np.random.default_rng(1)
    mine, theirs = _rows(rng, 50, 0.5), _rows(rng, 90, -0.5)
    forests = FoldForests.fit(Schema.infer(mine), mine, theirs, [np.arange(50)], rng)
    forest, features = grown[0]
    expected = forest.predict_proba(features[:50])[:, 1]
    np.testing.assert_allclose(forests.share(mine), expected, atol=1e-9)


def test_the_number_asked_for_is_kept_plausible_ones_first(fitted):
    forests, _, _, rng = fitted
    rows = pd.concat([_rows(rng, 30, -3.0), _rows(rng, 30, 3.0)], ignore_index=True)
    kept = forests.keep(rows, 20)
    assert (forests.share(rows.iloc[kept]) >= 0.5).all()
    kept = forests.keep(rows, 50)
    assert len(set(kept.tolist())) == 50
    left = np.setdiff1d(np.arange(60), kept)
    assert forests.share(rows.iloc[left]).max() <= forests.share(rows.iloc[kept]).max()
    assert (forests.share(rows.iloc[left]) < 0.5).all()


def test_levels_that_the_class_does_not_have_are_no_error(fitted):
    forests, mine, _, _ = fitted
    assert np.isfinite(forests.share(mine.assign(level="never seen"))).all()


def test_it_reads_as_a_sentence():
    text = str(ClassPlausibility(0.1, 0.25, 0.125))
    assert text.startswith("other classes would be given 10.0% of the real rows, 25.0% of the pre-samples")
