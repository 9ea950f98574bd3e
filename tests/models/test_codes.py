"""Laws of codes: what `RowDecoder` draws under each of them."""

import numpy as np
import pytest
import torch

from imbgen.generators.vae import CODE_LAWS
from imbgen.models.codes import with_codes
from imbgen.networks import RowDecoder

N_MEMBERS, N_CODES = 2, 60


@pytest.fixture
def decoder():
    """A decoder that shows its codes: the body is the identity, there is no noise; codes in two clusters."""
    decoder = RowDecoder(
        n_members=N_MEMBERS,
        d_latent=2,
        d_hidden=4,
        d_encoded=2,
        n_blocks=0,
        n_codes=N_CODES,
        level_blocks=[],
        generator=torch.Generator().manual_seed(0),
    ).requires_grad_(False)
    decoder.body = torch.nn.Identity()
    decoder.log_scale.fill_(-20.0)
    rng = np.random.default_rng(0)
    side = np.where(np.arange(N_CODES) % 3 == 0, 4.0, -4.0)
    centres = np.stack([side + 0.1 * rng.standard_normal(N_CODES), side + rng.standard_normal(N_CODES)], 1)
    decoder.centres.copy_(torch.from_numpy(np.stack([centres, -centres])))
    decoder.scales.fill_(0.2)
    return decoder


def _draw(decoder, n=20_000):
    noise = torch.randn(N_MEMBERS, n, decoder.d_noise, generator=torch.Generator().manual_seed(1))
    return decoder.raw(noise).numpy()


@pytest.mark.parametrize(
    ("law", "scale"), [("posterior", 0.2), ("narrow posterior", 0.1), ("wide posterior", 0.3)]
)
def test_posteriors_have_the_moments_of_a_mixture_at_the_codes(decoder, law, scale):
    codes, centres = _draw(with_codes(decoder, law, 0)), decoder.centres.numpy()
    np.testing.assert_allclose(codes.mean(axis=1), centres.mean(axis=1), atol=0.12)
    for member in range(N_MEMBERS):
        expected = np.cov(centres[member], rowvar=False, bias=True) + scale**2 * np.eye(2)
        np.testing.assert_allclose(np.cov(codes[member], rowvar=False), expected, rtol=0.03, atol=0.1)


def test_every_code_is_drawn_alike(decoder):
    decoder.scales.fill_(1e-6)
    codes, centres = _draw(decoder)[0], decoder.centres[0].numpy()
    nearest = np.abs(codes[:, None] - centres[None]).sum(-1).argmin(1)
    counts = np.bincount(nearest, minlength=N_CODES)
    assert counts.min() > 0.7 * len(codes) / N_CODES
    assert counts.max() < 1.3 * len(codes) / N_CODES


def test_a_member_with_fewer_codes_never_draws_the_padding(decoder):
    decoder.shares[0] = (torch.arange(1, N_CODES + 1) / 30).clamp_max(1.0)
    decoder.centres[0, 30:] = 1000.0
    for law in ("posterior", "mixture"):
        assert np.abs(_draw(with_codes(decoder, law, 0))[0]).max() < 20


def test_the_normal_law_is_standard(decoder):
    codes = _draw(with_codes(decoder, "normal", 0))
    np.testing.assert_allclose(codes.mean(axis=1), 0.0, atol=0.03)
    np.testing.assert_allclose(np.cov(codes[0], rowvar=False), np.eye(2), atol=0.04)


def test_the_mixture_finds_the_two_clusters(decoder):
    codes = _draw(with_codes(decoder, "mixture", 0))
    for member, sign in ((0, 1.0), (1, -1.0)):
        upper = sign * codes[member, :, 0] > 0
        assert upper.mean() == pytest.approx(1 / 3, abs=0.03)
        np.testing.assert_allclose(np.abs(codes[member, :, 0]).mean(), 4.0, atol=0.1)
    assert codes[0].std(axis=0) == pytest.approx(decoder.centres[0].numpy().std(axis=0), rel=0.05)


def test_codes_may_have_more_dimensions_than_there_are_draws():
    decoder = RowDecoder(
        n_members=1,
        d_latent=30,
        d_hidden=4,
        d_encoded=2,
        n_blocks=0,
        n_codes=5,
        level_blocks=[],
        generator=torch.Generator().manual_seed(0),
    ).requires_grad_(False)
    axes = with_codes(decoder, "mixture", 0).axes[0]
    torch.testing.assert_close(axes @ axes.T, torch.eye(30), atol=1e-5, rtol=0)


@pytest.mark.parametrize("law", CODE_LAWS)
def test_the_given_decoder_stays_as_it_is(decoder, law):
    before = {name: value.clone() for name, value in decoder.state_dict().items()}
    changed = with_codes(decoder, law, 0)
    assert all(torch.equal(value, before[name]) for name, value in decoder.state_dict().items())
    assert [value.shape for value in changed.state_dict().values()] == [v.shape for v in before.values()]
