"""Known truths: fresh real rows look perfect, independent columns bad, copies are exposed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.metrics import copying, density_coverage, fidelity, pair_distance, shape_distance, two_sample_auc
from imbgen.metrics.features import TrainingFeatures
from imbgen.schema import Schema


def draw_table(n_rows, rng):
    """Four columns that depend on each other, with gaps that depend too."""
    x = rng.normal(size=n_rows)
    y = x + 0.3 * rng.normal(size=n_rows)
    level = np.where(x + 0.5 * rng.normal(size=n_rows) > 0, "high", "low")
    gappy = np.where((level == "high") & (rng.random(n_rows) < 0.5), np.nan, rng.integers(5, size=n_rows))
    return pd.DataFrame({"x": x, "y": y, "level": level, "gappy": gappy})


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    training, held_out, fresh = (draw_table(300, rng) for _ in range(3))
    independent = pd.DataFrame({name: rng.permutation(fresh[name].to_numpy()) for name in fresh})
    return {"training": training, "held_out": held_out, "fresh": fresh, "independent": independent}


@pytest.fixture(scope="module")
def figures(tables):
    samples = {
        "fresh": tables["fresh"],
        "independent": tables["independent"],
        "copies": tables["training"],
        "near": tables["training"].assign(x=tables["training"]["x"] + 0.01),
    }
    return {
        name: fidelity(tables["training"], tables["held_out"], rows, n_draws=1)
        for name, rows in samples.items()
    }


def test_fresh_real_rows_look_perfect(figures):
    fresh = figures["fresh"]
    assert 0.4 < fresh["two_sample_auc"] < 0.6
    assert fresh["coverage"] > 0.93
    assert 0.9 < fresh["density"] < 1.1
    assert 0.45 < fresh["copy_auc"] < 0.55
    assert fresh["shapes"] < 0.1
    assert fresh["pairs"] < 0.1


def test_independent_columns_show_in_pairs_and_to_a_forest_but_not_in_shapes(figures):
    fresh, independent = figures["fresh"], figures["independent"]
    assert independent["shapes"] == pytest.approx(fresh["shapes"])
    assert independent["pairs"] > 5 * fresh["pairs"]
    assert independent["two_sample_auc"] > 0.75


def test_copies_are_exposed_though_nothing_else_shows(figures):
    assert figures["copies"]["copies"] == 1.0
    assert figures["copies"]["copy_auc"] > 0.95
    assert figures["copies"]["two_sample_auc"] < 0.6
    assert figures["near"]["copies"] == 0.0
    assert figures["near"]["copy_auc"] > 0.95


def test_half_of_the_law_does_not_cover():
    rng = np.random.default_rng(1)
    real = rng.normal(size=(300, 2))
    half = np.abs(rng.normal(size=(300, 1))) * np.array([1.0, 0.0]) + rng.normal(size=(300, 2)) * [0.1, 1.0]
    assert density_coverage(real, half)[1] < 0.8 < density_coverage(real, rng.normal(size=(300, 2)))[1]


def test_repeats_of_nature_are_told_apart_from_copies():
    rows = np.random.default_rng(3).integers(2, size=(200, 2)).astype(float)
    figures = copying(rows[:100], rows[100:150], rows[150:])
    assert figures.copies == figures.copies_real == 1.0
    assert figures.copy_auc == 0.5


def test_shapes_by_hand():
    real = pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan], "c": ["a", "a", "b", None]})
    other = pd.DataFrame({"x": [3.0, 3.0, 3.0, 3.0], "c": ["a", "b", "b", "z"]})
    numbers = 2 / 3 + 1 / 4
    levels = (abs(0.5 - 0.25) + abs(0.25 - 0.5) + 0.25 + 0.25) / 2
    assert shape_distance(real, other) == pytest.approx((numbers + levels) / 2)


def test_pairs_by_hand():
    real = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 2.0, 3.0, 4.0], "z": [4.0, 3.0, 2.0, 1.0]})
    other = real.assign(z=[1.0, 2.0, 3.0, 4.0])
    assert pair_distance(real, other) == pytest.approx((0 + 2 + 2) / 3)
    assert pair_distance(real, real) == 0.0
    levels = pd.DataFrame({"x": np.arange(40.0), "c": np.repeat(["a", "b"], 20)})
    within = 2 * 20 * (20**2 - 1) / 12 / (40 * (40**2 - 1) / 12)
    ratio = np.sqrt(1 - within * 39 / 38)
    assert pair_distance(levels, levels.assign(c=["a", "b", "b", "a"] * 10)) == pytest.approx(ratio)


def test_few_rows_are_told_by_nan():
    rows = np.zeros((4, 2))
    assert np.isnan(two_sample_auc(rows, rows))
    assert np.isnan(density_coverage(rows[:1], rows)).all()
    assert np.isnan(copying(rows, rows[:0], rows)).all()
    assert np.isnan(
        shape_distance(draw_table(5, np.random.default_rng(0)), draw_table(5, np.random.default_rng(0))[:0])
    )


def test_features_know_only_training_rows():
    training = pd.DataFrame({"n": [1.0, 3.0], "c": ["a", "b"], "k": [7, 7]})
    schema = Schema.infer(pd.concat([training, training.assign(c="new")]))
    features = TrainingFeatures(training, schema).transform(
        pd.DataFrame({"n": [5.0, np.nan], "c": ["new", None], "k": [7, 9]})
    )
    assert features[:, 0].tolist() == [3.0, 0.0]
    assert features.shape[0] == 2


def test_many_levels_share_a_column():
    training = pd.DataFrame({"c": [f"l{i}" for i in range(1000)], "x": np.arange(1000.0)})
    assert TrainingFeatures(training).transform(training).shape[1] <= 32


@pytest.mark.parametrize("n_rows", [5, 29])
def test_few_rows_do_not_fail(n_rows):
    rng = np.random.default_rng(2)
    training, held_out, made = (draw_table(n_rows, rng) for _ in range(3))
    assert set(fidelity(training, held_out, made, n_draws=1, n_trees=50)) == {
        "two_sample_auc",
        "density",
        "coverage",
        "shapes",
        "pairs",
        "copy_auc",
        "copies",
        "copies_real",
    }


@pytest.mark.parametrize("n_features", [3, 15, 16, 60])
def test_copies_are_found_whatever_the_number_of_columns(n_features):
    training, held_out = np.random.default_rng(0).normal(size=(2, 100, n_features))
    found = copying(training, held_out, training)
    assert (found.copies, found.copies_real) == (1.0, 0.0)
