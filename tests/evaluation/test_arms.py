from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler

from imbgen import GANGenerator, KernelGenerator, OverSampler
from imbgen.errors import ParameterError
from imbgen.evaluation.arms import list_arms, resolve_arms
from imbgen.tables import write_table

ALWAYS = ["nothing", "class weight", "tuned threshold", "random over-sampling", "SMOTE", "GMM"]


def names(arms):
    return [arm.name for arm in resolve_arms(arms)][len(ALWAYS) :]


def test_some_are_always_there():
    assert [arm.name for arm in resolve_arms()] == ALWAYS
    assert all(arm.always for arm in resolve_arms())


def test_names_are_those_of_classes_and_never_twice():
    given = [
        SMOTE(),
        GANGenerator(),
        OverSampler(KernelGenerator()),
        OverSampler(),
        RandomOverSampler(),
        SMOTE(),
    ]
    assert names(given) == ["SMOTE (2)", "GAN", "Kernel", "GMM (2)", "RandomOverSampler", "SMOTE (3)"]
    assert names(SMOTE()) == ["SMOTE (2)"]
    assert names({"a": SMOTE(), "b": KernelGenerator()}) == ["a", "b"]


def test_rows_come_from_frames_arrays_and_files(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    write_table(frame, tmp_path / "made.csv")
    for source in (frame, frame.to_numpy(), str(tmp_path / "made.csv"), tmp_path / "made.csv"):
        (arm,) = resolve_arms([source])[len(ALWAYS) :]
        assert (arm.kind, len(arm.source), arm.takes_ratio) == ("rows", 2, True)
    assert names(tmp_path / "made.csv") == ["made"]


def test_what_they_are_is_told_without_addresses():
    class Own:
        def fit_resample(self, X, y):
            return X, y

    table = list_arms(resolve_arms({"own": Own(), "kernels": KernelGenerator(), "rows": np.ones((3, 2))}))
    told = table.set_index("arm")["description"]
    assert "0x" not in told["own"]
    assert told["kernels"] == "KernelGenerator()"
    assert told["rows"] == "3 rows made elsewhere"


@pytest.mark.parametrize("source", [3, None, "GANGenerator"])
def test_other_things_are_no_arms(source):
    with pytest.raises((ParameterError, OSError, ValueError)):
        resolve_arms({"odd": source})


@pytest.mark.parametrize("name", [*ALWAYS, "real rows"])
def test_names_of_arms_that_are_always_there_are_taken(name):
    with pytest.raises(ParameterError, match="is taken by an arm that is always there"):
        resolve_arms({name: SMOTE()})


@pytest.mark.parametrize("name", ["SMOTE", "GANGenerator", "SMOT"])
def test_a_name_is_no_arm(name):
    with pytest.raises(ParameterError, match=f"'{name}' is a name.*Make an object of the class"):
        resolve_arms(name)
    with pytest.raises(ParameterError, match="one is empty"):
        resolve_arms({" ": SMOTE()})
