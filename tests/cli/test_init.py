from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from imbgen import load_generator
from imbgen.cli import main
from imbgen.cli.train import LAYOUT
from imbgen.tables import CSVFormat, write_table

ODD_NAMES = [
    *("yes", "on", "no: such", "a b", "größe", "1", "1e5", "null", "~", "#x", "- y", "'q'", '"', "a\\b"),
    *("{", "[z]", "x\ty", "line\nbreak", "nel\x85", "🙂", "&a", "*a", "!t", "%", "@", "`", "=", "", "true"),
]


def odd_table(labels):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(size=80) for name in ODD_NAMES if name})
    frame["yes"] = rng.choice(["a", "b"], 80)
    frame["un: named"] = np.where(np.arange(80) < 35, *(pd.array([x], dtype=object) for x in labels))
    return frame.assign(**{"un: named": frame["un: named"].infer_objects()})


def test_the_file_is_a_complete_config_with_comments(tmp_path, capsys):
    path = tmp_path / "hypo.yaml"
    assert main(["init", "hypothyroid", "--out", str(path)]) == 0
    out = capsys.readouterr().out
    assert "hypothyroid: 3,163 rows, 25 columns, target 'target'" in out
    assert f"next     imbgen train --config {path}" in out
    text = path.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert main(["train", "--data.path", "hypothyroid", "--print_config"]) == 0
    assert content == yaml.safe_load(capsys.readouterr().out)
    assert "Here 'hypothyroid' is the rarest: negative 3,012, hypothyroid 151." in text
    assert "# Most updates of the generator; null takes 2000" in text
    assert re.search(r"^    # FTI: continuous +# \d+ distinct$", text, flags=re.MULTILINE)
    assert "# - " in text
    assert max(map(len, text.splitlines())) <= 120
    indented = re.findall(r"^( *)[^# \n][^\n]*\n", text, flags=re.MULTILINE)
    assert {len(indent) for indent in indented} == {0, 2, 4}


def test_every_setting_follows_its_comment(tmp_path):
    path = tmp_path / "x.yaml"
    assert main(["init", "ecoli", "--out", str(path)]) == 0
    lines = path.read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r" *\w+: \S", line) and "class_path" not in line:
            assert before.lstrip().startswith("# "), line


def test_the_kinds_can_be_uncommented(tmp_path):
    path = tmp_path / "x.yaml"
    assert main(["init", "hypothyroid", "--generator", "GMMGenerator", "--out", str(path)]) == 0
    text = re.sub(r"^    # (\w+: \w+  +# [\d,]+ distinct)$", r"    \1", path.read_text("utf-8"), flags=re.M)
    kinds = yaml.safe_load(text)["data"]["schema"]
    assert len(kinds) == 25
    path.write_text(text.replace("age: integer", "age: continuous"), encoding="utf-8")
    assert main(["train", "--config", str(path), "--output", str(tmp_path / "runs")]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    schema = load_generator(run).schema_
    assert schema.column("age").kind == "continuous"
    assert {column.name: str(column.kind) for column in schema.columns} == kinds | {"age": "continuous"}


@pytest.mark.parametrize(
    "labels", [("no", "yes"), (1, 0), (True, False), ("1", "0"), ("~", "n"), ("a: b", "#")]
)
@pytest.mark.parametrize("suffix", [".csv", pytest.param(".parquet", marks=pytest.mark.slow)])
@pytest.mark.usefixtures("unscored")
def test_odd_names_and_labels_come_through(tmp_path, labels, suffix):
    frame = odd_table(labels)
    write_table(frame, tmp_path / f"my table{suffix}")
    path = tmp_path / "run.yaml"
    table = ["init", str(tmp_path / f"my table{suffix}"), "--target", "un: named"]
    assert main([*table, "--out", str(path), "--generator", "GMMGenerator"]) == 0
    uncommented = re.sub(r"^    # (.*)  # [\d,]+ distinct$", r"    \1", path.read_text("utf-8"), flags=re.M)
    (tmp_path / "all.yaml").write_text(uncommented, encoding="utf-8")
    assert list(yaml.safe_load(uncommented)["data"]["schema"]) == list(frame.columns[:-1])
    for name in ("run", "all"):
        runs = tmp_path / name
        assert main(["train", "--config", str(tmp_path / f"{name}.yaml"), "--output", str(runs)]) == 0
        (run,) = runs.iterdir()
        generator = load_generator(run)
        assert generator.n_rows_ == 35
        assert list(generator.feature_names_in_) == list(frame.columns[:-1])


NETWORKS = {"FlowGenerator", "GANGenerator", "HybridGenerator", "VAEGenerator"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in NETWORKS)) for name in sorted(LAYOUT.choices)],
)
@pytest.mark.usefixtures("unscored")
def test_every_generator_trains_from_its_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "ecoli", "--generator", name]) == 0
    text = Path("ecoli.yaml").read_text(encoding="utf-8")
    assert f"class_path: imbgen.{name}\n" in text
    text = text.replace("minority: null", "minority: pp")
    for few in ("n_updates: 20", "check_every: 10", "n_folds: 2"):
        text = re.sub(rf"\b{few.split()[0]} \w+", few, text)
    Path("ecoli.yaml").write_text(text, encoding="utf-8")
    assert main(["train", "--config", "ecoli.yaml"]) == 0
    (run,) = Path("runs").iterdir()
    assert load_generator(run).sample(2).shape == (2, 7)


def test_how_a_csv_file_is_written_goes_into_the_file(table, tmp_path):
    form = CSVFormat(delimiter=";", decimal=",")
    write_table(table, tmp_path / "german.csv", csv=form)
    path = tmp_path / "x.yaml"
    options = ["--target", "sick", "--csv.decimal", ",", "--out", str(path)]
    assert main(["init", str(tmp_path / "german.csv"), *options]) == 0
    written = yaml.safe_load(path.read_text(encoding="utf-8"))["data"]["csv"]
    assert written == {"delimiter": ";", "quotechar": '"', "encoding": None, "decimal": ",", "missing": []}


def test_what_stops_a_training_is_told_at_once(tmp_path, capsys):
    frame = pd.DataFrame({"x": [1.5, 2.5, 3.5, 4.5], "y": list("aaab")})
    write_table(frame, tmp_path / "one.csv")
    assert main(["init", str(tmp_path / "one.csv"), "--target", "y", "--out", str(tmp_path / "o.yaml")]) == 0
    assert "imbgen: warning: Class 'b' has a single row" in capsys.readouterr().err


def test_what_was_noticed_is_in_the_comments(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "same": 3, "key": [f"id{i:04}" for i in range(200)]})
    frame["y"] = np.where(np.arange(200) < 12, "ill", "well")
    write_table(frame, tmp_path / "t.csv")
    assert main(["init", str(tmp_path / "t.csv"), "--target", "y", "--out", str(tmp_path / "t.yaml")]) == 0
    lines = (tmp_path / "t.yaml").read_text(encoding="utf-8").split("\ndata:")[0].splitlines()
    remarks = " ".join(line.removeprefix("# ") for line in lines)
    assert "'ill' (12 rows)" in remarks
    assert "'same'" in remarks
    assert "'key'" in remarks


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["ecoly"], ["Did you mean 'ecoli'?"]),
        (["mine.csv", "--target", "sik"], ["Did you mean 'sick'?"]),
        (["mine.csv", "--target", "sick", "--generator", "GANGenrator"], ["Did you mean 'GANGenerator'?"]),
        (["mine.csv", "--target", "sick", "--outt", "x"], ["Did you mean '--out'?"]),
        (["mine.csv", "--target", "sick", "--csv.decimal", ";"], ["`decimal` must be a point or a comma"]),
        (["mine.csv", "--target", "sick", "--out", "mine.csv"], ["`--out` must not exist yet", "'mine.csv'"]),
        (["mine.csv", "--target", "sick", "--out", "one.csv/x.yaml"], ["where a file can be written"]),
        (["mine.csv", "--target", "sick", "--generator", "gmm"], ["Did you mean 'GMMGenerator'?"]),
        (["one.csv", "--target", "y"], ["at least two classes", "all 2 rows of 'y'"]),
    ],
)
def test_bad_input_is_explained_and_leaves_nothing(table, tmp_path, monkeypatch, complaint, argv, parts):
    (tmp_path / "one.csv").write_text("x,y\n1,a\n2,a\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    err = complaint("init", *argv)
    assert [part for part in parts if part not in err] == [], err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
