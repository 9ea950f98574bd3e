"""`GMMGenerator` on rows whose law is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import ks_2samp, multivariate_normal, rankdata, spearmanr

from imbgen import GMMGenerator
from imbgen.errors import DataError, ParameterError


def _gaussian(rho, n=400, seed=0):
    covariance = [[1, rho], [rho, 1]]
    rows = np.random.default_rng(seed).multivariate_normal([0, 0], covariance, size=n)
    return pd.DataFrame({"a": np.exp(rows[:, 0]), "b": 5 - 2 * rows[:, 1]})  # any monotone margins


def _clusters(n=60):
    rng = np.random.default_rng(0)
    centres = np.repeat([[-6.0] * 4, [6.0] * 4], n, axis=0)
    return pd.DataFrame(centres + rng.normal(size=centres.shape), columns=list("abcd"))


@pytest.mark.parametrize("rho", [-0.9, -0.4, 0.0, 0.8])
def test_a_known_correlation_is_recovered(rho):
    rows = _gaussian(rho)
    new = GMMGenerator(random_state=0).fit(rows).sample(4000)
    real = spearmanr(rows["a"], rows["b"]).statistic
    assert spearmanr(new["a"], new["b"]).statistic == pytest.approx(real, abs=0.06)
    for name in rows:
        assert ks_2samp(new[name], rows[name]).statistic < 0.04


def test_a_dependence_between_a_number_and_a_level_is_recovered():
    rng = np.random.default_rng(0)
    sick = rng.random(300) < 0.4
    rows = pd.DataFrame({"x": rng.normal(3.0 * sick, 1.0), "sick": np.where(sick, "yes", "no")})
    new = GMMGenerator(random_state=0).fit(rows).sample(4000)
    gap = new.groupby("sick")["x"].mean().diff()["yes"]
    assert gap == pytest.approx(rows.groupby("sick")["x"].mean().diff()["yes"], rel=0.35)
    assert (new["sick"] == "yes").mean() == pytest.approx(sick.mean(), abs=0.03)


def test_two_clusters_are_two_components():
    rows = _clusters()
    generator = GMMGenerator(random_state=0, max_components=4).fit(rows)
    assert generator.n_components_ == 2
    assert generator.silhouette_ > 0.5
    np.testing.assert_allclose(generator.weights_, [0.5, 0.5], atol=0.02)
    labels = generator.predict_proba(rows).argmax(axis=1)
    assert len(set(labels[:60])) == len(set(labels[60:])) == 1
    assert labels[0] != labels[-1]
    in_a_cluster = []
    for n_components in (1, 2):
        new = GMMGenerator(random_state=0, n_components=n_components).fit(rows).sample(2000)
        in_a_cluster.append(((new > 0).all(axis=1) | (new < 0).all(axis=1)).mean())
    assert in_a_cluster[1] > 0.6 > in_a_cluster[0]


def test_log_likelihood_is_that_of_normal_scores_under_the_mixture():
    rows = _gaussian(0.5, n=90)
    generator = GMMGenerator(random_state=0, n_components=2, covariance_types=["full"]).fit(rows)
    scores = ndtri((rankdata(rows, axis=0) - 0.5) / 90)
    standardised = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    density = sum(
        weight * multivariate_normal(mean, covariance).pdf(standardised)
        for weight, mean, covariance in zip(
            generator.weights_, generator.means_, generator.covariances_, strict=True
        )
    )
    np.testing.assert_allclose(generator.log_likelihood(rows), np.log(density), atol=1e-4)
    assert generator.log_likelihood_ == pytest.approx(np.log(density).mean(), abs=1e-4)


def test_soft_assignments_sum_to_one():
    generator = GMMGenerator(random_state=0, n_components=3).fit(_clusters())
    probabilities = generator.predict_proba(_clusters(7))
    assert probabilities.shape == (14, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (probabilities >= 0).all()


def test_encoded_rows_are_in_the_space_of_the_mixture():
    rows = _gaussian(0.5, n=90).assign(sick=["yes", "no", "no"] * 30)
    rows.loc[::4, "a"] = np.nan
    generator = GMMGenerator(random_state=0, n_components=2, covariance_types=["full"]).fit(rows)
    encoded = generator.encode(rows)
    assert list(encoded.columns) == ["a", "a present", "b", "sick=no"]
    np.testing.assert_allclose(encoded.mean(), 0.0, atol=1e-6)
    np.testing.assert_allclose(encoded.std(ddof=0), 1.0, rtol=1e-6)
    assert encoded["b"].rank().equals(rows["b"].rank())
    assert encoded.loc[rows["sick"] == "no", "sick=no"].nunique() == 1
    density = sum(
        weight * multivariate_normal(mean, covariance).pdf(encoded)
        for weight, mean, covariance in zip(
            generator.weights_, generator.means_, generator.covariances_, strict=True
        )
    )
    np.testing.assert_allclose(generator.log_likelihood(rows), np.log(density))


def test_a_row_belongs_to_its_most_responsible_component():
    rows = _clusters()
    generator = GMMGenerator(random_state=0, n_components=3).fit(rows)
    labels = generator.predict(rows)
    assert labels.tolist() == generator.predict_proba(rows).argmax(axis=1).tolist()
    summary = generator.describe_components(rows)
    assert summary["rows"].tolist() == np.bincount(labels, minlength=3).tolist()
    assert summary["weight"].tolist() == generator.weights_.tolist()
    assert summary["a", "mean"].tolist() == pytest.approx(rows["a"].groupby(labels).mean().tolist())


def test_new_rows_are_checked():
    generator = GMMGenerator(random_state=0, max_components=1).fit(_clusters())
    with pytest.raises(DataError, match="'d' is missing"):
        generator.log_likelihood(_clusters()[["a", "b", "c"]])
    assert generator.log_likelihood(_clusters(3).assign(other=1)).shape == (6,)


def test_every_candidate_is_in_the_table():
    table = GMMGenerator(random_state=0, max_components=3).fit(_clusters(50)).criterion_table_
    assert list(table.columns) == ["n_components", "covariance_type", "bic", "aic", "log_likelihood"]
    assert len(table) == 3 * 4


@pytest.mark.parametrize(("n_rows", "most"), [(19, 1), (20, 1), (39, 1), (40, 2), (120, 6), (500, 10)])
def test_twenty_rows_to_a_component(n_rows, most):
    rows = _gaussian(0.5, n=n_rows)
    generator = GMMGenerator(random_state=0, covariance_types=["spherical"]).fit(rows)
    assert generator.criterion_table_["n_components"].max() == most


def test_attributes_are_the_mixtures():
    generator = GMMGenerator(random_state=0, n_components=2).fit(_clusters())
    assert generator.means_.shape == (2, 4)
    assert generator.covariances_.shape == (2, 4, 4)
    assert generator.weights_.sum() == pytest.approx(1.0)
    assert generator.shrinkage_.shape == (2,)
    chosen = generator.criterion_table_.loc[generator.criterion_table_["bic"].idxmin()]
    assert generator.covariance_type_ == chosen["covariance_type"]


def test_the_last_level_is_one_minus_the_others():
    """A one-hot has one dimension too many; the covariance must not be singular without regularisation."""
    rows = pd.DataFrame({"c": ["a", "b", "c"] * 20, "x": np.arange(60) / 7})
    generator = GMMGenerator(random_state=0, n_components=1, regularization=1e-6).fit(rows)
    assert generator.means_.shape == (1, 3)
    shares = generator.sample(4000)["c"].value_counts(normalize=True)
    np.testing.assert_allclose(shares.to_numpy(), 1 / 3, atol=0.03)


# Every parameter with a value that must show, and where it shows.
KNOBS = {
    "n_components": (3, lambda g: g.n_components_),
    "max_components": (1, lambda g: len(g.criterion_table_)),
    "covariance_types": (["diag"], lambda g: set(g.criterion_table_["covariance_type"])),
    "criterion": ("aic", lambda g: (g.n_components_, g.covariance_type_)),
    "shrinkage": (0.9, lambda g: g.shrinkage_.tolist()),
    "regularization": (0.5, lambda g: g.log_likelihood_),
    "schema": ({"a": "categorical"}, lambda g: g.means_.shape),
    "random_state": (1, lambda g: g.sample(5)["a"].tolist()),
}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"rules"} == GMMGenerator().get_params().keys()


@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name):
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 3, 90)
    rows = pd.DataFrame({"a": kind, "x": rng.normal(1.5 * kind), "y": rng.normal(size=90) * (1 + kind)})
    value, show = KNOBS[name]
    base = {"max_components": 3, "covariance_types": ["full"], "random_state": 0}
    assert show(GMMGenerator(**base).fit(rows)) != show(GMMGenerator(**{**base, name: value}).fit(rows))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"criterion": "bick"}, r"`criterion` must be one of 'bic', 'aic', however: criterion='bick'\. Did"),
        ({"covariance_types": ["round"]}, "covariance_types='round'"),
        ({"covariance_types": []}, "it is empty"),
        ({"n_components": 0}, "`n_components` must be a whole number at least 1, however: n_components=0"),
        ({"n_components": 7}, "n_components=7, n_rows=6"),
        ({"n_components": 1.5}, "n_components=1.5"),
        ({"n_components": True}, "n_components=True"),
        ({"max_components": -1}, "max_components=-1"),
        ({"regularization": 0.0}, "regularization=0.0"),
        ({"regularization": float("nan")}, "regularization=nan"),
        ({"shrinkage": 1.1}, "between 0 and 1"),
        ({"shrinkage": "none"}, "shrinkage='none'"),
        ({"random_state": -1}, "random_state=-1"),
        ({"random_state": "0"}, "random_state='0'"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        GMMGenerator(**parameters).fit(_gaussian(0.5, n=6))


def test_a_failed_fit_of_bad_parameters_leaves_the_old_one():
    generator = GMMGenerator(random_state=0, max_components=1).fit(_clusters())
    with pytest.raises(ParameterError):
        generator.set_params(criterion="other").fit(_clusters())
    assert generator.sample(2, random_state=0).shape == (2, 4)


@pytest.mark.parametrize("seed", [-1, 1.5, "0"])
def test_bad_seeds_of_sample(seed):
    generator = GMMGenerator(random_state=0, max_components=1).fit(_clusters())
    with pytest.raises(ParameterError, match="random_state"):
        generator.sample(1, random_state=seed)


def test_no_seed_gives_other_rows_each_time():
    first, second = (GMMGenerator(max_components=1).fit(_clusters()).sample(3) for _ in range(2))
    assert not first.equals(second)


def test_rows_of_one_value_are_all_there_is():
    generator = GMMGenerator(random_state=0).fit(pd.DataFrame({"x": [1.5] * 4, "c": ["a"] * 4}))
    assert generator.sample(3).to_dict("list") == {"x": [1.5] * 3, "c": ["a"] * 3}
    assert generator.n_components_ == 1


def test_a_tied_covariance_is_shrunk_by_what_is_within_components():
    """Two spherical clusters far apart: all correlation is between them, so the shrinkage is nearly whole."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(120, 6)) + np.repeat([-4.0, 4.0], 60)[:, None]
    generator = GMMGenerator(n_components=2, covariance_types=["tied"], random_state=0)
    assert generator.fit(pd.DataFrame(rows)).shrinkage_.min() > 0.4


def test_types_given_as_text():
    with pytest.raises(ParameterError, match="must be a list of types, however: covariance_types='full'"):
        GMMGenerator(covariance_types="full").fit(_clusters())


def test_batches_from_further_on_move_the_stream_past_them():
    generator = GMMGenerator(random_state=0, max_components=1).fit(_clusters())
    whole = generator.sample(300, random_state=None)
    again = GMMGenerator(random_state=0, max_components=1).fit(_clusters())
    middle = pd.concat(again.sample_batches(100, start=100), ignore_index=True)
    pd.testing.assert_frame_equal(middle, whole[100:200].reset_index(drop=True))
    pd.testing.assert_frame_equal(again.sample(100), whole[200:].reset_index(drop=True))
