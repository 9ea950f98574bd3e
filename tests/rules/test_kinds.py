"""Rules as a user writes them down, and the rows that obey them."""

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError, ParameterError
from imbgen.rules import RuleKeeper, read_rules
from imbgen.schema import Schema

FRAME = pd.DataFrame(
    {
        "low": [1.0, 2.0, np.nan, 3.0],
        "high": pd.array([1, 5, 4, None], dtype="Int64"),
        "start": pd.date_range("2024-01-01", periods=4),
        "stop": pd.date_range("2024-01-02", periods=4),
        "wait": pd.to_timedelta([1, 2, 3, 4], unit="h"),
        "grade": pd.Categorical(["b", "a", "b", "a"], ["a", "b"], ordered=True),
        "best": pd.Categorical(["b", "b", "b", "b"], ["a", "b"], ordered=True),
        "city": ["x", "y", "x", "z"],
    }
)


@pytest.mark.parametrize(
    ("rule", "obeys"),
    [
        ({"positive": "low"}, [True, True, True, True]),
        ({"positive": ["high", "wait"]}, [True, True, True, True]),
        ({"ordered": ["high", "low"]}, [True, False, True, True]),
        ({"ordered": ["low", "high"]}, [True, True, True, True]),
        ({"ordered": ["stop", "start"]}, [False] * 4),
        ({"ordered": ["grade", "best"]}, [True] * 4),
        ({"ordered": ["best", "grade"]}, [True, False, True, False]),
    ],
    ids=str,
)
def test_rows_that_obey(rule, obeys):
    [read] = read_rules([rule])
    read.check_kinds(Schema.infer(FRAME))
    assert read.holds(FRAME).tolist() == obeys


def test_the_outer_two_of_three_are_compared_where_the_middle_is_missing():
    frame = pd.DataFrame({"a": [3.0, 1.0], "b": [np.nan, np.nan], "c": [2.0, 2.0]})
    [rule] = read_rules([{"ordered": ["a", "b", "c"]}])
    assert rule.holds(frame).tolist() == [False, True]


def test_zero_is_not_positive():
    [rule] = read_rules([{"positive": "a"}])
    assert rule.holds(pd.DataFrame({"a": [0, 1, -1]})).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"positive": "a"}, "`rules` must be a list of mappings"),
        ("positive", "`rules` must be a list of mappings"),
        (["positive"], "must map one name to its columns"),
        ([{"positive": "a", "ordered": ["a", "b"]}], "must map one name to its columns"),
        ([{"positiv": "a"}], "Did you mean 'positive'?"),
        ([{"ordered": "a"}], "must name at least 2 columns"),
        ([{"combinations": ["a"]}], "must name at least 2 columns"),
        ([{"positive": []}], "must name at least 1 columns"),
        ([{"ordered": ["a", "a"]}], "each once"),
    ],
)
def test_what_is_no_rule(rules, message):
    with pytest.raises(ParameterError, match=message.replace("?", r"\?")):
        read_rules(rules)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"positive": "city"}, "'city' is categorical"),
        ({"positive": "start"}, "'start' is datetime"),
        ({"ordered": ["low", "start"]}, "'low' .* cannot be compared with 'start'"),
        ({"ordered": ["city", "grade"]}, "'city' .* cannot be compared"),
        ({"ordered": ["start", "wait"]}, "'start' .* cannot be compared"),
        ({"positive": "lo"}, "'lo' is none. Did you mean 'low'"),
    ],
    ids=str,
)
def test_columns_that_a_rule_cannot_speak_of(rule, message):
    with pytest.raises(DataError, match=message):
        RuleKeeper(read_rules([rule]), Schema.infer(FRAME))
