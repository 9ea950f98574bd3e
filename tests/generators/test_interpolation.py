"""`InterpolationGenerator`: what it keeps, where SMOTE does not."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import ks_2samp, rankdata

from imbgen import InterpolationGenerator, SMOTEGenerator
from imbgen.errors import ParameterError
from imbgen.generators.neighbors import find_neighbors


def _gaussian(n, d=4, rho=0.7, seed=0):
    covariance = rho + (1 - rho) * np.eye(d)
    rows = np.random.default_rng(seed).multivariate_normal(np.zeros(d), covariance, size=n)
    return pd.DataFrame(rows, columns=list("abcdefgh")[:d])


def _mixed(n=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "gaps": pd.Series(rng.gamma(2, size=n)).mask(rng.random(n) < 0.3),
            "more gaps": pd.Series(rng.gamma(2, size=n)).mask(rng.random(n) < 0.5),
            "sex": rng.choice(["F", "M", None], n),
            "site": rng.choice(list("vwxyz"), n),
            "grade": pd.Categorical(rng.choice(["lo", "mid", "hi"], n), ["lo", "mid", "hi"], ordered=True),
            "flag": rng.random(n) < 0.2,
            "id": [f"id{i:02}" for i in rng.permutation(n)],  # too many levels for one-hots
        }
    )


def _scores(rows):
    """Normal scores, in which the generator interpolates rows without ties."""
    return ndtri((rankdata(rows, axis=0) - 0.5) / len(rows))


def _neighbourhoods(scores, k):
    return np.hstack([np.arange(len(scores))[:, None], find_neighbors(scores, k)])


@pytest.mark.parametrize("k", [5, 40])
def test_mean_and_covariance_of_each_neighbourhood_are_kept(k):
    rows = _gaussian(100)
    scores = _scores(rows)
    generator = InterpolationGenerator(random_state=0, n_neighbors=k).fit(rows)
    members = _neighbourhoods(scores, k)[7]
    combined, centre = generator._combine(np.repeat(members[None], 40_000, axis=0), np.random.default_rng(0))
    np.testing.assert_allclose(centre[0], scores[members].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(combined.mean(axis=0), scores[members].mean(axis=0), atol=0.03)
    expected = np.cov(scores[members], rowvar=False, bias=True)
    np.testing.assert_allclose(np.cov(combined, rowvar=False), expected, atol=0.02)


def test_the_covariance_is_that_of_a_random_row_of_a_random_neighbourhood():
    rows = _gaussian(100)
    scores = _scores(rows)
    generator = InterpolationGenerator(random_state=0).fit(rows)
    rng = np.random.default_rng(0)
    raw = np.concatenate([generator._raw_block(rng) for _ in range(10)]).astype(float)
    expected = np.cov(scores[_neighbourhoods(scores, 5).ravel()], rowvar=False, bias=True)
    np.testing.assert_allclose(np.cov(raw, rowvar=False), expected, atol=0.04)


def test_dependence_and_marginals_are_kept():
    rows = _gaussian(150)
    new = InterpolationGenerator(random_state=0).fit(rows).sample(4000)
    for name in rows:
        # Half an interval of ranks, and the noise of 4,000 rows and of as many for the calibration.
        assert ks_2samp(new[name], rows[name]).statistic < 0.5 / 150 + 1.63 * np.sqrt(2 / 4000)
    real = rows.corr(method="spearman").to_numpy()
    np.testing.assert_allclose(new.corr(method="spearman"), real, atol=0.05)
    assert new.std().mean() == pytest.approx(rows.std().mean(), rel=0.04)
    assert SMOTEGenerator(random_state=0).fit(rows).sample(4000).std().mean() < 0.93 * rows.std().mean()


def test_levels_are_those_of_the_neighbourhood():
    """Two far clusters: a level of one never comes with the numbers of the other."""
    side = np.arange(80) % 2
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(80, 4)) + 30 * side[:, None]
    rows = pd.DataFrame(numbers, columns=list("abcd"))
    rows["c1"] = np.where(side == 1, rng.choice(["p", "q"], 80), rng.choice(["r", "s"], 80))
    rows["c2"] = np.where(side == 1, "high", "low")
    new = InterpolationGenerator(random_state=0).fit(rows).sample(4000)
    upper = new["a"] > 15
    # Not all: calibration moves the rank at which one cluster ends a little.
    assert (new["c2"].eq("high") == upper).mean() > 0.95
    assert (new["c1"].isin(["p", "q"]) == upper).mean() > 0.95
    # Within a cluster, levels of several rows meet.
    seen = set(zip(rows["a"].round(6), rows["c1"], strict=True))
    assert len(set(zip(new["a"].round(6), new["c1"], strict=True)) - seen) > 3000


def test_levels_without_an_order_are_never_between_two_others():
    rows = pd.DataFrame({"id": [f"id{i:02}" for i in range(50)], "x": np.linspace(0, 1, 50)})
    generator = InterpolationGenerator(random_state=0, n_neighbors=1).fit(rows)
    dim = next(block.start for block in generator._encoder.blocks if block.column == "id")
    raw = generator._raw_block(np.random.default_rng(0))
    assert set(raw[:, dim]) <= set(generator._rows[:, dim])


def test_a_number_is_combined_from_the_rows_that_have_it():
    rows = pd.DataFrame({"x": [1 / 7, 9 / 7], "gap": [5.5, np.nan]})
    new = InterpolationGenerator(random_state=0).fit(rows).sample(2000)
    assert set(new["gap"].dropna()) == {5.5}
    assert new["gap"].isna().mean() == pytest.approx(0.5, abs=0.05)
    assert new["x"].nunique() == 2000


def test_gaps_do_not_pull_numbers_to_the_middle():
    """Rows whose neighbours lack a number would otherwise be drawn towards the score 0 that stands for it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    rows = pd.DataFrame({"x": x, "y": pd.Series(x + 0.05 * rng.normal(size=200)).mask(rng.random(200) < 0.4)})
    new = InterpolationGenerator(random_state=0).fit(rows).sample(4000).dropna()
    assert new.corr(method="spearman").loc["x", "y"] > 0.9


def test_copies_are_no_neighbours():
    rows = _gaussian(30, d=2)
    copied = pd.concat([rows] * 6, ignore_index=True)
    new = InterpolationGenerator(random_state=0).fit(copied).sample(1000)
    known = set(map(tuple, rows.to_numpy()))
    assert np.mean([row in known for row in map(tuple, new.to_numpy())]) < 0.5


def test_a_table_of_levels_gets_combinations_that_are_new():
    rows = _mixed()[["sex", "site", "flag", "grade"]]
    new = InterpolationGenerator(random_state=0).fit(rows).sample(2000)
    known = set(map(tuple, rows.astype(object).fillna("").to_numpy()))
    combinations = list(map(tuple, new.astype(object).fillna("").to_numpy()))
    assert 0.05 < np.mean([row not in known for row in combinations]) < 0.9


def test_neighbours_count():
    rows = _gaussian(40)
    few, many = (InterpolationGenerator(random_state=0, n_neighbors=k).fit(rows) for k in (2, 20))
    assert (few.n_neighbors_, many.n_neighbors_) == (2, 20)
    assert not few.sample(50, random_state=1).equals(many.sample(50, random_state=1))
    with pytest.raises(ParameterError, match="`n_neighbors` must be a whole number at least 1"):
        InterpolationGenerator(n_neighbors=0).fit(rows)


@pytest.mark.parametrize("n", [2, 3])
def test_few_rows(n):
    rows = _mixed().head(n)
    generator = InterpolationGenerator(random_state=0).fit(rows)
    assert generator.n_neighbors_ == n - 1
    new = generator.sample(300)
    assert new["x"].nunique() == 300
    margin = np.ptp(rows["x"]) / 2
    assert new["x"].between(rows["x"].min() - margin, rows["x"].max() + margin).all()


KNOBS = {"n_neighbors": 2, "schema": {"b": "categorical"}, "random_state": 1}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"rules"} == InterpolationGenerator().get_params().keys()


@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    rows = pd.DataFrame({"a": x, "b": rng.integers(0, 4, 30), "c": np.where(x > 0, "u", "v")})
    plain = InterpolationGenerator(random_state=0).fit(rows)
    other = InterpolationGenerator(**{"random_state": 0, name: KNOBS[name]}).fit(rows)
    assert not plain.sample(50).equals(other.sample(50))
