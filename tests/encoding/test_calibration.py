"""Whatever a generator puts out, after calibration its marginals are those of the training rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.schema import Schema

LAWS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "shifted": lambda rng, shape: rng.normal(50, 0.01, size=shape),
    "skewed": lambda rng, shape: rng.exponential(size=shape) ** 2,
    "heavy tails": lambda rng, shape: rng.standard_t(2, size=shape),
    "two modes": lambda rng, shape: rng.normal(size=shape) + 30 * (rng.random(shape) < 0.3),
}


@pytest.fixture
def encoder():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.lognormal(size=97),
            "zero_inflated": np.r_[np.zeros(60), rng.gamma(2, size=37)],
            "flag": ["no"] * 90 + ["yes"] * 7,
            "site": ["a"] * 50 + ["b"] * 30 + ["c"] * 14 + ["d"] * 3,
        }
    )
    return TableEncoder(Schema.infer(frame)).fit(frame), frame


def _output(law, encoder, n=4000, seed=1):
    return LAWS[law](np.random.default_rng(seed), (n, encoder.d_encoded)).astype(np.float32)


@pytest.mark.parametrize("law", LAWS)
def test_numbers_get_the_training_marginal(encoder, law):
    encoder, frame = encoder
    calibration = MarginalCalibration.fit(_output(law, encoder), encoder)
    fresh = _output(law, encoder, seed=2)
    rows = encoder.decode(calibration.apply(fresh, encoder))
    for name in ("x", "zero_inflated"):
        # Half an interval of ranks, the resolution of the map, and the noise of two samples of 4,000.
        assert ks_2samp(rows[name], frame[name]).statistic < 0.5 / 97 + 1 / 512 + 0.04
    assert (rows["zero_inflated"] == 0).mean() == pytest.approx(60 / 97, abs=0.04)


@pytest.mark.parametrize("law", LAWS)
def test_the_order_of_rows_stays(encoder, law):
    encoder, _ = encoder
    output = _output(law, encoder)
    encoded = MarginalCalibration.fit(output, encoder).apply(output, encoder)
    for dim in encoder.number_dims:
        by_output = encoded[np.argsort(output[:, dim], kind="stable"), dim]
        assert (np.diff(by_output) >= 0).all()
        # The map is flat nowhere, but floats may meet.
        assert len(np.unique(encoded[:, dim])) > 0.95 * len(np.unique(output[:, dim]))


@pytest.mark.parametrize("law", LAWS)
def test_two_levels_come_out_in_their_shares_to_one_row(encoder, law):
    encoder, _ = encoder
    output = _output(law, encoder)
    rows = encoder.decode(MarginalCalibration.fit(output, encoder).apply(output, encoder))
    assert abs((rows["flag"] == "yes").sum() - 4000 * 7 / 97) <= 1


@pytest.mark.parametrize("law", LAWS)
def test_many_levels_come_out_in_their_shares(encoder, law):
    encoder, frame = encoder
    output = _output(law, encoder)
    rows = encoder.decode(MarginalCalibration.fit(output, encoder).apply(output, encoder))
    shares = rows["site"].value_counts(normalize=True)
    for level, share in frame["site"].value_counts(normalize=True).items():
        assert shares[level] == pytest.approx(share, abs=0.01)


def test_a_level_goes_to_the_rows_that_score_it_highest(encoder):
    encoder, _ = encoder
    output = _output("skewed", encoder)
    encoded = MarginalCalibration.fit(output, encoder).apply(output, encoder)
    dims = next(block.dims for block in encoder.blocks if block.column == "flag")
    margin = output[:, dims] @ [-1, 1]
    picked = encoded[:, dims].argmax(axis=1) == 1
    assert margin[picked].min() >= margin[~picked].max()


def test_levels_come_out_as_exact_one_hots(encoder):
    encoder, _ = encoder
    output = _output("two modes", encoder)
    encoded = MarginalCalibration.fit(output, encoder).apply(output, encoder)
    for block in encoder.blocks:
        if block.kind == "levels":
            assert set(np.unique(encoded[:, block.dims])) == {0.0, 1.0}
            np.testing.assert_array_equal(encoded[:, block.dims].sum(axis=1), 1.0)


def test_a_number_is_calibrated_on_the_rows_where_it_is_present():
    values = np.arange(40) / 7
    frame = pd.DataFrame({"x": np.r_[values, np.full(60, np.nan)]})
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    rng = np.random.default_rng(0)
    margin = rng.normal(size=5000)
    # The number depends on the bit: present rows lie far from missing ones.
    output = np.stack([rng.normal(size=5000) + 20 * (margin > 0), 0 * margin, margin], axis=1)
    rows = encoder.decode(
        MarginalCalibration.fit(output.astype(np.float32), encoder).apply(output.astype(np.float32), encoder)
    )
    assert rows["x"].isna().mean() == pytest.approx(0.6, abs=0.001)
    assert ks_2samp(rows["x"].dropna(), values).statistic < 0.05


def test_arrays_and_back(encoder):
    encoder, _ = encoder
    output = _output("skewed", encoder)
    calibration = MarginalCalibration.fit(output, encoder)
    again = MarginalCalibration.from_arrays(calibration.to_arrays())
    np.testing.assert_array_equal(calibration.apply(output, encoder), again.apply(output, encoder))


def test_the_output_is_left_as_it_is(encoder):
    encoder, _ = encoder
    output = _output("skewed", encoder)
    before = output.copy()
    MarginalCalibration.fit(output, encoder).apply(output, encoder)
    np.testing.assert_array_equal(output, before)


def test_a_level_that_is_not_among_the_rows_is_never_picked():
    frame = pd.DataFrame({"c": ["b"] * 50 + ["c"] * 50})
    schema = Schema.infer(pd.concat([frame, pd.DataFrame({"c": ["a"]})]))
    encoder = TableEncoder(schema).fit(frame)
    calibration = MarginalCalibration.fit(_output("normal", encoder), encoder)
    fresh = _output("normal", encoder, n=50_000, seed=2)
    assert "a" not in set(encoder.decode(calibration.apply(fresh, encoder))["c"])


def test_the_extremes_of_a_large_class_come_out():
    frame = pd.DataFrame({"x": np.random.default_rng(0).lognormal(size=5000)})
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    calibration = MarginalCalibration.fit(_output("normal", encoder), encoder)
    rows = encoder.decode(calibration.apply(_output("normal", encoder, n=50_000, seed=2), encoder))
    assert (rows["x"] > frame["x"].quantile(0.9995)).any()


def test_a_collapsed_output_lands_in_the_middle():
    frame = pd.DataFrame({"x": np.arange(101) / 7})
    encoder = TableEncoder(Schema.infer(frame)).fit(frame)
    output = np.full((1000, 1), 0.3, dtype=np.float32)
    rows = encoder.decode(MarginalCalibration.fit(output, encoder).apply(output, encoder))
    assert rows["x"].median() == pytest.approx(50 / 7, abs=1)


def test_dimensions_that_are_kept_pass_unchanged(encoder):
    encoder, frame = encoder
    output = _output("normal", encoder)
    output[:, -4:] = np.eye(4)[np.random.default_rng(0).integers(0, 4, len(output))]
    kept = [int(encoder.number_dims[1]), *range(encoder.d_encoded - 4, encoder.d_encoded)]
    encoded = MarginalCalibration.fit(output, encoder, kept=kept).apply(output, encoder)
    np.testing.assert_allclose(encoded[:, kept], output[:, kept], atol=1e-5)
    rows = encoder.decode(encoded)
    assert (rows["flag"] == "yes").mean() == pytest.approx(7 / 97, abs=0.001)
    assert ks_2samp(rows["x"], frame["x"]).statistic < 0.5 / 97 + 1 / 512 + 0.04
