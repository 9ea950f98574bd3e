"""`FlowGenerator`: what each parameter changes, and a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import spearmanr

from imbgen import FlowGenerator
from imbgen.errors import ParameterError
from imbgen.generators import deep

CHEAP = {
    "n_updates": 20,
    "check_every": 10,
    "n_folds": 2,
    "d_hidden": 6,
    "batch_size": 8,
    "n_steps": 3,
    "random_state": 0,
}


def _rows(n=40):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"x": rng.normal(size=n), "kind": rng.integers(0, 3, n), "c": rng.choice(["a", "b"], n)}
    )


@pytest.mark.slow
def test_the_dependence_of_a_gaussian_is_learned():
    """Known truth: a correlation of 0.8 between two of three columns, 0.79 in ranks."""
    rng = np.random.default_rng(0)
    gaussian = rng.multivariate_normal([0, 0, 0], [[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1]], 150)
    rows = pd.DataFrame(gaussian, columns=["a", "b", "c"])
    generator = FlowGenerator(n_updates=400, check_every=100, n_folds=2, d_hidden=32, random_state=0)
    new = generator.fit(rows).sample(3000, random_state=0)
    assert spearmanr(new["a"], new["b"]).statistic == pytest.approx(0.79, abs=0.12)
    assert abs(spearmanr(new["a"], new["c"]).statistic) < 0.25
    # The baseline knows the true family; a network must come near it.
    assert generator.skill_.value > -0.3


def _rows_of(generator):
    return generator.sample(20, random_state=0).to_dict("list")


# Every parameter with a value that must show, and where it shows.
KNOBS = {
    "d_hidden": (7, _rows_of),
    "n_blocks": (1, _rows_of),
    "n_steps": (5, _rows_of),
    "start_time": (0.9, _rows_of),
    "n_updates": (30, lambda g: g.history_["n_updates"].max()),
    "batch_size": (9, _rows_of),
    "learning_rate": (1e-2, _rows_of),
    "jitter": (0.5, _rows_of),
    "averaging": (1, _rows_of),
    "n_folds": (3, lambda g: len(g.n_updates_)),
    "check_every": (20, lambda g: g.history_["n_updates"].tolist()),
    "trainer": ({"max_epochs": 1}, lambda g: len(g.history_)),
    "schema": ({"kind": "categorical"}, _rows_of),
    "random_state": (1, _rows_of),
}


def test_every_parameter_is_in_the_list_of_knobs():
    assert KNOBS.keys() | {"patience", "log_dir", "rules"} == FlowGenerator().get_params().keys()


@pytest.fixture(scope="module")
def plain():
    return FlowGenerator(**CHEAP).fit(_rows())


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(name, plain):
    value, show = KNOBS[name]
    assert show(plain) != show(FlowGenerator(**{**CHEAP, name: value}).fit(_rows()))


def test_the_later_paths_start_the_nearer_are_rows_to_those_learned(monkeypatch):
    monkeypatch.setattr(deep, "check_learned", lambda *_: None)  # near copies would be replaced by kernels
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 5)), columns=list("abcde"))

    def distance(start_time):
        generator = FlowGenerator(**CHEAP, start_time=start_time).fit(rows)
        new = generator.sample(500, random_state=0)
        return cdist(new, rows).min(axis=1).mean()

    assert distance(0.95) < 0.65 * distance(0.0)


def test_patience_ends_a_run():
    lengths = [
        len(FlowGenerator(**{**CHEAP, "n_updates": 100, "patience": patience}).fit(_rows()).history_)
        for patience in (1, 10)
    ]
    assert lengths[0] < lengths[1] == 10


def test_log_dir_gets_events_and_checkpoints(plain, tmp_path):
    logged = FlowGenerator(**CHEAP, log_dir=tmp_path).fit(_rows())
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()
    assert any(path.name.startswith("events.out") for path in (tmp_path / "tensorboard").iterdir())
    assert _rows_of(logged) == _rows_of(plain)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_steps": 0}, "n_steps=0"),
        ({"n_steps": 1.5}, "n_steps=1.5"),
        ({"start_time": -0.1}, "start_time=-0.1"),
        ({"start_time": 1.0}, "start_time=1.0"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        FlowGenerator(**parameters).fit(_rows())
