"""Objects that are no generators of ours as pre-samplers: seeds, tuples, dtypes, and what cannot be."""

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from imbgen import SMOTEGenerator
from imbgen.errors import DataError, ModelFileError
from imbgen.generators.presamplers import ObjectGenerator, as_generator

ROWS = pd.DataFrame(
    {"x": np.random.default_rng(0).normal(size=40), "n": np.random.default_rng(1).integers(0, 9, 40)}
)


class Repeater:
    """Draws rows from NumPy's own generator, which nobody can seed from outside."""

    def fit(self, rows):
        self.rows, self.random = rows, np.random.default_rng(5)

    def sample(self, n):
        return self.rows.iloc[self.random.integers(len(self.rows), size=n)].to_numpy()


@pytest.mark.parametrize(
    "sampler",
    [GaussianMixture(2), KernelDensity(bandwidth=0.3), Repeater()],
    ids=["mixture", "kernels", "own"],
)
def test_the_seed_decides_and_dtypes_come_back(sampler):
    first, second = (ObjectGenerator(sampler=sampler, random_state=0).fit(ROWS) for _ in range(2))
    rows = first.sample(5000, random_state=1)
    pd.testing.assert_frame_equal(rows, second.sample(5000, random_state=1))
    assert not rows.equals(first.sample(5000, random_state=2))
    assert rows.dtypes.equals(ROWS.dtypes)
    assert rows["n"].between(0, 8).all()


def test_the_object_itself_is_never_fitted():
    mixture = GaussianMixture(2)
    ObjectGenerator(sampler=mixture, random_state=0).fit(ROWS)
    assert not hasattr(mixture, "means_")
    assert mixture.random_state is None


def test_too_few_rows_are_an_error():
    class Miser(Repeater):
        def sample(self, n):
            return super().sample(n // 2)

    with pytest.raises(DataError, match="must give as many rows"):
        ObjectGenerator(sampler=Miser(), random_state=0).fit(ROWS)


def test_it_cannot_be_saved(tmp_path):
    generator = ObjectGenerator(sampler=GaussianMixture(1), random_state=0).fit(ROWS)
    with pytest.raises(ModelFileError, match="which only a pickle could keep"):
        generator.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_generator_stays_one():
    smote = SMOTEGenerator(n_neighbors=2)
    copied = as_generator(smote)
    assert copied is not smote
    assert copied.get_params() == smote.get_params()
