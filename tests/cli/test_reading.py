from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from imbgen.cli import reading
from imbgen.cli.reading import read_data, read_training_rows
from imbgen.config import DataConfig
from imbgen.datasets import load_dataset
from imbgen.errors import DataError
from imbgen.tables import CSVFormat, write_table

every_suffix = pytest.mark.parametrize("suffix", [".csv", ".tsv.gz", ".parquet", ".feather"])


@pytest.fixture
def table():
    X, y = load_dataset("hepatitis")
    return X.assign(target=y)


@every_suffix
def test_a_file_gives_the_rows_of_the_embedded_data_set(tmp_path, table, suffix):
    write_table(table, tmp_path / f"mine{suffix}")
    rows = read_training_rows(DataConfig(str(tmp_path / f"mine{suffix}")))
    embedded = read_training_rows(DataConfig("hepatitis"))
    pd.testing.assert_frame_equal(rows.frame, embedded.frame)
    pd.testing.assert_series_equal(rows.sizes, embedded.sizes)
    assert (rows.name, rows.minority, rows.others) == ("mine", "DIE", None)
    assert rows.facts()["classes"] == embedded.facts()["classes"] == "LIVE 123, DIE 32"


@every_suffix
def test_a_file_is_never_read_whole(tmp_path, table, suffix, monkeypatch):
    write_table(table, tmp_path / f"mine{suffix}")
    monkeypatch.setattr(reading, "read_table", None)
    assert len(read_training_rows(DataConfig(str(tmp_path / f"mine{suffix}"))).frame) == 32


@pytest.mark.parametrize("path", ["hepatitis", "mine.csv"])
def test_the_others_are_there_if_they_are_asked_for(tmp_path, table, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    write_table(table, "mine.csv")
    rows = read_training_rows(DataConfig(path), with_others=True)
    alone = read_training_rows(DataConfig(path))
    pd.testing.assert_frame_equal(rows.frame, alone.frame)
    expected = table[table["target"] == "LIVE"].drop(columns="target").reset_index(drop=True)
    pd.testing.assert_frame_equal(rows.others, expected)
    assert alone.others is None


@pytest.mark.parametrize("with_others", [False, True])
def test_the_format_reaches_the_reader(tmp_path, with_others):
    (tmp_path / "mine.csv").write_bytes(
        "x;note;y\n1,5;é;a\n?;u;a\n2,5;v;b\n3,5;w;b\n?;w;b\n".encode("latin-1")
    )
    form = CSVFormat(decimal=",", encoding="latin-1", missing=["?"])
    config = DataConfig(str(tmp_path / "mine.csv"), "y", csv=form)
    rows = read_training_rows(config, with_others=with_others)
    assert rows.frame["x"].tolist()[0] == 1.5
    assert rows.frame["note"].tolist() == ["é", "u"]
    assert rows.frame["x"].isna().tolist() == [False, True]


@pytest.mark.parametrize("with_others", [False, True])
def test_kinds_tell_that_texts_among_numbers_are_meant(tmp_path, with_others):
    codes = [*map(str, range(30)), "K1"]
    write_table(pd.DataFrame({"code": codes, "y": [0, 1] * 15 + [1]}), tmp_path / "mine.csv")
    path = str(tmp_path / "mine.csv")
    with pytest.warns(UserWarning, match="'code' has 'K1'"):
        read_training_rows(DataConfig(path, "y"), with_others=with_others)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        meant = DataConfig(path, "y", schema={"code": "categorical"})
        read_training_rows(meant, with_others=with_others)


@pytest.mark.parametrize("path", ["mine.csv", "mine.parquet"])
@pytest.mark.parametrize("with_others", [False, True])
def test_infinite_values_are_refused_where_they_are_learned(tmp_path, path, with_others, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"x": [1.0, 2.0, np.inf, 4.0, 5.0], "z": range(5), "y": [1, 1, 1, 0, 0]})
    write_table(frame, path)
    assert len(read_training_rows(DataConfig(path, "y"), with_others=with_others).frame) == 2
    with pytest.raises(DataError, match="'x' holds 1 infinite"):
        read_training_rows(DataConfig(path, "y", 1), with_others=with_others)


@pytest.mark.parametrize(
    ("rows", "minority", "complaint"),
    [
        ("1,a\n2,a\n", None, "at least two classes, however: all 2 rows of 'y' are 'a'"),
        ("1,a\n2,a\n3,b\n", None, "at least 2 rows to be learned, however: 'b' has 1.*a 2, b 1"),
        ("1,a\n2,a\n3,b\n", "c", "'c' is none.*a 2, b 1"),
        ("1,1\n2,1\n3,\n", None, "1 of 3 rows have none in 'y'"),
        (",a\n2,b\n,a\n3,b\n4,b\n", None, "At least one value must be present"),
    ],
)
@pytest.mark.parametrize("with_others", [False, True])
def test_what_cannot_be_learned_is_refused(tmp_path, rows, minority, complaint, with_others):
    (tmp_path / "mine.csv").write_text(f"x,y\n{rows}", encoding="utf-8")
    with pytest.raises(DataError, match=complaint):
        read_training_rows(DataConfig(str(tmp_path / "mine.csv"), "y", minority), with_others=with_others)


def test_read_data_gives_the_name_and_the_whole_table(tmp_path, table):
    write_table(table, tmp_path / "my table.v2.csv", csv=CSVFormat(delimiter="|"))
    name, read = read_data(str(tmp_path / "my table.v2.csv"), CSVFormat(delimiter="|"))
    assert name == "my_table"
    pd.testing.assert_frame_equal(read, table)
    assert read_data("hepatitis")[0] == "hepatitis"
    with pytest.raises(DataError, match=r"embedded data set \(.*Did you mean 'hepatitis'\?"):
        read_data("hepatitus")
