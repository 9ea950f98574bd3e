from __future__ import annotations

import re

import pytest

from imbgen.errors import DataError, TableFileError
from imbgen.tables import CSVFormat, read_table
from imbgen.tables.csv_text import read_header

# ------------------------------------------------------------------------------------------ the delimiter


@pytest.mark.parametrize(
    ("text", "delimiter", "header"),
    [
        ("a,b\n1,2\n", ",", ["a", "b"]),
        ("a;b\n1,5;2,5\n", ";", ["a", "b"]),
        ("a\tb, c\n1\t2\n", "\t", ["a", "b, c"]),
        ("a|b\n1|2\n", "|", ["a", "b"]),
        ("Weight, kg;Height, cm\n71,5;180,2\n", ";", ["Weight, kg", "Height, cm"]),
        ("x;y, z\n1;2\n3;4\n", ";", ["x", "y, z"]),
        ("x, y;z\n1,2\n3,4\n", ",", ["x", " y;z"]),
        ('"a;b",c\n"1;2",3\n', ",", ["a;b", "c"]),
        ('a,"b;\nc;d"\n1,2\n', ",", ["a", "b;\nc;d"]),
        ("id,tags\n1,x;y\n2,u;v\n", ",", ["id", "tags"]),
        ("\n  \na;b\n", ";", ["a", "b"]),
        ("age\n1\n2\n", ",", ["age"]),
        ("note\nx;y\nu;v\n", ",", ["note"]),
    ],
)
def test_the_delimiter_is_found(write, text, delimiter, header):
    found, form = read_header(str(write(rows=text) / "rows.csv"), CSVFormat())
    assert (found, form.delimiter) == (header, delimiter)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_other_delimiters_are_read(write, mark):
    folder = write(rows=f"age{mark}sick\n1{mark}2\n")
    assert read_table(folder / "rows.csv").to_dict("list") == {"age": [1], "sick": [2]}


def test_tab_separated_files_keep_their_tabs(tmp_path):
    (tmp_path / "rows.tsv").write_text("a;b\tc;d\n1;2\t3;4\n5;6\n", encoding="utf-8")
    assert read_header(str(tmp_path / "rows.tsv"), CSVFormat())[1].delimiter == "\t"


def test_a_sample_may_end_within_a_row(write, monkeypatch):
    monkeypatch.setattr("imbgen.tables.csv_text._SAMPLE_CHARACTERS", 13)
    folder = write(rows="a;b;c\n1;2;3,4,5,6\n")
    assert read_header(str(folder / "rows.csv"), CSVFormat())[0] == ["a", "b", "c"]


def test_a_given_delimiter_wins(write):
    folder = write(rows="a;b,c\n1;2,3\n")
    assert list(read_table(folder / "rows.csv", csv=CSVFormat(delimiter=",")).columns) == ["a;b", "c"]


def test_a_given_delimiter_that_is_not_there_is_refused(write):
    folder = write(rows="a;b\n1;2\n")
    with pytest.raises(DataError, match=r"has no ',' there but ';'.*--data\.csv\.delimiter"):
        read_table(folder / "rows.csv", csv=CSVFormat(delimiter=","))


def test_quotes_decimals_and_missing_values_as_given(write):
    folder = write(rows="a;b;c\n'x;y';1,5;?\n'it''s';-2,5;1e3\n")
    frame = read_table(
        folder / "rows.csv", csv=CSVFormat(quotechar="'", decimal=",", missing=["?", "unknown"])
    )
    assert frame["a"].tolist() == ["x;y", "it's"]
    assert frame["b"].tolist() == [1.5, -2.5]
    assert frame["c"].isna().tolist() == [True, False]
    assert frame["c"].dtype == float


def test_one_column_with_a_decimal_comma(write):
    folder = write(rows="dose\n1,5\n2,5\n")
    assert read_table(folder / "rows.csv", csv=CSVFormat(decimal=","))["dose"].tolist() == [1.5, 2.5]


# ------------------------------------------------------------------------------------------- the encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_found(tmp_path, encoding):
    (tmp_path / "rows.csv").write_bytes("naïve,n\nMüller,1\n".encode(encoding))
    frame = read_table(tmp_path / "rows.csv")
    assert list(frame.columns) == ["naïve", "n"]
    assert frame["naïve"].tolist() == ["Müller"]


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_both_orders_of_bytes_are_found(tmp_path, encoding):
    (tmp_path / "rows.csv").write_bytes("\ufeffa,b\nü,1\n".encode(encoding))
    assert read_table(tmp_path / "rows.csv").to_dict("list") == {"a": ["ü"], "b": [1]}


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-16-le"])
def test_a_given_encoding_is_taken(tmp_path, encoding):
    (tmp_path / "rows.csv").write_bytes("a,b\nÄrzte,1\n".encode(encoding))
    assert read_table(tmp_path / "rows.csv", csv=CSVFormat(encoding=encoding))["a"].tolist() == ["Ärzte"]


def test_a_given_utf_8_skips_its_mark(tmp_path):
    (tmp_path / "rows.csv").write_bytes("a,b\n1,2\n".encode("utf-8-sig"))
    assert list(read_table(tmp_path / "rows.csv", csv=CSVFormat(encoding="UTF8")).columns) == ["a", "b"]


@pytest.mark.parametrize("n_before", [0, 1, 100_000])
def test_the_byte_that_is_no_utf_8_is_named(tmp_path, n_before):
    start = b"name,n\n" + b"Meier,1\n" * n_before
    (tmp_path / "rows.csv").write_bytes(start + "Müller,1\n".encode("latin-1"))
    with pytest.raises(TableFileError) as caught:
        read_table(tmp_path / "rows.csv")
    message = str(caught.value)
    assert f"at byte {len(start) + 1:,}." in message
    assert "--data.csv.encoding latin-1" in message
    assert 'csv=CSVFormat(encoding="latin-1")' in message


def test_a_given_encoding_that_does_not_fit(tmp_path):
    (tmp_path / "rows.csv").write_bytes("a\nü\n".encode())
    with pytest.raises(TableFileError, match=r"here ascii.*at byte 2\. Name another"):
        read_table(tmp_path / "rows.csv", csv=CSVFormat(encoding="ascii"))


@pytest.mark.parametrize("n_before", [0, 50_000])
def test_a_nul_is_refused_with_its_place(tmp_path, n_before):
    start = b"a,b\n" + b"1,2\n" * n_before
    (tmp_path / "rows.csv").write_bytes(start + b"3,\x00\n")
    with pytest.raises(TableFileError, match=re.escape(f"NUL at byte {len(start) + 2:,}.")):
        read_table(tmp_path / "rows.csv")


def test_utf_16_without_a_mark_is_suspected(tmp_path):
    (tmp_path / "rows.csv").write_bytes("a,b\n1,2\n".encode("utf-16-le"))
    with pytest.raises(TableFileError, match=r"--data\.csv\.encoding utf-16"):
        read_table(tmp_path / "rows.csv")


# ---------------------------------------------------------------------------------------------- the rows


@pytest.mark.parametrize(
    ("rows", "line", "n_fields"),
    [
        ("1,2\n3,4,5\n", 3, 3),
        ("1,2,3\n4,5,6\n", 2, 3),
        ("0,2,3\n1,5,6\n", 2, 3),
        ("1,2\n3\n4,5\n", 3, 1),
        ("1\n2,3\n", 2, 1),
        ('1,"x\ny"\n\n2\n', 5, 1),
        ("1,2,\n3,4,\n5,6,7\n", 4, 3),
        ("1,2,\n3,4,\n5\n", 4, 1),
    ],
)
def test_uneven_rows_are_named(write, rows, line, n_fields):
    folder = write(rows=f"a,b\n{rows}")
    with pytest.raises(
        DataError, match=rf"line {line} of '.*rows\.csv' has {n_fields} instead of 2\. [A-Z].*,"
    ):
        read_table(folder / "rows.csv")


def test_missing_last_fields_are_no_short_rows(write):
    folder = write(rows='a,b\n1,\n"x\n\ny",\n\n  \n3,4\n')
    assert read_table(folder / "rows.csv")["b"].isna().tolist() == [True, True, False]


def test_a_trailing_delimiter_is_no_column(write):
    folder = write(rows="a,b\n1,2,\n3,4,\n5,,\n")
    frame = read_table(folder / "rows.csv")
    assert list(frame.columns) == ["a", "b"]
    assert frame["a"].tolist() == [1, 3, 5]


@pytest.mark.parametrize("rows", ['1,2\n3,"4\n5,6\n', '1,2\n3,"4\n' + "5,6\n" * 60_000])
def test_an_open_quote_is_placed(write, rows):
    folder = write(rows=f"a,b\n{rows}")
    with pytest.raises(DataError, match=r"rows\.csv' one is not that opens in the row of line 3\."):
        read_table(folder / "rows.csv")
