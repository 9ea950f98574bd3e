from __future__ import annotations

import re

import pytest

from imbgen.errors import TableFileError
from imbgen.tables import read_table, table_suffix, write_table
from imbgen.tables.addresses import find_files

KNOWN = ".csv, .csv.gz, .tsv, .tsv.gz, .parquet, .pq, .feather, .arrow, .ipc"


@pytest.mark.parametrize(
    ("address", "suffix"),
    [
        ("ROWS.CSV.GZ", ".csv.gz"),
        ("a.b.tsv", ".tsv"),
        ("s3://bucket/rows.parquet?versionId=3", ".parquet"),
        ("https://example.org/rows.csv#L3", ".csv"),
    ],
)
def test_the_suffix_decides(address, suffix):
    assert table_suffix(address) == suffix


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.csv.bz2", "parquet"])
def test_unknown_suffix_lists_what_works(tmp_path, frame, name):
    (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(TableFileError, match=re.escape(KNOWN)):
        read_table(tmp_path / name)
    with pytest.raises(TableFileError, match=re.escape(KNOWN)):
        write_table(frame, tmp_path / name)


def test_home_and_file_uri_are_plain_paths(tmp_path, frame, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_table(frame, "~/a b.csv")
    assert read_table((tmp_path / "a b.csv").as_uri()).shape == (3, 4)
    write_table(frame, f"file://{tmp_path}/c.parquet")
    assert read_table(f"file://{tmp_path}/*.parquet").shape == (3, 4)


def test_missing_file_suggests_its_neighbour(tmp_path, frame):
    write_table(frame, tmp_path / "patients.csv")
    with pytest.raises(TableFileError, match=r"Did you mean 'patients\.csv'\?"):
        read_table(tmp_path / "patient.csv")


def test_missing_folder_is_named_as_such(tmp_path):
    with pytest.raises(TableFileError, match="folder does not exist"):
        read_table(tmp_path / "none" / "rows.csv")


@pytest.mark.parametrize("suffix", [".csv", ".feather"])
def test_a_folder_suggests_a_pattern(tmp_path, frame, suffix):
    write_table(frame, tmp_path / f"rows{suffix}")
    with pytest.raises(TableFileError, match=rf"is a folder.*\*\{suffix}"):
        read_table(tmp_path)


def test_pattern_that_matches_nothing(tmp_path):
    with pytest.raises(TableFileError, match="matches none"):
        read_table(tmp_path / "*.csv")


def test_pattern_with_an_empty_file(write):
    folder = write(a="age\n1\n", b="")
    with pytest.raises(TableFileError, match=r"b\.csv' is empty"):
        read_table(folder / "*.csv")


def test_brackets_in_the_name_of_a_file_that_exists_are_no_pattern(tmp_path, frame):
    write_table(frame, tmp_path / "rows[1].csv")
    assert find_files(tmp_path / "rows[1].csv") == [str(tmp_path / "rows[1].csv")]
