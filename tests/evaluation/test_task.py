from __future__ import annotations

import numpy as np
import pytest

from imbgen.errors import DataError, ParameterError
from imbgen.evaluation.task import open_task, open_tasks


@pytest.fixture
def tables(table, mixed):
    return {"plain": table, "mixed": mixed}


def test_each_data_set_may_have_its_own_schema(tables):
    again = tables | {"again": tables["mixed"]}
    schema = {"mixed": {"count": "ordinal"}, "again": {"count": "categorical"}, "plain": None}
    tasks = open_tasks(again, schema=schema)
    kinds = {name: str(task.schema.column("count").kind) for name, task in tasks.items() if name != "plain"}
    assert kinds == {"mixed": "ordinal", "again": "categorical"}
    assert str(open_tasks(tables, schema={"plain": {}})["mixed"].schema.column("count").kind) == "integer"


def test_a_schema_for_all_holds_wherever_there_is_such_a_column(tables):
    tasks = open_tasks(tables, schema={"count": {"kind": "ordinal"}, "a": {"low": -99}})
    assert str(tasks["mixed"].schema.column("count").kind) == "ordinal"
    assert [tasks[name].schema.column("a").low for name in tables] == [-99, -99]


def test_arrays_have_a_schema_too(tables):
    X, y = tables["plain"]
    tasks = open_tasks({"array": (X.round().to_numpy(), y)}, schema={"x1": "categorical"})
    assert [str(column.kind) for column in tasks["array"].schema.columns] == [
        "integer",
        "categorical",
        "integer",
    ]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"schema": {"coumt": "ordinal"}}, ParameterError, "'coumt' is neither. Did you mean 'count'?"),
        ({"schema": {"plain": {}, "mixd": {}}}, ParameterError, "'mixd' is none. Did you mean 'mixed'?"),
        ({"schema": {"mixed": {"coumt": "ordinal"}}}, DataError, "Did you mean 'count'?"),
        ({"minority": {"Plain": "no"}}, ParameterError, "'Plain' is none. Did you mean 'plain'?"),
        ({"groups": {"plian": None}}, ParameterError, "'plian' is none. Did you mean 'plain'?"),
        ({"groups": {"plain": np.arange(230)}}, ParameterError, "'mixed' is missing. Add it, with None"),
    ],
    ids=range(6),
)
def test_names_that_are_none_are_told(tables, options, error, message):
    with pytest.raises(error) as caught:
        open_tasks(tables, **options)
    assert message in str(caught.value)


def test_mappings_by_name_are_heeded(tables):
    groups = {"plain": np.arange(230) % 10, "mixed": None}
    tasks = open_tasks(tables, minority={"plain": "no"}, groups=groups)
    assert (tasks["plain"].minority, tasks["mixed"].minority) == ("no", 1)
    assert tasks["mixed"].groups is None
    assert tasks["plain"].groups.tolist() == groups["plain"].tolist()
    for options in ({"minority": {"data": "no"}}, {"groups": groups}):
        with pytest.raises(ParameterError, match="needs data sets by name, however: X is one table"):
            open_tasks(*tables["plain"], **options)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"level": {"kind": "ordinal", "levels": ["x", "y", "z"]}},
            {"level": {"kind": "ordinal", "levels": ["z", "y", "x"]}},
        ),
        ({"b": {"low": -50}}, {"b": {"low": -9}}),
        ({"count": "integer"}, {"count": "categorical"}),
    ],
)
def test_results_of_another_schema_are_not_taken_for_these(mixed, one, other):
    first, again, changed = (open_task("d", *mixed, schema=schema).digest() for schema in (one, one, other))
    assert first == again != changed
