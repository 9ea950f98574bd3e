from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from imbgen import GANGenerator, GMMGenerator, __version__, load_dataset, load_generator
from imbgen.cli import main
from imbgen.cli.terminal import tidy_warnings
from imbgen.cli.train import explain_skill
from imbgen.generators.base import BaseGenerator
from imbgen.tables import read_table, write_table

ROOT = Path(__file__).parents[1]
GAN = ["train", "--data.path", "ecoli", "--data.minority", "pp", "--generator.n_updates=20"]
GAN += ["--generator.check_every=10"]
GMM = ["train", "--generator", "GMMGenerator", "--generator.n_components=1"]


def run_folder(output):
    (folder,) = output.iterdir()
    return folder


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def complaint(capsys, *argv, status=2):
    """Run, expect a mistake told in one sentence on standard error, and return it."""
    assert main([str(item) for item in argv]) == status
    err = capsys.readouterr().err
    assert err.startswith("imbgen: error: ")
    assert "Traceback" not in err
    assert err.count("\n") == 1
    return err


@pytest.fixture(scope="module")
def gan_run(tmp_path_factory):
    """One GAN, trained a few steps by the command line."""
    output = tmp_path_factory.mktemp("gan") / "runs"
    assert main([*GAN, "--output", str(output)]) == 0
    return run_folder(output)


@pytest.fixture(scope="module")
def gmm_run(tmp_path_factory):
    output = tmp_path_factory.mktemp("gmm") / "runs"
    assert main([*GMM, "--data.path", "ecoli", "--data.minority", "om", "--output", str(output)]) == 0
    return run_folder(output)


@pytest.fixture
def table(tmp_path):
    """A CSV file with a rare class of 12 rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(size=60).round(3), "sex": rng.choice(["F", "M"], 60)})
    frame["sick"] = np.where(np.arange(60) < 12, "yes", "no")
    write_table(frame, tmp_path / "mine.csv")
    return frame


# --------------------------------------------------------------------------------------------- the run folder


def test_a_run_folder_has_everything(gan_run):
    assert re.fullmatch(r"ecoli-gan-\d{8}-\d{6}", gan_run.name)
    names = {path.name for path in gan_run.iterdir()}
    assert names == {"config.yaml", "model", "checkpoints", "tensorboard", "metrics.json", "history.csv"}
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
    assert len(metrics["n_updates"]) == 5
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


def test_the_resolved_config_gives_the_same_model_again(gan_run, tmp_path):
    config = str(gan_run / "config.yaml")
    assert main(["train", "--config", config, "--output", str(tmp_path / "again")]) == 0
    again = run_folder(tmp_path / "again")
    assert files(again / "model") == files(gan_run / "model")
    first, second = (yaml.safe_load((run / "config.yaml").read_text("utf-8")) for run in (gan_run, again))
    assert second == first | {"output": str(tmp_path / "again")}


def test_the_seed_is_the_random_state_unless_the_generator_has_one(tmp_path):
    frame, labels = load_dataset("ecoli")
    for name, options in {
        "a": ["--seed", "3"],
        "b": ["--seed", "4", "--generator.random_state", "3"],
    }.items():
        data = ["--data.path", "ecoli", "--data.minority", "om", "--output", str(tmp_path / name)]
        assert main([*GMM, *data, *options]) == 0
        expected = GMMGenerator(n_components=1, random_state=3).fit(frame[labels == "om"])
        drawn = load_generator(run_folder(tmp_path / name)).sample(5)
        pd.testing.assert_frame_equal(drawn, expected.sample(5))


def test_only_the_rare_class_is_learned(table, tmp_path):
    others = table["sick"] == "no"
    write_table(table.assign(age=table["age"].where(~others, 99.0)), tmp_path / "other.csv")
    models = []
    for name in ("mine", "other"):
        data = ["--data.path", str(tmp_path / f"{name}.csv"), "--data.target", "sick"]
        assert main([*GMM, *data, "--output", str(tmp_path / name)]) == 0
        models.append(files(run_folder(tmp_path / name) / "model"))
    assert models[0] == models[1]


def test_kinds_reach_the_generator(tmp_path):
    data = ["--data.path", "ecoli", "--data.minority", "om", "--data.schema.mcg", "categorical"]
    assert main([*GMM, *data, "--output", str(tmp_path)]) == 0
    assert load_generator(run_folder(tmp_path)).schema_.column("mcg").kind == "categorical"


def test_a_mixture_writes_its_figures_and_no_events(gmm_run):
    assert {path.name for path in gmm_run.iterdir()} == {"config.yaml", "model", "metrics.json"}
    metrics = json.loads((gmm_run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["skill"] is None
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
        assert main([*GMM, "--data.path", "ecoli", "--data.minority", "om", "--output", str(tmp_path)]) == 0
    stem = "ecoli-gmm-20260102-030405"
    assert {path.name for path in tmp_path.iterdir()} == {stem, f"{stem}-2"}


# ------------------------------------------------------------------------------------------ what train prints


def test_train_tells_what_was_read_and_what_comes_next(tmp_path, capsys):
    assert main([*GMM, "--data.path", "hypothyroid", "--output", str(tmp_path / "my runs")]) == 0
    out, err = capsys.readouterr()
    run = run_folder(tmp_path / "my runs")
    assert "hypothyroid: 3,163 rows, 25 columns, target 'target'" in out
    assert "negative 3,012, hypothyroid 151" in out
    assert "'hypothyroid': 151 rows (4.8%)" in out
    assert "12 categorical" in out
    assert f"imbgen sample '{run}' --n 1000" in out
    assert f"load_generator({str(run)!r})" in out
    assert "tensorboard" not in out
    assert "\x1b" not in out + err
    assert err == ""


def test_train_tells_the_skill_and_why_it_stopped(tmp_path, capsys):
    assert main([*GAN, "--output", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"[+-]\d\.\d{3} ± \d\.\d{3} nats per row over a Gaussian mixture, on 52 held-out", out)
    assert "etter than a Gaussian mixture" in out
    assert "Training stopped after 20 updates because" in out
    assert f"tensorboard --logdir {run_folder(tmp_path)}" in out
    assert "\x1b" not in out
    assert "━" not in out


def test_many_classes_are_shortened(tmp_path, capsys):
    labels = [f"c{i}" for i in range(30) for _ in range(i + 2)]
    write_table(pd.DataFrame({"x": np.arange(float(len(labels))), "y": labels}), tmp_path / "many.csv")
    data = ["--data.path", str(tmp_path / "many.csv"), "--data.target", "y"]
    assert main([*GMM, *data, "--output", str(tmp_path / "runs")]) == 0
    assert (
        "c29 31, c28 30, c27 29, c26 28, ... (22 more), c3 5, c2 4, c1 3, c0 2\n" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("value", "error", "start"),
    [
        (0.3, 0.1, "Better than a Gaussian mixture"),
        (0.1, 0.1, "Not better than a Gaussian mixture: the difference is within"),
        (-0.05, 0.1, "Not better than a Gaussian mixture: the difference is within"),
        (-0.3, 0.1, "Not better than a Gaussian mixture but worse"),
        (0.3, None, "Not better than a Gaussian mixture"),
    ],
)
def test_a_skill_is_put_into_words(value, error, start):
    assert explain_skill(value, error).startswith(start)


def test_a_small_class_falls_back_in_one_line(tmp_path, capsys):
    assert main(["train", "--data.path", "ecoli", "--output", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("imbgen: warning: GANGenerator needs at least 30 rows")
    assert err.count("\n") == 1
    assert "'imL': 2 rows" in out
    metrics = json.loads((run_folder(tmp_path) / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["fallback"] == "GMMGenerator"
    assert metrics["skill"] is None


def test_only_user_warnings_become_one_line(capsys):
    with tidy_warnings():
        warnings.simplefilter("always", FutureWarning)
        warnings.warn("look  here\nplease", UserWarning, stacklevel=1)
        warnings.warn("going away", FutureWarning, stacklevel=1)
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "imbgen: warning: look here please"
    assert second.endswith("FutureWarning: going away")


# ------------------------------------------------------------------------------------- which rows are learned


@pytest.mark.parametrize(
    ("labels", "wanted", "n_rows"),
    [
        ([0, 1], "1", 12),
        ([-1, 1], "-1", 48),
        ([0.0, 1.0], "1", 12),
        (["0", "1"], "1", 12),
        ([False, True], "true", 12),
        (["no", "yes"], "yes", 12),
        (["no", "yes"], "Yes", 12),
        (["no", "yes"], "no", 48),
        (["a", "A"], "A", 12),
    ],
)
@pytest.mark.parametrize("place", ["option", "file"])
def test_a_label_is_found_whatever_its_type(table, tmp_path, labels, wanted, n_rows, place):
    table["sick"] = np.where(table["sick"] == "yes", *(pd.array([x], dtype=object) for x in labels[::-1]))
    table["sick"] = table["sick"].infer_objects()
    write_table(table, tmp_path / "typed.parquet")
    config = tmp_path / "typed.yaml"
    minority = f", minority: {wanted}" if place == "file" else ""
    config.write_text(f"data: {{path: {tmp_path}/typed.parquet, target: sick{minority}}}", encoding="utf-8")
    options = ["--data.minority", wanted] if place == "option" else []
    assert main([*GMM, "--config", str(config), *options, "--output", str(tmp_path / "runs")]) == 0
    assert load_generator(run_folder(tmp_path / "runs")).n_rows_ == n_rows


def test_categories_without_rows_are_no_classes(table, tmp_path, capsys):
    table["sick"] = pd.Categorical(table["sick"], categories=["no", "yes", "maybe"])
    write_table(table, tmp_path / "typed.parquet")
    data = ["--data.path", str(tmp_path / "typed.parquet"), "--data.target", "sick"]
    assert main([*GMM, *data, "--output", str(tmp_path / "runs")]) == 0
    assert "no 48, yes 12\n" in capsys.readouterr().out


def test_a_pattern_of_files_is_one_table(table, tmp_path):
    for i, part in enumerate((table[:30], table[30:])):
        write_table(part, tmp_path / f"part-{i}.csv")
    data = ["--data.path", str(tmp_path / "part-*.csv"), "--data.target", "sick"]
    assert main([*GMM, *data, "--output", str(tmp_path / "runs")]) == 0
    assert run_folder(tmp_path / "runs").name.startswith("part-gmm-")


# -------------------------------------------------------------------------------------------------- bad input


def bad_tables(folder):
    """Files that cannot be learned from."""
    (folder / "empty.csv").write_bytes(b"")
    (folder / "binary.csv").write_bytes(b"\x00\xff\x00" * 50)
    (folder / "header.csv").write_text("x,y\n", encoding="utf-8")
    (folder / "one_class.csv").write_text("x,y\n1,a\n2,a\n", encoding="utf-8")
    (folder / "one_row.csv").write_text("x,y\n1,a\n2,a\n3,b\n", encoding="utf-8")
    (folder / "inf.csv").write_text("x,y\n1,a\n2,a\n5,a\ninf,b\n4,b\n", encoding="utf-8")
    (folder / "nothing.csv").write_text("x,y\n1,a\n2,a\n5,a\n,b\n,b\n", encoding="utf-8")
    (folder / "no_label.csv").write_text("x,y\n1,a\n2,\n", encoding="utf-8")
    (folder / "good.csv").write_text("x,y\n1,a\n2,a\n3,a\n4,b\n5,b\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--data.path", "none.csv"], ["none.csv", "Did you mean"]),
        (["--data.path", "hypothyrod"], ["embedded data set", "Did you mean 'hypothyroid'?"]),
        (["--data.path", "empty.csv"], ["empty.csv", "is empty"]),
        (["--data.path", "binary.csv"], ["binary.csv"]),
        (["--data.path", "header.csv"], ["at least one column and one row"]),
        (["--data.path", "good.txt"], ["good.txt", "Did you mean 'good.csv'?"]),
        (["--data.path", "good.csv", "--data.target", "yy"], ["'yy'", "Did you mean 'y'?"]),
        (["--data.path", "one_class.csv"], ["at least two classes", "all 2 rows", "'a'"]),
        (["--data.path", "one_row.csv"], ["at least 2 rows", "'b' has 1", "a 2, b 1"]),
        (["--data.path", "no_label.csv"], ["1 of 2 rows have none"]),
        (["--data.path", "good.csv", "--data.minority", "c"], ["'c' is none", "a 3, b 2"]),
        (["--data.path", "good.csv", "--data.minority", "bb"], ["Did you mean 'b'?"]),
        (["--data.path", "inf.csv"], ["must be finite", "'x'"]),
        (["--data.path", "nothing.csv"], ["At least one value"]),
        (["--data.path", "good.csv", "--data.schema.z", "integer"], ["`schema` must name columns", "'z'"]),
        (["--data.path", "good.csv", "--generator.criterion", "bix"], ["criterion", "Did you mean 'bic'?"]),
        (["--data.path", "good.csv", "--generator.max_components", "0"], ["at least 1", "max_components=0"]),
        (["--data.path", "good.csv", "--generator.n_component", "2"], ["Did you mean"]),
        (["--data.path", "good.csv", "--seed", "-1"], ["`seed` must be at least 0"]),
        (["--data.path", "good.csv", "--output", "good.csv"], ["`output` must be a folder", "--output"]),
    ],
)
def test_bad_input_is_explained_and_leaves_nothing(tmp_path, monkeypatch, capsys, options, parts):
    bad_tables(tmp_path)
    before = sorted(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    err = complaint(capsys, "train", "--generator", "GMMGenerator", "--data.target", "y", *options)
    assert [part for part in parts if part not in err] == [], err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["trian"], ["train, sample, datasets", "Did you mean 'train'?"]),
        (["train", "--config", "none.yaml"], ["there is no 'none.yaml'"]),
        (["datasets", "ecol"], ["Did you mean 'ecoli'?"]),
        (["datasets", "ecoli", "--n", "3"], ["imbgen datasets --help"]),
        (["sample"], ["run", "imbgen sample --help"]),
        (["sample", "none", "--n", "3", "--out", "x.csv"], ["none does not exist"]),
        (["sample", "none", "--n", "0", "--out", "x.csv"], ["`--n` must be at least 1", "n=0"]),
        (["sample", "none", "--n", "-3", "--out", "x.csv"], ["n=-3"]),
        (["sample", "none", "--n", "many", "--out", "x.csv"], ["many"]),
        (["sample", "none", "--n", "3", "--output", "x.csv"], ["Did you mean '--out'?"]),
        (["sample", "none", "--n", "3", "--out", "x.csv", "--random_state", "-1"], ["random_state=-1"]),
    ],
)
def test_bad_arguments_are_explained(tmp_path, monkeypatch, capsys, argv, parts):
    monkeypatch.chdir(tmp_path)
    err = complaint(capsys, *argv)
    assert [part for part in parts if part not in err] == [], err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [0, 1, 4])
def test_debug_shows_the_traceback(capsys, place):
    argv = ["sample", "none", "--n", "3", "--out", "x.csv"]
    argv.insert(place, "--debug")
    assert main(argv) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "imbgen: error: A model must be an existing folder" in err


def test_a_failure_while_writing_leaves_nothing(tmp_path, monkeypatch, capsys):
    def save(self, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(BaseGenerator, "save", save)
    output = tmp_path / "runs"
    err = complaint(capsys, *GMM, "--data.path", "ecoli", "--data.minority", "om", "--output", output)
    assert "No space left" in err
    assert list(tmp_path.iterdir()) == []


def test_a_failure_spares_what_is_there(tmp_path, capsys):
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    complaint(capsys, *GMM, "--data.path", "ecoli", "--generator.n_components=3", "--output", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_bug_is_not_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr(GMMGenerator, "_fit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main([*GMM, "--data.path", "ecoli", "--data.minority", "om", "--output", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []


# -------------------------------------------------------------------------------------------------- sampling


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_sample_writes_the_rows_of_the_model(gan_run, tmp_path, capsys, suffix):
    out = tmp_path / "new" / f"rows{suffix}"
    assert main(["sample", str(gan_run), "--n", "5000", "--out", str(out), "--random_state", "3"]) == 0
    assert capsys.readouterr().out == f"Wrote 5,000 rows, 7 columns to {out}\n"
    expected = load_generator(gan_run).sample(5000, random_state=3)
    pd.testing.assert_frame_equal(read_table(out), expected, check_exact=True)


def test_sample_without_a_seed_repeats_itself(gmm_run, tmp_path):
    for name in ("a", "b"):
        assert (
            main(["sample", str(gmm_run / "model"), "--n", "9", "--out", str(tmp_path / f"{name}.csv")]) == 0
        )
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_sample_needs_no_config(gmm_run, tmp_path):
    run = tmp_path / "run"
    (run / "model").mkdir(parents=True)
    for name, content in files(gmm_run / "model").items():
        (run / "model" / name).write_bytes(content)
    (run / "config.yaml").write_text("generator: {class_path: os.system}", encoding="utf-8")
    assert main(["sample", str(run), "--n", "2", "--out", str(tmp_path / "x.csv")]) == 0


def test_sample_of_a_model_of_arrays(tmp_path):
    rows = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    GMMGenerator(random_state=0).fit(rows).save(tmp_path / "model")
    assert main(["sample", str(tmp_path), "--n", "4", "--out", str(tmp_path / "x.csv")]) == 0
    assert list(read_table(tmp_path / "x.csv").columns) == ["x0", "x1"]


def test_sample_replaces_a_file_only_when_told(gmm_run, tmp_path, capsys):
    out = tmp_path / "rows.csv"
    out.write_text("mine", encoding="utf-8")
    err = complaint(capsys, "sample", gmm_run, "--n", 3, "--out", out)
    assert "--overwrite" in err
    assert out.read_text(encoding="utf-8") == "mine"
    assert main(["sample", str(gmm_run), "--n", "3", "--out", str(out), "--overwrite"]) == 0
    assert len(read_table(out)) == 3


def test_sample_of_a_bad_suffix_writes_nothing(gmm_run, tmp_path, capsys):
    assert ".parquet" in complaint(capsys, "sample", gmm_run, "--n", 3, "--out", tmp_path / "rows.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("harm", "part"),
    [
        (lambda model: (model / "arrays.safetensors").write_bytes(b"x"), "checksum"),
        (lambda model: (model / "model.json").write_text("{", encoding="utf-8"), "JSON"),
        (lambda model: (model / "model.json").write_text("{}", encoding="utf-8"), "saved by imbgen"),
        (lambda model: (model / "model.json").unlink(), "model.json"),
    ],
)
def test_sample_of_a_damaged_model_is_explained(gmm_run, tmp_path, capsys, harm, part):
    (tmp_path / "model").mkdir()
    for name, content in files(gmm_run / "model").items():
        (tmp_path / "model" / name).write_bytes(content)
    harm(tmp_path / "model")
    assert part in complaint(capsys, "sample", tmp_path, "--n", 3, "--out", tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()


# ----------------------------------------------------------------------------------- help, version, data sets


def test_datasets_are_listed_with_tabs_in_a_pipe(capsys):
    assert main(["datasets"]) == 0
    header, *rows = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert header[:3] == ["name", "rows", "columns"]
    assert [row[0] for row in rows] == ["car_evaluation", "ecoli", "hypothyroid"]
    assert rows[2][1:6] == ["3,163", "25", "2", "hypothyroid", "151"]


def test_the_card_of_a_data_set(capsys):
    assert main(["datasets", "ecoli"]) == 0
    assert capsys.readouterr().out.startswith("# Ecoli\n")


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"imbgen {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(argv, capsys):
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^  (\w+) +\w+", out, flags=re.MULTILINE) == ["train", "sample", "datasets"]


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("train", "Column that holds the class labels."),
        ("sample", "Replace the file if it exists."),
        ("datasets", "Data set whose card is printed"),
    ],
)
def test_help_of_a_command_is_its_docstring(command, part, capsys):
    assert main([command, "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith(f"usage: imbgen {command} ")
    assert part in out
    assert "--debug" in out


def test_help_of_a_generator_is_its_docstring(capsys):
    assert main(["train", "--generator.help", "GANGenerator"]) == 0
    assert "Most updates of the generator." in capsys.readouterr().out


def test_the_printed_config_is_complete(capsys):
    assert (
        main(["train", "--config", str(ROOT / "configs" / "gan.yaml"), "--seed", "5", "--print_config"]) == 0
    )
    printed = yaml.safe_load(capsys.readouterr().out)
    written = yaml.safe_load((ROOT / "configs" / "gan.yaml").read_text(encoding="utf-8"))
    assert printed == written | {"seed": 5}


# -------------------------------------------------------------------------------------------- other processes


def start(code, *argv, **options):
    """Start Python with Ctrl-C as in a terminal, whatever the parent of these tests made of it."""
    code = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{code}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, argv)], **pipes | options)


def test_what_needs_no_network_loads_no_torch(gmm_run, tmp_path):
    code = """
import sys
from imbgen.cli import main
for line in sys.argv[1:]:
    assert main(line.split("|")) == 0, line
    assert "torch" not in sys.modules, line
"""
    config = ROOT / "configs" / "gan.yaml"
    lines = [
        "--version",
        "--help",
        "datasets",
        "train|--help",
        "train|--generator.help|GANGenerator",
        f"train|--config|{config}|--print_config",
        f"sample|{gmm_run}|--n|3|--out|{tmp_path}/x.csv",
        f"train|--data.path|ecoli|--generator|GMMGenerator|--output|{tmp_path}/runs",
    ]
    process = start(code, *lines)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def start_training(tmp_path, *options):
    """Start `python -m imbgen train` and wait until the network is being trained."""
    code = "import runpy; runpy.run_module('imbgen', run_name='__main__')"
    data = ["--data.path", "ecoli", "--data.minority", "pp", "--output", tmp_path / "runs"]
    process = start(code, "train", *data, *options)
    deadline = time.monotonic() + 60
    # The first file of events has the texts; the second is opened when training starts.
    while len(list(tmp_path.glob("runs/.partial-*/tensorboard/events*"))) < 2:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_an_interrupted_training_leaves_a_usable_run_folder(tmp_path):
    process = start_training(tmp_path, "--generator.n_updates=100000", "--generator.patience=1000")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "because the user interrupted it" in out
    assert "Traceback" not in err
    assert "\x1b" not in out + err
    assert load_generator(run_folder(tmp_path / "runs")).sample(3).shape == (3, 7)


def test_a_terminal_without_unicode_is_no_obstacle(tmp_path):
    code = "import sys; from imbgen.cli import main; sys.exit(main())"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    process = start(code, "datasets", "größe", env=environment)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "'gr??e'" in err


def test_a_second_interrupt_leaves_nothing(tmp_path):
    slow = ["--generator.d_hidden=512", "--generator.n_blocks=6", "--generator.batch_size=2000"]
    process = start_training(tmp_path, *slow)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "imbgen: error: Interrupted; nothing was written.\n" in err
    assert list(tmp_path.iterdir()) == []
