from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import imbgen
from imbgen import profile_table
from imbgen.errors import DataError, ImbgenError, ParameterError
from imbgen.profiling import Severity


def titles(profile):
    return [finding.title for finding in profile.findings]


def test_an_unremarkable_table_gives_a_note_on_its_size_and_advice(table):
    profile = profile_table(*table)
    assert titles(profile) == ["Scores will be uncertain", "Will augmentation help?"]
    assert (profile.n_rows, profile.n_columns, profile.minority, profile.n_minority) == (400, 3, "ill", 40)
    assert profile.imbalance_ratio == 9.0
    assert profile.classes["rows"].to_dict() == {"well": 360, "ill": 40}
    assert profile.columns["kind"].to_dict() == {
        "dose": "continuous",
        "ward": "categorical",
        "age": "integer",
    }
    assert profile.columns["auc"].between(0.3, 0.7).all()
    assert profile.n_rows_auc == profile.n_rows_searched == 400


def test_planted_faults_are_all_found_the_gravest_first(table):
    X, y = table
    X = X.assign(
        infinite=np.where(np.arange(400) == 5, np.inf, X["dose"]),
        leak=np.where(y == "ill", 1.0, X["dose"]),
        gap=X["dose"].where(y == "well"),
        case=np.arange(400),
        visit=[f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(400)],
        price=[f"{value:.2f}" for value in X["dose"]],
        same="x",
        none=np.nan,
    )
    profile = profile_table(X, y)
    found = {finding.title: finding.columns for finding in profile.findings}
    assert found["Infinite values"] == ("infinite",)
    assert found["One column tells the class"] == ("leak", "gap", "case")
    assert found["Missing values depend on the class"] == ("gap",)
    assert found["Identifiers"] == ("case",)
    assert found["Dates held as text"] == ("visit",)
    assert found["Numbers held as text"] == ("price",)
    assert found["Constant columns"] == ("same",)
    assert found["Empty columns"] == ("none",)
    gravity = [list(Severity).index(finding.severity) for finding in profile.findings]
    assert gravity == sorted(gravity)
    assert titles(profile)[0] == "Infinite values"
    assert titles(profile)[-1] == "Will augmentation help?"
    assert profile.columns["remarks"].loc["gap"] == "missing differs by class, gives the class away"


def test_copies_are_found_behind_identifiers(table):
    X, y = table
    X.loc[41] = X.loc[42]  # the same class
    X.loc[3] = X.loc[77]  # another class
    profile = profile_table(X.assign(case=np.arange(400)), y)
    assert (profile.n_repeated, profile.n_repeated_minority) == (1, 0)
    assert (profile.n_contradicting, profile.n_contradicting_minority) == (2, 1)


def test_where_there_is_only_an_identifier_its_rows_are_not_copies():
    profile = profile_table(pd.DataFrame({"case": range(60)}), np.arange(60) < 20)
    assert "Identifiers" in titles(profile)
    assert profile.n_repeated == profile.n_contradicting == 0


def test_near_copies_are_listed(table):
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(400, 5)), columns=list("abcde"))
    X.loc[3, list("abcd")] = X.loc[77, list("abcd")]
    X.loc[9] = X.loc[88] + 1e-4
    pairs = profile_table(X, table[1]).near_copies
    first, second = pairs.to_dict("records")
    assert (first["row"], first["other_row"], first["differ_in"]) == (3, 77, "e")
    assert (second["row"], second["other_row"], second["other_class"]) == (9, 88, "well")
    assert np.isnan(first["distance"])
    assert 0 < second["distance"] < 0.1


def test_the_class_and_the_kinds_may_be_given(table):
    X, y = table
    profile = profile_table(X, y, minority="well", schema={"age": "categorical"})
    assert (profile.minority, profile.n_minority) == ("well", 360)
    assert profile.columns["kind"].loc["age"] == "categorical"


def test_the_same_seed_gives_the_same_profile(table):
    first, second, other = (profile_table(*table, random_state=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.columns, second.columns)
    assert first.findings == second.findings
    assert not first.columns["auc"].equals(other.columns["auc"])
    assert other.random_state == 2


def test_containers_give_the_same_findings(table):
    X, y = table
    expected = str(profile_table(X, y))
    shuffled = X.set_index(np.arange(400)[::-1])
    assert str(profile_table(shuffled, y.to_numpy())) == expected
    assert str(profile_table(pl.from_pandas(X), pl.Series(y.tolist()))) == expected
    assert expected.splitlines()[0].startswith("note: Recall")


def test_nothing_given_is_changed(table):
    X, y = table
    X.loc[0, "dose"] = np.inf
    before = X.copy(), y.copy()
    profile_table(X, y)
    pd.testing.assert_frame_equal(X, before[0])
    pd.testing.assert_series_equal(y, before[1])


@pytest.mark.parametrize(
    ("X", "y", "title"),
    [
        (pd.DataFrame({"x": [1.0, 2.0]}), ["a", "b"], "Classes of one row"),
        (pd.DataFrame({"x": [1.0]}), ["a"], "One class only"),
        (pd.DataFrame({"x": [1.0] * 60}), ["a"] * 50 + ["b"] * 10, "Equal rows, different classes"),
        (np.ones((60, 2)), np.arange(60) // 30, "Constant columns"),
        (pd.DataFrame({"x": np.arange(60.0)}), np.linspace(0, 1, 60), "The target is no class label"),
        (pd.DataFrame({("a", 1): [1, 2], 7: [3, 4]}), [True, False], "Classes of one row"),
    ],
)
def test_odd_tables_are_described(X, y, title):
    assert title in titles(profile_table(X, y))


def test_a_measurement_gets_no_advice_on_augmentation(table):
    assert "Will augmentation help?" not in titles(profile_table(table[0], table[0]["dose"]))


@pytest.mark.parametrize(
    ("X", "y", "options", "error"),
    [
        (pd.DataFrame({"x": [1, 2]}), ["a"], {}, DataError),
        (pd.DataFrame({"x": [np.nan, np.nan]}), ["a", "b"], {}, DataError),
        (pd.DataFrame({"x": [1, 2]}), ["a", "b"], {"schema": {"z": "integer"}}, DataError),
        (pd.DataFrame({"x": [1, 2]}), ["a", "b"], {"minority": "c"}, DataError),
        (pd.DataFrame({"x": [1, 2]}), ["a", "b"], {"random_state": -1}, ParameterError),
        ("table.csv", ["a"], {}, DataError),
    ],
)
def test_what_cannot_be_described_is_refused(X, y, options, error):
    with pytest.raises(error) as caught:
        profile_table(X, y, **options)
    assert isinstance(caught.value, ImbgenError)


def test_the_embedded_tables_have_what_their_cards_say():
    profile = profile_table(*imbgen.load_dataset("hypothyroid"))
    assert profile.columns["missing"].loc["TBG"] == pytest.approx(0.92, abs=0.005)
    ecoli = profile_table(*imbgen.load_dataset("ecoli"))
    assert {"lip", "chg"} & {c for f in ecoli.findings if "constant" in f.title.lower() for c in f.columns}
