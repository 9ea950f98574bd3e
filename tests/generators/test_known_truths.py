"""Laws that are known: modes on a grid, a column that follows from others, a level and a gap that depend.

Each network learns a few hundred rows at its defaults, which takes a minute or so.
"""

import numpy as np
import pandas as pd
import pytest

from imbgen import FlowGenerator, GANGenerator, VAEGenerator

pytestmark = pytest.mark.slow
every_network = pytest.mark.parametrize("network", [FlowGenerator, GANGenerator, VAEGenerator])


@pytest.fixture(scope="module", autouse=True)
def few_scored():
    """Score as users do: what is known must be found at the defaults."""


def _sample(network, rows):
    return network(random_state=0).fit(rows).sample(4000, random_state=0)


@every_network
def test_all_modes_of_a_grid(network):
    """25 Gaussians two apart with standard deviations of 0.05; within three of these a row is on a mode."""
    rng = np.random.default_rng(0)
    centres = np.stack(np.meshgrid(np.arange(5), np.arange(5)), axis=-1).reshape(25, 2) * 2.0
    rows = pd.DataFrame(np.repeat(centres, 10, axis=0) + rng.normal(0, 0.05, (250, 2)), columns=["a", "b"])
    new = _sample(network, rows).to_numpy()
    nearest = np.rint(new / 2).clip(0, 4)
    on_a_mode = np.linalg.norm(new - 2 * nearest, axis=1) < 3 * 0.05
    modes = np.bincount((5 * nearest[:, 0] + nearest[:, 1]).astype(int)[on_a_mode], minlength=25)
    assert (modes > 40).all()  # a quarter of its share
    assert on_a_mode.mean() > 0.95


@every_network
def test_columns_that_depend_on_each_other(network):
    """A sum of two numbers, a level that a number decides, a gap that a level decides."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 600))
    site = np.where(rng.random(600) < 0.3, "lab", "home")
    dose = np.where((site == "home") & (rng.random(600) < 0.8), np.nan, rng.gamma(2.0, 1.0, 600))
    high = np.where(a > 0.5, "yes", "no")
    new = _sample(
        network, pd.DataFrame({"a": a, "b": b, "sum": a + b, "high": high, "site": site, "dose": dose})
    )
    assert (new["sum"] - new["a"] - new["b"]).var() < 0.1 * new["sum"].var()
    assert ((new["high"] == "yes") == (new["a"] > 0.5)).mean() > 0.93  # 0.57 if independent
    missing = new["dose"].isna().groupby(new["site"]).mean()
    assert missing["lab"] < 0.15  # 0.56 if independent
    assert missing["home"] == pytest.approx(0.8, abs=0.08)
