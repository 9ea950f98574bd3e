from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from imbgen.datasets import DatasetInfo, dataset_card, list_datasets, load_dataset
from imbgen.errors import DataError
from imbgen.schema import Schema

NAMES = [info.name for info in list_datasets()]


def test_the_embedded_names_are_sorted():
    assert sorted(NAMES) == NAMES
    assert {"car_evaluation", "ecoli", "hepatitis", "hypothyroid", "page_blocks0"} <= set(NAMES)


@pytest.mark.parametrize(
    ("name", "shape", "minority", "n_minority"),
    [
        ("car_evaluation", (1728, 6), "vgood", 65),
        ("ecoli", (336, 7), "imL", 2),
        ("hepatitis", (155, 19), "DIE", 32),
        ("hypothyroid", (3163, 25), "hypothyroid", 151),
        ("page_blocks0", (5472, 10), "positive", 559),
    ],
)
def test_known_facts(name, shape, minority, n_minority):
    info = next(info for info in list_datasets() if info.name == name)
    X, y = load_dataset(name)
    assert X.shape == (info.n_rows, info.n_columns) == shape
    assert (info.minority, info.n_minority) == (minority, n_minority)
    assert (y == minority).sum() == n_minority


def test_the_laws_that_the_card_of_page_blocks_states():
    X, _ = load_dataset("page_blocks0")
    laws = {
        "area": X["height"] * X["length"],
        "eccentricity": X["length"] / X["height"],
        "p_black": X["blackpix"] / X["area"],
        "p_and": X["blackand"] / X["area"],
        "mean_tr": X["blackpix"] / X["wb_trans"],
    }
    for name, value in laws.items():
        assert ((X[name] - value).abs() <= 0.01 + 1e-9).mean() > 0.99, name


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("hepatitis", {"integer": 4, "continuous": 2, "categorical": 13}),
        ("page_blocks0", {"integer": 6, "continuous": 4}),
    ],
)
def test_the_kinds_are_those_of_the_card(name, kinds):
    X, _ = load_dataset(name)
    found = [str(column.kind) for column in Schema.infer(X).columns]
    assert {kind: found.count(kind) for kind in found} == kinds


@pytest.mark.parametrize("name", NAMES)
def test_features_and_labels_fit_together(name):
    X, y = load_dataset(name)
    assert y.name == "target"
    assert "target" not in X.columns
    assert X.columns.is_unique
    assert X.index.equals(y.index)
    assert not y.isna().any()


def test_each_call_returns_a_table_of_its_own():
    first, _ = load_dataset("ecoli")
    first.iloc[:, 0] = -1.0
    second, _ = load_dataset("ecoli")
    assert (second.iloc[:, 0] >= 0).all()


@pytest.mark.parametrize("info", list_datasets(), ids=lambda info: info.name)
def test_every_card_says_what_list_datasets_needs_and_whom_to_cite(info):
    card = dataset_card(info.name)
    X, _ = load_dataset(info.name)
    assert info.licence == "CC BY 4.0"
    assert len(info.description) > 30
    assert not info.description.startswith(("#", "-"))
    assert "- **Cite:**" in card
    assert "https://doi.org/" in card
    assert f"{info.n_rows:,} rows, {info.n_columns} columns, {info.n_classes} classes" in card
    assert [column for column in X.columns if f"`{column}`" not in card] == []


def test_info_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        list_datasets()[0].n_rows = 0
    assert isinstance(list_datasets(), tuple)
    assert all(isinstance(info, DatasetInfo) for info in list_datasets())


@pytest.mark.parametrize("call", [load_dataset, dataset_card])
@pytest.mark.parametrize("name", ["hypothyriod", "../ecoli", "", "embedded"])
def test_unknown_name_lists_the_known_ones(call, name):
    with pytest.raises(
        DataError, match="car_evaluation, ecoli, hepatitis, hypothyroid, page_blocks0"
    ) as caught:
        call(name)
    assert f"name={name!r}" in str(caught.value)
    assert ("Did you mean 'hypothyroid'?" in str(caught.value)) == (name == "hypothyriod")


def test_loading_needs_no_torch():
    code = "import sys, imbgen.datasets as d; d.list_datasets(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
