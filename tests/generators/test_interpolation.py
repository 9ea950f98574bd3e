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


def _second_moments(scores, k, mean_product, mean_square):
    """Mean of z zᵀ for z = z_i + λ (z_j - z_i), from E[λ] and E[λ^2], j being one of k neighbours of i."""
    neighbors = find_neighbors(scores, k)
    own = scores.T @ scores / len(scores)
    other = np.einsum("nki,nkj->ij", scores[neighbors], scores[neighbors]) / neighbors.size
    cross = np.einsum("ni,nkj->ij", scores, scores[neighbors]) / neighbors.size
    first, second = 1 - 2 * mean_product + mean_square, mean_product - mean_square
    return first * own + mean_square * other + second * (cross + cross.T)


@pytest.mark.parametrize("k", [5, 40])
def test_the_covariance_is_kept_where_smotes_shrinks(k):
    rows = _gaussian(100)
    scores = _scores(rows)
    generator = InterpolationGenerator(random_state=0, n_neighbors=k).fit(rows)
    # The second moments of the output before the marginals are calibrated, 25 blocks of it.
    rng = np.random.default_rng(0)
    raw = np.concatenate([generator._raw_block(rng) for _ in range(25)]).astype(float)
    mean = 0.5 - np.sqrt(3) / 4
    expected = _second_moments(scores, k, mean, mean)
    np.testing.assert_allclose(raw.T @ raw / len(raw), expected, atol=0.03)
    own = np.trace(scores.T @ scores) / 100
    assert np.trace(expected) / own == pytest.approx(1, abs=0.05)
    smote = np.trace(_second_moments(scores, k, 1 / 2, 1 / 3)) / own
    assert smote < (0.9 if k == 5 else 0.75)


def test_dependence_and_marginals_are_kept():
    rows = _gaussian(150)
    new = InterpolationGenerator(random_state=0).fit(rows).sample(4000)
    for name in rows:
        # Half an interval of ranks, and the noise of 4,000 rows.
        assert ks_2samp(new[name], rows[name]).statistic < 0.5 / 150 + 1.63 / np.sqrt(4000)
    real = rows.corr(method="spearman").to_numpy()
    np.testing.assert_allclose(new.corr(method="spearman"), real, atol=0.05)
    assert new.std().mean() == pytest.approx(rows.std().mean(), rel=0.04)
    assert SMOTEGenerator(random_state=0).fit(rows).sample(4000).std().mean() < 0.93 * rows.std().mean()


def test_no_combination_of_levels_and_gaps_is_new():
    rows = _mixed()
    new = InterpolationGenerator(random_state=0).fit(rows).sample(4000)

    def combinations(frame):
        levels = frame[["sex", "site", "flag", "id"]].fillna("missing")
        levels[["no number", "no second"]] = frame[["gaps", "more gaps"]].isna()
        return levels.value_counts(normalize=True)

    real, made = combinations(rows), combinations(new)
    assert set(made.index) == set(real.index)
    # Each row of the class counts the same: four standard errors of a share of 1 / 60.
    np.testing.assert_allclose(made[real.index], real, atol=4 * np.sqrt(1 / 60 / 4000))
    assert len(set(zip(new["grade"], new["id"], strict=True))) > len(rows)  # but an order is interpolated


def test_a_number_that_one_of_the_two_lacks_stays():
    rows = pd.DataFrame({"x": [1 / 7, 9 / 7], "gap": [5.5, np.nan]})
    new = InterpolationGenerator(random_state=0).fit(rows).sample(200)
    assert set(new["gap"].dropna()) == {5.5}
    assert new["gap"].isna().mean() == pytest.approx(0.5, abs=0.15)
    assert new["x"].nunique() == 200
    nearer_second = new["x"] > 5 / 7
    assert (new["gap"].isna() == nearer_second).mean() > 0.95  # calibration moves the middle a little


def test_copies_are_no_neighbours():
    rows = _gaussian(30, d=2)
    copied = pd.concat([rows] * 6, ignore_index=True)
    new = InterpolationGenerator(random_state=0).fit(copied).sample(1000)
    known = set(map(tuple, rows.to_numpy()))
    assert np.mean([row in known for row in map(tuple, new.to_numpy())]) < 0.5


def test_a_table_of_levels_is_drawn_with_replacement():
    rows = _mixed()[["sex", "site", "flag"]]
    new = InterpolationGenerator(random_state=0).fit(rows).sample(500)
    known = set(map(tuple, rows.fillna("").to_numpy()))
    assert set(map(tuple, new.fillna("").to_numpy())) <= known


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
