"""`RowFlow` against formulas: the straight paths of independent normals, and the ends of levels."""

import numpy as np
import pytest
import torch

from imbgen.networks import RowFlow


def _flow(n_steps=16, level_blocks=((2, 5),), seed=0, start_time=0.0):
    return RowFlow(
        n_members=2,
        d_hidden=8,
        d_encoded=5,
        n_blocks=1,
        level_blocks=level_blocks,
        n_steps=n_steps,
        start_time=start_time,
        n_starts=3,
        generator=torch.Generator().manual_seed(seed),
    )


def _noise(n_rows, d=11, seed=1):
    return torch.randn(2, n_rows, d, generator=torch.Generator().manual_seed(seed))


def test_an_untrained_flow_gives_independent_normals_and_even_levels():
    """Known truth: the velocity it starts from carries N(0, I) to N(0, I)."""
    raw = _flow(n_steps=16).raw(_noise(5_000))
    numbers = raw[0, :, :2].numpy()
    np.testing.assert_allclose(np.cov(numbers.T), np.eye(2), atol=0.06)
    shares = np.bincount(raw[0, :, 2:].argmax(dim=-1).numpy(), minlength=3) / 5_000
    np.testing.assert_allclose(shares, 1 / 3, atol=0.025)


def test_the_velocity_of_levels_leads_to_their_probabilities():
    flow = _flow()
    with torch.no_grad():
        flow.body.last.bias[..., 2:] = torch.tensor([2.0, 0.0, -1.0])
    x, time = _noise(4, d=5), 0.6
    ends = torch.softmax(torch.tensor([2.0, 0.0, -1.0]), dim=0)
    velocity = flow.velocity(x, time)
    torch.testing.assert_close(velocity[..., 2:], (ends - x[..., 2:]) / 0.4)
    factor = (2 * time - 1) / (time**2 + (1 - time) ** 2)
    torch.testing.assert_close(velocity[..., :2], factor * x[..., :2])


def test_more_steps_come_nearer_to_the_path():
    """Heun's error falls with the square of the steps: rows of 32 steps lie nearer to those of 128."""
    noise = _noise(200)
    flows = {n: _flow(n) for n in (8, 32, 128)}
    for flow in flows.values():
        generator = torch.Generator().manual_seed(5)
        with torch.no_grad():
            for parameter in flow.parameters():
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    exact = flows[128].raw(noise)[..., :2]
    errors = [float((flows[n].raw(noise)[..., :2] - exact).abs().mean()) for n in (8, 32)]
    assert errors[1] < errors[0] / 8  # a sixteenth; Euler's would be a quarter


@pytest.mark.parametrize("time", [0.0, 0.5, 0.99])
def test_members_are_independent(time):
    flow, x = _flow(), _noise(3, d=5)
    torch.nn.init.normal_(flow.body.last.weight, generator=torch.Generator().manual_seed(2))
    before = flow.velocity(x, time)
    changed = x.clone()
    changed[1] += 1.0
    after = flow.velocity(changed, time)
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_far_noise_stays_finite():
    noise = torch.linspace(-9, 9, 101)[None, :, None].expand(2, 101, 11)
    assert torch.isfinite(_flow().raw(noise)).all()


@pytest.mark.parametrize("time", [0.3, 0.8])
def test_paths_start_at_noised_training_rows(time):
    """Known truth: the untrained field multiplies x_t by the ratio of its scales at 1 and at t."""
    noise = _noise(30_000)
    flow, noise = _flow(level_blocks=(), start_time=time), _noise(30_000)
    flow.starts.copy_(torch.tensor([[-4.0], [0.0], [4.0]]).expand(2, 3, 5))
    rows = 4.0 * (torch.special.ndtr(noise[..., :1]) * 3).floor() - 4.0
    noised = (1 - time) * noise[..., 1:6] + time * rows
    expected = noised / (time**2 + (1 - time) ** 2) ** 0.5
    torch.testing.assert_close(flow.raw(noise), expected, atol=0.02, rtol=0.02)
