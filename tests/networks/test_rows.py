"""Rows drawn from a network against its body and the softmax."""

import copy

import numpy as np
import pytest
import torch

from imbgen.networks import RowGenerator


@pytest.fixture
def row_generator(seeded):
    def build(n_members=2, **changes):
        options = {
            "d_latent": 3,
            "d_hidden": 6,
            "d_encoded": 6,
            "n_blocks": 1,
            "level_blocks": [(1, 4), (4, 6)],
            "free_dims": {0: 4},
            **changes,
        }
        return RowGenerator(n_members=n_members, generator=seeded(), **options)

    return build


def test_raw_scores_pick_levels_in_the_frequencies_of_the_softmax(row_generator, noise, spread):
    network = spread(row_generator(1, free_dims={}))
    latent = noise(1, 1, 3).expand(1, 20_000, 3)
    noise = torch.cat([latent, noise(1, 20_000, 6, seed=5)], dim=-1)
    raw, logits = network.raw(noise)[0], network.body(latent)[0, 0].detach()
    torch.testing.assert_close(raw[:, 0], logits[0].expand(20_000))  # a number is as the network says
    for start, stop in [(1, 4), (4, 6)]:
        picked = np.bincount(raw[:, start:stop].argmax(dim=1).numpy(), minlength=stop - start)
        expected = 20_000 * torch.softmax(logits[start:stop], dim=0).numpy()
        assert ((picked - expected) ** 2 / expected).sum() < 14


def test_raw_scores_stay_finite_for_far_noise(row_generator, noise):
    network = row_generator(1)
    noise = torch.linspace(-9, 9, 101)[None, :, None].expand(1, 101, network.d_noise)
    assert torch.isfinite(network.raw(noise)).all()


def test_a_number_drawn_as_missing_is_zero(row_generator, seeded, noise, spread):
    network = spread(row_generator(2))
    rows = network(noise(2, 500, 3), seeded())
    missing = rows[..., 5] > 0.5
    assert 0.05 < float(missing.float().mean()) < 0.95
    assert (rows[..., 0][missing].abs() < 1e-5).all()
    assert (rows[..., 0][~missing].abs() > 1e-5).all()


def test_rows_show_the_body_where_the_number_is_present(row_generator, seeded, noise, spread):
    network = spread(row_generator(1))
    latent = noise(1, 200, 3)
    rows, numbers = network(latent, seeded()), network.body(latent)
    present = rows[0, :, 5] < 0.5
    torch.testing.assert_close(rows[0, present, 0], numbers[0, present, 0])


def test_every_parameter_gets_a_gradient(row_generator, seeded, noise, spread):
    network = spread(row_generator(2))
    network(noise(2, 50, 3), seeded()).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in network.parameters())


def test_buffers_are_not_saved_and_copies_are_copies(row_generator, spread):
    network = row_generator()
    assert all(key.startswith("body.") for key in network.state_dict())
    twin = copy.deepcopy(network)
    spread(twin)
    assert not torch.equal(network.body.first.weight, twin.body.first.weight)
