"""`VAEGenerator` on rows whose law is known; and that each of its parameters does something."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from imbgen import VAEGenerator, load_generator
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
    generator = VAEGenerator(n_updates=600, check_every=100, n_folds=3, d_hidden=32, random_state=0).fit(rows)
    new = generator.sample(3000, random_state=0)
    assert spearmanr(new["a"], new["b"]).statistic == pytest.approx(0.79, abs=0.15)
    assert abs(spearmanr(new["a"], new["c"]).statistic) < 0.3
    # The baseline knows the true family; a network must come near it.
    assert generator.skill_.value > -0.3


def _rows_of(generator):
    return generator.sample(20, random_state=0).to_dict("list")


# Every parameter with a value that must show, and where it shows.
KNOBS = {
    "d_latent": (2, _rows_of),
    "d_hidden": (7, _rows_of),
    "n_blocks": (2, _rows_of),
    "codes": ("normal", lambda g: g.codes_),
    "n_updates": (30, lambda g: g.history_["n_updates"].max()),
    "batch_size": (9, _rows_of),
    "learning_rate": (1e-2, _rows_of),
    "kl_weight": (0.1, _rows_of),
    "free_bits": (0.5, _rows_of),
    "jitter": (0.5, _rows_of),
    "averaging": (1, _rows_of),
    "n_folds": (3, lambda g: len(g.n_updates_)),
    "check_every": (20, lambda g: g.history_["n_updates"].tolist()),
    "trainer": ({"max_epochs": 1}, lambda g: len(g.history_)),
    "schema": ({"kind": "categorical"}, _rows_of),
    "random_state": (1, _rows_of),
}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"patience", "log_dir", "rules"} == VAEGenerator().get_params().keys()


@pytest.fixture(scope="module")
def plain():
    return VAEGenerator(**CHEAP).fit(_rows())


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name, plain):
    value, show = KNOBS[name]
    assert show(plain) != show(VAEGenerator(**{**CHEAP, name: value}).fit(_rows()))


def test_patience_ends_a_run():
    lengths = [
        len(VAEGenerator(**{**CHEAP, "n_updates": 100, "patience": patience}).fit(_rows()).history_)
        for patience in (1, 10)
    ]
    assert lengths[0] < lengths[1] == 10


def test_log_dir_gets_events_and_checkpoints(plain, tmp_path):
    logged = VAEGenerator(**CHEAP, log_dir=tmp_path).fit(_rows())
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()
    assert any(path.name.startswith("events.out") for path in (tmp_path / "tensorboard").iterdir())
    assert _rows_of(logged) == _rows_of(plain)


def test_every_law_of_the_codes_gives_rows_of_its_own(plain):
    single = {
        law: VAEGenerator(**CHEAP, codes=law).fit(_rows())
        for law in ("posterior", "narrow posterior", "wide posterior", "mixture", "normal")
    }
    assert all(generator.codes_ == [law] * 2 for law, generator in single.items())
    assert len({generator.skill_.value for generator in single.values()}) == 5
    assert len(plain.codes_) == 2
    assert set(plain.codes_) <= single.keys()
    pd.testing.assert_frame_equal(plain.history_, single["normal"].history_)


def test_the_chosen_laws_are_saved(plain, tmp_path):
    loaded = load_generator(plain.save(tmp_path / "model"))
    assert loaded.codes_ == plain.codes_
    assert _rows_of(loaded) == _rows_of(plain)


def test_the_size_of_the_codes_follows_the_rows():
    assert [VAEGenerator()._d_latent(d) for d in (1, 4, 10, 32, 500)] == [2, 2, 5, 16, 16]
    assert VAEGenerator(d_latent=5)._d_latent(100) == 5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"codes": "normla"}, r"codes='normla'\. Did you mean 'normal'\?"),
        ({"d_latent": 0}, "d_latent=0"),
        ({"d_hidden": 0}, "d_hidden=0"),
        ({"n_blocks": -1}, "n_blocks=-1"),
        ({"batch_size": 1.5}, "batch_size=1.5"),
        ({"averaging": 0}, "averaging=0"),
        ({"learning_rate": 2}, "learning_rate=2"),
        ({"kl_weight": -0.1}, "kl_weight=-0.1"),
        ({"free_bits": -0.1}, "free_bits=-0.1"),
        ({"jitter": float("nan")}, "jitter=nan"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        VAEGenerator(**{**CHEAP, **parameters}).fit(_rows())
