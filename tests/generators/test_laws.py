"""One law-test for all generators: a new generator is one name in a list."""

import pytest
from sklearn.base import clone

from imbgen import (
    BorderSMOTEGenerator,
    CopulaGenerator,
    FlowGenerator,
    GANGenerator,
    GMMGenerator,
    HybridGenerator,
    InterpolationGenerator,
    KernelGenerator,
    SMOTEGenerator,
    VAEGenerator,
)
from imbgen.generators.deep import DeepGenerator
from imbgen.generators.registry import GENERATORS
from imbgen.testing import LAWS, check_generator, standard_tables

TABLES = standard_tables()
NETWORK = {"n_updates": 2, "check_every": 1, "n_folds": 2, "d_hidden": 8, "batch_size": 8}
CHEAP = {
    "BorderSMOTEGenerator": BorderSMOTEGenerator(n_neighbors=3),
    "CopulaGenerator": CopulaGenerator(),
    "FlowGenerator": FlowGenerator(**NETWORK, n_steps=2),
    "GMMGenerator": GMMGenerator(max_components=3),
    "GANGenerator": GANGenerator(**NETWORK),
    "HybridGenerator": HybridGenerator(**NETWORK, presampler=GMMGenerator(max_components=2)),
    "InterpolationGenerator": InterpolationGenerator(n_neighbors=3),
    "KernelGenerator": KernelGenerator(),
    "SMOTEGenerator": SMOTEGenerator(n_neighbors=3),
    "VAEGenerator": VAEGenerator(**NETWORK, codes="posterior"),
}
DEEP = [name for name, generator in CHEAP.items() if isinstance(generator, DeepGenerator)]
# A fit of a network takes half a second even at two updates; these tables take the paths that matter. Of what
# is left each law meets every fourth table, and the other pairs are slow.
DEEP_TABLES = ("mixed_49_rows", "29_rows", "categorical", "constant_columns", "nothing_varies")


def _is_fast(name, table, i):
    if name == "HybridGenerator":  # it is scored by a dozen candidates besides
        return False
    tables = DEEP_TABLES if name in DEEP else tuple(TABLES)
    return table in tables and (tables.index(table) + i) % 4 == 0


def _cases():
    for name in CHEAP:
        for j, table in enumerate(TABLES):
            for i, law in enumerate(LAWS):
                fast = _is_fast(name, table, i)
                # Networks share what most laws are about: each pair of law and table is met by one of them.
                if fast or name not in DEEP or (i + j + DEEP.index(name)) % len(DEEP) == 0:
                    marks = [] if fast else [pytest.mark.slow]
                    yield pytest.param(name, table, law, id=f"{name}-{table}-{law.__name__}", marks=marks)


@pytest.mark.parametrize(("name", "table", "law"), list(_cases()))
def test_law(name, table, law):
    law(clone(CHEAP[name]), TABLES[table])


@pytest.mark.slow
def test_an_autoencoder_that_chooses_what_its_codes_are_drawn_from_keeps_the_laws():
    check_generator(VAEGenerator(**NETWORK), {"mixed_49_rows": TABLES["mixed_49_rows"]})


def test_every_generator_is_in_the_list():
    assert CHEAP.keys() == set(GENERATORS)


def test_check_generator_finds_a_broken_law():
    class Forgetful(GMMGenerator):
        def _sample_block(self, rng):
            return super()._sample_block(rng).iloc[:, ::-1]

    with pytest.raises(
        AssertionError, match=r"Forgetful: columns and dtypes are kept \(table 'numeric'\): columns"
    ):
        check_generator(Forgetful(), {"numeric": TABLES["numeric"]})
