"""`SMOTEGenerator` against imbalanced-learn, and against the law that its neighbours give."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp

from imbgen import OverSampler, SMOTEGenerator
from imbgen.errors import DataError, ParameterError
from imbgen.generators import smote
from imbgen.generators.neighbors import find_neighbors

N_NEW = 6000
# Kolmogorov and Smirnov's bound for two samples of N_NEW, which chance passes once in 10,000 times.
KS = np.sqrt(-np.log(1e-4 / 2) / 2) * np.sqrt(2 / N_NEW)


def _numbers(n=40, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    return pd.DataFrame({"a": a, "b": 10 * (a + b), "c": rng.exponential(size=n)})


def _mixed(n=40, seed=0):
    rng = np.random.default_rng(seed)
    rows = _numbers(n, seed)
    levels = {"sex": np.where(rows["a"] > 0, "F", "M"), "site": rng.choice(list("uvwx"), n)}
    return rows.assign(**levels)


def _levels(n, seed, tilt):
    """Columns whose levels have shares of their own, so that no two distances tie."""
    rng = np.random.default_rng(seed)
    shares = np.exp(tilt * np.arange(5))
    return pd.DataFrame({c: rng.choice(list("pqrst"), n, p=shares / shares.sum()) for c in "abcd"})


def _peer(sampler, rows, others):
    """Return N_NEW rows of imbalanced-learn for the class `rows`."""
    X, y = pd.concat([rows, others], ignore_index=True), np.repeat([1, 0], [len(rows), len(others)])
    sampler.set_params(sampling_strategy={1: len(rows) + N_NEW}, random_state=0)
    return sampler.fit_resample(X, y)[0].iloc[len(X) :]


def _assert_same_numbers(one, other):
    """Columns, and all sums and differences of two, have the same distribution."""
    one, other = ((frame - one.mean()) / one.std() for frame in (one, other))
    for i, first in enumerate(one):
        assert ks_2samp(one[first], other[first]).statistic < KS
        for second in one.columns[i + 1 :]:
            for sign in (-1, 1):
                pair = (frame[first] + sign * frame[second] for frame in (one, other))
                assert ks_2samp(*pair).statistic < KS


def _assert_same_shares(one, other):
    """Rows of levels have the same shares, to four standard errors."""
    one, other = (frame.value_counts(normalize=True) for frame in (one, other))
    assert set(one.index) == set(other.index)
    for key, share in one.items():
        assert abs(share - other[key]) < 4 * np.sqrt(2 * share * (1 - share) / N_NEW) + 4 / N_NEW


# --- the law of imbalanced-learn --------------------------------------------------------------------------


def test_numbers_follow_smote():
    rows = _numbers()
    generator = SMOTEGenerator(random_state=0).fit(rows)
    assert generator.method_ == "SMOTE"
    _assert_same_numbers(generator.sample(N_NEW), _peer(SMOTE(), rows, _numbers(50, seed=1)))


def test_numbers_and_levels_follow_smote_nc():
    rows = _mixed()
    generator = SMOTEGenerator(random_state=0).fit(rows)
    assert generator.method_ == "SMOTE-NC"
    new, peers = generator.sample(N_NEW), _peer(SMOTENC(["sex", "site"]), rows, _mixed(50, seed=1))
    _assert_same_numbers(new[["a", "b", "c"]], peers[["a", "b", "c"]].astype(float))
    _assert_same_shares(new[["sex", "site"]], peers[["sex", "site"]])
    for site, part in new.groupby("site"):
        bound = KS * np.sqrt(N_NEW / len(part))
        assert ks_2samp(part["b"], peers.loc[peers["site"] == site, "b"].astype(float)).statistic < bound


def test_levels_follow_smote_n():
    rows, others = _levels(60, seed=0, tilt=-0.3).drop_duplicates(), _levels(500, seed=1, tilt=0.2)
    generator = SMOTEGenerator(random_state=0).fit(rows, others=others)
    assert generator.method_ == "SMOTE-N"
    _assert_same_shares(generator.sample(N_NEW), _peer(SMOTEN(), rows, others))


# --- the law of its neighbours ----------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 5, 39])
def test_rows_lie_on_segments_between_neighbours(k):
    rows = _numbers()
    points, new = rows.to_numpy(), SMOTEGenerator(random_state=0, n_neighbors=k).fit(rows).sample(500)
    neighbors = cdist(points, points).argsort(axis=1)[:, 1 : k + 1]
    start = np.repeat(points, k, axis=0)
    step = points[neighbors.ravel()] - start
    offset = new.to_numpy()[:, None] - start
    share = np.clip((offset * step).sum(axis=2) / (step**2).sum(axis=1), 0, 1)
    distance = np.linalg.norm(offset - share[..., None] * step, axis=2)
    assert distance.min(axis=1).max() < 1e-9


@pytest.mark.parametrize("k", [1, 5, 39])
def test_mean_and_covariance_are_those_of_the_neighbour_table(k):
    rows = _numbers()
    x, neighbors = rows.to_numpy(), find_neighbors(rows.to_numpy(), k)
    mean = (x.mean(axis=0) + x[neighbors].mean(axis=(0, 1))) / 2
    cross = np.einsum("ni,nkj->ij", x, x[neighbors]) / neighbors.size
    # E[(1 - λ)^2] = E[λ^2] = 1 / 3, E[λ (1 - λ)] = 1 / 6.
    square = x.T @ x / len(x) + np.einsum("nki,nkj->ij", x[neighbors], x[neighbors]) / neighbors.size
    covariance = square / 3 + (cross + cross.T) / 6 - np.outer(mean, mean)
    new = SMOTEGenerator(random_state=0, n_neighbors=k).fit(rows).sample(100_000)
    deviations = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((new.mean() - mean) / deviations, 0, atol=0.015)
    np.testing.assert_allclose((new.cov() - covariance) / np.outer(deviations, deviations), 0, atol=0.02)


def test_far_neighbours_shrink_the_covariance_to_two_thirds():
    rows = _numbers(200)
    new = SMOTEGenerator(random_state=0, n_neighbors=199).fit(rows).sample(50_000)
    np.testing.assert_allclose(new.var() / rows.var(), 2 / 3, atol=0.02)


@pytest.mark.parametrize("n", [2, 3])
def test_few_rows_have_few_neighbours(n):
    rows = _mixed(n)
    generator = SMOTEGenerator(random_state=0).fit(rows)
    assert generator.n_neighbors_ == n - 1
    new = generator.sample(200)
    assert new["a"].between(rows["a"].min(), rows["a"].max()).all()
    assert new["a"].nunique() == 200
    if n == 2:  # the level is that of the other row
        nearer_first = (new["a"] - rows["a"][0]).abs() < (new["a"] - rows["a"][1]).abs()
        assert set(new["sex"]) == set(rows["sex"])
        assert 50 < nearer_first.sum() < 150


def test_copies_of_one_row_give_that_row():
    rows = pd.concat([_mixed(1)] * 8 + [_mixed(2).tail(1)], ignore_index=True)
    new = SMOTEGenerator(random_state=0, n_neighbors=3).fit(rows).sample(500)
    copies = (new[["a", "b", "c"]] == rows.loc[0, ["a", "b", "c"]]).all(axis=1)
    assert copies.mean() == pytest.approx(8 / 9, abs=0.05)


# --- values -----------------------------------------------------------------------------------------------


def test_whole_numbers_are_rounded_not_cut_off():
    values = np.array([0, 10] * 20)
    rows = pd.DataFrame({"i": values, "f": values.astype(float), "x": np.linspace(0, 1, 40)})
    new = SMOTEGenerator(random_state=0, n_neighbors=39).fit(rows).sample(20_000)
    between = new["i"][(new["i"] > 0) & (new["i"] < 10)]
    assert new["i"].dtype == np.int64
    assert new["i"].between(0, 10).all()
    assert between.mean() == pytest.approx(5, abs=0.1)  # 4.5, were they cut off
    assert (new["f"] == new["i"]).all()


def test_gaps_are_those_of_the_first_row_and_a_neighbours_gap_moves_nothing():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc")).mask(rng.random((60, 3)) < 0.4)
    new = SMOTEGenerator(random_state=0).fit(rows).sample(3000)
    patterns, new_patterns = rows.isna().value_counts(normalize=True), new.isna().value_counts(normalize=True)
    assert set(new_patterns.index) <= set(patterns.index)
    for pattern, share in patterns.items():
        assert new_patterns[pattern] == pytest.approx(share, abs=0.04)
    assert new["a"].isin(rows["a"].dropna()).mean() > 0.1  # next to a row that lacks it
    assert new["a"].nunique() > 1000


def test_a_missing_number_counts_as_the_median():
    rows = pd.DataFrame({"x": [0.0, 1.0, 5.0, 9.0, 10.0], "y": [1.5, 1.5, np.nan, 1.5, 1.6]})
    filled = rows.fillna({"y": 1.5})
    with_gap, without = (SMOTEGenerator(random_state=0, n_neighbors=1).fit(frame) for frame in (rows, filled))
    pd.testing.assert_series_equal(with_gap.sample(500)["x"], without.sample(500)["x"])


def test_a_declared_number_that_is_always_missing():
    rows = _numbers().assign(never=np.nan)
    generator = SMOTEGenerator(random_state=0, schema={"never": "continuous"}).fit(rows)
    assert generator.sample(50)["never"].isna().all()


def test_a_missing_level_is_a_level():
    rows = _mixed().assign(site=lambda frame: frame["site"].mask(frame["a"] > 0))
    new = SMOTEGenerator(random_state=0).fit(rows).sample(500)
    named = SMOTEGenerator(random_state=0).fit(rows.fillna({"site": "~"})).sample(500)  # sorted last
    assert 0 < new["site"].isna().sum() < 500
    pd.testing.assert_frame_equal(new.fillna({"site": "~"}), named)


def test_most_frequent_codes():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (4000, 6))
    first = smote._most_frequent(codes, np.zeros(1))
    at_random = smote._most_frequent(codes, rng.random(codes.shape))
    first_of_ties, n_ties = 0, 0
    for row, chosen, drawn in zip(codes.tolist(), first, at_random, strict=True):
        counts = Counter(row)
        tied = sorted(code for code, count in counts.items() if count == max(counts.values()))
        assert chosen == tied[0]
        assert drawn in tied
        if len(tied) == 2:
            n_ties += 1
            first_of_ties += drawn == tied[0]
    assert first_of_ties / n_ties == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(n_ties))


# --- the other classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [_numbers, _mixed], ids=["numbers", "numbers and levels"])
def test_others_change_nothing_where_there_are_numbers(table):
    rows = table()
    alone = SMOTEGenerator(random_state=0).fit(rows).sample(50)
    with_others = SMOTEGenerator(random_state=0).fit(rows, others=rows.tail(9)).sample(50)
    pd.testing.assert_frame_equal(with_others, alone)


def test_others_decide_which_levels_are_alike():
    rows, others = _levels(60, seed=0, tilt=-0.3), _levels(500, seed=1, tilt=0.2)

    def sample(rows_of_others):
        return SMOTEGenerator(random_state=0).fit(rows, others=rows_of_others).sample(200)

    seen = sample(others)
    assert not seen.equals(sample(None))
    pd.testing.assert_frame_equal(seen, sample(others.sample(frac=1, random_state=0).assign(extra=1)))
    pd.testing.assert_frame_equal(sample(others.head(0)), sample(None))
    with pytest.raises(DataError, match="'d' is missing"):
        sample(others.drop(columns="d"))


def test_levels_that_only_others_have_and_gaps_are_counted_or_passed_over():
    rows = _levels(60, seed=0, tilt=-0.3).mask(lambda frame: frame == "t")
    others = _levels(500, seed=1, tilt=0.2)
    unknown = others.replace("t", "never seen")
    generator = SMOTEGenerator(random_state=0)
    passed_over = generator.fit(rows, others=unknown).sample(200)
    counted = generator.fit(rows, others=others.mask(others == "t")).sample(200)
    assert not passed_over.equals(counted)
    pd.testing.assert_frame_equal(passed_over, generator.fit(rows, others=others).sample(200))


def test_an_over_sampler_hands_the_other_rows_over():
    rows, others = _levels(60, seed=0, tilt=-0.3), _levels(160, seed=1, tilt=0.2)
    X, y = pd.concat([rows, others], ignore_index=True), np.repeat(["rare", "common"], [60, 160])
    sampler = OverSampler(SMOTEGenerator(n_neighbors=3), random_state=0)
    new, _ = sampler.fit_resample(X, y)
    fitted = sampler.generators_["rare"]
    assert (fitted.method_, fitted.n_neighbors_) == ("SMOTE-N", 3)
    seed = fitted.random_state
    direct = SMOTEGenerator(n_neighbors=3, random_state=seed).fit(rows, others=others)
    expected = direct.sample(100, random_state=seed)
    pd.testing.assert_frame_equal(new[sampler.synthetic_mask_].reset_index(drop=True), expected)


# --- size -------------------------------------------------------------------------------------------------


def test_sparse_and_dense_one_hots_give_the_same_rows(monkeypatch):
    dense = SMOTEGenerator(random_state=0).fit(_mixed(60)).sample(500)
    monkeypatch.setattr(smote, "_MOST_DENSE", 0)
    pd.testing.assert_frame_equal(SMOTEGenerator(random_state=0).fit(_mixed(60)).sample(500), dense)


@pytest.mark.parametrize(("k", "message"), [(0, "n_neighbors=0"), (2.5, "n_neighbors=2.5")])
def test_neighbours_must_be_a_whole_number(k, message):
    with pytest.raises(ParameterError, match=message):
        SMOTEGenerator(n_neighbors=k).fit(_numbers())


KNOBS = {"n_neighbors": 2, "schema": {"b": "categorical"}, "random_state": 1}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"rules"} == SMOTEGenerator().get_params().keys()


@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    rows = pd.DataFrame({"a": x, "b": rng.integers(0, 4, 30), "c": np.where(x > 0, "u", "v")})
    plain = SMOTEGenerator(random_state=0).fit(rows)
    other = SMOTEGenerator(**{"random_state": 0, name: KNOBS[name]}).fit(rows)
    assert not plain.sample(50).equals(other.sample(50))
