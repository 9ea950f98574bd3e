from __future__ import annotations

import dataclasses

import pytest

from imbgen.errors import ParameterError
from imbgen.tables import CSVFormat


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"delimiter": ";;"}, ["`delimiter` must be one character", "delimiter=';;'", "';'"]),
        ({"delimiter": ""}, ["delimiter=''"]),
        ({"delimiter": "x"}, ["no letter"]),
        ({"delimiter": "\n"}, ["line break"]),
        ({"quotechar": ""}, ["`quotechar` must be one character"]),
        ({"decimal": ";"}, ["a point or a comma", "decimal=';'"]),
        ({"decimal": ",", "delimiter": ","}, ["`delimiter` and `decimal` must differ", "','"]),
        ({"delimiter": '"'}, ["`delimiter` and `quotechar` must differ"]),
        ({"quotechar": ","}, []),
        ({"encoding": "utf-9"}, ["`encoding` must be a text encoding", "'utf-9'", "Did you mean 'utf"]),
        ({"encoding": "latni-1"}, ["Did you mean 'latin-1'?"]),
        ({"encoding": "base64"}, ["'base64' is none"]),
        ({"encoding": ""}, ["'' is none"]),
        ({"missing": "?"}, ["`missing` must be a list", "'?'"]),
        ({"missing": [-999]}, ["[-999]"]),
    ],
)
def test_what_no_csv_file_can_have(options, parts):
    if not parts:
        assert CSVFormat(**options).quotechar == ","
        return
    with pytest.raises(ParameterError) as caught:
        CSVFormat(**options)
    assert [part for part in parts if part not in str(caught.value)] == []


def test_a_tab_can_be_written_as_a_shell_can():
    assert CSVFormat(delimiter=r"\t") == CSVFormat(delimiter="\t")


def test_formats_are_frozen_and_hashable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CSVFormat().decimal = ","
    assert len({CSVFormat(missing=["?"]), CSVFormat(missing=("?",))}) == 1
