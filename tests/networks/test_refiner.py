"""`RowRefiner`: it starts as the identity, its moves are bounded, and its scale is that of the residual."""

import pytest
import torch

from imbgen.networks import RowRefiner

D, BLOCKS, FREE = 6, [(1, 4), (4, 6)], {0: 4}


@pytest.fixture
def refiner(seeded):
    def build(n_members=2, **changes):
        options = {"d_latent": 3, "d_hidden": 6, "d_encoded": D, "n_blocks": 1, **changes}
        return RowRefiner(
            n_members=n_members, level_blocks=BLOCKS, free_dims=FREE, generator=seeded(), **options
        )

    return build


@pytest.fixture
def presample():
    """Two members with three rows each; in the last row of each the number is missing."""
    rows = torch.zeros(2, 3, D)
    rows[..., 0] = torch.tensor([0.5, -1.0, 0.0])
    rows[:, [0, 1, 2], [1, 3, 2]] = 1.0
    rows[:, [0, 1, 2], [4, 4, 5]] = 1.0
    return rows


def test_before_training_rows_are_the_pre_samples(refiner, presample, noise):
    network = refiner()
    scores = network(presample, noise(2, 3, 3), torch.zeros(2, 3, D))
    torch.testing.assert_close(scores[..., 0], presample[..., 0])
    for start, stop in BLOCKS:
        kept = torch.softmax(scores[..., start:stop], dim=-1)[presample[..., start:stop] > 0]
        torch.testing.assert_close(kept, torch.full_like(kept, 0.95 + 0.05 / (stop - start)))


def test_without_scale_no_level_changes(refiner, presample, noise, spread):
    network = spread(refiner())
    network.scale.zero_()
    many = presample.repeat(1, 2000, 1)
    raw = network.raw(torch.cat([many, noise(2, 6000, 3 + D)], dim=-1))
    for start, stop in BLOCKS:
        assert torch.equal(raw[..., start:stop].argmax(-1), many[..., start:stop].argmax(-1))
    has_number = many[..., 4] > 0
    torch.testing.assert_close(raw[..., 0][has_number], many[..., 0][has_number])


def test_moves_are_bounded_by_the_reach(refiner, presample, noise, spread):
    network = spread(refiner())
    network.reach.fill_(0.3)
    with torch.no_grad():
        network.body.last.bias.fill_(50.0)
    moved = network(presample, noise(2, 3, 3), torch.zeros(2, 3, D))[..., 0] - presample[..., 0]
    torch.testing.assert_close(moved, torch.full_like(moved, 0.3))


def test_half_a_scale_is_half_the_way(refiner, presample, noise, spread):
    network = spread(refiner())
    latent, filler = noise(2, 3, 3), torch.zeros(2, 3, D)
    whole = network(presample, latent, filler)[..., 0] - presample[..., 0]
    network.scale.fill_(0.5)
    half = network(presample, latent, filler)[..., 0] - presample[..., 0]
    assert whole.abs().min() > 1e-4
    torch.testing.assert_close(half, 0.5 * whole)


def test_a_number_that_is_missing_starts_from_the_filler(refiner, presample, noise):
    filler = noise(2, 3, D)
    filled = refiner().fill(presample, filler)
    torch.testing.assert_close(filled[:, 2, 0], filler[:, 2, 0])
    torch.testing.assert_close(filled[:, :2, 0], presample[:, :2, 0])
    torch.testing.assert_close(filled[..., 1:], presample[..., 1:])


def test_drawn_rows_have_no_number_where_it_is_missing(refiner, presample, noise, seeded):
    network = refiner()
    many = presample.repeat(1, 500, 1)
    rows = network.draw(network(many, noise(2, 1500, 3), noise(2, 1500, D, seed=3)), seeded())
    assert set(rows[..., 4].round().unique().tolist()) == {0.0, 1.0}
    assert (rows[..., 0][rows[..., 4].round() == 0].abs() < 1e-5).all()


def test_noise_moves_rows_apart_once_it_is_trained(refiner, presample, noise, spread):
    network = spread(refiner())
    filler = torch.zeros(2, 3, D)
    first, second = (network(presample, noise(2, 3, 3, seed=seed), filler) for seed in (1, 2))
    assert (first[..., 0] != second[..., 0]).all()


def test_every_parameter_gets_a_gradient(refiner, presample, noise, seeded, spread):
    network = spread(refiner())
    many = presample.repeat(1, 20, 1)
    network.draw(network(many, noise(2, 60, 3), noise(2, 60, D, seed=4)), seeded()).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in network.parameters())
