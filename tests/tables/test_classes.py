"""`read_class` gives what `read_table` gives with the other rows dropped, without holding these."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from imbgen.errors import DataError, TableFileError
from imbgen.tables import (
    CSVFormat,
    arrow_file,
    count_classes,
    csv_file,
    read_class,
    read_table,
    read_target,
    write_table,
)

COLUMNS = {
    "whole": ["1", "2", "-3", "4", "5", "6", "7", "8"],
    "float late": ["1", "2", "3", "4", "5", "6", "7", "8.5"],
    "text late": ["1", "02", "3", "4", "5", "6", "7", "x"],
    "missing late": ["1", "2", "3", "9007199254740993", "5", "6", "7", ""],
    "missing early": ["", "", "", "", "", "", "", "8"],
    "all missing": ["", "NA", "", "", "null", "", "", ""],
    "boolean": ["True", "false", "True", "True", "FALSE", "True", "True", "True"],
    "boolean, missing": ["True", "False", "True", "True", "", "True", "True", ""],
    "boolean, text late": ["TRUE", "False", "True", "True", "True", "True", "True", "maybe"],
    "boolean, number late": ["True", "False", "True", "True", "True", "True", "True", "1"],
    "unsigned": ["1", "2", "3", "4", "5", "6", "7", "18446744073709551615"],
    "unsigned and negative": ["-1", "2", "3", "4", "5", "6", "7", "18446744073709551615"],
    "unsigned and missing": ["", "2", "3", "4", "5", "6", "7", "18446744073709551615"],
    "above 64 bits": ["1", "2", "3", "4", "5", "6", "7", "99999999999999999999"],
    "float before above 64 bits": ["1.5", "2", "3", "4", "5", "6", "7", "99999999999999999999"],
    "float after above 64 bits": ["99999999999999999999", "2", "3", "4", "5", "6", "7", "1.5"],
    "text": ["a", "b,c", 'd"e', "f\ng", " h ", "ü", "", "a"],
    "infinite": ["1", "inf", "3", "-inf", "5", "6", "7", "8"],
}
LABELS = ["no", "no", "yes", "no", "no", "yes", "no", "no"]

pytestmark = pytest.mark.filterwarnings("ignore:A column of numbers:UserWarning")


def dropped(path, target, label, **options):
    """What is to come out, the long way."""
    X, y = read_target(read_table(path, **options), target)
    return X[y == label].reset_index(drop=True), count_classes(y)


def assert_same(path, target="y", label=None, **options):
    rows = read_class(path, target, label, **options)
    frame, sizes = dropped(path, target, rows.label, **options)
    pd.testing.assert_frame_equal(rows.frame, frame, check_exact=True)
    pd.testing.assert_series_equal(rows.sizes, sizes)
    return rows


def write_texts(path, **columns):
    """Write fields as they are: text that looks like a number becomes one when it is read."""
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


# ------------------------------------------------------------------------------------------- same as whole


@pytest.mark.parametrize("label", ["yes", "no"])
@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.usefixtures("small_parts")
def test_a_csv_column_has_the_dtype_of_the_whole(tmp_path, name, label):
    path = write_texts(tmp_path / "rows.csv", x=COLUMNS[name], y=LABELS, other=COLUMNS["whole"])
    assert_same(path, label=label)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.usefixtures("small_parts")
def test_also_when_the_column_stands_backwards(tmp_path, name):
    path = write_texts(tmp_path / "rows.csv", y=LABELS, x=COLUMNS[name][::-1])
    assert_same(path)


@pytest.mark.parametrize(
    "labels",
    [
        ["0", "1", "0", "0", "1.0", "0", "0", "0"],
        ["1", "01", "2", "1", "1", "1", "1", "1"],
        ["1", "2", "1", "1", "1", "1", "1", "x"],
        ["True", "false", "TRUE", "True", "True", "True", "True", "True"],
        ["1", "18446744073709551615", "1", "1", "1", "1", "1", "1"],
        ["-1", "1", "-1", "-1", "-1", "-1", "-1", "-1"],
        ["b", "a", "b", "a", "b", "a", "b", "a"],
    ],
)
@pytest.mark.usefixtures("small_parts")
def test_labels_are_those_of_the_whole(tmp_path, labels):
    path = write_texts(tmp_path / "rows.csv", x=COLUMNS["whole"], y=labels)
    rows = assert_same(path)
    assert len(rows.frame) == rows.sizes.min()
    assert type(rows.label) is type(dropped(path, "y", rows.label)[1].index[-1])


@pytest.mark.usefixtures("small_parts")
def test_a_format_is_kept_to(tmp_path):
    form = CSVFormat(delimiter="|", decimal=",", quotechar="'", missing=["?"], encoding="latin-1")
    text = "x|note|y\n1,5|'é|è'|no\n?|b|no\n2|?|yes\n4|c|no\n"
    (tmp_path / "rows.csv").write_bytes(text.encode("latin-1"))
    rows = assert_same(tmp_path / "rows.csv", csv=form)
    assert rows.frame["x"].dtype == float
    assert rows.frame["note"].isna().all()


@pytest.mark.parametrize("rows", ["1,2,no,\n3,,yes,\n5,6,no,\n", "\n1,2,no\n\n  \n3,,yes\n\n5,x,no\n\n"])
@pytest.mark.usefixtures("small_parts")
def test_trailing_delimiters_and_blank_lines(write, rows):
    assert_same(write(rows=f"a,b,y\n{rows}") / "rows.csv")


TYPED = {
    "whole": pd.array([1, 2, 3, 4], dtype="int16"),
    "gaps": pd.array([1, 2, 3, None], dtype="Int64"),
    "float": [1.5, np.nan, np.inf, 2.0],
    "boolean": [True, False, True, False],
    "boolean, missing": pd.array([True, False, True, None], dtype=object),
    "time": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", None]),
    "zoned": pd.to_datetime(["2024-01-01", None, "2024-03-01", "2024-04-01"]).tz_localize("Europe/Berlin"),
    "level": pd.Categorical(["a", "b", "a", "c"], categories=["c", "b", "a", "none"], ordered=True),
    "text": ["a", None, "c", "d"],
    "all missing": pd.array([None] * 4, dtype="float"),
}


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".stream.arrow"])
@pytest.mark.parametrize("has_metadata", [True, False], ids=["pandas", "plain"])
@pytest.mark.parametrize("target", ["y", "level", "boolean", "whole"])
@pytest.mark.usefixtures("small_parts")
def test_a_columnar_file_has_the_dtypes_of_the_whole(tmp_path, suffix, has_metadata, target):
    table = pa.Table.from_pandas(pd.DataFrame(TYPED | {"y": ["no", "yes", "no", "no"]}))
    table = table if has_metadata else table.replace_schema_metadata(None)
    path = tmp_path / f"rows{suffix}"
    write_columnar(table, path)
    assert_same(path, target)
    assert_same(path, target, lambda sizes: sizes.index[0])


def write_columnar(table, path):
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path, row_group_size=2)
        return
    open_new = pa.ipc.new_stream if ".stream" in path.suffixes else pa.ipc.new_file
    with open_new(path, table.schema) as file:
        file.write_table(table, max_chunksize=1)


@pytest.mark.usefixtures("small_parts")
def test_words_that_come_batch_by_batch_are_all_categories(tmp_path):
    """Other writers give each batch of a stream the words that it needs."""
    batches = [
        pa.record_batch({"x": pa.array(words).dictionary_encode(), "y": pa.array(labels)})
        for words, labels in [(["a", "b"], [0, 0]), (["c", "a"], [1, 0]), (["d", "d"], [0, 0])]
    ]
    with pa.ipc.new_stream(tmp_path / "rows.arrow", batches[0].schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    rows = assert_same(tmp_path / "rows.arrow")
    assert list(rows.frame["x"].cat.categories) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("suffix", [".csv", ".feather"])
@pytest.mark.usefixtures("small_parts")
def test_a_pattern_is_one_table(tmp_path, suffix):
    first = pd.DataFrame({"x": [1, 2, 3], "gap": [None] * 3, "note": ["a", "b", None], "y": [0, 1, 0]})
    second = pd.DataFrame({"y": [0.0, 0.0], "x": [1.5, None], "gap": [1.0, 2.0], "note": ["c", "d"]})
    third = first.assign(x=[7, 8, 9])  # and a file that is there twice
    for name, part in {"a": first, "b": second, "c": third, "d": third}.items():
        write_table(part, tmp_path / f"{name}{suffix}")
    rows = assert_same(tmp_path / f"*{suffix}")
    assert rows.frame["x"].tolist() == [2.0, 8.0, 8.0]
    assert rows.sizes.to_dict() == {0.0: 8, 1.0: 3}


@pytest.mark.usefixtures("small_parts")
def test_a_pattern_where_one_file_has_no_row_of_the_class(write):
    folder = write(a="x,note,y\n1,,no\n2,,no\n", b="x,note,y\n3,u,yes\n,v,no\n")
    rows = assert_same(folder / "*.csv")
    assert rows.frame["x"].tolist() == [3.0]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
def test_a_uri_is_read_twice(frame, suffix):
    write_table(frame, f"memory://class{suffix}")
    assert_same(f"memory://class{suffix}", "sick")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".parquet", ".feather", ".ipc"])
def test_real_tables(tmp_path, suffix):
    from imbgen.datasets import load_dataset

    X, y = load_dataset("hepatitis")
    write_table(X.assign(target=y), tmp_path / f"rows{suffix}")
    rows = assert_same(tmp_path / f"rows{suffix}", "target")
    assert (rows.label, len(rows.frame)) == ("DIE", 32)


# ---------------------------------------------------------------------------------------------- the label


def test_the_rarest_label_is_taken_by_default_and_of_several_the_first_by_name(write):
    folder = write(rows="x,y\n1,c\n2,b\n3,a\n4,c\n5,b\n6,a\n7,d\n8,d\n9,d\n")
    rows = read_class(folder / "rows.csv", "y")
    assert rows.label == "a"
    assert rows.sizes.to_dict() == {"d": 3, "c": 2, "b": 2, "a": 2}
    assert list(rows.sizes.index) == ["d", "c", "b", "a"]


def test_a_function_is_given_the_sizes(write):
    folder = write(rows="x,y\n1,a\n2,b\n3,a\n")
    rows = read_class(folder / "rows.csv", "y", lambda sizes: sizes.index[0])
    assert (rows.label, rows.frame["x"].tolist()) == ("a", [1, 3])


def test_a_label_that_is_none_is_corrected(write):
    folder = write(rows="x,y\n1,sick\n2,healthy\n")
    with pytest.raises(DataError, match=r"label='sik' is none\. Did you mean 'sick'\?.*'healthy'"):
        read_class(folder / "rows.csv", "y", "sik")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("labels", [[1.0, None, 0.0], ["a", None, "b"], [None, None, None]])
def test_missing_labels_are_counted(tmp_path, suffix, labels):
    n_missing = sum(label is None for label in labels)
    write_table(pd.DataFrame({"x": [1, 2, 3], "y": labels}), tmp_path / f"rows{suffix}")
    with pytest.raises(DataError, match=f"{n_missing} of 3 rows have none in 'y'"):
        read_class(tmp_path / f"rows{suffix}", "y")


def test_a_target_that_is_no_column_or_the_only_one(write):
    folder = write(rows="x,sick\n1,a\n", only="sick\na\n")
    with pytest.raises(DataError, match=r"Did you mean 'sick'\?"):
        read_class(folder / "rows.csv", "sik")
    with pytest.raises(DataError, match="is the only one"):
        read_class(folder / "only.csv", "sick")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x,y\n", "2 columns and 0 rows"),
        ("x,y\n1,a\n2\n", "line 3 of .* has 1 instead of 2"),
        ("x,y\n1,a\n2,b,c\n", "line 3 of .* has 3 instead of 2"),
        ('x,y\n1,a\n2,"b\n', "row of line 3"),
        ("x,x,y\n1,1,a\n", "more than once: 'x'"),
    ],
)
@pytest.mark.usefixtures("small_parts")
def test_bad_files_are_refused_as_when_read_whole(write, text, complaint):
    path = write(rows=text) / "rows.csv"
    for read in (read_table, lambda path: read_class(path, "y")):
        with pytest.raises(DataError, match=complaint):
            read(path)


def test_a_bad_byte_far_down(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"x,y\n" + b"1,a\n" * 90_000 + b"\xff,b\n")
    with pytest.raises(TableFileError, match="at byte 360,004"):
        read_class(tmp_path / "rows.csv", "y")


# --------------------------------------------------------------------------------------------- the memory


N_ROWS = 40_000


@pytest.fixture
def long_table():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(N_ROWS, 8)).round(3)).rename(columns=str)
    return table.assign(y=["rare"] * 40 + ["common"] * (N_ROWS - 40))


def test_a_csv_file_is_parsed_in_parts(tmp_path, long_table, monkeypatch):
    write_table(long_table, tmp_path / "rows.csv")
    lengths = []

    class SpiedReader(pd.io.parsers.TextFileReader):
        def read(self, nrows=None):
            part = super().read(nrows)
            lengths.append(len(part))
            return part

    monkeypatch.setattr("pandas.io.parsers.readers.TextFileReader", SpiedReader)
    monkeypatch.setattr(csv_file, "_CELLS_PER_CHUNK", 9_000)
    assert len(read_class(tmp_path / "rows.csv", "y").frame) == 40
    assert sum(lengths) == 2 * N_ROWS + 2  # each row twice; of the labels two were read again
    assert max(lengths) == 1_000


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_a_columnar_file_is_read_in_batches(tmp_path, long_table, suffix, monkeypatch):
    monkeypatch.setattr(arrow_file, "_ROWS_PER_BATCH", 1_000)
    path = tmp_path / f"rows{suffix}"
    if suffix == ".parquet":
        write_table(long_table, path)
    else:
        long_table.to_feather(path, chunksize=1_000)
    assert peak(read_class, path, "y") < peak(read_table, path) / 4


def peak(call, *args):
    """Most memory that Arrow has held at a time."""
    before, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(pool)
    try:
        call(*args)
        return pool.max_memory()
    finally:
        pa.set_memory_pool(before)
