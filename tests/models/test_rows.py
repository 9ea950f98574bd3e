"""Batches: every member draws from its own rows, evenly, and never from its held-out fold."""

import numpy as np
import torch

from imbgen.models import PresampledRows, RowsDataModule

TRAIN_ROWS = [np.array([0, 2, 5]), np.array([1, 3, 4, 6]), np.array([7])]


def _module(n_versions=2):
    """Rows that say which member, version and row they are."""
    members, versions, rows = np.meshgrid(np.arange(3), np.arange(n_versions), np.arange(8), indexing="ij")
    cells = np.stack([members, versions, rows], axis=-1).astype(np.float32)
    return RowsDataModule(cells, TRAIN_ROWS, updates_per_epoch=24)


def _draw(batch_size=3000, seed=0, n_versions=2):
    return _module(n_versions).draw(batch_size, torch.Generator().manual_seed(seed)).numpy().astype(int)


def test_members_draw_their_own_rows_only():
    drawn = _draw()
    assert drawn.shape == (3, 3000, 3)
    for member, rows in enumerate(TRAIN_ROWS):
        assert (drawn[member, :, 0] == member).all()
        assert set(drawn[member, :, 2]) == set(rows)


def test_rows_and_versions_are_drawn_evenly():
    drawn = _draw(12_000)
    for member, rows in enumerate(TRAIN_ROWS):
        counts = np.array([(drawn[member, :, 2] == row).sum() for row in rows])
        expected = 12_000 / len(rows)
        assert ((counts - expected) ** 2 / expected).sum() < 17  # chi-square, 3 degrees: p = 0.001
        assert abs(drawn[member, :, 1].mean() - 0.5) < 0.03


def test_the_seed_decides_the_batch():
    np.testing.assert_array_equal(_draw(seed=0), _draw(seed=0))
    assert not np.array_equal(_draw(seed=0), _draw(seed=1))


def test_an_epoch_is_a_number_of_updates():
    steps = list(_module().train_dataloader())
    assert sum(steps) == 24
    assert all(step > 0 for step in steps)


def test_moving_keeps_the_rows():
    module = _module()
    module.to(torch.zeros(1, dtype=torch.float64))
    assert module.draw(1, torch.Generator()).dtype == torch.float64
    drawn = module.draw(50, torch.Generator().manual_seed(0)).numpy().astype(int)
    np.testing.assert_array_equal(drawn, _draw(50))


def test_training_rows_are_each_members_own():
    rows = np.arange(2 * 1 * 7 * 1, dtype=np.float32).reshape(2, 1, 7, 1)
    data = RowsDataModule(rows, [np.array([0, 2, 4, 6]), np.array([1, 3])], updates_per_epoch=1)
    own, counts = data.training_rows(10)
    assert counts.tolist() == [4, 2]
    assert own[0, :4, 0].tolist() == [0, 2, 4, 6]
    assert own[1, :2, 0].tolist() == [8, 10]


def test_of_many_training_rows_some_are_taken_at_even_distances():
    rows = np.arange(100, dtype=np.float32).reshape(1, 1, 100, 1)
    data = RowsDataModule(rows, [np.arange(100)], updates_per_epoch=1)
    own, counts = data.training_rows(5)
    assert own[0, :, 0].tolist() == [0, 20, 40, 60, 80]
    assert counts.tolist() == [5]


def test_pre_samples_come_from_the_pool_of_the_epoch():
    def pool(epoch):
        rows = np.zeros((3, 10, 2), dtype=np.float32)
        rows[..., 0], rows[..., 1] = epoch, np.arange(3)[:, None]
        return rows

    data = PresampledRows(np.zeros((3, 1, 8, 2), np.float32), TRAIN_ROWS, updates_per_epoch=1, presample=pool)
    for epoch in (0, 5):
        data.refresh(epoch)
        drawn = data.draw_presamples(4, torch.Generator().manual_seed(0))
        assert drawn.shape == (3, 4, 2)
        assert (drawn[..., 0] == epoch).all()
        assert (drawn[..., 1] == torch.arange(3)[:, None]).all()
