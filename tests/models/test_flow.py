"""`TabularFlow`: its loss against the formula, and what it learns against a known truth."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from imbgen.models import RowsDataModule, TabularFlow
from imbgen.models.training import build_trainer, quiet_lightning

N_MEMBERS, D = 2, 4


def _module(**changes):
    options = {
        "n_members": N_MEMBERS,
        "d_encoded": D,
        "d_hidden": 16,
        "n_blocks": 1,
        "level_blocks": [(2, 4)],
        "n_steps": 8,
        "start_time": 0.0,
        "n_starts": 30,
        "n_updates": 20,
        "batch_size": 16,
        "learning_rate": 1e-2,
        "jitter": 0.0,
        "averaging": 5,
        "seed": 0,
        **changes,
    }
    return TabularFlow(**options)


def _rows(n_rows=60, n_updates=10):
    """Two numbers that are one, near 2, and a level that says whether they are above 2."""
    rng = np.random.default_rng(0)
    number = rng.normal(2.0, 0.5, size=n_rows)
    one = np.stack([number, number, number > 2, number <= 2], axis=1)
    rows = np.repeat(np.repeat(one[None, None], N_MEMBERS, 0), 2, 1).astype(np.float32)
    index = [np.arange(0, n_rows, 2), np.arange(1, n_rows, 2)]
    return RowsDataModule(rows, index, updates_per_epoch=n_updates)


def _train(module, rows, n_epochs=1, ckpt_path=None):
    with quiet_lightning():
        trainer = build_trainer(
            {"accelerator": "cpu"}, n_checks=n_epochs, callbacks=[], logger=None, log_dir=None
        )
        trainer.fit(module, datamodule=rows, ckpt_path=ckpt_path)
    return trainer


def test_the_loss_recomputed_in_numpy():
    module, rows = _module(), _rows()._rows[:, 0, :16]
    torch.nn.init.normal_(module.flow.body.last.weight, generator=torch.Generator().manual_seed(1))
    module._random = torch.Generator().manual_seed(3)
    loss = float(module.loss(rows).detach())
    twin = torch.Generator().manual_seed(3)
    noise = (torch.randn(rows.shape, generator=twin), torch.randn(rows.shape, generator=twin))[1]
    time = torch.rand(N_MEMBERS, 16, 1, generator=twin)
    scores = module.flow((1 - time) * noise + time * rows, time).detach().numpy()
    x = rows.numpy()
    squares = ((x - noise.numpy() - scores)[..., :2] ** 2).sum(axis=-1)
    levels = -(x[..., 2:] * log_softmax(scores[..., 2:], axis=-1)).sum(axis=-1)
    assert loss == pytest.approx((squares + levels).mean(axis=1).sum(), rel=1e-4)


def test_jitter_moves_numbers_alone(monkeypatch):
    seen = []
    module, rows = _module(jitter=0.5), _rows()._rows[:, 0, :16]
    monkeypatch.setattr(module.flow, "forward", lambda x, time: seen.append(x) or torch.zeros_like(x))
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.ones(shape))  # time 1: the rows themselves
    module.loss(rows)
    moved = (seen[0] - rows).abs().amax(dim=(0, 1))
    assert (moved[:2] > 0.5).all()
    assert (moved[2:] < 1e-6).all()


@pytest.mark.slow
def test_it_learns_how_columns_depend_on_each_other():
    """Known truth: two equal numbers near 2, and a level that follows them."""
    module = _module(n_updates=400, d_hidden=32, batch_size=64)
    _train(module, _rows(n_updates=400))
    raw = module.averaged.raw(
        torch.randn(N_MEMBERS, 500, module.averaged.d_noise, generator=torch.Generator().manual_seed(0))
    )
    assert float(raw[..., :2].mean()) == pytest.approx(2.0, abs=0.15)
    assert np.corrcoef(raw[0, :, 0], raw[0, :, 1])[0, 1] > 0.9
    above = raw[..., 2] > raw[..., 3]
    assert float((above == (raw[..., 0] > 2)).float().mean()) > 0.85


def test_a_check_finds_the_training_rows_of_each_member():
    module, rows = _module(start_time=0.4), _rows()
    rows._counts[1] = 20
    _train(module, rows)
    module.prepare_check()
    flow = module.averaged
    for member, n_rows in enumerate((30, 20)):
        own = rows._rows[member, 0, rows._index[member, :n_rows]]
        torch.testing.assert_close(flow.starts[member, :n_rows], own)
        places = torch.searchsorted(flow.shares[member], torch.linspace(0.001, 1, 1000))
        assert set(places.tolist()) == set(range(n_rows))


def test_a_resumed_run_draws_what_the_whole_run_would_have(tmp_path):
    whole = _module()
    _train(whole, _rows(), n_epochs=2)
    half = _module()
    _train(half, _rows()).save_checkpoint(tmp_path / "half.ckpt")
    resumed = _module(seed=99)
    _train(resumed, _rows(), n_epochs=2, ckpt_path=tmp_path / "half.ckpt")
    assert resumed.n_done == 20
    for name in ("flow", "averaged"):
        first, second = getattr(whole, name).state_dict(), getattr(resumed, name).state_dict()
        assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_table_without_levels():
    module = _module(level_blocks=[])
    _train(module, _rows())
    assert module.n_done == 10
    assert "loss/levels" not in module.last_metrics
    assert np.isfinite(module.last_metrics["loss/numbers"])
