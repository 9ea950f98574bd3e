"""`TabularVAE`: its loss, its noise, its codes and its checkpoints, against their formulas."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from scipy.stats import norm

from imbgen.models import RowsDataModule, TabularVAE
from imbgen.models.training import build_trainer, quiet_lightning

N_MEMBERS, D = 2, 5


def _module(**changes):
    options = {
        "n_members": N_MEMBERS,
        "d_encoded": D,
        "d_latent": 2,
        "d_hidden": 8,
        "n_blocks": 1,
        "level_blocks": [(1, 3), (3, 5)],
        "free_dims": {0: 3},
        "n_codes": 15,
        "n_updates": 20,
        "batch_size": 16,
        "learning_rate": 1e-2,
        "kl_weight": 1.0,
        "free_bits": 0.0,
        "jitter": 0.1,
        "averaging": 5,
        "seed": 0,
        **changes,
    }
    return TabularVAE(**options)


def _rows(n_steps=1, n_rows=30):
    """One number near 2, missing in a third of the rows, and a level that is always the first."""
    rng = np.random.default_rng(0)
    rows = np.zeros((N_MEMBERS, 2, n_rows, D), dtype=np.float32)
    missing = np.arange(n_rows) % 3 == 0
    rows[..., 0] = np.where(missing, 0.0, rng.normal(2.0, 0.5, size=n_rows))
    rows[..., 1] = 1.0
    rows[..., 3], rows[..., 4] = ~missing, missing
    index = [np.arange(0, n_rows, 2), np.arange(1, n_rows, 2)]
    return RowsDataModule(rows, index, updates_per_epoch=10 * n_steps)


def _train(module, *, n_epochs=1, n_steps=1, ckpt_path=None, rows=None):
    with quiet_lightning():
        trainer = build_trainer(
            {"accelerator": "cpu"}, n_checks=n_epochs, callbacks=[], logger=None, log_dir=None
        )
        trainer.fit(module, datamodule=rows or _rows(n_steps), ckpt_path=ckpt_path)
    return trainer


def _copy(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_a_step_changes_all_weights_and_their_averages():
    module = _module()
    networks = (module.encoder, module.decoder, module.averaged_encoder, module.averaged)
    before = [{name: value.clone() for name, value in part.named_parameters()} for part in networks]
    _train(module)
    assert module.n_done == 10
    for old, network in zip(before, networks, strict=True):
        for name, value in network.named_parameters():
            assert not torch.equal(old[name], value), name
            assert torch.isfinite(value).all()


@pytest.mark.parametrize("n_updates", [3, 10, 25])
def test_the_budget_is_kept_to_the_update(n_updates):
    module = _module(n_updates=n_updates)
    _train(module, n_steps=5)
    assert module.n_done == n_updates


@pytest.mark.parametrize(("kl_weight", "free_bits"), [(1.0, 0.0), (0.3, 0.5)])
def test_the_loss_recomputed_in_numpy(kl_weight, free_bits, monkeypatch):
    module = _module(kl_weight=kl_weight, free_bits=free_bits, jitter=0.0, n_updates=2000)
    module._random = torch.Generator().manual_seed(0)
    module.n_done = 30  # half of the warm-up
    rows = _rows()._rows[:, 0]
    monkeypatch.setattr(module, "_normal", lambda *shape: torch.zeros(shape))
    loss = float(module.loss(rows).detach())

    with torch.no_grad():
        mean, log_scale = module.encoder(rows).chunk(2, dim=-1)
        scores = module.decoder(mean).numpy()
    x, bits = rows.numpy(), rows.numpy()[..., 4]
    noise = np.exp(module.decoder.log_scale.numpy()[..., 0])
    number = np.where(bits == 1, 0.0, -norm.logpdf(x[..., 0], scores[..., 0], noise))
    levels = -(x[..., 1:3] * log_softmax(scores[..., 1:3], axis=-1)).sum(-1)
    gaps = -(x[..., 3:] * log_softmax(scores[..., 3:], axis=-1)).sum(-1)
    mean, scale = mean.numpy(), np.exp(log_scale.numpy())
    divergence = (0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).mean(axis=1)
    paid = np.maximum(divergence, free_bits).sum(axis=1)
    expected = ((number + levels + gaps).mean(axis=1) + 0.5 * kl_weight * paid).sum()
    assert loss == pytest.approx(expected, rel=1e-4)


def test_the_noise_of_a_number_is_that_of_its_residuals():
    """Known truth: with a decoder that always says 0, the residuals of the present rows are the rows."""
    module = _module()
    rows = _rows()._rows[:, 0]
    present = module._free_numbers(rows)
    assert present[..., 1:].sum() == 0
    for _ in range(300):
        module._update_noise(rows / 4, torch.zeros_like(rows), present)
    seen = rows[0, rows[0, :, 4] == 0, 0].numpy() / 4
    expected = np.sqrt((seen**2).mean())
    assert 0.03 < expected < 1
    assert float(module.decoder.log_scale[0, 0, 0].exp()) == pytest.approx(expected, rel=1e-3)


def test_a_batch_without_a_number_leaves_its_noise():
    module = _module()
    rows = _rows()._rows[:, 0]
    present = module._free_numbers(rows)
    present[0] = 0.0
    module._update_noise(rows / 4, torch.zeros_like(rows), present)
    noise = module.decoder.log_scale[..., 0].flatten().tolist()
    assert noise[0] == 0.0
    assert noise[1] < 0.0


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_codes_in_the_precision_of_the_weights_and_their_shares_in_full(dtype):
    module, rows = _module(), _rows()
    _train(module, rows=rows)
    module.to(dtype).prepare_check()  # the rows have been left behind, as by a trainer that has ended
    assert module.averaged.centres.dtype == dtype
    shares = torch.arange(1, 16) / 15
    torch.testing.assert_close(module.averaged.shares, shares.repeat(N_MEMBERS, 1))


def test_codes_are_the_posteriors_of_the_members_own_rows():
    module = _module()
    rows = _rows()
    _train(module, rows=rows)
    module.prepare_check()
    with torch.no_grad():
        own = torch.stack([rows._rows[member, 0, member::2] for member in range(N_MEMBERS)])
        mean, log_scale = module.averaged_encoder(own).chunk(2, dim=-1)
    torch.testing.assert_close(module.averaged.centres, mean)
    torch.testing.assert_close(module.averaged.scales, log_scale.exp())
    torch.testing.assert_close(module.averaged.log_scale, module.decoder.log_scale)


def test_members_are_trained_apart():
    results = []
    for shift in (0.0, 1.0):
        module, rows = _module(), _rows()
        rows._rows[1, ..., 0] += shift
        _train(module, rows=rows)
        results.append(_copy(module.decoder))
    assert all(torch.equal(value[0], results[1][name][0]) for name, value in results[0].items())
    assert any(not torch.equal(value[1], results[1][name][1]) for name, value in results[0].items())


@pytest.mark.slow
def test_rows_are_learned():
    """Known truth: the number lies near 2 where it is present, a third is missing, the level is the first."""
    module = _module(n_updates=300, averaging=10)
    _train(module, n_steps=30)
    module.prepare_check()
    noise = torch.randn(N_MEMBERS, 2000, module.averaged.d_noise, generator=torch.Generator().manual_seed(0))
    raw = module.averaged.raw(noise)
    missing = raw[..., 4] > raw[..., 3]
    assert float(missing.float().mean()) == pytest.approx(1 / 3, abs=0.12)
    assert float(raw[..., 0][~missing].mean()) == pytest.approx(2.0, abs=0.25)
    assert float((raw[..., 1] > raw[..., 2]).float().mean()) > 0.9


def test_a_resumed_run_draws_what_the_whole_run_would_have(tmp_path):
    whole = _module(n_updates=40)
    _train(whole, n_epochs=2, n_steps=2)
    half = _module(n_updates=40)
    trainer = _train(half, n_epochs=1, n_steps=2)
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    resumed = _module(n_updates=40, seed=99)
    _train(resumed, n_epochs=2, n_steps=2, ckpt_path=tmp_path / "half.ckpt")
    for name in ("encoder", "decoder", "averaged_encoder", "averaged"):
        first, second = getattr(whole, name).state_dict(), getattr(resumed, name).state_dict()
        assert all(torch.equal(first[key], second[key]) for key in first)
