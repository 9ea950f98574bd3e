from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.tables import read_table, write_table


def test_pattern_concatenates_in_sorted_order_and_in_the_first_order_of_columns(write):
    frame = read_table(write(b="sick,age\nno,3\n", a="age,sick\n1,yes\n2,no\n") / "*.csv")
    assert list(frame.columns) == ["age", "sick"]
    assert frame["age"].tolist() == [1, 2, 3]
    assert frame.index.tolist() == [0, 1, 2]
    assert frame["age"].dtype == np.int64


def test_files_of_a_pattern_may_have_different_delimiters(write):
    frame = read_table(write(a="age,sick\n1,yes\n", b="age;sick\n2;no\n") / "*.csv")
    assert frame["age"].tolist() == [1, 2]


def test_files_of_a_pattern_may_have_different_formats(tmp_path):
    for name, age in {"1.csv": 71, "2.tsv.gz": 64, "3.feather": 58, "4.parquet": 33}.items():
        write_table(pd.DataFrame({"age": [age]}), tmp_path / name)
    assert read_table(tmp_path / "*")["age"].tolist() == [71, 64, 58, 33]


def test_a_column_missing_in_one_file_keeps_its_dtype(write):
    frame = read_table(write(a="age,note,gap\n1,,\n", b="age,note,gap\n2,x,\n") / "*.csv")
    assert frame["note"].dtype == pd.Series(["x"]).dtype
    assert frame["note"].isna().tolist() == [True, False]
    assert frame["gap"].isna().all()
    assert list(frame.columns) == ["age", "note", "gap"]


def test_other_columns_are_named_with_their_file(write):
    folder = write(a="age,sick\n1,2\n", b="age,sex\n1,2\n")
    with pytest.raises(DataError, match=r"b\.csv' lacks 'sick' and has also 'sex'.*a\.csv"):
        read_table(folder / "*.csv")


def test_text_among_numbers_names_both_files(write):
    folder = write(a="age\n1\n", b="age\nold\n")
    with pytest.raises(DataError, match=r"'age' has numbers in '.*a\.csv', text in '.*b\.csv'"):
        read_table(folder / "*.csv")
