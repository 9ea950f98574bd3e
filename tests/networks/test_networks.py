"""Networks against independent formulas: plain matrix products, autograd, the softmax."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from imbgen.networks import MemberLinear, MLPCritic, ResidualMLP, RowGenerator, sample_levels


def _seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def _noise(*shape, seed=1):
    return torch.randn(shape, generator=_seeded(seed))


def _spread(module, seed=2):
    """Give every parameter a value, also those that start at zero."""
    generator = _seeded(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    return module


def _row_generator(n_members=2, **changes):
    options = {
        "d_latent": 3,
        "d_hidden": 6,
        "d_encoded": 6,
        "n_blocks": 1,
        "level_blocks": [(1, 4), (4, 6)],
        "free_dims": {0: 4},
        **changes,
    }
    return RowGenerator(n_members=n_members, generator=_seeded(), **options)


NETWORKS = {
    "MemberLinear": (lambda: MemberLinear(3, 4, 2, generator=_seeded()), 4),
    "ResidualMLP": (lambda: ResidualMLP(3, 4, 5, 2, n_blocks=2, generator=_seeded()), 4),
    "MLPCritic": (lambda: MLPCritic(3, 4, 5, n_layers=2, generator=_seeded()), 4),
    "RowGenerator": (lambda: _row_generator(3), 3),
}


def _run(network, x):
    return network(x, _seeded(9)) if isinstance(network, RowGenerator) else network(x)


def test_member_linear_is_one_matrix_product_per_member():
    layer = _spread(MemberLinear(3, 4, 2, generator=_seeded()))
    x = _noise(3, 7, 4)
    for member, rows in enumerate(layer(x)):
        expected = x[member] @ layer.weight[member] + layer.bias[member]
        torch.testing.assert_close(rows, expected)


def test_initial_weights_keep_the_variance():
    layer = MemberLinear(4, 400, 300, generator=_seeded())
    assert float(layer.weight.detach().std()) == pytest.approx(400**-0.5, rel=0.01)
    assert not layer.bias.any()
    assert not MemberLinear(2, 3, 3, generator=_seeded(), zero=True).weight.any()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_generator_decides_the_weights(name):
    build, _ = NETWORKS[name]
    first, again = build().state_dict(), build().state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
    weights = [value for key, value in first.items() if "weight" in key and value.any()]
    assert all(not torch.equal(w[0], w[1]) for w in weights), "members start apart"


@pytest.mark.parametrize("name", NETWORKS)
def test_members_are_independent(name):
    build, d_in = NETWORKS[name]
    network, x = _spread(build()), _noise(3, 5, d_in)
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
def test_gradients_do_not_cross_members(name):
    build, d_in = NETWORKS[name]
    network, x = _spread(build()), _noise(3, 5, d_in).requires_grad_()
    (_run(network, x)[0] * 1.7).square().sum().backward()
    for gradient in (x.grad, *(parameter.grad for parameter in network.parameters())):
        assert gradient[0].any()
        assert not gradient[1:].any()


def test_residual_mlp_starts_as_its_linear_path():
    network = ResidualMLP(2, 4, 5, 3, n_blocks=3, generator=_seeded())
    x = _noise(2, 7, 4)
    torch.testing.assert_close(network(x), network.last(functional.silu(network.first(x))))


def test_residual_mlp_by_its_formula():
    network = _spread(ResidualMLP(2, 4, 5, 3, n_blocks=2, generator=_seeded()))
    x = _noise(2, 7, 4)

    def affine(layer, h, member):
        return h @ layer.weight[member] + layer.bias[member]

    for member in range(2):
        h = affine(network.first, x[member], member)
        for inner, outer in zip(network.inner, network.outer, strict=True):
            a = h * torch.sigmoid(h)
            a = affine(inner, a, member)
            h = h + affine(outer, a * torch.sigmoid(a), member)
        torch.testing.assert_close(network(x)[member], affine(network.last, h * torch.sigmoid(h), member))


@pytest.mark.parametrize("n_layers", [1, 2, 4])
def test_the_critics_gradient_is_autograds(n_layers):
    critic = _spread(MLPCritic(3, 4, 6, n_layers=n_layers, generator=_seeded())).double()
    x = _noise(3, 11, 4).double().requires_grad_()
    score, gradient = critic.with_gradient(x)
    torch.testing.assert_close(score, critic(x))
    (expected,) = torch.autograd.grad(critic(x).sum(), x)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_the_gradient_penaltys_gradient_is_that_of_double_backward(n_layers):
    critic = _spread(MLPCritic(2, 4, 6, n_layers=n_layers, generator=_seeded())).double()
    x = _noise(2, 11, 4).double()

    def by_parameters(penalty):
        gradients = torch.autograd.grad(penalty, list(critic.parameters()), allow_unused=True)
        return [0.0 if gradient is None else gradient for gradient in gradients]

    written_out = by_parameters(critic.with_gradient(x)[1].square().sum())
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    for ours, theirs in zip(written_out, by_parameters(gradient.square().sum()), strict=True):
        torch.testing.assert_close(
            torch.as_tensor(ours, dtype=torch.float64) + torch.zeros_like(torch.as_tensor(theirs)),
            torch.as_tensor(theirs, dtype=torch.float64) + torch.zeros_like(torch.as_tensor(ours)),
        )


def test_sampled_levels_are_one_hots_in_the_frequencies_of_the_softmax():
    logits = torch.tensor([5.0, 0.3, -1.0, 1.2, -7.0, 2.0, 2.5]).repeat(20_000, 1)
    blocks = [slice(1, 4), slice(5, 7)]
    sample = sample_levels(logits, blocks, generator=_seeded())
    for block in blocks:
        one_hots = sample[:, block]
        assert ((one_hots - one_hots.round()).abs() < 1e-6).all()
        counts = one_hots.round().sum(dim=0).numpy()
        assert counts.sum() == 20_000
        expected = 20_000 * torch.softmax(logits[0, block], dim=0).numpy()
        assert ((counts - expected) ** 2 / expected).sum() < 14  # chi-square, 2 degrees: p = 0.001
    assert torch.equal(sample[:, [0, 4]], logits[:, [0, 4]])


def test_levels_of_two_blocks_are_drawn_independently():
    sample = sample_levels(torch.zeros(20_000, 4), [slice(0, 2), slice(2, 4)], generator=_seeded())
    assert abs(np.corrcoef(sample[:, 0], sample[:, 2])[0, 1]) < 0.03


def test_the_gradient_of_sampled_levels_is_that_of_the_softmax():
    logits = _noise(6, 5).requires_grad_()
    target = _noise(6, 5, seed=3)
    (sample_levels(logits, [slice(1, 5)], generator=_seeded(4), temperature=0.7) * target).sum().backward()
    again = logits.detach().clone().requires_grad_()
    uniform = torch.rand(6, 5, generator=_seeded(4)).clamp(1e-6, 1 - 1e-6)
    soft = torch.softmax((again - torch.log(-torch.log(uniform)))[:, 1:] / 0.7, dim=1)
    ((soft * target[:, 1:]).sum() + (again[:, 0] * target[:, 0]).sum()).backward()
    torch.testing.assert_close(logits.grad, again.grad)


def test_no_levels_no_change():
    logits = _noise(3, 4)
    assert sample_levels(logits, [], generator=_seeded()) is logits


def test_raw_scores_pick_levels_in_the_frequencies_of_the_softmax():
    network = _spread(_row_generator(1, free_dims={}))
    latent = _noise(1, 1, 3).expand(1, 20_000, 3)
    noise = torch.cat([latent, _noise(1, 20_000, 6, seed=5)], dim=-1)
    raw, logits = network.raw(noise)[0], network.body(latent)[0, 0].detach()
    torch.testing.assert_close(raw[:, 0], logits[0].expand(20_000))  # a number is as the network says
    for start, stop in [(1, 4), (4, 6)]:
        picked = np.bincount(raw[:, start:stop].argmax(dim=1).numpy(), minlength=stop - start)
        expected = 20_000 * torch.softmax(logits[start:stop], dim=0).numpy()
        assert ((picked - expected) ** 2 / expected).sum() < 14


def test_raw_scores_stay_finite_for_far_noise():
    network = _row_generator(1)
    noise = torch.linspace(-9, 9, 101)[None, :, None].expand(1, 101, network.d_noise)
    assert torch.isfinite(network.raw(noise)).all()


def test_a_number_drawn_as_missing_is_zero():
    network = _spread(_row_generator(2))
    rows = network(_noise(2, 500, 3), _seeded())
    missing = rows[..., 5] > 0.5
    assert 0.05 < float(missing.float().mean()) < 0.95
    assert (rows[..., 0][missing].abs() < 1e-5).all()
    assert (rows[..., 0][~missing].abs() > 1e-5).all()


def test_rows_show_the_body_where_the_number_is_present():
    network = _spread(_row_generator(1))
    latent = _noise(1, 200, 3)
    rows, numbers = network(latent, _seeded()), network.body(latent)
    present = rows[0, :, 5] < 0.5
    torch.testing.assert_close(rows[0, present, 0], numbers[0, present, 0])


def test_every_parameter_gets_a_gradient():
    network = _spread(_row_generator(2))
    network(_noise(2, 50, 3), _seeded()).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in network.parameters())


def test_buffers_are_not_saved_and_copies_are_copies():
    network = _row_generator()
    assert all(key.startswith("body.") for key in network.state_dict())
    twin = copy.deepcopy(network)
    _spread(twin)
    assert not torch.equal(network.body.first.weight, twin.body.first.weight)
