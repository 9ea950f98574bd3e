"""What a run with `log_dir` leaves, read back from the event files."""

import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from imbgen import GANGenerator, VAEGenerator


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.normal(size=40), "c": rng.choice(["a", "b"], 40)})
    generator = GANGenerator(
        n_updates=60, check_every=20, n_folds=2, d_hidden=8, batch_size=8, random_state=0, log_dir=folder
    ).fit(rows)
    events = EventAccumulator(str(folder / "tensorboard"), size_guidance={"images": 0, "scalars": 0})
    return generator, events.Reload(), folder


def _series(events, tag):
    return {event.step: event.value for event in events.Scalars(tag)}


@pytest.mark.parametrize(
    "tag",
    [
        "loss/critic",
        "loss/generator",
        "critic/real",
        "critic/fake",
        "gradient_norm/critic",
        "gradient_norm/generator",
    ],
)
def test_training_curves_have_updates_as_steps(run, tag):
    generator, events, _ = run
    series = _series(events, tag)
    assert list(series) == [10, 20, 30, 40, 50, 60]
    for n_updates, value in zip(generator.history_["n_updates"], generator.history_[tag], strict=True):
        assert series[n_updates] == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(("tag", "column"), [("val/skill", "skill"), ("val/skill_se", "skill_se")])
def test_the_skill_is_that_of_the_history(run, tag, column):
    generator, events, _ = run
    series = _series(events, tag)
    assert list(series) == [20, 40, 60]
    np.testing.assert_allclose(list(series.values()), generator.history_[column], rtol=1e-5)


def test_the_baseline_is_drawn_at_zero(run):
    _, events, _ = run
    assert _series(events, "val/skill_gmm") == {20: 0.0, 40: 0.0, 60: 0.0}


@pytest.mark.parametrize("tag", ["rows/marginals", "rows/projection"])
def test_pictures_at_the_first_and_the_last_check(run, tag):
    _, events, _ = run
    images = events.Images(tag)
    assert [image.step for image in images] == [20, 60]
    assert all(image.width > 100 and image.encoded_image_string.startswith(b"\x89PNG") for image in images)


def test_hyper_parameters_and_final_figures(run):
    generator, events, _ = run
    metadata = events.SummaryMetadata("_hparams_/session_start_info")
    data = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content)
    logged = data.session_start_info.hparams
    assert set(generator.get_params()) - {"trainer", "log_dir"} <= set(logged)
    assert logged["n_updates"].number_value == 60
    assert logged["loss"].string_value == "relativistic"
    final = {name: events.Scalars(f"final/{name}")[-1].value for name in ("skill", "skill_se", "n_updates")}
    assert final["skill"] == pytest.approx(generator.skill_.value, rel=1e-5)
    assert final["skill_se"] == pytest.approx(generator.skill_.standard_error, rel=1e-5)
    assert final["n_updates"] == 60


def test_each_point_of_a_curve_is_drawn_once(tmp_path):
    """Also where the checks do not divide the budget."""
    rows = pd.DataFrame({"x": np.random.default_rng(0).normal(size=40)})
    options = {"n_folds": 2, "d_hidden": 4, "batch_size": 4, "random_state": 0, "log_dir": tmp_path}
    GANGenerator(n_updates=15, check_every=100, **options).fit(rows)
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"scalars": 0}).Reload()
    assert [event.step for event in events.Scalars("loss/critic")] == [10, 15]


def test_nothing_else_is_written(run):
    _, _, folder = run
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoints", "tensorboard"]
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["last.ckpt"]


def test_an_autoencoder_has_charts_of_its_own(tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.normal(size=40), "c": rng.choice(["a", "b"], 40)})
    options = {"n_updates": 20, "check_every": 10, "n_folds": 2, "d_hidden": 8, "batch_size": 8}
    generator = VAEGenerator(**options, random_state=0, log_dir=tmp_path).fit(rows)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    for tag in ("loss/reconstruction", "loss/kl", "noise/numbers", "gradient_norm/autoencoder"):
        series = _series(events, tag)
        assert list(series) == [10, 20]
        np.testing.assert_allclose(list(series.values()), generator.history_[tag], rtol=1e-5)
    layout = events.summary_metadata["custom_scalars__config__"]
    assert layout.plugin_data.plugin_name == "custom_scalars"
