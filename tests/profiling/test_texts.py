from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.profiling.coded import code_columns
from imbgen.profiling.texts import identity_traits, text_traits
from imbgen.profiling.traits import Trait

RNG = np.random.default_rng(0)


def column_of(values, name="x"):
    return code_columns(pd.DataFrame({name: values}))[1][0]


def numbers(form):
    return [form.format(value) for value in RNG.normal(50, 20, size=60)]


@pytest.mark.parametrize(
    ("values", "trait"),
    [
        ([f"2024-05-{day:02}" for day in range(1, 29)], Trait.DATE_TEXT),
        ([f"2024-05-{day:02}T12:30:00Z" for day in range(1, 29)], Trait.DATE_TEXT),
        ([f"{day}.5.2024" for day in range(1, 29)], Trait.DATE_TEXT),
        ([f"{day}/5/24" for day in range(1, 29)], Trait.DATE_TEXT),
        ([f"{day} May 2024" for day in range(1, 29)], Trait.DATE_TEXT),
        ([*(f"2024-05-{day:02}" for day in range(1, 29)), "?", "?"], Trait.DATE_TEXT),
        (numbers("{:.2f}"), Trait.NUMBER_TEXT),
        (numbers("{:.2e}"), Trait.NUMBER_TEXT),
        (numbers("{:.1f} %"), Trait.NUMBER_TEXT),
        ([text.replace(".", ",") for text in numbers("{:.2f}")], Trait.NUMBER_TEXT),
        ([*numbers("{:.2f}"), "?", "unknown"], Trait.NUMBER_TEXT),
    ],
)
def test_dates_and_numbers_held_as_text_are_seen(values, trait):
    found = dict(text_traits(column_of(values)))
    assert found.keys() - {Trait.MISSING_TEXT} == {trait}
    assert "such as" in found[trait]


@pytest.mark.parametrize(
    "values",
    [
        list("12345") * 20,  # levels
        [f"{i:05}" for i in range(60)],  # postcodes
        [*numbers("{:.0f}"), *["high", "low"] * 9],  # neither numbers nor words
        [f"1.{i}.0" for i in range(40)],  # versions
        ["red", "green"] * 20,
    ],
)
def test_names_are_neither_dates_nor_numbers(values):
    assert dict(text_traits(column_of(values))) == {}


@pytest.mark.parametrize("word", ["?", "n/a", " Unknown ", "-", ""])
def test_words_for_missing_are_counted(word):
    assert dict(text_traits(column_of(["a", "b", word, word]))) == {
        Trait.MISSING_TEXT: f"{word.strip()!r} in 2 rows"
    }


def test_none_is_a_level():
    assert dict(text_traits(column_of(["none", "some", "none"]))) == {}


SCATTERED = RNG.permutation(np.arange(10**6, 10**9, 10**7)).tolist()  # 100 values, no two alike


@pytest.mark.parametrize(
    ("values", "name", "trait"),
    [
        (range(50), "x", Trait.IDENTIFIER),  # rises with the rows
        (range(50, 0, -1), "x", Trait.IDENTIFIER),
        (RNG.permutation(80), "x", Trait.IDENTIFIER),  # too dense not to repeat by chance
        (SCATTERED, "customer_id", Trait.IDENTIFIER),  # called one
        (SCATTERED, "customerID", Trait.IDENTIFIER),
        (SCATTERED, "amount", None),
        (SCATTERED, "humid", None),
        (range(19), "x", None),
        (RNG.integers(0, 80, 80), "x", None),
        ([f"Ms {i}" for i in range(50)], "x", Trait.IDENTIFIER),
        ([f"Ms {i % 45}" for i in range(50)], "x", None),
        (np.repeat(range(30), 4), "patient_id", Trait.GROUP),
        ([f"p{i // 4}" for i in range(120)], "patient_id", Trait.GROUP),
        (np.repeat(range(30), 4), "month", None),
        (RNG.normal(size=50), "id", None),
    ],
)
def test_identifiers_and_groups(values, name, trait):
    assert list(dict(identity_traits(column_of(values, name)))) == ([trait] if trait else [])
