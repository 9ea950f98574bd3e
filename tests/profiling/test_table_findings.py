from __future__ import annotations

import numpy as np
import pytest

from imbgen.profiling.classes import Classes
from imbgen.profiling.copies import Copies, Twin
from imbgen.profiling.neighbours import Neighbours
from imbgen.profiling.table_findings import advice, class_findings, copy_findings

NOTHING = np.zeros(0, dtype=np.int64)
NO_NEIGHBOURS = Neighbours(NOTHING, NOTHING, np.zeros(0), 0)


def classes_of(**sizes):
    labels = [label for label, size in sizes.items() for _ in range(size)]
    return Classes.of(labels, len(labels))


def copies_of(n_rows, repeated=(), contradicting=(), twins=()):
    marks = [np.isin(np.arange(n_rows), rows) for rows in (repeated, contradicting)]
    return Copies(*marks, twins)


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"a": 9}, [("blocker", "All 9 rows are of class 'a'")]),
        ({"a": 200, "b": 100}, []),
        ({"a": 200, "b": 99}, [("note", "all 99 rows of class 'b' has a standard error of up to 5 percent")]),
        ({"a": 200, "b": 30}, [("note", "up to 9 percentage points")]),
        ({"a": 200, "b": 29}, [("warning", "Class 'b' (29 rows) is below 30 rows")]),
        (
            {"a": 200, "b": 4, "c": 2},
            [("warning", "Classes 'b' (4 rows) and 'c' (2 rows) are below 30 rows")],
        ),
        ({"a": 200, "b": 1}, [("blocker", "Class 'b' has a single row")]),
        (
            {"a": 200, "b": 5, "c": 1, "d": 1},
            [("blocker", "Classes 'd' and 'c' have a single row"), ("warning", "on all 5 rows")],
        ),
    ],
)
def test_small_classes_are_told(sizes, told):
    found = list(class_findings(classes_of(**sizes)))
    assert [finding.severity for finding in found] == [severity for severity, _ in told]
    assert all(part in finding.message for finding, (_, part) in zip(found, told, strict=True)), found


def test_a_measurement_is_no_label():
    y = np.random.default_rng(0).normal(size=300)
    (finding,) = class_findings(Classes.of(y, 300))
    assert finding.severity == "blocker"
    assert "300 distinct values in 300 rows" in finding.message


@pytest.mark.parametrize(
    ("repeated", "severity", "text"),
    [
        ([150], "note", "1 row (0.3% of the table; 0 of class 'b') repeats an earlier row"),
        ([1], "warning", "1 row (0.3% of the table; 1 of class 'b') repeats an earlier row"),
        ([100, 101, 102], "warning", "3 rows (1.0% of the table; 0 of class 'b') repeat an earlier row"),
    ],
)
def test_repeated_rows_matter_if_they_are_many_or_rare(repeated, severity, text):
    (finding,) = copy_findings(copies_of(300, repeated), NO_NEIGHBOURS, classes_of(b=40, a=260))
    assert (finding.severity, finding.message.startswith(text)) == (severity, True)
    assert "groupby(list(X), dropna=False)" in finding.remedy


def test_contradictions_are_told():
    copies = copies_of(300, contradicting=[3, 50, 51])
    (finding,) = copy_findings(copies, NO_NEIGHBOURS, classes_of(b=40, a=260))
    assert finding.message == "3 rows (1 of class 'b') equal a row of another class in every column."


def test_near_copies_name_a_pair():
    copies = copies_of(300, twins=(Twin(4, 99, "x"),))
    near = Neighbours(np.array([1, 2]), np.array([70, 80]), np.array([0.05, 0.01]), 300)
    (finding,) = copy_findings(copies, near, classes_of(b=40, a=260))
    assert "1 row of class 'b' equals a row" in finding.message
    assert "rows 4 and 99, which differ in 'x'" in finding.message
    assert "2 rows of class 'b' lie far closer" in finding.message
    assert "rows 2 and 80" in finding.message


def test_clean_rows_give_no_finding():
    assert list(copy_findings(copies_of(300), NO_NEIGHBOURS, classes_of(b=40, a=260))) == []


@pytest.mark.parametrize(
    ("n_minority", "n_others", "best_auc", "part"),
    [
        (9, 900, 0.7, "Do not expect augmentation to stand in for data"),
        (1, 900, np.nan, "has 1 row: synthetic rows could only vary what there is"),
        (400, 1199, 0.7, "hardly rare (1 row to 3.0 of the largest class)"),
        (60, 900, 0.95, "already ranks class 'b' with an AUC of 0.95"),
        (10, 900, 0.94, "where augmentation has its best chance"),
        (499, 9000, np.nan, "where augmentation has its best chance"),
        (500, 9000, 0.94, "most models learn from so many without help"),
    ],
)
def test_advice_depends_on_size_and_columns_and_owns_up_to_be_a_rule_of_thumb(
    n_minority, n_others, best_auc, part
):
    finding = advice(classes_of(b=n_minority, a=n_others), best_auc)
    assert part in f"{finding.message} {finding.remedy}"
    assert "rule of thumb" in finding.remedy
    assert finding.severity == "advice"
