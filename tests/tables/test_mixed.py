from __future__ import annotations

import warnings

import pandas as pd
import pytest

from imbgen.tables import CSVFormat, read_class, read_table, write_table

NUMBERS = [f"{i}.5" for i in range(40)]


def column(values, **labels):
    return pd.DataFrame({"dose": values} | labels)


def quiet(call, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return call(*args, **options)


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        (["?"], ["'dose' has '?'", """--data.csv.missing '["?"]'""", 'csv=CSVFormat(missing=["?"])']),
        (["12,5"], ["'dose' has '12,5'", "--data.csv.decimal ,", 'csv=CSVFormat(decimal=",")']),
        (["1,234,567"], ["groups thousands must be taken out"]),
        (["-", "a", "b", "c", "d"], ["'-', 'a', 'b', and 2 more", '["-", "a", "b"]']),
        (["?"] * 500, ["'dose' has '?'"]),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_texts_among_numbers_are_reported(tmp_path, texts, parts, suffix):
    write_table(column([*NUMBERS, *texts]), tmp_path / f"rows{suffix}")
    with pytest.warns(UserWarning, match="A column of numbers must hold nothing else") as caught:
        table = read_table(tmp_path / f"rows{suffix}")
    assert len(table) == 40 + len(texts)
    (message,) = [str(warning.message) for warning in caught]
    assert [part for part in [*parts, "{dose: categorical}"] if part not in message] == []
    assert caught[0].filename == __file__


def test_a_column_of_decimal_commas_is_reported_whole(write):
    folder = write(rows="a;b\n" + "".join(f"{i},5;x\n" for i in range(40)))
    with pytest.warns(UserWarning, match="'a' has '0,5', '1,5', '2,5', and 37 more"):
        read_table(folder / "rows.csv")
    assert quiet(read_table, folder / "rows.csv", csv=CSVFormat(decimal=","))["a"].dtype == float


def test_a_point_among_decimal_commas_is_reported(write):
    folder = write(rows="a;b\n1.5;x\n" + "".join(f"{i},5;x\n" for i in range(40)))
    with pytest.warns(UserWarning, match=r"'a' has '1\.5': it is read"):
        read_table(folder / "rows.csv", csv=CSVFormat(decimal=","))


def test_small_tables_count(write):
    with pytest.warns(UserWarning, match="'a' has 'old'"):
        read_table(write(rows="a,b\n1,x\n2,x\n3,x\nold,x\n") / "rows.csv")


def test_many_columns_make_one_warning(tmp_path):
    write_table(pd.DataFrame({f"c{i}": [*NUMBERS, "?"] for i in range(9)}), tmp_path / "rows.csv")
    with pytest.warns(UserWarning, match="'c2' has .*and 6 more such columns") as caught:
        read_table(tmp_path / "rows.csv")
    assert len(caught) == 1


@pytest.mark.parametrize(
    "values",
    [
        ["2", "3", "4", "5more"] * 20,  # levels
        ["1", "2", "more"] * 20,
        [*NUMBERS, *(f"A{i}" for i in range(20))],  # a third are no numbers: tickets
        [f"{i:05d}" for i in range(40)],  # numbers as text in a typed file
        ["a", "b", "c"],
        [None, "x"],
    ],
    ids=["doors", "persons", "tickets", "post codes", "letters", "one"],
)
def test_categories_are_no_mistake(tmp_path, values):
    write_table(column(values), tmp_path / "rows.parquet")
    quiet(read_table, tmp_path / "rows.parquet")


def test_columns_that_may_be_text_are_not_reported(tmp_path):
    write_table(column([*NUMBERS, "K1A"]), tmp_path / "rows.csv")
    quiet(read_table, tmp_path / "rows.csv", text_columns={"dose"})


@pytest.mark.parametrize("suffix", [".csv", ".feather"])
@pytest.mark.usefixtures("small_parts")
def test_a_text_in_a_row_that_is_not_kept_is_reported(tmp_path, suffix):
    y = ["rare", *["common"] * 40]
    write_table(column(["7.5", *NUMBERS[:39], "?"], y=y), tmp_path / f"rows{suffix}")
    with pytest.warns(UserWarning, match=r"'dose' has '\?': it is read as text") as caught:
        rows = read_class(tmp_path / f"rows{suffix}", "y")
    assert rows.frame["dose"].tolist() == ["7.5"]
    assert caught[0].filename == __file__
    quiet(read_class, tmp_path / f"rows{suffix}", "y", text_columns={"dose"})


@pytest.mark.parametrize("suffix", [".csv", ".feather"])
def test_labels_may_be_mixed(tmp_path, suffix):
    labels = [*map(str, range(20)), "unknown", "unknown"]
    write_table(pd.DataFrame({"x": range(22), "y": labels}), tmp_path / f"rows{suffix}")
    assert quiet(read_class, tmp_path / f"rows{suffix}", "y", "unknown").frame["x"].tolist() == [20, 21]
