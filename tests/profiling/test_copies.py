from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from imbgen.profiling.coded import code_columns
from imbgen.profiling.copies import Twin, find_copies

MINORITY = np.arange(100) < 10


def copies_of(frame, labels):
    labels = np.asarray(labels)
    return find_copies(code_columns(frame)[1], labels, labels == 1)


def continuous():
    return pd.DataFrame(np.random.default_rng(0).normal(size=(100, 4)), columns=list("abcd"))


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.integers(0, 1)), min_size=1, max_size=12)
)
def test_copies_are_those_that_comparing_all_rows_finds(rows):
    frame = pd.DataFrame(rows, columns=["x", "y", "label"])
    copies = copies_of(frame[["x", "y"]], frame["label"])
    equal = [[(a[:2] == b[:2], a[2] == b[2]) for b in rows] for a in rows]
    assert copies.repeated.tolist() == [(True, True) in line[:i] for i, line in enumerate(equal)]
    assert copies.contradicting.tolist() == [(True, False) in line for line in equal]


def test_missing_equals_missing():
    frame = pd.DataFrame({"x": [1.0, np.nan, np.nan, np.nan], "y": ["a", None, None, "a"]})
    copies = copies_of(frame, [0, 0, 0, 0])
    assert copies.repeated.tolist() == [False, False, True, False]


def test_a_copy_altered_in_one_column_is_found():
    frame = continuous()
    frame.loc[3, ["a", "b", "d"]] = frame.loc[70, ["a", "b", "d"]]
    assert copies_of(frame, MINORITY.astype(int)).twins == (Twin(3, 70, "c"),)


def test_twins_of_the_same_class_are_not_told():
    frame = continuous()
    frame.loc[3, ["a", "b", "d"]] = frame.loc[4, ["a", "b", "d"]]
    assert copies_of(frame, MINORITY.astype(int)).twins == ()


def test_where_twins_are_the_rule_none_is_told():
    frame = pd.DataFrame(itertools.product("ab", "cd", "efg", range(5)), columns=list("wxyz"))
    assert copies_of(frame, np.arange(60) < 10).twins == ()


def test_a_contradiction_is_no_twin():
    frame = continuous()
    frame.loc[3] = frame.loc[70]
    copies = copies_of(frame, MINORITY.astype(int))
    assert np.flatnonzero(copies.contradicting).tolist() == [3, 70]
    assert copies.twins == ()
