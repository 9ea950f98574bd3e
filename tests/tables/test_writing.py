from __future__ import annotations

import pandas as pd
import pytest

from imbgen.errors import DataError, TableFileError
from imbgen.tables import CSVFormat, read_table, write_table

SUFFIXES = [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".pq", ".feather", ".arrow", ".ipc"]

every_suffix = pytest.mark.parametrize("suffix", SUFFIXES)


@every_suffix
def test_equal_tables_are_equal_bytes(tmp_path, frame, suffix):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    write_table(frame, first)
    write_table(frame, second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".csv", b"age,dose"),
        (".tsv", b"age\tdose"),
        (".csv.gz", b"\x1f\x8b"),
        (".TSV.GZ", b"\x1f\x8b"),
        (".pq", b"PAR1"),
        (".feather", b"ARROW1"),
        (".ipc", b"ARROW1"),
    ],
)
def test_the_suffix_decides_the_format(tmp_path, frame, suffix, start):
    write_table(frame, tmp_path / f"rows{suffix}")
    assert (tmp_path / f"rows{suffix}").read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("form", "first_row"),
    [
        (CSVFormat(decimal=","), '1,5;"a;b"'),
        (CSVFormat(delimiter="|"), "1.5|a;b"),
        (CSVFormat(delimiter=";", quotechar="'"), "1.5;'a;b'"),
        (CSVFormat(decimal=",", delimiter="\t"), "1,5\ta;b"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_what_is_written_in_a_format_is_read_in_it(tmp_path, form, first_row, suffix):
    frame = pd.DataFrame({"x": [1.5, None], "note": ["a;b", "é"]})
    write_table(frame, tmp_path / f"rows{suffix}", csv=form)
    pd.testing.assert_frame_equal(read_table(tmp_path / f"rows{suffix}", csv=form), frame)
    if suffix == ".csv":
        assert (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()[1] == first_row


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_the_encoding_is_that_of_the_format(tmp_path, encoding):
    form = CSVFormat(encoding=encoding)
    write_table(pd.DataFrame({"note": ["é"], "x": [1]}), tmp_path / "rows.csv", csv=form)
    assert (tmp_path / "rows.csv").read_bytes() == "note,x\né,1\n".encode(encoding)
    assert read_table(tmp_path / "rows.csv", csv=form)["note"].tolist() == ["é"]


def test_a_character_that_the_encoding_lacks(tmp_path):
    frame = pd.DataFrame({"note": ["α"]})
    with pytest.raises(DataError, match=r"latin-1, which has no 'α'\. Choose another encoding"):
        write_table(frame, tmp_path / "rows.csv", csv=CSVFormat(encoding="latin-1"))
    assert list(tmp_path.iterdir()) == []


def test_writing_creates_folders_and_replaces(tmp_path, frame):
    path = tmp_path / "new" / "deep" / "rows.csv"
    write_table(frame.iloc[:1], path)
    write_table(frame, path)
    assert len(read_table(path)) == 3
    assert [entry.name for entry in path.parent.iterdir()] == ["rows.csv"]


@every_suffix
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, frame, suffix, monkeypatch):
    path = tmp_path / f"rows{suffix}"
    write_table(frame, path)
    before = path.read_bytes()

    def fail(self, file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    for name in ("to_csv", "to_parquet", "to_feather"):
        monkeypatch.setattr(pd.DataFrame, name, fail)
    with pytest.raises(TableFileError, match="No space left"):
        write_table(frame, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["rows.parquet", "rows.feather"])
@pytest.mark.parametrize("place", ["file", "uri"])
def test_what_a_format_cannot_hold_leaves_nothing(tmp_path, name, place):
    mixed = pd.DataFrame({"a": [1, "x", object()]})
    address = str(tmp_path / name) if place == "file" else f"memory://mixed/{name}"
    with pytest.raises(DataError, match="could not hold it"):
        write_table(mixed, address)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TableFileError, match="there is no"):
        read_table(address)


def test_writing_onto_a_folder_or_below_a_file(tmp_path, frame):
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(TableFileError, match=r"could not be: [\w ]+\. Choose another place"):
        write_table(frame, tmp_path / "taken.csv")
    (tmp_path / "file").touch()
    with pytest.raises(TableFileError, match="Choose another place"):
        write_table(frame, tmp_path / "file" / "rows.csv")
