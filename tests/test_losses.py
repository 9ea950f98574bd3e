"""Each loss against its formula, recomputed in NumPy."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import norm

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


def test_normal_cost(gradient):
    mean, scale = np.full((3, 1, 4), 0.5), np.full((3, 1, 4), 2.0)
    cost = losses.normal_cost(*map(torch.from_numpy, (gradient, mean, np.log(scale))))
    np.testing.assert_allclose(cost, -norm.logpdf(gradient, mean, scale))


def test_level_cost_is_that_of_a_softmax_for_each_block(gradient):
    blocks = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    rows = np.zeros_like(gradient)
    rows[..., 0], rows[..., 3] = 1.0, 1.0
    cost = losses.level_cost(torch.from_numpy(rows), torch.from_numpy(gradient), blocks)
    chances = np.concatenate([softmax(gradient[..., :2], axis=-1), softmax(gradient[..., 2:], axis=-1)], -1)
    np.testing.assert_allclose(cost, -np.log(chances[..., 0] * chances[..., 3]))


def test_level_cost_is_finite_for_any_logits():
    logits = torch.tensor([[[1e6, -1e6]]], requires_grad=True)
    rows, block = torch.tensor([[[0.0, 1.0]]]), torch.ones(2, 1)
    assert losses.level_cost(rows, logits, block).item() == pytest.approx(30.0, abs=1e-3)


def test_level_cost_is_finite_in_16_bits():
    """exp(15) is more than 16 bits hold, as is a sum of many exponentials."""
    logits, rows, blocks = torch.full((1, 1, 8), 15.0), torch.eye(8)[None, :1], torch.ones(8, 1)
    half = losses.level_cost(rows.half(), logits.half(), blocks.half())
    assert half.item() == pytest.approx(np.log(8), abs=1e-4)
    with torch.autocast("cpu", dtype=torch.float16):
        assert losses.level_cost(rows, logits, blocks).item() == pytest.approx(np.log(8), abs=1e-4)


def test_normal_divergence_against_a_simulation():
    rng = np.random.default_rng(0)
    mean, scale = np.array([0.5, -1.0]), np.array([0.7, 1.3])
    draws = mean + scale * rng.standard_normal((400_000, 2))
    simulated = (norm.logpdf(draws, mean, scale) - norm.logpdf(draws)).mean(axis=0)
    exact = losses.normal_divergence(
        torch.from_numpy(mean[None, None]), torch.from_numpy(np.log(scale))[None, None]
    )
    np.testing.assert_allclose(exact[0], simulated, atol=0.01)


def test_level_change_is_the_chance_of_another_level():
    logits = torch.log(torch.tensor([[[0.7, 0.3, 0.2, 0.2, 0.6]]]))
    rows = torch.tensor([[[1.0, 0.0, 0.0, 0.0, 1.0]]])
    blocks = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1], [0, 1]])
    assert losses.level_change(rows, logits, blocks).item() == pytest.approx(0.3 + 0.4)


def test_the_copy_penalty_is_paid_within_the_radius_only():
    known = torch.tensor([[[0.0, 0.0], [10.0, 0.0]]])
    rows = torch.tensor([[[0.0, 0.5], [10.0, 0.0], [5.0, 5.0]]])  # half a radius away, on a row, far off
    numbers = torch.zeros(2)
    assert losses.copy_penalty(rows, known, torch.ones(1, 1), numbers).item() == pytest.approx(1.75 / 3)


def test_the_copy_penalty_counts_levels_as_euclidean_distances_do():
    rng = np.random.default_rng(0)
    rows, known = rng.normal(size=(2, 60, 5)), rng.normal(size=(2, 30, 5))
    for table in (rows, known):
        table[..., 2:] = np.eye(3)[rng.integers(3, size=table.shape[:2])]
    squares = ((rows[:, :, None] - known[:, None]) ** 2).sum(axis=-1).min(axis=-1)
    radius = np.array([[0.8], [2.0]])
    is_level = torch.tensor([0.0, 0.0, 1.0, 1.0, 1.0])
    paid = losses.copy_penalty(*map(torch.from_numpy, (rows, known, radius)), is_level)
    np.testing.assert_allclose(paid, np.maximum(0.0, 1.0 - squares / radius**2).mean(axis=1))


def test_a_copy_of_levels_alone_has_a_way_out():
    """A smooth one-hot that is a copy pays less when its level loses probability."""
    row = torch.tensor([[[1.0, 0.0, 0.0]]], requires_grad=True)
    paid = losses.copy_penalty(row, torch.tensor([[[1.0, 0.0, 0.0]]]), torch.ones(1, 1), torch.ones(3))
    assert paid.item() == 1.0
    paid.sum().backward()
    assert row.grad.flatten().tolist() == [2.0, 0.0, 0.0]


ARGUMENTS = {
    "copy_penalty": lambda scores, gradient: [gradient.copy(), gradient, np.ones((3, 1)), np.zeros(4)],
    "level_change": lambda scores, gradient: [gradient.copy(), gradient, np.ones((4, 1))],
    "level_cost": lambda scores, gradient: [gradient.copy(), gradient, np.ones((4, 1))],
    "normal_cost": lambda scores, gradient: [gradient.copy(), gradient, gradient],
    "normal_divergence": lambda scores, gradient: [gradient.copy(), gradient],
}


@pytest.mark.parametrize("name", losses.__all__)
def test_members_do_not_see_each_other(name, scores, gradient):
    loss = getattr(losses, name)
    if name in ARGUMENTS:
        arguments = ARGUMENTS[name](scores, gradient)
    else:
        arguments = [gradient] if "penalty" in name else list(scores)[-loss.__code__.co_argcount :]
    first = loss(*[torch.from_numpy(a) for a in arguments])
    for a in arguments:
        if len(a) == 3:
            a[1] = 10.0
    second = loss(*[torch.from_numpy(a) for a in arguments])
    assert first.shape[0] == 3
    assert torch.equal(first[[0, 2]], second[[0, 2]])
