"""Sampled levels against the softmax."""

import numpy as np
import torch

from imbgen.networks import sample_levels


def test_sampled_levels_are_one_hots_in_the_frequencies_of_the_softmax(seeded):
    logits = torch.tensor([5.0, 0.3, -1.0, 1.2, -7.0, 2.0, 2.5]).repeat(20_000, 1)
    blocks = [slice(1, 4), slice(5, 7)]
    sample = sample_levels(logits, blocks, generator=seeded())
    for block in blocks:
        one_hots = sample[:, block]
        assert ((one_hots - one_hots.round()).abs() < 1e-6).all()
        counts = one_hots.round().sum(dim=0).numpy()
        assert counts.sum() == 20_000
        expected = 20_000 * torch.softmax(logits[0, block], dim=0).numpy()
        assert ((counts - expected) ** 2 / expected).sum() < 14  # chi-square, 2 degrees: p = 0.001
    assert torch.equal(sample[:, [0, 4]], logits[:, [0, 4]])


def test_levels_of_two_blocks_are_drawn_independently(seeded):
    sample = sample_levels(torch.zeros(20_000, 4), [slice(0, 2), slice(2, 4)], generator=seeded())
    assert abs(np.corrcoef(sample[:, 0], sample[:, 2])[0, 1]) < 0.03


def test_the_gradient_of_sampled_levels_is_that_of_the_softmax(seeded, noise):
    logits = noise(6, 5).requires_grad_()
    target = noise(6, 5, seed=3)
    (sample_levels(logits, [slice(1, 5)], generator=seeded(4)) * target).sum().backward()
    again = logits.detach().clone().requires_grad_()
    uniform = torch.rand(6, 5, generator=seeded(4)).clamp(1e-6, 1 - 1e-6)
    soft = torch.softmax((again - torch.log(-torch.log(uniform)))[:, 1:], dim=1)
    ((soft * target[:, 1:]).sum() + (again[:, 0] * target[:, 0]).sum()).backward()
    torch.testing.assert_close(logits.grad, again.grad)


def test_no_levels_no_change(seeded, noise):
    logits = noise(3, 4)
    assert sample_levels(logits, [], generator=seeded()) is logits
