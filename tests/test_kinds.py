"""What a user says of a column against the inference: kinds, orders of levels, bounds."""

import numpy as np
import pandas as pd
import pytest

from imbgen import GMMGenerator, KernelGenerator, Schema, VAEGenerator, load_generator
from imbgen.errors import DataError

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "grade": RNG.choice(["low", "mid", "high"], 60),
        "share": RNG.random(60),
        "day": pd.Categorical(RNG.choice(pd.date_range("2024-01-01", periods=3), 60)),
        "age": RNG.integers(18, 60, 60),
    }
)
ORDER = {"grade": {"kind": "ordinal", "levels": ["low", "mid", "high"]}}


def test_levels_have_the_order_given():
    assert Schema.infer(FRAME, ORDER).column("grade").levels == ("low", "mid", "high")
    assert Schema.infer(FRAME, {"grade": "ordinal"}).column("grade").levels == ("high", "low", "mid")


def test_only_levels_that_were_seen_are_kept():
    given = {"grade": {"kind": "ordinal", "levels": ["none", "low", "mid", "high", "top"]}}
    assert Schema.infer(FRAME, given).column("grade").levels == ("low", "mid", "high")


def test_an_order_is_an_order_of_neighbours():
    """In rank space the middle level of an order lies between the others."""
    frame = pd.DataFrame({"grade": np.repeat(["low", "mid", "high"], 40)})
    frame["x"] = np.repeat([0.0, 1.0, 2.0], 40) + RNG.normal(0, 0.1, 120)
    generator = KernelGenerator(schema=ORDER, random_state=0).fit(frame)
    rows = generator.sample(600, random_state=0)
    middle = rows.groupby("grade")["x"].mean()
    assert middle["low"] < middle["mid"] < middle["high"]


@pytest.mark.parametrize(
    "generator", [KernelGenerator(), VAEGenerator(n_updates=2, n_folds=2, d_hidden=4, codes="posterior")]
)
def test_floats_stay_within_the_bounds_given(generator):
    """Without bounds the largest value of a small class is passed by up to one gap."""
    frame = pd.DataFrame({"share": np.r_[np.linspace(0.05, 0.5, 34), 0.98], "x": RNG.normal(size=35)})
    free = generator.set_params(random_state=0).fit(frame).sample(4000, random_state=0)["share"]
    bounds = {"share": {"low": 0.049, "high": 1.0}}
    bounded = generator.set_params(schema=bounds).fit(frame).sample(4000, random_state=0)["share"]
    assert free.max() > 1.0 or free.min() < 0.049
    assert bounded.between(0.049, 1.0).all()
    pd.testing.assert_series_equal(bounded, free.clip(0.049, 1.0))


def test_what_is_given_is_saved(tmp_path):
    days = list(FRAME["day"].cat.categories)[::-1]
    given = ORDER | {"share": {"low": 0, "high": 1}, "day": {"levels": days}}
    generator = GMMGenerator(schema=given, random_state=0).fit(FRAME)
    loaded = load_generator(generator.save(tmp_path / "model"))
    assert loaded.schema_ == generator.schema_
    assert loaded.schema_.column("day").levels == tuple(days)
    assert Schema.infer(FRAME, loaded.schema) == generator.schema_
    pd.testing.assert_frame_equal(loaded.sample(9, random_state=1), generator.sample(9, random_state=1))


def test_overrides_make_the_same_schema_of_fewer_rows():
    schema = Schema.infer(FRAME, ORDER | {"share": {"high": 1}})
    again = Schema.infer(FRAME.head(8), schema.overrides)
    kinds, expected = ([(c.kind, c.low, c.high) for c in each.columns] for each in (again, schema))
    assert kinds == expected
    assert list(again.column("grade").levels) == [
        level for level in ("low", "mid", "high") if level in set(FRAME["grade"].head(8))
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"grades": "ordinal"}, "'grades' is none. Did you mean 'grade'"),
        ({"grade": "ordinall"}, "'ordinall'. Did you mean 'ordinal'"),
        ({"grade": {"kinds": "ordinal"}}, "'kinds'. Did you mean 'kind'"),
        ({"grade": {"levels": "low"}}, "levels='low'"),
        ({"grade": {"levels": ["low", "low", "mid", "high"]}}, "each level occurs once"),
        ({"grade": {"kind": "ordinal", "levels": ["low", "high"]}}, "mid is missing"),
        ({"age": {"levels": [1, 2]}}, "'age' is integer"),
        ({"share": {"low": "0"}}, "low='0'"),
        ({"share": {"high": True}}, "high=True"),
        ({"share": {"high": 0.5}}, r"of 60 values of 'share' pass low=None, high=0.5"),
        ({"age": {"low": 0}}, "Only continuous columns have bounds, however: 'age' is integer"),
    ],
    ids=str,
)
def test_what_contradicts(given, message):
    with pytest.raises(DataError, match=message):
        GMMGenerator(schema=given).fit(FRAME)
