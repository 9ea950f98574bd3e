"""Layers against plain matrix products; members of every network are independent."""

import pytest
import torch
from torch.nn import functional

from imbgen.networks import MemberLinear, MLPCritic, ResidualMLP, RowGenerator


def _row_generator(generator):
    return RowGenerator(
        n_members=3,
        d_latent=4,
        d_hidden=6,
        d_encoded=6,
        n_blocks=1,
        level_blocks=[(1, 4), (4, 6)],
        free_dims={0: 4},
        generator=generator,
    )


NETWORKS = {
    "MemberLinear": lambda generator: MemberLinear(3, 4, 2, generator=generator),
    "ResidualMLP": lambda generator: ResidualMLP(3, 4, 5, 2, n_blocks=2, generator=generator),
    "MLPCritic": lambda generator: MLPCritic(3, 4, 5, n_layers=2, generator=generator),
    "RowGenerator": _row_generator,
}


def _run(network, x):
    if isinstance(network, RowGenerator):
        return network(x, torch.Generator().manual_seed(9))
    return network(x)


def test_member_linear_is_one_matrix_product_per_member(seeded, noise, spread):
    layer = spread(MemberLinear(3, 4, 2, generator=seeded()))
    x = noise(3, 7, 4)
    for member, rows in enumerate(layer(x)):
        expected = x[member] @ layer.weight[member] + layer.bias[member]
        torch.testing.assert_close(rows, expected)


def test_initial_weights_keep_the_variance(seeded):
    layer = MemberLinear(4, 400, 300, generator=seeded())
    assert float(layer.weight.detach().std()) == pytest.approx(400**-0.5, rel=0.01)
    assert not layer.bias.any()
    assert not MemberLinear(2, 3, 3, generator=seeded(), zero=True).weight.any()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_generator_decides_the_weights(name, seeded):
    build = NETWORKS[name]
    first, again = build(seeded()).state_dict(), build(seeded()).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
    weights = [value for key, value in first.items() if "weight" in key and value.any()]
    assert all(not torch.equal(w[0], w[1]) for w in weights), "members start apart"


@pytest.mark.parametrize("name", NETWORKS)
def test_members_are_independent(name, noise, spread, seeded):
    build = NETWORKS[name]
    network, x = spread(build(seeded())), noise(3, 5, 4)
    before = _run(network, x)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter[1] += 1.0
    x[1] -= 2.0
    after = _run(network, x)
    assert torch.equal(before[0], after[0])
    assert torch.equal(before[2], after[2])
    assert not torch.equal(before[1], after[1])


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_do_not_cross_members(name, noise, spread, seeded):
    build = NETWORKS[name]
    network, x = spread(build(seeded())), noise(3, 5, 4).requires_grad_()
    (_run(network, x)[0] * 1.7).square().sum().backward()
    for gradient in (x.grad, *(parameter.grad for parameter in network.parameters())):
        assert gradient[0].any()
        assert not gradient[1:].any()


def test_residual_mlp_starts_as_its_linear_path(seeded, noise):
    network = ResidualMLP(2, 4, 5, 3, n_blocks=3, generator=seeded())
    x = noise(2, 7, 4)
    torch.testing.assert_close(network(x), network.last(functional.silu(network.first(x))))


def test_residual_mlp_by_its_formula(seeded, noise, spread):
    network = spread(ResidualMLP(2, 4, 5, 3, n_blocks=2, generator=seeded()))
    x = noise(2, 7, 4)

    def affine(layer, h, member):
        return h @ layer.weight[member] + layer.bias[member]

    for member in range(2):
        h = affine(network.first, x[member], member)
        for inner, outer in zip(network.inner, network.outer, strict=True):
            a = h * torch.sigmoid(h)
            a = affine(inner, a, member)
            h = h + affine(outer, a * torch.sigmoid(a), member)
        torch.testing.assert_close(network(x)[member], affine(network.last, h * torch.sigmoid(h), member))
