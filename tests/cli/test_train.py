from __future__ import annotations

import json
import re
import signal
import time

import numpy as np
import pandas as pd
import pytest
import yaml

from imbgen import GMMGenerator, load_dataset, load_generator
from imbgen.cli import main
from imbgen.tables import write_table

GAN = ["--data.path", "ecoli", "--data.minority", "pp", "--generator.n_updates=20"]
GAN += ["--generator.check_every=10"]
GMM = ["--generator", "GMMGenerator", "--generator.n_components=1"]


def read_files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_the_resolved_config_gives_the_same_model_again(train, gan_run, tmp_path):
    again = train(tmp_path / "again", "--config", gan_run / "config.yaml")
    assert read_files(again / "model") == read_files(gan_run / "model")
    first, second = (yaml.safe_load((run / "config.yaml").read_text("utf-8")) for run in (gan_run, again))
    assert second == first | {"output": str(tmp_path / "again")}


def test_the_seed_is_the_random_state_unless_the_generator_has_one(train, tmp_path):
    frame, labels = load_dataset("ecoli")
    for name, options in {
        "a": ["--seed", "3"],
        "b": ["--seed", "4", "--generator.random_state", "3"],
    }.items():
        run = train(tmp_path / name, *GMM, "--data.path", "ecoli", "--data.minority", "om", *options)
        expected = GMMGenerator(n_components=1, random_state=3).fit(frame[labels == "om"])
        pd.testing.assert_frame_equal(load_generator(run).sample(5), expected.sample(5))


def test_only_the_rare_class_is_learned(train, table, tmp_path):
    others = table["sick"] == "no"
    write_table(table.assign(age=table["age"].where(~others, 99.0)), tmp_path / "other.csv")
    models = []
    for name in ("mine", "other"):
        data = ["--data.path", str(tmp_path / f"{name}.csv"), "--data.target", "sick"]
        models.append(read_files(train(tmp_path / name, *GMM, *data) / "model"))
    assert models[0] == models[1]


def test_kinds_reach_the_generator(train, tmp_path):
    data = ["--data.path", "ecoli", "--data.minority", "om", "--data.schema.mcg", "categorical"]
    assert load_generator(train(tmp_path, *GMM, *data)).schema_.column("mcg").kind == "categorical"


# ------------------------------------------------------------------------------------------ what train prints


def test_train_tells_what_was_read_and_what_comes_next(train, tmp_path, capsys):
    run = train(tmp_path / "my runs", *GMM, "--data.path", "hypothyroid")
    out, err = capsys.readouterr()
    assert "hypothyroid: 3,163 rows, 25 columns, target 'target'" in out
    assert "negative 3,012, hypothyroid 151" in out
    assert "'hypothyroid': 151 rows (4.8%)" in out
    assert "12 categorical" in out
    assert f"imbgen sample '{run}' --n 1000" in out
    assert f"imbgen evaluate '{run}' --data" in out
    assert f"load_generator({str(run)!r})" in out
    assert "tensorboard" not in out
    assert "\x1b" not in out + err
    assert err == ""


def test_train_tells_the_skill_and_why_it_stopped(train, tmp_path, capsys):
    run = train(tmp_path, *GAN)
    out = capsys.readouterr().out
    assert re.search(r"[+-]\d\.\d{3} ± \d\.\d{3} nats per row over a Gaussian mixture, on 52 held-out", out)
    assert "etter than a Gaussian mixture" in out
    assert "Training stopped after 20 updates because" in out
    assert f"tensorboard --logdir {run}" in out
    assert "\x1b" not in out
    assert "━" not in out


def test_many_classes_are_shortened(train, tmp_path, capsys):
    labels = [f"c{i}" for i in range(30) for _ in range(i + 2)]
    write_table(pd.DataFrame({"x": np.arange(float(len(labels))), "y": labels}), tmp_path / "many.csv")
    data = ["--data.path", str(tmp_path / "many.csv"), "--data.target", "y"]
    train(tmp_path / "runs", *GMM, *data)
    shown = "c29 31, c28 30, c27 29, c26 28, ... (22 more), c3 5, c2 4, c1 3, c0 2\n"
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize(
    ("generator", "line"),
    [
        ("SMOTEGenerator", "method   SMOTE, 5 neighbours"),
        ("InterpolationGenerator", "method   interpolation, 5 neighbours"),
        (
            "KernelGenerator",
            r"kernels  bandwidth \S+, smoothing \S+, shrinkage \S+, 12 neighbours",
        ),
    ],
)
def test_what_was_learned_is_told(train, tmp_path, capsys, generator, line):
    train(tmp_path, "--data.path", "ecoli", "--data.minority", "om", "--generator", generator)
    assert re.search(f"^{line}$", capsys.readouterr().out, flags=re.MULTILINE)


@pytest.mark.slow
def test_a_hybrid_says_what_was_chosen_and_why(train, tmp_path, capsys):
    few = [f"--generator.{option}" for option in ("n_updates=10", "check_every=5", "n_folds=2", "d_hidden=8")]
    options = ["--generator", "HybridGenerator", *few, "--generator.presampler", "BorderSMOTEGenerator"]
    options += ["--generator.presampler.n_neighbors=3", "--generator.plausibility=report"]
    run = train(tmp_path, "--data.path", "ecoli", "--data.minority", "pp", *options)
    out = capsys.readouterr().out
    assert re.search(r"^refined  Rows are (refined|the pre-sampler's own): ", out, flags=re.MULTILINE)
    assert re.search(r"^chosen   .*of 2 networks\)", out, flags=re.MULTILINE)
    assert re.search(r"^alone    .*for the pre-sampler's own rows", out, flags=re.MULTILINE)
    assert re.search(r"^classes  other classes would be given", out, flags=re.MULTILINE)
    assert "others   rows of the other classes had a say" in out
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["refined"] in (True, False)
    assert len(metrics["scale"]) == 2
    assert load_generator(run).presampler_.n_neighbors == 3


def test_a_small_class_falls_back_in_one_line(train, tmp_path, capsys):
    run = train(tmp_path, "--data.path", "ecoli")
    out, err = capsys.readouterr()
    assert err.startswith("imbgen: warning: GANGenerator needs at least 30 rows")
    assert err.count("\n") == 1
    assert "'imL': 2 rows" in out
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["fallback"] == "KernelGenerator"
    assert metrics["skill"] is None
    fact = "fallback No network was trained because n_rows=2; a KernelGenerator was fitted instead."
    for command in (["evaluate", run], ["sample", run, "--n", 3, "--out", tmp_path / "new.csv"]):
        assert main([str(item) for item in command]) == 0
        assert fact in capsys.readouterr().out.splitlines()


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
@pytest.mark.usefixtures("unscored")
def test_a_label_is_found_whatever_its_type(train, table, tmp_path, labels, wanted, n_rows, place):
    table["sick"] = np.where(table["sick"] == "yes", *(pd.array([x], dtype=object) for x in labels[::-1]))
    table["sick"] = table["sick"].infer_objects()
    write_table(table, tmp_path / "typed.parquet")
    config = tmp_path / "typed.yaml"
    minority = f", minority: {wanted}" if place == "file" else ""
    config.write_text(f"data: {{path: {tmp_path}/typed.parquet, target: sick{minority}}}", encoding="utf-8")
    options = ["--data.minority", wanted] if place == "option" else []
    run = train(tmp_path / "runs", *GMM, "--config", config, *options)
    assert load_generator(run).n_rows_ == n_rows


def test_categories_without_rows_are_no_classes(train, table, tmp_path, capsys):
    table["sick"] = pd.Categorical(table["sick"], categories=["no", "yes", "maybe"])
    write_table(table, tmp_path / "typed.parquet")
    data = ["--data.path", str(tmp_path / "typed.parquet"), "--data.target", "sick"]
    train(tmp_path / "runs", *GMM, *data)
    assert "no 48, yes 12\n" in capsys.readouterr().out


def test_a_pattern_of_files_is_one_table(train, table, tmp_path):
    for i, part in enumerate((table[:30], table[30:])):
        write_table(part, tmp_path / f"part-{i}.csv")
    data = ["--data.path", str(tmp_path / "part-*.csv"), "--data.target", "sick"]
    assert train(tmp_path / "runs", *GMM, *data).name.startswith("part-gmm-")


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
        (
            ["--data.path", "good.csv", "--generator.max_components", "0"],
            ["at least 1", "generator.max_components", "'0'"],
        ),
        (["--data.path", "good.csv", "--generator.n_component", "2"], ["Did you mean"]),
        (["--data.path", "good.csv", "--seed", "-1"], ["`seed` must be at least 0"]),
        (["--data.path", "good.csv", "--output", "good.csv"], ["`output` must be a folder", "--output"]),
    ],
)
def test_bad_input_is_explained_and_leaves_nothing(tmp_path, monkeypatch, complaint, options, parts):
    bad_tables(tmp_path)
    before = sorted(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    err = complaint("train", "--generator", "GMMGenerator", "--data.target", "y", *options)
    assert [part for part in parts if part not in err] == [], err
    assert sorted(tmp_path.iterdir()) == before


# ------------------------------------------------------------------------------------------------- interrupts


def start_training(start, tmp_path, *options):
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


def test_an_interrupted_training_leaves_a_usable_run_folder(start, tmp_path):
    process = start_training(start, tmp_path, "--generator.n_updates=100000", "--generator.patience=1000")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "because the user interrupted it" in out
    assert "Traceback" not in err
    assert "\x1b" not in out + err
    (run,) = (tmp_path / "runs").iterdir()
    assert load_generator(run).sample(3).shape == (3, 7)


@pytest.mark.slow
def test_a_second_interrupt_leaves_nothing(start, tmp_path):
    slow = ["--generator.d_hidden=512", "--generator.n_blocks=6", "--generator.batch_size=2000"]
    process = start_training(start, tmp_path, *slow)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "imbgen: error: Interrupted; nothing was written.\n" in err
    assert list(tmp_path.iterdir()) == []
