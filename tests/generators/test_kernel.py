"""`KernelGenerator` on rows whose law is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, multivariate_normal, norm
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from imbgen import KernelGenerator
from imbgen.encoding import TableEncoder
from imbgen.errors import ParameterError
from imbgen.schema import Schema


def _gaussian(n, d=3, rho=0.5, seed=0):
    covariance = rho + (1 - rho) * np.eye(d)
    rows = np.random.default_rng(seed).multivariate_normal(np.zeros(d), covariance, size=n)
    return pd.DataFrame(rows, columns=list("abcdefgh")[:d])


def _mixed(n, seed=0):
    rows = _gaussian(n, seed=seed)
    rng = np.random.default_rng(seed)
    return rows.assign(
        sex=np.where(rows["a"] + rng.normal(0, 0.5, n) > 0, "F", "M"), site=rng.choice(list("xyz"), n)
    )


def _copy_auc(training, new, fresh):
    """Chance that a new row lies nearer to a training row than a fresh one does."""
    nearest = NearestNeighbors(n_neighbors=1).fit(training)
    distances = [nearest.kneighbors(rows)[0][:, 0] for rows in (new, fresh)]
    labels = np.repeat([1, 0], [len(new), len(fresh)])
    return roc_auc_score(labels, -np.concatenate(distances))


@pytest.mark.parametrize(("n", "most"), [(40, 0.7), (200, 0.6)])
def test_new_rows_are_hardly_nearer_to_the_training_rows_than_fresh_ones(n, most):
    rows, fresh = _gaussian(n), _gaussian(3000, seed=99)
    new = KernelGenerator(random_state=0).fit(rows).sample(3000)
    assert 0.45 < _copy_auc(rows, new, fresh) < most  # rows of a SMOTE have 0.9
    assert _copy_auc(rows, rows.sample(3000, replace=True, random_state=0), fresh) == 1.0


def test_marginals_and_dependence_are_kept():
    rows = _mixed(300)
    new = KernelGenerator(random_state=0).fit(rows).sample(4000)
    for name in "abc":
        # Half an interval of ranks, and the noise of 4,000 rows.
        assert ks_2samp(new[name], rows[name]).statistic < 0.5 / 300 + 1.63 / np.sqrt(4000)
    assert (new["sex"] == "F").mean() == pytest.approx((rows["sex"] == "F").mean(), abs=0.03)
    correlation = rows[["a", "b", "c"]].corr(method="spearman").to_numpy()
    np.testing.assert_allclose(new[["a", "b", "c"]].corr(method="spearman"), correlation, atol=0.12)
    gap, new_gap = (frame.groupby("sex")["a"].mean() for frame in (rows, new))
    assert new_gap["F"] - new_gap["M"] == pytest.approx(gap["F"] - gap["M"], rel=0.25)


def test_noise_shrinks_as_the_class_grows():
    distances = []
    for n in (20, 100, 500):
        rows = _gaussian(n)
        new = KernelGenerator(random_state=0).fit(rows).sample(3000)
        nearest = NearestNeighbors(n_neighbors=1).fit(rows)
        distances.append(np.median(nearest.kneighbors(new)[0]))
    assert distances[0] > 1.4 * distances[1] > 1.4**2 * distances[2]


@pytest.mark.parametrize("n_copies", [3, 10])
def test_copies_do_not_narrow_the_kernels(n_copies):
    rows = _mixed(40)
    once = KernelGenerator(random_state=0).fit(rows)
    copied = KernelGenerator(random_state=0).fit(pd.concat([rows] * n_copies, ignore_index=True))
    assert copied.n_rows_ == 40 * n_copies
    assert copied.bandwidth_ == pytest.approx(once.bandwidth_, rel=0.5)
    assert copied.shrinkage_ == pytest.approx(once.shrinkage_, abs=0.25)
    combinations = set(map(tuple, rows.to_numpy()))
    new = copied.sample(1000)
    assert np.mean([row in combinations for row in map(tuple, new.to_numpy())]) < 0.1


def test_rows_that_are_there_more_often_are_drawn_more_often():
    rows = pd.concat([_gaussian(30), _gaussian(30) + 50], ignore_index=True)
    heavy = pd.concat([rows] + [rows.tail(30)] * 3, ignore_index=True)
    new = KernelGenerator(random_state=0).fit(heavy).sample(4000)
    assert (new["a"] > 25).mean() == pytest.approx(0.8, abs=0.03)


PARAMETERS = {"n_neighbors": (2, 9), "bandwidth": (0.2, 0.9), "smoothing": (0.1, 0.6), "shrinkage": (0.0, 1)}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_given_parameter_is_used(name):
    rows = _mixed(60)
    samples = []
    for value in PARAMETERS[name]:
        generator = KernelGenerator(random_state=0, **{name: value}).fit(rows)
        assert getattr(generator, f"{name}_") == value
        samples.append(generator.sample(50, random_state=1))
    assert not samples[0].equals(samples[1])


def test_neighbors_are_twice_the_dimensions_but_no_more_than_there_are():
    used = [
        KernelGenerator(random_state=0).fit(_gaussian(n, d)).n_neighbors_
        for n, d in ((50, 2), (50, 6), (7, 6), (2, 1))
    ]
    assert used == [5, 12, 6, 1]


@pytest.mark.parametrize("dependent", [True, False])
def test_levels_are_smoothed_as_far_as_they_are_independent(dependent):
    codes = np.random.default_rng(0).integers(0, 3, (100, 5))
    rows = pd.DataFrame(codes[:, [0] * 5] if dependent else codes, columns=list("abcde")).astype(str)
    generator = KernelGenerator(random_state=0).fit(rows)
    new = generator.sample(2000)
    agree = (new["a"] == new["b"]).mean()
    if dependent:
        assert generator.smoothing_ < 0.01
        assert agree > 0.95
    else:
        assert generator.smoothing_ > 0.8
        assert agree == pytest.approx(1 / 3, abs=0.06)


def _brute_force(rows, generator):
    """Mean log density of the rows, each left out, from the formulas; rows without ties encode one way."""
    encoder = TableEncoder(Schema.infer(rows)).fit(rows)
    encoded = encoder.encode(rows, 0).astype(float)
    z, n = encoded[:, encoder.number_dims], len(rows)
    blocks = [encoded[:, block.dims] for block in encoder.blocks if block.kind == "levels"]
    points = np.hstack([z, *(block / np.sqrt(2) for block in blocks)])
    distances = ((points[:, None] - points) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    neighbors = distances.argsort(axis=1)[:, : generator.n_neighbors_]
    covariance = np.cov(z.T, bias=True)
    covariance = 0.7 * covariance + 0.3 * np.diag(np.diag(covariance)) + 0.001 * np.eye(3)
    root = np.linalg.cholesky(covariance)
    h, t, shrinkage = generator.bandwidth_, generator.smoothing_, generator.shrinkage_
    logs = []
    for i in range(n):
        density = 0.0
        for j in set(range(n)) - {i}:
            steps = np.linalg.solve(root, (z[[m for m in neighbors[j] if m != i]] - z[j]).T)
            local = steps @ steps.T / steps.shape[1]
            ball = shrinkage * np.trace(local) / 3 + 0.001
            kernel = h**2 * root @ ((1 - shrinkage) * local + ball * np.eye(3)) @ root.T
            levels = np.prod([(1 - t) * block[i] @ block[j] + t / block.shape[1] for block in blocks])
            density += levels * multivariate_normal(z[j], kernel).pdf(z[i]) / (n - 1)
        broad = norm(scale=2).pdf(z[i]).prod() / np.prod([block.shape[1] for block in blocks])
        logs.append(np.log(0.99 * density + 0.01 * broad))
    return np.mean(logs)


def test_log_likelihood_is_that_of_the_rows_left_out():
    rows = _mixed(30)
    generator = KernelGenerator(random_state=0).fit(rows)
    assert generator.log_likelihood_ == pytest.approx(_brute_force(rows, generator), abs=1e-5)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_neighbors": 0}, "`n_neighbors` must be a whole number at least 1"),
        ({"bandwidth": 0}, "`bandwidth` must be a number between 1e-06 and 100"),
        ({"smoothing": 1}, "`smoothing` must be a number between"),
        ({"shrinkage": -0.1}, "`shrinkage` must be a number between 0 and 1"),
    ],
)
def test_parameters_out_of_their_domain(parameters, message):
    with pytest.raises(ParameterError, match=message):
        KernelGenerator(**parameters).fit(_gaussian(10))


def test_more_columns_than_rows():
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(6, 40)))
    new = KernelGenerator(random_state=0).fit(rows).sample(500)
    assert new.nunique().min() > 400


def test_a_declared_number_that_is_always_missing():
    rows = _gaussian(20).assign(never=np.nan)
    new = KernelGenerator(random_state=0, schema={"never": "continuous"}).fit(rows).sample(100)
    assert new["never"].isna().all()
    assert new["a"].nunique() > 90


def test_the_widths_of_a_large_class_are_chosen_on_a_part_of_it():
    new = KernelGenerator(random_state=0).fit(_gaussian(1500, rho=0.8)).sample(4000)
    assert new.corr(method="spearman").loc["a", "b"] == pytest.approx(0.79, abs=0.05)


KNOBS = {
    "n_neighbors": 2,
    "bandwidth": 0.1,
    "smoothing": 0.9,
    "shrinkage": 0.9,
    "schema": {"b": "categorical"},
    "random_state": 1,
}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"rules"} == KernelGenerator().get_params().keys()


@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    rows = pd.DataFrame({"a": x, "b": rng.integers(0, 4, 30), "c": np.where(x > 0, "u", "v")})
    plain = KernelGenerator(random_state=0).fit(rows)
    other = KernelGenerator(**{"random_state": 0, name: KNOBS[name]}).fit(rows)
    assert not plain.sample(50).equals(other.sample(50))
