from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError, TableFileError
from imbgen.tables import read_table, read_target, write_table

PACKED = [".csv.gz", ".tsv.gz"]
DELIMITED = [".csv", ".tsv", *PACKED]
COLUMNAR = [".parquet", ".pq", ".feather", ".arrow", ".ipc"]
SUFFIXES = [*DELIMITED, *COLUMNAR]

every_suffix = pytest.mark.parametrize("suffix", SUFFIXES)


@every_suffix
def test_round_trip_keeps_values_and_drops_the_index(tmp_path, frame, suffix):
    path = tmp_path / f"rows{suffix}"
    write_table(frame, path)
    pd.testing.assert_frame_equal(read_table(path), frame.reset_index(drop=True), check_exact=True)


@every_suffix
def test_a_uri_is_opened_by_its_file_system(frame, suffix):
    write_table(frame, f"memory://rows{suffix}")
    assert read_table(f"memory://rows{suffix}").shape == (3, 4)
    with pytest.raises(TableFileError, match="no 'memory://none"):
        read_table(f"memory://none{suffix}")


@pytest.mark.parametrize("suffix", [".csv", ".feather"])
def test_unknown_scheme_is_an_error_of_ours(frame, suffix):
    with pytest.raises(TableFileError, match="nowhere"):
        read_table(f"nowhere://rows{suffix}")
    with pytest.raises(TableFileError, match=r"file system that is known.*nowhere"):
        write_table(frame, f"nowhere://rows{suffix}")


@every_suffix
def test_empty_file(tmp_path, suffix):
    (tmp_path / f"rows{suffix}").touch()
    with pytest.raises(TableFileError, match="is empty"):
        read_table(tmp_path / f"rows{suffix}")


@pytest.mark.parametrize("text", ["age,sick\n", "age,sick\r\n\r\n"])
def test_header_without_rows(write, text):
    with pytest.raises(DataError, match="2 columns and 0 rows"):
        read_table(write(rows=text) / "rows.csv")


@pytest.mark.parametrize("suffix", COLUMNAR)
def test_columns_without_rows(tmp_path, frame, suffix):
    write_table(frame[:0], tmp_path / f"rows{suffix}")
    with pytest.raises(DataError, match="4 columns and 0 rows"):
        read_table(tmp_path / f"rows{suffix}")


def test_parquet_without_columns(tmp_path):
    pd.DataFrame(index=range(3)).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="0 columns"):
        read_table(tmp_path / "rows.parquet")


@every_suffix
@pytest.mark.parametrize(
    "junk",
    [
        bytes(range(256)) * 20,
        b"\x00\x01\x02\x03\n" * 50,
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b" \n \n\n",
        b"\x1f\x8b\x08junk",
        b"ARROW1" * 9,
    ],
    ids=["all bytes", "control bytes", "png", "blank", "broken gzip", "arrow start"],
)
def test_junk_is_not_a_table(tmp_path, suffix, junk):
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(junk)
    with pytest.raises((TableFileError, DataError), match=re.escape(str(path))):
        read_table(path)


@pytest.mark.parametrize("suffix", [*PACKED, *COLUMNAR])
@pytest.mark.parametrize("share", [0.2, 0.7, 0.95])
def test_truncated_file(tmp_path, suffix, share):
    path = tmp_path / f"rows{suffix}"
    values = np.random.default_rng(0).normal(size=(500, 3))
    write_table(pd.DataFrame(values, columns=list("abc")), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(TableFileError, match="Check that the file is complete"):
        read_table(path)


def test_duplicate_names(write, tmp_path):
    with pytest.raises(DataError, match="more than once: 'age'"):
        read_table(write(rows="age,sick,age\n1,2,3\n") / "rows.csv")
    doubled = pd.DataFrame([[1, 2]], columns=["age", "age"])
    with pytest.raises(DataError, match="more than once: 'age'"):
        write_table(doubled, tmp_path / "rows.parquet")
    assert not (tmp_path / "rows.parquet").exists()


def test_unnamed_columns_are_not_duplicates(write):
    with pytest.warns(UserWarning, match="2 of 3 have none"):
        assert read_table(write(rows=",age,\n0,1,3\n") / "rows.csv").shape == (1, 3)


def test_an_index_that_was_written_is_warned_of(tmp_path, frame):
    frame.to_csv(tmp_path / "rows.csv")
    with pytest.warns(UserWarning, match=r"read as 'Unnamed: 0'.* `index=False`") as caught:
        read_table(tmp_path / "rows.csv")
    assert len(caught) == 1


def test_a_long_number_keeps_its_gaps(write):
    """Of numbers above 2**63 pandas makes text, and an empty text of a missing one."""
    column = read_table(write(rows="id,x\n18446744073709551615,1\n,2\nNA,3\n") / "rows.csv")["id"]
    assert column.isna().tolist() == [False, True, True]
    assert column[0] == "18446744073709551615"


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


@pytest.mark.parametrize("target", ["note", "dose"])
def test_read_target_counts_missing_labels(frame, target):
    with pytest.raises(DataError, match=f"1 of 3 rows have none in '{target}'"):
        read_target(frame, target)


def test_read_target_needs_features(frame):
    with pytest.raises(DataError, match="is the only one"):
        read_target(frame[["sick"]], "sick")
