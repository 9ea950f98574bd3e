"""`GANGenerator` on rows whose law is known; and that each of its parameters does something."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from imbgen import GANGenerator
from imbgen.errors import ParameterError

CHEAP = {
    "n_updates": 20,
    "check_every": 10,
    "n_folds": 2,
    "d_hidden": 6,
    "batch_size": 8,
    "random_state": 0,
}


def _rows(n=40):
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, n)
    return pd.DataFrame({"x": rng.normal(kind), "kind": kind, "c": rng.choice(["a", "b"], n)})


@pytest.mark.slow
def test_a_known_correlation_is_recovered():
    covariance = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]])
    gaussian = np.random.default_rng(0).multivariate_normal(np.zeros(3), covariance, size=150)
    rows = pd.DataFrame(gaussian, columns=["a", "b", "c"])
    generator = GANGenerator(n_updates=400, check_every=100, n_folds=3, d_hidden=32, random_state=0).fit(rows)
    new = generator.sample(3000, random_state=0)
    assert spearmanr(new["a"], new["b"]).statistic == pytest.approx(0.79, abs=0.15)
    assert abs(spearmanr(new["a"], new["c"]).statistic) < 0.3
    # The baseline knows the true family; a network must come near it.
    assert generator.skill_.value > -0.3


def _rows_of(generator):
    return generator.sample(20, random_state=0).to_dict("list")


# Every parameter with a value that must show, and where it shows.
KNOBS = {
    "d_latent": (3, _rows_of),
    "d_hidden": (7, _rows_of),
    "n_blocks": (1, _rows_of),
    "loss": ("wgan-gp", _rows_of),
    "n_updates": (30, lambda g: g.history_["n_updates"].max()),
    "n_critic": (2, _rows_of),
    "batch_size": (9, _rows_of),
    "learning_rate": (1e-2, _rows_of),
    "gradient_penalty": (0.1, _rows_of),
    "jitter": (0.5, _rows_of),
    "averaging": (1, _rows_of),
    "n_folds": (3, lambda g: len(g.n_updates_)),
    "check_every": (20, lambda g: g.history_["n_updates"].tolist()),
    "trainer": ({"max_epochs": 1}, lambda g: len(g.history_)),
    "schema": ({"kind": "categorical"}, _rows_of),
    "random_state": (1, _rows_of),
}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"patience", "log_dir", "rules"} == GANGenerator().get_params().keys()


@pytest.fixture(scope="module")
def plain():
    return GANGenerator(**CHEAP).fit(_rows())


@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name, plain):
    value, show = KNOBS[name]
    assert show(plain) != show(GANGenerator(**{**CHEAP, name: value}).fit(_rows()))


def test_patience_ends_a_run():
    lengths = [
        len(GANGenerator(**{**CHEAP, "n_updates": 100, "patience": patience}).fit(_rows()).history_)
        for patience in (1, 10)
    ]
    assert lengths[0] < lengths[1] == 10


def test_log_dir_is_the_only_place_that_is_written_to(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    GANGenerator(**CHEAP).fit(_rows())
    assert list(tmp_path.rglob("*")) == [tmp_path / "work"]
    GANGenerator(**CHEAP, log_dir=tmp_path / "log").fit(_rows())
    assert list((tmp_path / "work").iterdir()) == []
    assert (tmp_path / "log" / "checkpoints" / "last.ckpt").is_file()


def test_logging_does_not_change_the_result(plain, tmp_path):
    logged = GANGenerator(**CHEAP, log_dir=tmp_path).fit(_rows())
    assert _rows_of(logged) == _rows_of(plain)
    assert logged.skill_ == plain.skill_


def test_the_size_of_the_noise_follows_the_rows():
    assert [GANGenerator()._d_latent(d) for d in (1, 4, 10, 32, 500)] == [8, 8, 20, 64, 64]
    assert GANGenerator(d_latent=5)._d_latent(100) == 5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "wgan"}, r"loss='wgan'\. Did you mean 'wgan-gp'\?"),
        ({"d_latent": 0}, "d_latent=0"),
        ({"d_hidden": 0}, "d_hidden=0"),
        ({"n_blocks": -1}, "n_blocks=-1"),
        ({"n_critic": 0}, "n_critic=0"),
        ({"batch_size": 1.5}, "batch_size=1.5"),
        ({"averaging": 0}, "averaging=0"),
        ({"learning_rate": 2}, "learning_rate=2"),
        ({"gradient_penalty": -0.1}, "gradient_penalty=-0.1"),
        ({"jitter": float("nan")}, "jitter=nan"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        GANGenerator(**{**CHEAP, **parameters}).fit(_rows())


def test_no_residual_block_is_legal():
    assert GANGenerator(**{**CHEAP, "n_blocks": 0}).fit(_rows()).sample(2).shape == (2, 3)
