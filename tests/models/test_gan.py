"""`TabularGAN`: its updates, its schedule, its average and its checkpoints, against their formulas."""

import itertools
import math

import numpy as np
import pytest
import torch

from imbgen.models import RowsDataModule, TabularGAN
from imbgen.models.training import build_trainer, quiet_lightning

N_MEMBERS, D = 2, 5


def _module(**changes):
    options = {
        "n_members": N_MEMBERS,
        "d_encoded": D,
        "d_latent": 4,
        "d_hidden": 8,
        "n_blocks": 1,
        "level_blocks": [(1, 3), (3, 5)],
        "free_dims": {0: 3},
        "loss": "relativistic",
        "n_updates": 20,
        "n_critic": 1,
        "batch_size": 16,
        "learning_rate": 1e-2,
        "gradient_penalty": 1.0,
        "jitter": 0.1,
        "averaging": 5,
        "seed": 0,
        **changes,
    }
    return TabularGAN(**options)


def _rows(n_steps=1, n_rows=30):
    rng = np.random.default_rng(0)
    rows = np.zeros((N_MEMBERS, 2, n_rows, D), dtype=np.float32)
    rows[..., 0] = rng.normal(2.0, 0.5, size=rows.shape[:3])
    rows[..., 1], rows[..., 3] = 1.0, 1.0
    index = [np.arange(0, n_rows, 2), np.arange(1, n_rows, 2)]
    return RowsDataModule(rows, index, updates_per_epoch=10 * n_steps)


def _train(module, *, n_epochs=1, n_steps=1, callbacks=(), ckpt_path=None, accelerator="cpu"):
    with quiet_lightning():
        trainer = build_trainer(
            {"accelerator": accelerator},
            n_checks=n_epochs,
            callbacks=list(callbacks),
            logger=None,
            log_dir=None,
        )
        trainer.fit(module, datamodule=_rows(n_steps), ckpt_path=ckpt_path)
    return trainer


def _copy(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def _equal(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_a_step_changes_all_weights_of_both_networks_and_the_average():
    module = _module()
    before = [_copy(network) for network in (module.generator, module.critic, module.averaged)]
    _train(module)
    assert module.n_done == 10
    for old, network in zip(before, (module.generator, module.critic, module.averaged), strict=True):
        new = network.state_dict()
        same = {name for name in old if torch.equal(old[name], new[name])}
        # A paired loss does not feel a constant added to all scores.
        assert same == ({"last.bias"} if network is module.critic else set())
        assert all(torch.isfinite(value).all() for value in new.values())


@pytest.mark.parametrize("n_updates", [3, 10, 25])
def test_the_budget_is_kept_to_the_update(n_updates):
    module = _module(n_updates=n_updates)
    _train(module, n_steps=5)
    assert module.n_done == n_updates


def test_the_average_by_its_formula(monkeypatch):
    module = _module(averaging=3)
    first = next(iter(module.generator.state_dict()))
    expected = module.generator.state_dict()[first].double().clone()
    original = TabularGAN._average

    def follow(self, averaged, trained):
        nonlocal expected
        assert (averaged, trained) == (self.averaged, self.generator)
        t = self.n_done + 1
        memory = min(0.5 ** (1 / 3), (1 + t) / (10 + t))
        expected = memory * expected + (1 - memory) * self.generator.state_dict()[first].double()
        original(self, averaged, trained)

    monkeypatch.setattr(TabularGAN, "_average", follow)
    _train(module, n_steps=2)
    torch.testing.assert_close(module.averaged.state_dict()[first].double(), expected, rtol=1e-4, atol=1e-5)
    assert not torch.equal(module.averaged.state_dict()[first], module.generator.state_dict()[first])


def test_the_cosine_falls_from_one_to_a_tenth():
    module = _module(n_updates=100)
    shares = []
    for module.n_done in range(101):
        shares.append(module._cosine())
    assert shares[0] == 1.0
    assert shares[50] == pytest.approx(0.55)
    assert shares[100] == pytest.approx(0.1)
    assert all(a > b for a, b in itertools.pairwise(shares))


def test_both_optimizers_follow_the_cosine():
    module = _module(n_updates=20)
    trainer = _train(module, n_steps=2)
    last = 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * 19 / 20))
    assert len(trainer.optimizers) == 2
    for optimizer in trainer.optimizers:
        assert optimizer.param_groups[0]["lr"] == pytest.approx(1e-2 * last)
        assert optimizer.param_groups[0]["betas"][0] == 0.0


def _with_data(module):
    """Attach what the loss functions need without a trainer."""
    module._random = torch.Generator().manual_seed(3)
    return module


@pytest.mark.parametrize("loss", ["relativistic", "wgan-gp"])
def test_losses_recomputed_with_autograd(loss):
    module = _with_data(_module(loss=loss, gradient_penalty=0.7, n_updates=40))
    module.n_done = 10
    weight = 0.7 * module._cosine()
    real = torch.randn(N_MEMBERS, 16, D, generator=torch.Generator().manual_seed(1))
    computed = module.critic_loss(real)

    module._random.manual_seed(3)
    with torch.no_grad():
        fake = module.fake_rows(16)

    def gradient(x):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(module.critic(x).sum(), x)[0]

    r, f = module.critic(real), module.critic(fake)
    if loss == "relativistic":
        expected = torch.log1p(torch.exp(f - r)).mean(dim=1)
        for x in (real, fake):
            expected = expected + weight * 0.5 * gradient(x).norm(dim=2).square().mean(dim=1)
        generator_loss = torch.log1p(torch.exp(r - f)).mean(dim=1)
    else:
        share = torch.rand(N_MEMBERS, 16, 1, generator=module._random)
        between = gradient(share * real + (1 - share) * fake).norm(dim=2)
        expected = f.mean(dim=1) - r.mean(dim=1) + weight * (between - 1).square().mean(dim=1)
        generator_loss = -f.mean(dim=1)
    torch.testing.assert_close(computed, expected.sum())

    module._random.manual_seed(3)
    torch.testing.assert_close(module.generator_loss(real), generator_loss.sum())


@pytest.mark.parametrize("loss", ["relativistic", "wgan-gp"])
def test_both_losses_train(loss):
    module = _module(loss=loss)
    _train(module, n_steps=2)
    assert module.n_done == 20
    names = {f"{kind}/{name}" for kind in ("loss", "gradient_norm") for name in ("critic", "generator")}
    assert module.last_metrics.keys() == names | {"critic/real", "critic/fake"}
    assert all(math.isfinite(value) for value in module.last_metrics.values())


def test_the_critic_is_not_moved_by_the_generators_update():
    module = _with_data(_module())
    module.generator_loss(torch.zeros(N_MEMBERS, 4, D)).backward()
    assert all(p.grad is not None for p in module.generator.parameters())
    module.zero_grad()
    module.critic_loss(torch.zeros(N_MEMBERS, 4, D)).backward()
    assert all(p.grad is None for p in module.generator.parameters())


def test_n_critic_updates_of_the_critic_per_update(monkeypatch):
    calls = []
    original = TabularGAN._descend
    monkeypatch.setattr(
        TabularGAN,
        "_descend",
        lambda self, optimizer, loss, parameters, name: (
            calls.append(name),
            original(self, optimizer, loss, parameters, name),
        ),
    )
    _train(_module(n_critic=3, n_updates=2))
    assert calls == ["critic", "critic", "critic", "generator"] * 2


def test_the_seed_decides_the_weights():
    networks = []
    for seed in (0, 0, 1):
        module = _module(seed=seed)
        _train(module)
        networks.append(_copy(module.averaged))
    assert _equal(networks[0], networks[1])
    assert not _equal(networks[0], networks[2])


def test_members_are_trained_apart():
    """Other rows for member 1 leave member 0 as it was."""
    results = []
    for shift in (0.0, 5.0):
        module, rows = _module(), _rows()
        rows._rows[1] += shift
        with quiet_lightning():
            trainer = build_trainer(
                {"accelerator": "cpu"}, n_checks=1, callbacks=[], logger=None, log_dir=None
            )
            trainer.fit(module, datamodule=rows)
        results.append(_copy(module.generator))
    for name, value in results[0].items():
        assert torch.equal(value[0], results[1][name][0])
    assert any(not torch.equal(value[1], results[1][name][1]) for name, value in results[0].items())


@pytest.mark.slow
def test_a_number_follows_the_data():
    """Known truth: all real rows hold numbers near 2 and one level; so do the averaged generator's."""
    module = _module(n_updates=150, averaging=10)
    _train(module, n_steps=15)
    noise = torch.randn(N_MEMBERS, 500, module.averaged.d_noise, generator=torch.Generator().manual_seed(0))
    raw = module.averaged.raw(noise)
    assert float(raw[..., 0].mean()) == pytest.approx(2.0, abs=0.4)
    assert float((raw[..., 1] > raw[..., 2]).float().mean()) > 0.9


@pytest.mark.parametrize("accelerator", ["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def test_a_resumed_run_draws_what_the_whole_run_would_have(tmp_path, accelerator):
    whole = _module(n_updates=40)
    _train(whole, n_epochs=2, n_steps=2, accelerator=accelerator)

    half = _module(n_updates=40)
    trainer = _train(half, n_epochs=1, n_steps=2, accelerator=accelerator)
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    resumed = _module(n_updates=40, seed=99)  # whatever it was built with is overwritten
    _train(resumed, n_epochs=2, n_steps=2, ckpt_path=tmp_path / "half.ckpt", accelerator=accelerator)
    assert resumed.n_done == 40
    for network in ("generator", "critic", "averaged"):
        assert _equal(getattr(whole, network).state_dict(), getattr(resumed, network).state_dict())
