from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from imbgen.evaluation.comparison_json import read_json, write_json


@dataclass
class Content:
    table: pd.DataFrame
    settings: dict[str, Any]


def test_what_is_called_frame_is_no_frame():
    """Names of arms, classifiers and data sets are a user's."""
    table = pd.DataFrame({"x": [1.5, None], "frame": ["a", "b"]})
    names = {"arms": {"frame": "ADASYN()"}, "verdicts": {"frame": {"arm": None}, "n_rows": {"arm": None}}}
    names["classifiers"] = {"frame": "SVC()", "n_rows": "LogisticRegression()"}
    again = read_json(write_json(Content(table, names), None))
    assert again.keys() == {item.name for item in fields(Content)}
    assert again["settings"] == names
    pd.testing.assert_frame_equal(again["table"], table)
