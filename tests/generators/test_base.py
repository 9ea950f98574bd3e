"""What `BaseGenerator` remembers of a fit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from imbgen import FlowGenerator, GMMGenerator, VAEGenerator, load_generator


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
