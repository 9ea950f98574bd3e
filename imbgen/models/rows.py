"""Encoded rows that live on the training device and are drawn by index: real ones, and pre-sampled ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import lightning
import numpy as np
import torch
from torch import Tensor

__all__ = ["PresampledRows", "RowsDataModule"]

# Amortises the overhead of Lightning's loop, and is still a fraction of a second.
_UPDATES_PER_STEP = 10


class RowsDataModule(lightning.LightningDataModule):
    """Training rows of every member.

    Parameters
    ----------
    rows : ndarray of float32, shape (n_members, n_versions, n_rows, d_encoded)
        Encoded rows; versions differ in how ties are broken, members in the encoder of their fold.
    train_rows : sequence of ndarray of int64
        For each member, which rows it may see.
    updates_per_epoch : int
        Updates between two checks.

    Notes
    -----
    A few hundred rows fit on any device, so batches are drawn there. A DataLoader restarted for every pass
    over 400 rows costs several times the training itself.
    """

    def __init__(self, rows: np.ndarray, train_rows: Sequence[np.ndarray], *, updates_per_epoch: int) -> None:
        super().__init__()
        self._rows = torch.from_numpy(rows)
        self._counts = torch.tensor([len(index) for index in train_rows])
        self._index = torch.zeros(len(train_rows), int(self._counts.max()), dtype=torch.int64)
        for member, index in enumerate(train_rows):
            self._index[member, : len(index)] = torch.from_numpy(index)
        self.updates_per_epoch = updates_per_epoch

    def train_dataloader(self) -> Iterable[int]:
        """Give the number of updates of each training step; rows are drawn by `draw`, on the device."""
        whole, rest = divmod(self.updates_per_epoch, _UPDATES_PER_STEP)
        return [_UPDATES_PER_STEP] * whole + [rest] * (rest > 0)

    def to(self, weight: Tensor) -> None:
        """Move the rows to the device, and to the precision, of a weight."""
        self._rows = self._rows.to(weight)
        self._counts, self._index = self._counts.to(weight.device), self._index.to(weight.device)

    def training_rows(self, most: int) -> tuple[Tensor, Tensor]:
        """Return rows of each member, (n_members, n, d_encoded), and how many of these n are its own.

        Of more than `most` rows a member's are taken at even distances.
        """
        n = min(most, self._index.shape[1])
        counts = self._counts.clamp_max(n)
        place = torch.arange(n, device=self._rows.device)
        step = self._counts[:, None] / counts[:, None]
        position = (place * step).long().clamp_max(self._counts[:, None] - 1)
        member = torch.arange(len(self._rows), device=self._rows.device)[:, None]
        return self._rows[member, 0, self._index.gather(1, position)], counts

    def draw(self, batch_size: int, generator: torch.Generator) -> Tensor:
        """Draw rows with replacement, each member from its own; (n_members, batch_size, d_encoded)."""
        n_members, n_versions = self._rows.shape[:2]
        device = self._rows.device
        uniform = torch.rand(n_members, batch_size, generator=generator, device=device)
        position = (uniform * self._counts[:, None]).long().clamp_max(self._counts[:, None] - 1)
        version = torch.randint(n_versions, (n_members, batch_size), generator=generator, device=device)
        member = torch.arange(n_members, device=device)[:, None]
        return self._rows[member, version, self._index.gather(1, position)]


class PresampledRows(RowsDataModule):
    """Training rows of every member, and a pool of pre-sampled rows that is made anew for every epoch.

    Parameters
    ----------
    rows, train_rows, updates_per_epoch
        As for `RowsDataModule`.
    presample : callable
        Takes the number of an epoch, returns encoded pre-samples as an ndarray of float32, shape (n_members,
        n_pool, d_encoded).
    """

    def __init__(
        self,
        rows: np.ndarray,
        train_rows: Sequence[np.ndarray],
        *,
        updates_per_epoch: int,
        presample: Callable[[int], np.ndarray],
    ) -> None:
        super().__init__(rows, train_rows, updates_per_epoch=updates_per_epoch)
        self._presample = presample
        self._pool = torch.empty(0)

    def refresh(self, epoch: int) -> None:
        """Draw the pool of an epoch; the same number gives the same pool, also in a resumed run."""
        self._pool = torch.from_numpy(self._presample(epoch)).to(self._rows)

    def draw_presamples(self, batch_size: int, generator: torch.Generator) -> Tensor:
        """Draw from the pool with replacement; (n_members, batch_size, d_encoded)."""
        n_members, n_pool = self._pool.shape[:2]
        device = self._pool.device
        place = torch.randint(n_pool, (n_members, batch_size), generator=generator, device=device)
        return self._pool[torch.arange(n_members, device=device)[:, None], place]
