from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError, TableFileError
from imbgen.tables import read_table, read_target, write_table

SUFFIXES = [".csv", ".csv.gz", ".parquet", ".pq"]


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "age": [71, 64, 58],
            "dose": [0.1 + 0.2, np.nan, 1e-17 / 3],
            "note": ["a, b", 'say "ü"', None],
            "sick": [True, False, True],
        },
        index=[5, 3, 9],
    )


def written(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


# ---------------------------------------------------------------------------------------------- both ways


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip_keeps_values_and_drops_the_index(tmp_path, frame, suffix):
    path = tmp_path / f"rows{suffix}"
    write_table(frame, path)
    pd.testing.assert_frame_equal(read_table(path), frame.reset_index(drop=True), check_exact=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_tables_are_equal_bytes(tmp_path, frame, suffix):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    write_table(frame, first)
    write_table(frame, second)
    assert first.read_bytes() == second.read_bytes()


def test_suffix_case_does_not_matter(tmp_path, frame):
    write_table(frame, tmp_path / "ROWS.CSV.GZ")
    assert (tmp_path / "ROWS.CSV.GZ").read_bytes()[:2] == b"\x1f\x8b"
    assert read_table(tmp_path / "ROWS.CSV.GZ").shape == (3, 4)


def test_home_and_file_uri_are_plain_paths(tmp_path, frame, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_table(frame, "~/a b.csv")
    assert read_table((tmp_path / "a b.csv").as_uri()).shape == (3, 4)
    write_table(frame, f"file://{tmp_path}/c.parquet")
    assert read_table(f"file://{tmp_path}/*.parquet").shape == (3, 4)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_uris_go_to_pandas(frame, suffix):
    write_table(frame, f"memory://rows{suffix}")
    assert read_table(f"memory://rows{suffix}").shape == (3, 4)
    with pytest.raises(TableFileError, match="no 'memory://none"):
        read_table(f"memory://none{suffix}")


def test_unknown_scheme_is_an_error_of_ours():
    with pytest.raises(TableFileError, match="nowhere"):
        read_table("nowhere://rows.csv")


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    (tmp_path / "excel.csv").write_bytes("age,sick\n71,1\n".encode("utf-8-sig"))
    assert list(read_table(tmp_path / "excel.csv").columns) == ["age", "sick"]


def test_the_name_of_the_folder_is_no_column(tmp_path, frame):
    write_table(frame, tmp_path / "seed=1" / "rows.parquet")
    assert read_table(tmp_path / "seed=1" / "rows.parquet").shape == (3, 4)


# ---------------------------------------------------------------------------------------------- one file


def test_missing_file_suggests_its_neighbour(tmp_path, frame):
    write_table(frame, tmp_path / "patients.csv")
    with pytest.raises(TableFileError, match=r"Did you mean 'patients\.csv'\?"):
        read_table(tmp_path / "patient.csv")


def test_missing_folder_is_named_as_such(tmp_path):
    with pytest.raises(TableFileError, match="folder does not exist"):
        read_table(tmp_path / "none" / "rows.csv")


def test_a_folder_suggests_a_pattern(tmp_path, frame):
    write_table(frame, tmp_path / "rows.csv")
    with pytest.raises(TableFileError, match=r"is a folder.*\*\.csv"):
        read_table(tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_file(tmp_path, suffix):
    (tmp_path / f"rows{suffix}").touch()
    with pytest.raises(TableFileError, match="is empty"):
        read_table(tmp_path / f"rows{suffix}")


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.csv.bz2", "parquet"])
def test_unknown_suffix_lists_what_works(tmp_path, frame, name):
    (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(TableFileError, match=re.escape(".csv, .csv.gz, .parquet, .pq")):
        read_table(tmp_path / name)
    with pytest.raises(TableFileError, match=re.escape(".csv, .csv.gz, .parquet, .pq")):
        write_table(frame, tmp_path / name)


@pytest.mark.parametrize("text", ["age,sick\n", "age,sick\r\n\r\n"])
def test_header_without_rows(tmp_path, text):
    written(tmp_path, rows=text)
    with pytest.raises(DataError, match="2 columns and 0 rows"):
        read_table(tmp_path / "rows.csv")


def test_parquet_without_columns(tmp_path):
    pd.DataFrame(index=range(3)).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="0 columns"):
        read_table(tmp_path / "rows.parquet")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "junk",
    [
        bytes(range(256)) * 20,
        b"\x00\x01\x02\x03\n" * 50,
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b" \n \n\n",
        b"\x1f\x8b\x08junk",
    ],
    ids=["all bytes", "control bytes", "png", "blank", "broken gzip"],
)
def test_junk_is_not_a_table(tmp_path, suffix, junk):
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(junk)
    with pytest.raises((TableFileError, DataError), match=re.escape(str(path))):
        read_table(path)


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet"])
@pytest.mark.parametrize("share", [0.2, 0.7, 0.95])
def test_truncated_file(tmp_path, suffix, share):
    path = tmp_path / f"rows{suffix}"
    values = np.random.default_rng(0).normal(size=(500, 3))
    write_table(pd.DataFrame(values, columns=list("abc")), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(TableFileError, match="Check that the file is complete"):
        read_table(path)


def test_other_encodings_are_named(tmp_path):
    (tmp_path / "rows.csv").write_bytes("name,n\nMüller,1\n".encode("latin-1"))
    with pytest.raises(TableFileError, match="must be UTF-8"):
        read_table(tmp_path / "rows.csv")


def test_duplicate_names_in_csv_and_parquet(tmp_path):
    written(tmp_path, rows="age,sick,age\n1,2,3\n")
    with pytest.raises(DataError, match="more than once: 'age'"):
        read_table(tmp_path / "rows.csv")
    with pytest.raises(DataError, match="more than once: 'age'"):
        write_table(pd.DataFrame([[1, 2]], columns=["age", "age"]), tmp_path / "rows.parquet")
    assert not (tmp_path / "rows.parquet").exists()


def test_unnamed_columns_are_not_duplicates(tmp_path):
    written(tmp_path, rows=",age,\n0,1,3\n")
    assert read_table(tmp_path / "rows.csv").shape == (1, 3)


@pytest.mark.parametrize("rows", ["1,2\n3,4,5\n", "1,2,3\n4,5,6\n", "0,2,3\n1,5,6\n", '1,"2\n'])
def test_ragged_rows(tmp_path, rows):
    written(tmp_path, rows=f"a,b\n{rows}")
    with pytest.raises((DataError, TableFileError), match=r"rows\.csv"):
        read_table(tmp_path / "rows.csv")


def test_a_trailing_comma_is_no_column(tmp_path):
    written(tmp_path, rows="a,b\n1,2,\n3,4,\n")
    assert read_table(tmp_path / "rows.csv").to_dict("list") == {"a": [1, 3], "b": [2, 4]}


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_recognised(tmp_path, mark):
    written(tmp_path, rows=f"age{mark}sick\n1{mark}2\n")
    with pytest.raises(DataError, match="Save it with commas"):
        read_table(tmp_path / "rows.csv")


# ---------------------------------------------------------------------------------------------- patterns


def test_pattern_concatenates_in_sorted_order_and_in_the_first_order_of_columns(tmp_path):
    written(tmp_path, b="sick,age\nno,3\n", a="age,sick\n1,yes\n2,no\n")
    frame = read_table(tmp_path / "*.csv")
    assert list(frame.columns) == ["age", "sick"]
    assert frame["age"].tolist() == [1, 2, 3]
    assert frame.index.tolist() == [0, 1, 2]
    assert frame["age"].dtype == np.int64


def test_a_column_missing_in_one_file_keeps_its_dtype(tmp_path):
    written(tmp_path, a="age,note,gap\n1,,\n", b="age,note,gap\n2,x,\n")
    frame = read_table(tmp_path / "*.csv")
    assert frame["note"].dtype == pd.Series(["x"]).dtype
    assert frame["note"].isna().tolist() == [True, False]
    assert frame["gap"].isna().all()
    assert list(frame.columns) == ["age", "note", "gap"]


def test_pattern_with_other_columns_names_file_and_columns(tmp_path):
    written(tmp_path, a="age,sick\n1,2\n", b="age,sex\n1,2\n")
    with pytest.raises(DataError, match=r"b\.csv' lacks 'sick' and has also 'sex'.*a\.csv"):
        read_table(tmp_path / "*.csv")


def test_pattern_with_text_among_numbers_names_both_files(tmp_path):
    written(tmp_path, a="age\n1\n", b="age\nold\n")
    with pytest.raises(DataError, match=r"'age' has numbers in '.*a\.csv', text in '.*b\.csv'"):
        read_table(tmp_path / "*.csv")


def test_pattern_that_matches_nothing(tmp_path):
    with pytest.raises(TableFileError, match="matches none"):
        read_table(tmp_path / "*.csv")


def test_pattern_with_an_empty_file(tmp_path):
    written(tmp_path, a="age\n1\n", b="")
    with pytest.raises(TableFileError, match=r"b\.csv' is empty"):
        read_table(tmp_path / "*.csv")


def test_brackets_in_the_name_of_a_file_that_exists_are_no_pattern(tmp_path, frame):
    write_table(frame, tmp_path / "rows[1].csv")
    assert read_table(tmp_path / "rows[1].csv").shape == (3, 4)


# ---------------------------------------------------------------------------------------------- writing


def test_writing_creates_folders_and_replaces(tmp_path, frame):
    path = tmp_path / "new" / "deep" / "rows.csv"
    write_table(frame.iloc[:1], path)
    write_table(frame, path)
    assert len(read_table(path)) == 3
    assert [entry.name for entry in path.parent.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, frame, suffix, monkeypatch):
    path = tmp_path / f"rows{suffix}"
    write_table(frame, path)
    before = path.read_bytes()

    def fail(self, file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(TableFileError, match="No space left"):
        write_table(frame, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_writing_onto_a_folder_or_below_a_file(tmp_path, frame):
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(TableFileError, match="Choose another place"):
        write_table(frame, tmp_path / "taken.csv")
    (tmp_path / "file").touch()
    with pytest.raises(TableFileError, match="Choose another place"):
        write_table(frame, tmp_path / "file" / "rows.csv")


def test_what_parquet_cannot_hold(tmp_path):
    mixed = pd.DataFrame({"a": [1, "x", object()]})
    with pytest.raises(DataError, match="could not hold it"):
        write_table(mixed, tmp_path / "rows.parquet")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------------------------------- the target


def test_read_target_splits(frame):
    X, y = read_target(frame, "sick")
    assert list(X.columns) == ["age", "dose", "note"]
    assert y.name == "sick"
    assert X.index.equals(y.index)
    assert list(frame.columns) == ["age", "dose", "note", "sick"]


def test_read_target_suggests_a_column(frame):
    with pytest.raises(
        DataError, match=r"target='sik'\. Did you mean 'sick'\?.*'age', 'dose', 'note', 'sick'"
    ):
        read_target(frame, "sik")


def test_read_target_shortens_long_lists():
    wide = pd.DataFrame(np.zeros((1, 100)), columns=[f"c{i}" for i in range(100)])
    with pytest.raises(DataError, match="'c7' and 92 more"):
        read_target(wide, "zzz")


def test_read_target_counts_missing_labels(frame):
    with pytest.raises(DataError, match="1 of 3 rows have none in 'note'"):
        read_target(frame, "note")


def test_read_target_needs_features(frame):
    with pytest.raises(DataError, match="is the only one"):
        read_target(frame[["sick"]], "sick")
