"""Each loss against its formula, recomputed in NumPy."""

import numpy as np
import pytest
import torch

from imbgen import losses


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 50)), rng.normal(1.0, 2.0, size=(3, 50))


@pytest.fixture
def gradient():
    return np.random.default_rng(1).normal(size=(3, 50, 4))


def _softplus(x):
    return np.log1p(np.exp(x))


def test_relativistic(scores):
    real, fake = scores
    loss = losses.relativistic_critic_loss(*map(torch.from_numpy, scores))
    np.testing.assert_allclose(loss, _softplus(-(real - fake)).mean(axis=1))
    loss = losses.relativistic_generator_loss(*map(torch.from_numpy, scores))
    np.testing.assert_allclose(loss, _softplus(-(fake - real)).mean(axis=1))


def test_relativistic_loss_of_scores_that_do_not_differ_is_log_2():
    same = torch.ones(2, 5)
    torch.testing.assert_close(losses.relativistic_critic_loss(same, same), torch.full((2,), np.log(2)))


def test_the_critic_wants_what_the_generator_does_not():
    real, fake = torch.full((1, 4), 3.0), torch.full((1, 4), -3.0)
    assert losses.relativistic_critic_loss(real, fake) < losses.relativistic_critic_loss(fake, real)
    assert losses.relativistic_generator_loss(real, fake) > losses.relativistic_generator_loss(fake, real)
    assert losses.wasserstein_critic_loss(real, fake) < losses.wasserstein_critic_loss(fake, real)
    assert losses.wasserstein_generator_loss(real) < losses.wasserstein_generator_loss(fake)


def test_wasserstein(scores):
    real, fake = scores
    loss = losses.wasserstein_critic_loss(*map(torch.from_numpy, scores))
    np.testing.assert_allclose(loss, fake.mean(axis=1) - real.mean(axis=1))
    np.testing.assert_allclose(losses.wasserstein_generator_loss(torch.from_numpy(fake)), -fake.mean(axis=1))


def test_gradient_penalty(gradient):
    expected = 0.5 * (np.linalg.norm(gradient, axis=2) ** 2).mean(axis=1)
    np.testing.assert_allclose(losses.gradient_penalty(torch.from_numpy(gradient)), expected)


def test_interpolation_penalty(gradient):
    expected = ((np.linalg.norm(gradient, axis=2) - 1) ** 2).mean(axis=1)
    np.testing.assert_allclose(losses.interpolation_penalty(torch.from_numpy(gradient)), expected)


def test_interpolation_penalty_has_a_finite_gradient_at_zero():
    gradient = torch.zeros(1, 3, 2, requires_grad=True)
    losses.interpolation_penalty(gradient).sum().backward()
    assert torch.isfinite(gradient.grad).all()


@pytest.mark.parametrize("name", losses.__all__)
def test_members_do_not_see_each_other(name, scores, gradient):
    loss = getattr(losses, name)
    arguments = [gradient] if "penalty" in name else list(scores)[-loss.__code__.co_argcount :]
    first = loss(*[torch.from_numpy(a) for a in arguments])
    for a in arguments:
        a[1] = 100.0
    second = loss(*[torch.from_numpy(a) for a in arguments])
    assert first.shape == (3,)
    assert torch.equal(first[[0, 2]], second[[0, 2]])
