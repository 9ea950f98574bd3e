from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from imblearn.over_sampling import SMOTE

from imbgen import GMMGenerator, OverSampler
from imbgen.config import DataConfig, ResampleConfig, TrainConfig
from imbgen.errors import ConfigError

DATA = DataConfig("ecoli", schema={"mcg": "integer"})


def test_configs_are_frozen():
    with pytest.raises(FrozenInstanceError):
        DATA.path = "x"
    with pytest.raises(FrozenInstanceError):
        TrainConfig(DATA, GMMGenerator()).seed = 1
    with pytest.raises(FrozenInstanceError):
        ResampleConfig(DATA, SMOTE(), "x.csv").seed = 1


@pytest.mark.parametrize(
    ("sampler", "options", "part"),
    [
        (None, {}, "`sampler` must be a sampler, however: sampler=None"),
        (SMOTE(), {"seed": -1}, "seed=-1"),
        (SMOTE(), {"mark_file": "./x.csv"}, "`out` and `mark_file` must be different files"),
        (GMMGenerator(schema={"gvh": "integer"}), {}, "`sampler.init_args.schema` are set"),
        (
            OverSampler(GMMGenerator(schema={"gvh": "integer"})),
            {},
            "`sampler.init_args.generator.init_args.schema` are set",
        ),
    ],
)
def test_what_is_refused_of_resample(sampler, options, part):
    with pytest.raises(ConfigError) as caught:
        ResampleConfig(DATA, sampler, "x.csv", **options)
    assert part in str(caught.value)
