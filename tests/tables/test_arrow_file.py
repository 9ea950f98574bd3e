from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imbgen.errors import DataError, TableFileError
from imbgen.tables import read_class, read_table, write_table

TYPED = pd.DataFrame(
    {
        "whole": pd.array([1, 2, 3], dtype="int16"),
        "gaps": pd.array([1, None, 3], dtype="Int64"),
        "time": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
        "level": pd.Categorical(["low", "high", "low"], categories=["low", "high", "top"], ordered=True),
        "note": ["a", None, "c"],
    }
)


def write_stream(table, path, max_rows=None):
    with pa.ipc.new_stream(path, table.schema) as stream:
        stream.write_table(table, max_chunksize=max_rows)


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])
def test_dtypes_come_back(tmp_path, suffix):
    write_table(TYPED, tmp_path / f"rows{suffix}")
    pd.testing.assert_frame_equal(read_table(tmp_path / f"rows{suffix}"), TYPED)


def test_pandas_reads_the_same(tmp_path):
    write_table(TYPED, tmp_path / "rows.parquet")
    write_table(TYPED, tmp_path / "rows.feather")
    pd.testing.assert_frame_equal(
        read_table(tmp_path / "rows.parquet"), pd.read_parquet(tmp_path / "rows.parquet")
    )
    pd.testing.assert_frame_equal(
        read_table(tmp_path / "rows.feather"), pd.read_feather(tmp_path / "rows.feather")
    )


@pytest.mark.parametrize("suffix", [".feather", ".arrow", ".ipc"])
def test_the_stream_form_is_read(tmp_path, suffix):
    write_stream(pa.Table.from_pandas(TYPED), tmp_path / f"rows{suffix}", 1)
    pd.testing.assert_frame_equal(read_table(tmp_path / f"rows{suffix}"), TYPED)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_stream(tmp_path, share):
    write_stream(pa.table({"x": list(range(1000))}), tmp_path / "rows.arrow")
    whole = (tmp_path / "rows.arrow").read_bytes()
    (tmp_path / "rows.arrow").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(TableFileError, match="Check that the file is complete"):
        read_table(tmp_path / "rows.arrow")


@pytest.mark.parametrize("suffix", [".feather", ".parquet"])
def test_tables_of_polars_are_read(tmp_path, suffix):
    frame = pl.DataFrame(
        {"x": [1, 2, 3], "note": ["a", None, "c"], "y": ["u", "v", "u"]},
        schema_overrides={"y": pl.Categorical},
    )
    frame.write_ipc(tmp_path / "rows.feather")
    frame.write_parquet(tmp_path / "rows.parquet")
    table = read_table(tmp_path / f"rows{suffix}")
    assert table["note"].tolist()[::2] == ["a", "c"]
    assert table["y"].tolist() == ["u", "v", "u"]
    assert read_class(tmp_path / f"rows{suffix}", "y").frame["x"].tolist() == [2]


def test_the_name_of_the_folder_is_no_column(tmp_path, frame):
    write_table(frame, tmp_path / "seed=1" / "rows.parquet")
    assert read_table(tmp_path / "seed=1" / "rows.parquet").shape == (3, 4)


def test_a_stored_index_is_no_column(tmp_path):
    table = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "a"]}, index=pd.Index(["u", "v", "w"], name="key"))
    table.to_parquet(tmp_path / "rows.parquet")
    assert read_table(tmp_path / "rows.parquet").to_dict("list") == {"x": [1, 2, 3], "y": ["a", "b", "a"]}
    assert read_class(tmp_path / "rows.parquet", "y").frame.to_dict("list") == {"x": [2]}


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_duplicate_names(tmp_path, suffix):
    table = pa.table([pa.array([1]), pa.array([2])], names=["age", "age"])
    pq.write_table(table, tmp_path / "rows.parquet")
    write_stream(table, tmp_path / "rows.arrow")
    with pytest.raises(DataError, match="more than once: 'age'"):
        read_table(tmp_path / f"rows{suffix}")
