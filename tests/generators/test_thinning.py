"""`DensityRatio`: odds by a known law, and a thinned sample that has the variance of the real rows."""

import numpy as np
import pandas as pd
import pytest

from imbgen.generators.thinning import DensityRatio

NUMBERS = np.array([0, 1])


@pytest.fixture(scope="module")
def contracted():
    """Real rows of variance 1, and pre-samples of variance 1/2 in the first dimension."""
    rng = np.random.default_rng(0)
    real, presampled = rng.normal(size=(400, 2)), rng.normal(size=(2000, 2))
    presampled[:, 0] *= np.sqrt(0.5)
    return DensityRatio.fit(real, presampled, NUMBERS, rng), rng


def test_the_odds_are_those_of_the_law(contracted):
    """log N(0, 1) - log N(0, 1/2) = x^2 / 2 + const."""
    ratio, _ = contracted
    x = np.linspace(-2, 2, 41)
    log_odds = ratio.log_odds(np.column_stack([x, np.zeros(41)]))
    slope = np.polyfit(x**2, log_odds, 1)[0]
    assert slope == pytest.approx(0.5, abs=0.2)


def test_what_is_kept_has_the_variance_of_the_real_rows(contracted):
    ratio, rng = contracted
    drawn = rng.normal(size=(20_000, 2)) * [np.sqrt(0.5), 1.0]
    kept = drawn[ratio.keep(drawn, 4000, rng)]
    assert drawn[:, 0].var() == pytest.approx(0.5, abs=0.05)
    assert 0.75 < kept[:, 0].var() < 1.15
    assert kept[:, 1].var() == pytest.approx(1.0, abs=0.1)


def test_the_order_of_what_is_kept_says_nothing_of_its_odds(contracted):
    ratio, rng = contracted
    drawn = rng.normal(size=(20_000, 2)) * [np.sqrt(0.5), 1.0]
    kept = drawn[ratio.keep(drawn, 4000, rng)]
    first, last = ratio.log_odds(kept[:2000]), ratio.log_odds(kept[2000:])
    assert first.mean() == pytest.approx(last.mean(), abs=5 * first.std() / 2000**0.5)


def test_none_is_kept_twice_and_the_number_is_the_one_asked_for(contracted):
    ratio, rng = contracted
    for n in (1, 7, 50):
        kept = ratio.keep(rng.normal(size=(50, 2)), n, rng)
        assert len(set(kept.tolist())) == n


def test_rows_of_one_law_have_even_odds():
    rng = np.random.default_rng(1)
    ratio = DensityRatio.fit(rng.normal(size=(60, 2)), rng.normal(size=(300, 2)), NUMBERS, rng)
    assert np.abs(ratio.log_odds(rng.normal(size=(100, 2)))).max() < 1.0


def test_a_frame_is_thinned_by_its_encoded_rows(contracted):
    ratio, rng = contracted
    rows = pd.DataFrame({"place": np.arange(100)}, index=np.arange(100) + 7)
    thinned = ratio.thin(rows, rng.normal(size=(100, 2)), 20, rng)
    assert thinned.index.tolist() == list(range(20))
    assert thinned["place"].is_unique


def test_arrays_hold_all_of_it(contracted):
    ratio, rng = contracted
    rows = rng.normal(size=(10, 2))
    again = DensityRatio.from_arrays(ratio.to_arrays())
    np.testing.assert_array_equal(again.log_odds(rows), ratio.log_odds(rows))
