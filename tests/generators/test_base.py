"""What `BaseGenerator` remembers of a fit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from imbgen import FlowGenerator, GMMGenerator, VAEGenerator, load_generator
from imbgen.errors import DataError, ParameterError
from imbgen.generators.deep import DeepGenerator
from imbgen.generators.registry import GENERATORS, generator_class


def _rows(n):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=n), "c": rng.choice(["a", "b"], n)})


@pytest.mark.parametrize(
    ("generator", "later"),
    [
        (FlowGenerator(n_folds=2, d_hidden=4, n_updates=2), {"n_folds": 3, "n_steps": 2, "start_time": 0.0}),
        (FlowGenerator(n_folds=2, d_hidden=4, n_updates=2), {"n_blocks": 5, "d_hidden": 7}),
        (VAEGenerator(n_folds=2, d_hidden=4, n_updates=2), {"n_folds": 3, "d_latent": 9}),
        (GMMGenerator(), {"max_components": 1, "schema": {"nothing": "integer"}}),
    ],
)
def test_parameters_set_after_the_fit_change_nothing(tmp_path, generator, later):
    fitted = clone(generator).set_params(random_state=0).fit(_rows(60))
    rows = fitted.sample(20, random_state=1)
    loaded = load_generator(fitted.set_params(**later).save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(20, random_state=1), rows)


RULES = [{"ordered": ["low", "high"]}, {"combinations": ["city", "state"]}, {"positive": ["low"]}]


def _ruled_table():
    rng = np.random.default_rng(0)
    low, city = rng.gamma(2, 3, 60), rng.integers(0, 12, 60)
    return pd.DataFrame(
        {
            "low": low,
            "high": low + rng.gamma(1, 3, 60),
            "city": [f"c{i}" for i in city],
            "state": pd.Categorical([f"s{i // 4}" for i in city]),
            "other": rng.normal(size=60),
        }
    )


@pytest.mark.filterwarnings("ignore::imbgen.errors.FallbackWarning")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * issubclass(generator_class(name), DeepGenerator))
        for name in sorted(GENERATORS)
    ],
)
def test_rows_obey_the_rules(name, tmp_path):
    cheap = {"n_updates": 1, "n_folds": 2, "d_hidden": 4}
    kind = generator_class(name)
    parameters = {key: value for key, value in cheap.items() if key in kind().get_params()}
    table = _ruled_table()
    generator = kind(**parameters, rules=RULES, random_state=0).fit(table)
    rows = generator.sample(500, random_state=1)
    assert (rows["low"] <= rows["high"]).all()
    assert (rows["low"] > 0).all()
    seen = set(zip(table["city"], table["state"], strict=True))
    assert set(zip(rows["city"], rows["state"], strict=True)) <= seen
    pd.testing.assert_frame_equal(
        rows, load_generator(generator.save(tmp_path / "m")).sample(500, random_state=1)
    )
    free = kind(**parameters, random_state=0).fit(table).sample(500, random_state=1)
    together = [pair in seen for pair in zip(free["city"], free["state"], strict=True)]
    assert not (all(together) and (free["low"] <= free["high"]).all())


def test_rules_that_were_set_after_fit_wait_for_the_next_one():
    generator = GMMGenerator(rules=RULES, random_state=0).fit(_ruled_table())
    before = generator.sample(50, random_state=1)
    pd.testing.assert_frame_equal(generator.set_params(rules=None).sample(50, random_state=1), before)


def test_wrong_rules_stop_a_fit():
    with pytest.raises(ParameterError, match="Did you mean 'ordered'"):
        GMMGenerator(rules=[{"order": ["low", "high"]}]).fit(_ruled_table())


def test_refused_rows_leave_an_earlier_fit_as_it_was():
    generator = GMMGenerator(random_state=0).fit(np.random.default_rng(0).normal(size=(30, 2)))
    before = generator.sample(5, random_state=0)
    with pytest.raises(DataError):
        generator.fit(np.full((5, 2), np.inf))
    np.testing.assert_array_equal(generator.sample(5, random_state=0), before)
