"""Names of encoded dimensions, and components read in the units of the table."""

import numpy as np
import pandas as pd

from imbgen.encoding import TableEncoder
from imbgen.generators.components import dimension_names, summarise_components
from imbgen.schema import Schema

FRAME = pd.DataFrame(
    {
        "age": [20.0, 40.0, np.nan, 60.0, 80.0],
        "sex": ["F", "F", "M", None, "M"],
        "grade": pd.Categorical(list("abbca"), categories=list("abc"), ordered=True),
        "when": pd.to_datetime(["2020-01-01", "2020-01-03", "2020-01-05", "2020-01-07", "2020-01-09"]),
        "site": ["A"] * 5,
    }
)
SCHEMA = Schema.infer(FRAME)


def _summary(labels, weights=(0.6, 0.4)):
    return summarise_components(FRAME, SCHEMA, np.array(labels), weights)


def test_there_is_a_name_for_each_dimension():
    encoder = TableEncoder(SCHEMA).fit(FRAME)
    names = dimension_names(encoder)
    assert len(names) == len(set(names)) == encoder.d_encoded
    encoded = pd.DataFrame(encoder.encode(FRAME, random_state=0), columns=names)
    assert encoded["age missing"].tolist() == FRAME["age"].isna().tolist()
    assert encoded["sex=F"].tolist() == (FRAME["sex"] == "F").tolist()
    assert encoded["sex missing"].tolist() == FRAME["sex"].isna().tolist()


def test_numbers_have_a_mean_and_a_median_of_what_is_there():
    summary = _summary([0, 0, 0, 1, 1])
    assert summary["age", "mean"].tolist() == summary["age", "median"].tolist() == [30.0, 70.0]
    assert summary["age", "missing"].tolist() == [1 / 3, 0.0]
    assert summary["when", "median"].tolist() == [FRAME["when"][1], pd.Timestamp("2020-01-08")]


def test_levels_have_a_mode_and_its_share_of_all_rows():
    summary = _summary([0, 0, 0, 1, 1])
    assert summary["sex", "mode"].tolist() == ["F", "M"]
    assert summary["sex", "share"].tolist() == [2 / 3, 1 / 2]
    assert summary["grade", "mode"][0] == "b"
    assert summary["site", "share"].tolist() == [1.0, 1.0]


def test_only_columns_with_gaps_tell_how_much_is_missing():
    missing = [column for column, statistic in _summary([0, 0, 0, 1, 1]).columns if statistic == "missing"]
    assert missing == ["age", "sex"]


def test_a_component_without_rows_has_no_statistics():
    summary = _summary([0] * 5, weights=(0.9, 0.1))
    assert summary["rows"].tolist() == [5, 0]
    assert summary["weight"].tolist() == [0.9, 0.1]
    assert summary.iloc[1, 2:].isna().all()


def test_a_column_may_be_called_weight():
    frame = pd.DataFrame({"weight": [50.0, 60.0]})
    summary = summarise_components(frame, Schema.infer(frame), np.array([0, 0]), [1.0])
    assert summary["weight", ""].tolist() == [1.0]
    assert summary["weight", "mean"].tolist() == [55.0]
