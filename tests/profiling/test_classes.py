from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import imbgen
from imbgen.errors import DataError
from imbgen.profiling.classes import FEWEST_ROWS, Classes, class_table


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "a", "a"],
        np.array(["b", "a", "a", "a"]),
        pd.Series(["b", "a", "a", "a"], index=[7, 7, 1, 0]),
        pd.Series(pd.Categorical(["b", "a", "a", "a"], categories=["a", "b", "c"])),
        pl.Series(["b", "a", "a", "a"]),
    ],
)
def test_labels_may_come_in_any_container(y):
    classes = Classes.of(y, 4)
    assert classes.minority == "b"
    assert classes.mask.tolist() == [True, False, False, False]
    assert classes.sizes.to_dict() == {"a": 3, "b": 1}


@pytest.mark.parametrize(
    ("y", "minority"),
    [
        ([1, 0, 0], 1),
        ([True, False, False], True),
        ([("a", 1), ("b", 2), ("b", 2)], ("a", 1)),
        ([-1, 1, 1], -1),
    ],
)
def test_labels_may_be_of_any_type(y, minority):
    classes = Classes.of(y, 3)
    assert classes.minority == minority
    assert type(classes.minority) is type(minority)
    assert classes.mask.tolist() == [True, False, False]
    assert classes.labels[classes.codes[0]] == minority


def test_another_class_may_be_asked_for():
    classes = Classes.of(["a", "a", "b"], 3, "a")
    assert classes.n_minority == 2
    with pytest.raises(DataError, match=r"'bb' is none. Did you mean 'b'\?"):
        Classes.of(["a", "b"], 2, "bb")


@pytest.mark.parametrize(
    ("y", "part"),
    [
        (["a"], "1 labels for 3 rows"),
        (["a", None, "b"], "1 of 3 rows have none"),
        ([["a", "b"]] * 3, "shape"),
    ],
)
def test_labels_must_match_the_rows(y, part):
    with pytest.raises(DataError, match=part):
        Classes.of(np.array(y, dtype=object), 3)


@pytest.mark.parametrize(
    ("y", "is_label"),
    [
        (np.linspace(0, 1, 200), False),
        (np.repeat(np.linspace(0, 1, 11), 30), False),
        (np.repeat(np.linspace(0, 1, 10), 30), True),
        (np.repeat(np.arange(51), 9), False),
        (np.repeat(np.arange(50), 9), True),
        (np.repeat(np.arange(50.0), 9), True),
        ([f"case {i}" for i in range(40)], False),
        ([f"case {i}" for i in range(15)], True),
        ([True, False] * 20, True),
        ([f"state {i}" for i in range(60)] * 5, True),
    ],
)
def test_measurements_and_identifiers_are_no_labels(y, is_label):
    assert Classes.of(y, len(y)).is_label is is_label


def test_the_table_says_what_is_too_small():
    table = class_table(Classes.of(["a"] * 30 + ["b"] * 29 + ["c"], 60).sizes)
    assert table["remark"].tolist() == ["", "below 30 rows", "cannot be learned"]
    assert table["share"].sum() == pytest.approx(1.0)


def test_networks_need_as_many_rows_as_is_told():
    source = Path(imbgen.__file__).parent / "generators" / "deep.py"
    found = {
        node.targets[0].id: node.value.value
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    assert found["_FEWEST_ROWS"] == FEWEST_ROWS
