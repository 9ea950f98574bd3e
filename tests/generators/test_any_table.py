"""Tables of any kind through every generator: no error, no other dtype, no value that could not occur."""

import pytest
from hypothesis import HealthCheck, given, settings

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
from imbgen.generators.registry import GENERATORS
from imbgen.testing.laws import columns_and_dtypes_are_kept, only_possible_values_occur
from imbgen.testing.strategies import tables

NETWORK = {"n_updates": 1, "check_every": 1, "n_folds": 2, "d_hidden": 4, "batch_size": 8}
QUICK = {
    "GMMGenerator": GMMGenerator(max_components=2),
    "InterpolationGenerator": InterpolationGenerator(n_neighbors=3),
    "KernelGenerator": KernelGenerator(),
    "SMOTEGenerator": SMOTEGenerator(n_neighbors=3),
    "CopulaGenerator": CopulaGenerator(),
    "BorderSMOTEGenerator": BorderSMOTEGenerator(n_neighbors=3),
}
NETWORKS = {
    "FlowGenerator": FlowGenerator(**NETWORK, n_steps=1),
    "GANGenerator": GANGenerator(**NETWORK),
    "HybridGenerator": HybridGenerator(**NETWORK),
    "VAEGenerator": VAEGenerator(**NETWORK, codes="posterior"),
}


def _check(generator, n_examples, **sizes):
    @settings(max_examples=n_examples, suppress_health_check=list(HealthCheck))
    @given(tables(**sizes))
    def check(table):
        columns_and_dtypes_are_kept(generator, table)
        only_possible_values_occur(generator, table)

    check()


@pytest.mark.parametrize("name", QUICK)
def test_any_table(name):
    _check(QUICK[name], 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_many_tables(name):
    _check(QUICK[name], 150)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_any_table_through_a_network(name):
    _check(NETWORKS[name], 60, min_rows=30)


def test_every_generator_is_in_a_list():
    assert QUICK.keys() | NETWORKS.keys() == set(GENERATORS)
