"""`imbgen evaluate`: on held-out rows, and what the training has stored."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from imbgen import load_generator
from imbgen.cli import main
from imbgen.evaluation import held_out_skill
from imbgen.tables import read_table, write_table


def _table(n=80, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame({"x": x, "y": x + rng.normal(size=n), "flag": rng.random(n) < 0.5, "site": 3})
    return frame.assign(sick=np.where(np.arange(n) % 4 == 0, "yes", "no"))


@pytest.fixture(scope="module")
def kernel_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    write_table(_table(), folder / "train.csv")
    arguments = ["--data.path", str(folder / "train.csv"), "--data.target", "sick"]
    assert (
        main(["train", "--generator", "KernelGenerator", *arguments, "--output", str(folder / "runs")]) == 0
    )
    (run,) = (folder / "runs").iterdir()
    return run


def evaluate(capsys, *argv):
    assert main(["evaluate", *map(str, argv)]) == 0
    return capsys.readouterr().out


def test_without_data_the_stored_skill_is_shown_as_out_of_fold(kernel_run, capsys):
    out = evaluate(capsys, kernel_run)
    skill = json.loads((kernel_run / "metrics.json").read_text())["skill"]
    assert f"{skill['value']:+.3f} ± {skill['standard_error']:.3f} nats per row" in out
    assert "on 20 held-out rows" in out
    assert "out-of-fold" in out


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
def test_held_out_rows_are_scored_as_the_function_does(kernel_run, capsys, tmp_path, suffix):
    new = _table(seed=1)
    write_table(new, tmp_path / f"new{suffix}")
    out = evaluate(capsys, kernel_run, "--data", tmp_path / f"new{suffix}")
    generator = load_generator(kernel_run)
    training = read_table(kernel_run / "training_rows.parquet")
    rows = new[new["sick"] == "yes"].drop(columns="sick")
    assert f"{held_out_skill(generator, training, rows)!s}".split(" nats")[0] in out
    assert "20 rows of 'yes'" in out


def test_rows_that_the_model_saw_are_left_out(kernel_run, capsys, tmp_path):
    write_table(pd.concat([_table(), _table(40, seed=1)]), tmp_path / "both.csv")
    out = evaluate(capsys, kernel_run, "--data", tmp_path / "both.csv")
    assert "10 rows of 'yes'; 20 more equal a training row and were left out" in out


def test_a_table_without_labels_is_all_of_the_class(kernel_run, capsys, tmp_path):
    write_table(_table(30, seed=1).drop(columns="sick"), tmp_path / "new.csv")
    out = evaluate(capsys, kernel_run, "--data", tmp_path / "new.csv")
    assert "30 rows (no column 'sick', so all count as rows of the class)" in out


def test_another_class_and_target_can_be_named(kernel_run, capsys, tmp_path):
    write_table(_table(40, seed=1).rename(columns={"sick": "ill"}), tmp_path / "new.csv")
    out = evaluate(capsys, kernel_run, "--data", tmp_path / "new.csv", "--target", "ill", "--minority", "no")
    assert "30 rows of 'no'" in out


def test_options_are_used(kernel_run, capsys, tmp_path):
    text = _table(40, seed=1).to_csv(index=False, sep=";", decimal=",")
    (tmp_path / "new.csv").write_text(text, encoding="utf-8")
    outs = [
        evaluate(capsys, kernel_run, "--data", tmp_path / "new.csv", "--csv.decimal", ",", *options)
        for options in ([], ["--n_sample", "300"], ["--random_state", "5"])
    ]
    skills = {re.search(r"skill +(\S+)", out)[1] for out in outs}
    assert len(skills) == 3


def test_the_baseline_has_no_skill_but_a_reason(capsys, tmp_path):
    arguments = ["--data.path", "ecoli", "--data.minority", "om", "--output", str(tmp_path / "runs")]
    assert main(["train", "--generator", "GMMGenerator", *arguments]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    capsys.readouterr()
    assert "none: this is the Gaussian mixture that others are measured from" in evaluate(capsys, run)


def test_a_class_too_small_to_hold_rows_out_says_so(capsys, tmp_path):
    arguments = ["--data.path", "ecoli", "--data.minority", "omL", "--output", str(tmp_path / "runs")]
    assert main(["train", "--generator", "KernelGenerator", *arguments]) == 0
    assert "none: 5 rows are too few to hold some out" in capsys.readouterr().out


def test_rows_that_were_all_seen(kernel_run, complaint):
    data = kernel_run.parents[1] / "train.csv"
    assert "all 20 equal a training row" in complaint("evaluate", kernel_run, "--data", data)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere.csv"], "there is no 'nowhere.csv'"),
        (["--n_sample", "0"], "`n_sample` must be a whole number at least 10"),
        (["--random_state", "-1"], "`random_state` must be a whole number at least 0"),
        (["--minority", "maybe"], "`--minority` must be a label of 'sick', however: 'maybe' is none"),
        (["--date", "x.csv"], "Did you mean '--data'?"),
    ],
)
def test_mistakes(kernel_run, complaint, tmp_path, arguments, message):
    write_table(_table(40, seed=1), tmp_path / "new.csv")
    data = [] if "--data" in arguments else ["--data", tmp_path / "new.csv"]
    assert message in complaint("evaluate", kernel_run, *data, *arguments)


def test_minority_needs_labels(kernel_run, complaint, tmp_path):
    write_table(_table(30, seed=1).drop(columns="sick"), tmp_path / "new.csv")
    message = complaint("evaluate", kernel_run, "--data", tmp_path / "new.csv", "--minority", "yes")
    assert "`--minority` needs labels" in message


def test_a_column_that_is_missing(kernel_run, complaint, tmp_path):
    write_table(_table(30, seed=1).rename(columns={"flag": "flags"}), tmp_path / "new.csv")
    message = complaint("evaluate", kernel_run, "--data", tmp_path / "new.csv")
    assert "'flag' is missing" in message
    assert "Did you mean 'flags'?" in message


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: (run / "metrics.json").unlink(), "has no metrics.json"),
        (lambda run: (run / "metrics.json").write_text("{"), "metrics.json must be JSON"),
        (lambda run: (run / "metrics.json").write_text("{}"), "metrics.json must be complete"),
        (lambda run: (run / "training_rows.parquet").unlink(), "must hold training_rows.parquet"),
        (lambda run: (run / "training_rows.parquet").write_bytes(b"PAR1"), "must be readable"),
        (lambda run: shutil.rmtree(run / "model"), "must hold model.json"),
    ],
)
def test_a_damaged_run_folder(kernel_run, complaint, tmp_path, damage, message):
    run = shutil.copytree(kernel_run, tmp_path / "run")
    damage(run)
    write_table(_table(40, seed=1), tmp_path / "new.csv")
    assert message in complaint("evaluate", run, "--data", tmp_path / "new.csv")


def test_a_page_tells_the_same_and_shows_rows(kernel_run, capsys, tmp_path):
    write_table(_table(seed=1), tmp_path / "new.csv")
    html = tmp_path / "there" / "new.html"
    out = evaluate(capsys, kernel_run, "--data", tmp_path / "new.csv", "--html", html)
    assert out.splitlines()[-1] == f"Wrote {html}"
    page = html.read_text(encoding="utf-8")
    skill = re.search(r"[-+][\d.]+ ± [\d.]+ nats per row", out)[0]
    assert f"<dd>{skill}" in page
    assert [
        part
        for part in ("Against 20 held-out rows.", ">copy AUC<", ">real training rows<")
        if part not in page
    ] == []
    assert page.count("<img") == 2


def test_without_held_out_rows_the_page_says_what_is_missing(kernel_run, capsys, tmp_path):
    evaluate(capsys, kernel_run, "--html", tmp_path / "stored.html")
    page = (tmp_path / "stored.html").read_text(encoding="utf-8")
    assert "Synthetic rows are judged by 5 held-out rows or more, however: there are 0." in page
    assert "copy AUC" not in page


def test_a_page_is_not_replaced_unasked(kernel_run, complaint, capsys, tmp_path):
    file = tmp_path / "page.html"
    file.write_text("mine")
    assert "--overwrite" in complaint("evaluate", kernel_run, "--html", file)
    assert file.read_text() == "mine"
    evaluate(capsys, kernel_run, "--html", file, "--overwrite")
    assert "Verdict" in file.read_text(encoding="utf-8")
