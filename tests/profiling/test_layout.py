from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen import profile_table
from imbgen.profiling import profile as profiles
from imbgen.profiling.layout import class_grid, column_grid, pair_grid, profile_facts, shown


def test_the_facts_count_what_there_is(table):
    X, y = table
    X.loc[1] = X.loc[0]
    X.loc[:3, "dose"] = np.nan
    assert profile_facts(profile_table(X, y)) == {
        "rows": "400",
        "columns": "3",
        "classes": "2",
        "minority": "'ill'",
        "its rows": "40 (10.0%)",
        "ratio": "1 to 9.0 of the largest",
        "missing": "0.3% of all values",
        "repeated": "1 row (1 of the minority)",
        "conflict": "0 rows (0 of the minority)",
    }


def test_sampling_is_told(table, monkeypatch):
    aucs = dict.fromkeys(table[0], 0.5)
    monkeypatch.setattr(profiles, "auc_alone", lambda *_: (aucs, 300))
    facts = profile_facts(profile_table(*table, random_state=7))
    assert facts["sampled"] == "AUCs on 300 rows (seed 7)"


def test_of_many_classes_the_largest_and_the_rarest_are_listed():
    labels = [f"c{i:02}" for i in range(25) for _ in range(i + 40)]
    profile = profile_table(pd.DataFrame({"x": range(len(labels))}), labels)
    header, rows = class_grid(profile)
    assert list(header) == ["class", "rows", "share"]
    assert [row[0] for row in rows] == [
        *(f"c{i:02}" for i in range(24, 14, -1)),
        "… 5 more",
        *(f"c{i:02}" for i in range(9, -1, -1)),
    ]
    assert rows[10][1] == str(sum(range(50, 55)))


def test_details_may_be_left_out(table):
    X, y = table
    profile = profile_table(X.assign(same=1), y)
    for details, expected in ((True, "constant (always 1)"), (False, "constant")):
        header, rows = column_grid(profile, details=details)
        assert dict(zip(header, rows[-1], strict=True)) == {
            "column": "same",
            "kind": "constant",
            "distinct": "1",
            "missing": "0%",
            "in minority": "0%",
            "most common": "100%",
            "AUC alone": "0.50",
            "remarks": expected,
        }


def test_pairs_say_in_what_they_differ(table):
    X = pd.DataFrame(np.random.default_rng(5).normal(size=(400, 5)), columns=list("abcde"))
    X.loc[3, list("abcd")] = X.loc[77, list("abcd")]
    X.loc[9] = X.loc[88] + 1e-4
    _, rows = pair_grid(profile_table(X, table[1]), 2)
    assert rows[0] == ("3", "77", "well", "only in e")
    assert rows[1][3].endswith("of the usual distance")
    assert len(pair_grid(profile_table(X, table[1]), 1)[1]) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [("a\tb", "a b"), ("\x1b[31mred", "[31mred"), (("x", 1), "('x', 1)"), ("naïve", "naïve")],
)
def test_names_stay_on_one_line_and_in_one_cell(value, text):
    assert shown(value) == text
