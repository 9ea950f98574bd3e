"""`TabularRefiner`: its losses against their formulas, its pool, and rows brought to where they belong."""

import math

import numpy as np
import pytest
import torch

from imbgen.models import PresampledRows, TabularRefiner
from imbgen.models.training import build_trainer, quiet_lightning

N_MEMBERS, D = 2, 3


def _module(**changes):
    options = {
        "n_members": N_MEMBERS,
        "d_encoded": D,
        "d_latent": 4,
        "d_hidden": 8,
        "n_blocks": 1,
        "level_blocks": [(1, 3)],
        "free_dims": {},
        "max_residual": 3.0,
        "n_updates": 20,
        "batch_size": 16,
        "learning_rate": 1e-2,
        "gradient_penalty": 1.0,
        "transport_cost": 0.1,
        "copy_penalty": 0.1,
        "jitter": 0.1,
        "averaging": 5,
        "seed": 0,
        **changes,
    }
    return TabularRefiner(**options)


def _pool(epoch, shift=0.0):
    rng = np.random.default_rng(epoch)
    rows = np.zeros((N_MEMBERS, 200, D), dtype=np.float32)
    rows[..., 0] = shift + rng.normal(size=(N_MEMBERS, 200))
    rows[..., 1] = 1.0
    return rows


def _data(n_steps=1, presample=_pool):
    rows = np.concatenate([_pool(99)[:, None], _pool(98)[:, None]], axis=1)[:, :, :40]
    index = [np.arange(0, 40, 2), np.arange(1, 40, 2)]
    return PresampledRows(rows, index, updates_per_epoch=10 * n_steps, presample=presample)


def _train(module, data=None, *, n_epochs=1, ckpt_path=None):
    with quiet_lightning():
        trainer = build_trainer(
            {"accelerator": "cpu"}, n_checks=n_epochs, callbacks=[], logger=None, log_dir=None
        )
        trainer.fit(module, datamodule=_data() if data is None else data, ckpt_path=ckpt_path)
    return trainer


def test_every_epoch_has_a_pool_of_its_own():
    epochs = []

    def remember(epoch):
        epochs.append(epoch)
        return _pool(epoch)

    _train(_module(), _data(presample=remember), n_epochs=2)
    assert epochs == [0, 1]


def test_what_is_paid_is_noted():
    module = _module()
    _train(module)
    assert {"loss/critic", "loss/generator", "loss/transport", "loss/copying"} <= module.last_metrics.keys()
    assert all(math.isfinite(value) for value in module.last_metrics.values())


def test_the_reach_is_a_multiple_of_the_distance_between_neighbours():
    module = _module()
    _train(module)
    rows = _data()._rows[0, 0, np.arange(0, 40, 2)].numpy()
    own = np.sort(np.abs(rows[:, None, 0] - rows[None, :, 0]), axis=1)[:, 1:6]  # of one dimension
    expected = 3.0 * np.sqrt((own**2).mean())
    assert float(module.averaged.reach[0, 0, 0]) == pytest.approx(expected, rel=1e-4)
    assert torch.equal(module.averaged.reach, module.generator.reach)


def test_rows_as_near_as_training_rows_are_to_each_other_pay_nothing():
    module = _module()
    _train(module)
    radius = module._radius
    for member, rows in enumerate(module._known.numpy()):
        distances = np.linalg.norm(rows[:, None] - rows[None], axis=2)
        nearest = np.where(np.eye(len(rows)) > 0, np.inf, distances).min(axis=1)
        h = np.sort(nearest)[(len(nearest) - 1) // 2]  # of an even number the lower middle one
        assert float(radius[member, 0]) == pytest.approx(h, rel=1e-4)
        paid = np.maximum(0.0, 1.0 - (nearest / h) ** 2).mean()
        assert float(module._natural[member]) == pytest.approx(paid, abs=1e-5)


def test_where_half_of_the_rows_are_copies_a_unit_is_the_radius():
    """Though distances of copies by a matrix product are not 0, in so many dimensions."""
    row = np.random.default_rng(0).normal(size=(N_MEMBERS, 1, 30)).astype(np.float32)
    rows = np.repeat(row[:, None], 40, axis=2)
    data = PresampledRows(
        rows, [np.arange(40)] * 2, updates_per_epoch=10, presample=lambda epoch: np.repeat(row, 200, axis=1)
    )
    module = _module(d_encoded=30, level_blocks=[])
    _train(module, data)
    assert module._radius.tolist() == [[1.0], [1.0]]
    assert module._natural.tolist() == [1.0, 1.0]


def test_rows_that_pay_on_average_what_training_rows_pay_feel_nothing():
    """Batches above and below this by turns; the mean of a few is already near it."""
    module = _module()
    _train(module)
    known = torch.tensor([0.0, 1.0, 0.0]).expand(N_MEMBERS, 1, D)
    module._known, module._radius, module._unit = known, torch.ones(N_MEMBERS, 1), torch.ones(D)
    module._natural, module._excess = torch.full((N_MEMBERS,), 0.5), torch.zeros(N_MEMBERS)
    far, near = known + torch.tensor([9.0, 0.0, 0.0]), known + torch.tensor([0.1, 0.0, 0.0])
    by_turns = [module.copying_cost(batch) for batch in (far, near) * 100]
    assert max(float(cost.max()) for cost in by_turns) < 0.01
    near.requires_grad_()
    always = [module.copying_cost(near) for _ in range(1000)]
    assert always[-1].tolist() == pytest.approx([0.49, 0.49], abs=1e-3)  # 1 - 0.1² - 0.5
    always[-1].sum().backward()
    torch.testing.assert_close(near.grad, torch.tensor([-0.2, 2.0, 0.0]).expand(N_MEMBERS, 1, D))


def test_a_batch_that_is_no_number_leaves_the_mean_as_it_was():
    module = _module()
    _train(module)
    before = module._excess.clone()
    assert module.copying_cost(torch.full((N_MEMBERS, 5, D), torch.nan)).isnan().all()
    assert torch.equal(module._excess, before)


def test_the_transport_cost_by_its_formula():
    module = _module()
    module.generator.reach.fill_(2.0)
    presample = torch.tensor([[[1.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]])
    scores = torch.tensor([[[2.0, math.log(3.0), 0.0]], [[0.0, 0.0, 0.0]]])
    # Half of the reach is a quarter; levels change with probabilities 1/4 and 1/2; two columns.
    torch.testing.assert_close(
        module.transport_cost(presample, scores), torch.tensor([(0.25 + 0.25) / 2, (0.0 + 0.5) / 2])
    )


@pytest.mark.slow
def test_pre_samples_beside_the_rows_are_moved_to_them():
    """Known truth: pre-samples lie 1.5 above the rows, and a refiner brings them back."""
    module = _module(n_updates=150, averaging=10, transport_cost=0.0, max_residual=20.0)
    _train(module, _data(15, lambda epoch: _pool(epoch, 1.5)))
    presample = torch.from_numpy(_pool(7, 1.5))
    noise = torch.randn(N_MEMBERS, 200, 4 + D, generator=torch.Generator().manual_seed(0))
    refined = module.averaged.raw(torch.cat([presample, noise], dim=-1))[..., 0]
    assert float(presample[..., 0].mean()) > 1.3
    assert abs(float(refined.mean())) < 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"), [("transport_cost", 0.0, 50.0), ("copy_penalty", 0.0, 50.0)]
)
def test_a_price_changes_what_is_learned(name, low, high):
    moved = []
    for value in (low, high):
        module = _module(**{name: value}, n_updates=40)
        _train(module, _data(4, lambda epoch: _pool(epoch, 1.0)))
        moved.append(float(module.last_metrics["loss/transport" if "transport" in name else "loss/copying"]))
    assert moved[1] < moved[0]


def test_a_resumed_run_draws_what_the_whole_run_would_have(tmp_path):
    whole, half, resumed = _module(n_updates=20), _module(n_updates=20), _module(n_updates=20, seed=9)
    _train(whole, n_epochs=2)
    _train(half).save_checkpoint(tmp_path / "half.ckpt")
    _train(resumed, n_epochs=2, ckpt_path=tmp_path / "half.ckpt")
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, resumed.averaged.state_dict()[name]), name
