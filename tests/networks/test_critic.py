"""The critic's written-out gradient against autograd."""

import pytest
import torch

from imbgen.networks import MLPCritic


@pytest.mark.parametrize("n_layers", [1, 2, 4])
def test_the_critics_gradient_is_autograds(n_layers, seeded, noise, spread):
    critic = spread(MLPCritic(3, 4, 6, n_layers=n_layers, generator=seeded())).double()
    x = noise(3, 11, 4).double().requires_grad_()
    score, gradient = critic.with_gradient(x)
    torch.testing.assert_close(score, critic(x))
    (expected,) = torch.autograd.grad(critic(x).sum(), x)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_the_gradient_penaltys_gradient_is_that_of_double_backward(n_layers, seeded, noise, spread):
    critic = spread(MLPCritic(2, 4, 6, n_layers=n_layers, generator=seeded())).double()
    x = noise(2, 11, 4).double()

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
