from __future__ import annotations

import pandas as pd
import pytest
import yaml
from imblearn.over_sampling import SMOTE

from imbgen import load_dataset, resample
from imbgen.cli import main
from imbgen.tables import CSVFormat, read_table, write_table

ECOLI = ["resample", "--data.path", "ecoli"]


@pytest.fixture
def german(tmp_path):
    """A CSV file with semicolons and decimal commas, whose target stands in the middle."""
    frame = pd.DataFrame(
        {
            "dose": [0.5, 1.25, 0.75, 2.5, 1.5, 0.25, 3.5, 0.125],
            "sick": ["no", "no", "no", "no", "no", "yes", "yes", "yes"],
            "age": [31, 45, 52, 38, 60, 71, 25, 80],
        }
    )
    path = tmp_path / "german.csv"
    write_table(frame, path, csv=CSVFormat(delimiter=";", decimal=","))
    return path


def read_lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_the_table_is_balanced_and_told_about(tmp_path, capsys):
    out = tmp_path / "new.parquet"
    options = ["--sampler", "SMOTE", "--sampler.sampling_strategy", "{om: 50}", "--seed", "3"]
    assert main([*ECOLI, *options, "--out", str(out)]) == 0
    X, y = load_dataset("ecoli")
    expected = resample(X, y, SMOTE(sampling_strategy={"om": 50}), random_state=3)
    pd.testing.assert_frame_equal(read_table(out), expected.X.assign(target=expected.y))
    told = capsys.readouterr().out
    assert "ecoli: 336 rows, 7 columns, target 'target'" in told
    assert "sampler  SMOTE(sampling_strategy={'om': 50})" in told
    assert "before   cp 143, im 77, pp 52, imU 35, om 20, omL 5, imS 2, imL 2" in told
    assert "after    cp 143, im 77, pp 52, om 50, imU 35, omL 5, imS 2, imL 2" in told
    assert "new      30 rows: om 30" in told
    assert f"table    {out}: 366 rows, 8 columns" in told
    assert "removed" not in told
    assert "Resample training rows only. Split the table first" in told


def test_rows_that_are_removed_are_told(tmp_path, capsys):
    out = tmp_path / "new.csv"
    assert main([*ECOLI, "--sampler", "RandomUnderSampler", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "new      no rows" in told
    assert "removed  320 rows" in told


def test_a_generator_stands_for_an_over_sampler_of_it(tmp_path):
    options = [["--sampler", "GMMGenerator"], ["--sampler.generator", "GMMGenerator"], []]
    for i, option in enumerate(options):
        out = tmp_path / f"{i}.csv"
        assert main(["resample", "--data.path", "hypothyroid", *option, "--out", str(out)]) == 0
    first, *others = (path.read_bytes() for path in sorted(tmp_path.glob("*.csv")))
    assert [other == first for other in others] == [True, True]


def test_a_csv_file_is_written_as_the_input_is(german, tmp_path):
    out = tmp_path / "new.csv"
    options = ["--data.csv.decimal", ",", "--data.target", "sick", "--sampler.sampling_strategy", "1.0"]
    assert main(["resample", "--data.path", str(german), *options, "--out", str(out)]) == 0
    assert read_lines(out)[:9] == read_lines(german)
    assert len(read_lines(out)) == 11
    assert all(line.count(";") == 2 for line in read_lines(out))
    packed = tmp_path / "new.tsv"
    assert main(["resample", "--data.path", str(german), *options, "--out", str(packed)]) == 0
    assert read_lines(packed)[0] == "dose\tsick\tage"


def test_new_rows_are_marked_in_a_column_or_a_file(german, tmp_path, capsys):
    out, marks = tmp_path / "new.csv", tmp_path / "marks.csv"
    options = [
        "--data.path",
        str(german),
        "--data.target",
        "sick",
        "--data.csv.decimal",
        ",",
        "--mark",
        "made",
    ]
    assert main(["resample", *options, "--mark_file", str(marks), "--out", str(out)]) == 0
    frame = read_table(out, csv=CSVFormat(decimal=","))
    assert list(frame.columns) == ["dose", "sick", "age", "made"]
    assert frame["made"].tolist() == [False] * 8 + [True] * 2
    assert read_table(marks)["synthetic"].tolist() == frame["made"].tolist()
    told = capsys.readouterr().out
    assert "'made' true where the row is new" in told
    assert str(marks) in told


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_labels_are_found_whatever_yaml_makes_of_them(tmp_path, suffix):
    frame = pd.DataFrame({"x": range(9), "y": ["no"] * 6 + ["yes"] * 3})
    write_table(frame, tmp_path / f"in{suffix}")
    config = {
        "data": {"path": str(tmp_path / f"in{suffix}"), "target": "y"},
        "sampler": {"class_path": "SMOTE", "init_args": {"k_neighbors": 2, "sampling_strategy": {True: 5}}},
        "out": str(tmp_path / "out.csv"),
    }
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert main(["resample", "--config", str(tmp_path / "run.yaml")]) == 0
    assert read_table(tmp_path / "out.csv")["y"].value_counts().to_dict() == {"no": 6, "yes": 5}


def test_kinds_reach_the_sampler(tmp_path, complaint):
    options = ["--data.schema.mcg", "categorical", "--sampler", "SMOTE", "--out", tmp_path / "x.csv"]
    assert "'mcg' is text or categories" in complaint(*ECOLI, *options)


def test_pictures_are_drawn(tmp_path, capsys):
    folder = tmp_path / "pictures"
    options = ["--out", str(tmp_path / "x.csv"), "--pictures", str(folder), "--data.minority", "om"]
    assert main([*ECOLI, *options]) == 0
    assert {path.name for path in folder.iterdir()} == {"classes.png", "marginals.png", "before_after.png"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.iterdir())
    assert "classes.png, marginals.png, before_after.png" in capsys.readouterr().out


def test_without_new_rows_there_are_no_marginals_to_compare(tmp_path):
    options = ["--sampler", "TomekLinks", "--out", str(tmp_path / "x.csv"), "--pictures", str(tmp_path)]
    assert main([*ECOLI, *options]) == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {"classes.png", "before_after.png"}


@pytest.mark.parametrize(
    "taken", ["x.csv", *(pytest.param(each, marks=pytest.mark.slow) for each in ("marks.csv", "classes.png"))]
)
def test_files_are_replaced_only_when_told(tmp_path, complaint, taken):
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    options = ["--out", tmp_path / "x.csv", "--mark_file", tmp_path / "marks.csv", "--pictures", tmp_path]
    assert "--overwrite" in complaint(*ECOLI, *options)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["mine"]
    assert main([*ECOLI, *map(str, options), "--overwrite"]) == 0
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("option", ["--out", "--mark_file", "--pictures"])
def test_a_place_that_is_none_is_refused_before_the_work(tmp_path, complaint, capsys, option):
    (tmp_path / "file").touch()
    places = {"--out": tmp_path / "x.csv", option: tmp_path / "file" / "new.csv"}
    err = complaint(*ECOLI, *(word for pair in places.items() for word in pair))
    assert f"`{option[2:]}` must be where a file can be written" in err
    assert f"'{tmp_path / 'file'}' is no folder" in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_takes_pictures_and_marks_with_it(tmp_path, monkeypatch, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").mkdir()
    options = ["--out", "x.csv", "--mark_file", "marks.csv", "--pictures", ".", "--overwrite"]
    assert "Choose another place" in complaint(*ECOLI, *options)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--sampler", "SMOTE"], ["`SMOTE` needs more rows", "has 2", "imbgen.OverSampler"]),
        (["--data.path", "hypothyroid", "--sampler", "ADASYN"], ["takes numbers only", "missing values"]),
        (["--sampler.sampling_strategy", "{omm: 50}"], ["must be a label", "Did you mean 'om'?"]),
        (["--mark", "mcg"], ["`mark` must be a new column", "'mcg'"]),
        (["--data.minority", "x", "--pictures", "new"], ["`data.minority` must be a label"]),
        (["--data.target", "targt"], ["Did you mean 'target'?"]),
        (["--out", "x.txt"], [".parquet"]),
        (["--mark_file", "x.xls"], [".parquet"]),
    ],
)
def test_bad_input_is_explained_and_leaves_nothing(tmp_path, monkeypatch, complaint, options, parts):
    monkeypatch.chdir(tmp_path)
    err = complaint(*ECOLI, "--out", "x.csv", *options)
    assert [part for part in parts if part not in err] == [], err
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name, seed in {"a": "1", "b": "1", "c": "2"}.items():
        assert main([*ECOLI, "--seed", seed, "--out", str(tmp_path / f"{name}.csv")]) == 0
    a, b, c = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert a == b
    assert a != c
