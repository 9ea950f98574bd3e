"""`CopulaGenerator` on rows whose law is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import block_diag
from scipy.stats import ks_2samp, spearmanr

from imbgen import CopulaGenerator, load_generator
from imbgen.errors import DataError, ParameterError
from imbgen.generators import copula


def _normals(rho, n=2000, seed=0):
    return np.random.default_rng(seed).multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=n)


def _fit(rows, **parameters):
    return CopulaGenerator(random_state=0, **parameters).fit(rows)


def _correlation(a, b):
    return _fit(pd.DataFrame({"a": a, "b": b})).correlation_.iloc[0, 1]


@pytest.mark.parametrize("rho", [-0.9, -0.4, 0.0, 0.8])
def test_a_known_correlation_is_recovered_whatever_the_margins(rho):
    a, b = _normals(rho).T
    rows = pd.DataFrame({"a": np.exp(a), "b": 5 + 2 * b**3})
    generator = _fit(rows)
    assert generator.correlation_.loc["a", "b"] == pytest.approx(rho, abs=0.04)
    new = generator.sample(4000)
    assert spearmanr(new["a"], new["b"]).statistic == pytest.approx(spearmanr(a, b).statistic, abs=0.04)
    for name in rows:
        assert ks_2samp(new[name], rows[name]).statistic < 0.04


@pytest.mark.parametrize("rho", [-0.7, 0.5])
def test_what_cuts_a_number_does_not_weaken_its_correlation(rho):
    a, b = _normals(rho).T
    assert _correlation(a, b > 1) == pytest.approx(rho, abs=0.06)  # two levels: a threshold
    assert _correlation(a > 0.5, np.where(b > 1, "y", "n")) == pytest.approx(rho, abs=0.08)
    assert _correlation(np.maximum(a, 0.8), np.maximum(b, 0.5)) == pytest.approx(rho, abs=0.08)
    assert _correlation(np.round(a), np.round(b)) == pytest.approx(rho, abs=0.04)
    gaps = np.where(np.arange(len(a)) % 3, a, np.nan)
    assert _correlation(b, gaps) == pytest.approx(rho, abs=0.05)


def test_two_levels_that_depend_on_a_number():
    rng = np.random.default_rng(0)
    sick = rng.random(600) < 0.2
    rows = pd.DataFrame({"x": rng.normal(1.5 * sick), "sick": np.where(sick, "yes", "no")})
    new = _fit(rows).sample(4000)
    gap = rows.groupby("sick")["x"].mean().diff()["yes"]
    assert new.groupby("sick")["x"].mean().diff()["yes"] == pytest.approx(gap, rel=0.15)
    assert (new["sick"] == "yes").mean() == pytest.approx(sick.mean(), abs=0.02)


def test_several_levels_without_order_that_depend_on_numbers():
    """Level a has x high, b has y high, c neither: no order of the levels can tell that."""
    rng = np.random.default_rng(0)
    level = rng.choice(["a", "b", "c"], 1500, p=[0.2, 0.3, 0.5])
    rows = pd.DataFrame({"x": rng.normal(1.5 * (level == "a")), "y": rng.normal(1.5 * (level == "b"))})
    rows["level"] = level
    new = _fit(rows).sample(4000)
    expected, means = (table.groupby("level")[["x", "y"]].mean() for table in (rows, new))
    np.testing.assert_allclose(means, expected, atol=0.3)
    wanted, shares = (table["level"].value_counts(normalize=True)[list("abc")] for table in (rows, new))
    np.testing.assert_allclose(shares, wanted, atol=0.03)


def test_gaps_that_depend_on_a_level():
    rng = np.random.default_rng(0)
    site = rng.choice(["home", "ward"], 1000)
    value = np.where(rng.random(1000) < np.where(site == "ward", 0.1, 0.6), np.nan, rng.normal(size=1000))
    generator = _fit(pd.DataFrame({"site": site, "value": value}))
    new = generator.sample(4000)
    share = new["value"].isna().groupby(new["site"]).mean()
    np.testing.assert_allclose(share[["home", "ward"]], [0.6, 0.1], atol=0.05)
    assert generator.correlation_.loc["site=ward", "value missing"] < -0.5


def _mixed(n=80, seed=3):
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    rows = pd.DataFrame({"a": kind, "x": rng.normal(1.5 * kind), "y": rng.normal(size=n) * (1 + kind)})
    rows["c"] = np.where(rows["x"] > 1, "p", rng.choice(["p", "q", "r"], n))
    rows.loc[rng.random(n) < 0.3, "y"] = np.nan
    return rows


def test_the_correlation_is_one_and_names_its_scores():
    matrix = _fit(_mixed()).correlation_
    assert list(matrix) == list(matrix.index) == ["a", "x", "y", "y missing", "c=p", "c=q", "c=r"]
    np.testing.assert_allclose(np.diag(matrix), 1.0)
    np.testing.assert_allclose(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9


def test_independent_levels_have_no_correlation_with_another_column():
    """Whatever is added to all scores of a column's levels leaves the levels as they are."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.normal(size=900), "c": rng.choice(list("uvw"), 900)})
    rows["d"] = rng.choice(list("pqrs"), 900)
    for seed in (0, 1):
        matrix = CopulaGenerator(random_state=seed).fit(rows).correlation_.to_numpy()
        assert np.abs([*matrix[0, 1:], *matrix[1:4, 4:].ravel()]).max() < 0.2


def test_a_level_that_goes_with_a_number_is_correlated_with_it():
    x = np.random.default_rng(0).normal(size=600)
    level = np.where(x > 0.7, "high", np.where(x < -0.7, "low", "middle"))
    matrix = _fit(pd.DataFrame({"x": x, "c": level})).correlation_
    assert matrix.loc["x", "c=high"] > 0.7
    assert matrix.loc["x", "c=low"] < -0.7
    assert abs(matrix.loc["x", "c=middle"]) < 0.3


def test_shrunk_to_the_identity_columns_are_independent():
    generator = _fit(_mixed(), shrinkage=1)
    levels = np.full((3, 3), -0.5) + 1.5 * np.eye(3)  # three independent scores less their mean
    np.testing.assert_allclose(generator.correlation_, block_diag(np.eye(4), levels), atol=1e-12)
    new = generator.sample(4000)
    assert abs(spearmanr(new["a"], new["x"]).statistic) < 0.04
    means = new.groupby("c")["x"].mean()
    assert means.max() - means.min() < 0.15


def test_shrinkage_weakens_correlations_and_is_told():
    a, b = _normals(0.8, n=300).T
    rows = pd.DataFrame({"a": a, "b": b})
    plain, half = _fit(rows, shrinkage=0.0), _fit(rows, shrinkage=0.5)
    assert (plain.shrinkage_, half.shrinkage_) == (0.0, 0.5)
    assert half.correlation_.loc["a", "b"] == pytest.approx(plain.correlation_.loc["a", "b"] / 2)


def test_automatic_shrinkage_is_that_of_few_rows():
    few, many = (_fit(_mixed(n)).shrinkage_ for n in (30, 1000))
    assert 0 < many < 0.1 < few < 1


def test_more_dimensions_than_rows_without_shrinkage():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(6, 9))).assign(flag=[True, False] * 3, level=list("abcabc"))
    assert _fit(rows, shrinkage=0).sample(50).notna().all(axis=None)


def test_a_large_class_is_learned_from_some_of_its_rows(monkeypatch):
    rows = pd.DataFrame(_normals(0.6, n=600), columns=["a", "b"])
    whole = _fit(rows)
    monkeypatch.setattr(copula, "_MOST_ROWS", 300)
    part = _fit(rows)
    assert part.n_rows_ == 600
    assert 0 < abs(part.correlation_.loc["a", "b"] - whole.correlation_.loc["a", "b"]) < 0.1
    assert part.sample(4000)["a"].max() > rows["a"].nlargest(2).iloc[1]  # margins are those of all rows


def test_saved_and_loaded_it_is_the_same(tmp_path):
    generator = _fit(_mixed())
    loaded = load_generator(generator.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(20, random_state=1), generator.sample(20, random_state=1))
    pd.testing.assert_frame_equal(loaded.correlation_, generator.correlation_)
    assert loaded.shrinkage_ == generator.shrinkage_


def test_rows_of_one_value_are_all_there_is():
    generator = _fit(pd.DataFrame({"x": [1.5] * 4, "c": ["a"] * 4}))
    assert generator.sample(3).to_dict("list") == {"x": [1.5] * 3, "c": ["a"] * 3}
    assert generator.correlation_.shape == (0, 0)
    assert generator.shrinkage_ == 0.0


# Every parameter with a value that must show, and where it shows.
KNOBS = {
    "shrinkage": (0.9, lambda g: g.correlation_.loc["x", "y"]),
    "schema": ({"a": "categorical"}, lambda g: list(g.correlation_)),
    "random_state": (1, lambda g: g.sample(5)["x"].tolist()),
}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"rules"} == CopulaGenerator().get_params().keys()


@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name):
    value, show = KNOBS[name]
    assert show(_fit(_mixed())) != show(CopulaGenerator(**{"random_state": 0, name: value}).fit(_mixed()))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"shrinkage": 1.1},
            "`shrinkage` must be 'auto' or a number between 0 and 1, however: shrinkage=1.1",
        ),
        ({"shrinkage": -0.1}, "shrinkage=-0.1"),
        ({"shrinkage": "none"}, "shrinkage='none'"),
        ({"shrinkage": True}, "shrinkage=True"),
        ({"random_state": -1}, "random_state=-1"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        CopulaGenerator(**parameters).fit(_mixed())


def test_one_row():
    with pytest.raises(DataError, match="n_rows=1"):
        CopulaGenerator().fit(_mixed().head(1))


@pytest.mark.parametrize("n_latent", [0, 1, 30, 500, 501, 1000, 3000, 20_000])
def test_a_correlation_of_many_scores_is_learned_from_rows_that_a_sweep_can_bear(n_latent):
    n_rows = copula._most_rows(n_latent)
    assert n_latent * n_rows * min(n_latent, n_rows) <= 10**9
    assert n_rows == 4000 if n_latent <= 500 else 200 < n_rows < 4000
