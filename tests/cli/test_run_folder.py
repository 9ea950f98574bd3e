from __future__ import annotations

import json
import re
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from imbgen import GANGenerator, GMMGenerator, __version__, load_dataset, load_generator
from imbgen.cli import main
from imbgen.generators.base import BaseGenerator
from imbgen.tables import read_table

GMM = ["--generator", "GMMGenerator", "--generator.n_components=1"]
ALWAYS = {"config.yaml", "model", "metrics.json", "training_rows.parquet"}
ECOLI = ["--data.path", "ecoli", "--data.minority", "om"]


def test_a_run_folder_has_everything(gan_run):
    assert re.fullmatch(r"ecoli-gan-\d{8}-\d{6}", gan_run.name)
    names = {path.name for path in gan_run.iterdir()}
    assert names == ALWAYS | {"checkpoints", "tensorboard", "history.csv"}
    X, y = load_dataset("ecoli")
    rows = X[y == "pp"].reset_index(drop=True)
    pd.testing.assert_frame_equal(read_table(gan_run / "training_rows.parquet"), rows)
    assert list((gan_run / "checkpoints").iterdir())
    history = read_table(gan_run / "history.csv")
    assert history["n_updates"].tolist() == [10, 20]
    assert {"skill", "skill_se"} <= set(history.columns)


def test_metrics_say_what_happened(gan_run):
    metrics = json.loads((gan_run / "metrics.json").read_text(encoding="utf-8"))
    assert (metrics["generator"], metrics["minority"], metrics["n_rows"]) == ("GANGenerator", "pp", 52)
    assert metrics["skill"]["n_rows"] == 52
    assert metrics["skill"]["standard_error"] > 0
    assert "20 updates" in metrics["stop_reason"]
    assert len(metrics["n_updates"]) == 10
    assert metrics["seconds"] > 0
    assert metrics["versions"]["imbgen"] == __version__
    assert set(metrics["versions"]) == {"imbgen", "python", "torch"}


def test_the_saved_model_is_the_trained_one(gan_run):
    generator = load_generator(gan_run)
    assert isinstance(generator, GANGenerator)
    assert generator.random_state == 0
    skill = json.loads((gan_run / "metrics.json").read_text(encoding="utf-8"))["skill"]
    assert generator.skill_.value == skill["value"]


def test_events_hold_the_texts_of_config_and_data(gan_run):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(gan_run / "tensorboard")).Reload()
    texts = {tag: events.Tensors(f"{tag}/text_summary")[0] for tag in ("config", "data")}
    assert b"class_path: imbgen.GANGenerator" in texts["config"].tensor_proto.string_val[0]
    assert b"'pp': 52 rows" in texts["data"].tensor_proto.string_val[0]
    assert "val/skill" in events.Tags()["scalars"]


def test_a_mixture_writes_its_figures_and_no_events(gmm_run):
    assert {path.name for path in gmm_run.iterdir()} == ALWAYS
    metrics = json.loads((gmm_run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["skill"]["n_rows"] == 20
    assert metrics["n_components"] == 1
    assert metrics["silhouette"] is None
    assert np.isfinite(metrics["log_likelihood"])


def test_two_runs_of_one_second_are_two_folders(tmp_path, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 1, 2, 3, 4, 5)

    monkeypatch.setattr("imbgen.cli.run_folder.datetime", Stopped)
    for _ in range(2):
        assert main(["train", *GMM, *ECOLI, "--output", str(tmp_path)]) == 0
    stem = "ecoli-gmm-20260102-030405"
    assert {path.name for path in tmp_path.iterdir()} == {stem, f"{stem}-2"}


def test_a_failure_while_writing_leaves_nothing(tmp_path, monkeypatch, complaint):
    def save(self, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(BaseGenerator, "save", save)
    output = tmp_path / "runs"
    err = complaint("train", *GMM, *ECOLI, "--output", output)
    assert "No space left" in err
    assert list(tmp_path.iterdir()) == []


def test_a_failure_spares_what_is_there(tmp_path, complaint):
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    complaint("train", *GMM, "--data.path", "ecoli", "--generator.n_components=3", "--output", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_bug_is_not_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr(GMMGenerator, "_fit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["train", *GMM, *ECOLI, "--output", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
