"""SMOTified-GAN as published: every pre-sample goes through one deterministic map. For reproduction only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from imbgen.encoding import ValueEncoder
from imbgen.schema import Schema

__all__ = ["PublishedRefiner"]

_N_EPOCHS, _BATCH_SIZE = 150, 128
_N_PRESAMPLES = 1000


class PublishedRefiner:
    """The refiner of SMOTified-GAN, without noise, folds, checks or gate: the last epoch is taken.

    NOTE[DIFF]: the paper maps the very rows that the network was trained on, as many as balance needs. Here
    it is trained on 1,000 pre-samples, and maps fresh ones, for a generator does not know how many will be
    asked for; batch normalisation then uses the running averages. The paper has numbers only: here they are
    scaled to 0 to 1, which the sigmoid at the end demands, a missing one is marked, and levels are one-hots,
    of which the largest counts.

    Parameters
    ----------
    schema : Schema

    References
    ----------
    A. Sharma, P. K. Singh, R. Chandra (2022), "SMOTified-GAN for class imbalanced pattern classification
    problems", IEEE Access 10, arXiv:2108.03235.
    """

    def __init__(self, schema: Schema) -> None:
        self._encoder = ValueEncoder(schema)

    def fit(
        self,
        frame: pd.DataFrame,
        presamples: pd.DataFrame,
        rng: np.random.Generator,
        trainer: Mapping[str, Any],
    ) -> Self:
        """Train on the rows of a class and its pre-samples."""
        import torch
        from torch.utils.data import DataLoader, TensorDataset

        from imbgen.models.smotified import SmotifiedGAN
        from imbgen.models.training import build_trainer, quiet_lightning

        self._encoder.fit(frame)
        numbers, codes = self._encoder.encode(frame)
        is_gap = codes == np.array(self._widths(), dtype=np.int64) - 1
        self._nullable = np.concatenate([np.isnan(numbers).any(axis=0), is_gap.any(axis=0)])
        known = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
        self._low, self._span = np.nanmin(known, axis=0), np.nanmax(known, axis=0) - np.nanmin(known, axis=0)
        self._span[self._span == 0] = 1.0
        real = torch.from_numpy(self._scale(frame))
        module = SmotifiedGAN(
            torch.from_numpy(self._scale(presamples.head(_N_PRESAMPLES))), int(rng.integers(2**31))
        )
        order = torch.Generator().manual_seed(int(rng.integers(2**31)))
        batches = DataLoader(TensorDataset(real), _BATCH_SIZE, shuffle=True, generator=order)
        with quiet_lightning():
            fitter = build_trainer(trainer, n_checks=_N_EPOCHS, callbacks=[], logger=None, log_dir=None)
            fitter.fit(module, batches)
        self._network = module.generator.cpu().float().eval().requires_grad_(False)
        return self

    def rows(self, presamples: pd.DataFrame) -> pd.DataFrame:
        """Map pre-samples to refined rows, one to one."""
        import torch

        output = self._network(torch.from_numpy(self._scale(presamples))).numpy().astype(np.float64)
        output = np.nan_to_num(output)
        n = len(self._encoder.numbers)
        numbers = output[:, :n] * self._span + self._low
        numbers[(output[:, n : 2 * n] > 0.5) & self._nullable[:n]] = np.nan
        codes = np.empty((len(output), len(self._encoder.levelled)), dtype=np.int64)
        start = 2 * n
        for i, width in enumerate(self._widths()):
            known = width if self._nullable[n + i] else width - 1
            codes[:, i] = output[:, start : start + known].argmax(axis=1)
            start += width
        return self._encoder.decode(numbers, codes)

    def _scale(self, frame: pd.DataFrame) -> np.ndarray:
        """Rows from 0 to 1: numbers, marks of missing ones, one-hots; float32 of shape (n_rows, d)."""
        numbers, codes = self._encoder.encode(frame)
        missing = np.isnan(numbers)
        parts = [np.where(missing, 0.5, (numbers - self._low) / self._span), missing]
        parts += [
            own[:, None] == np.arange(width) for own, width in zip(codes.T, self._widths(), strict=True)
        ]
        return np.hstack(parts).astype(np.float32)

    def _widths(self) -> list[int]:
        return [len(column.levels) + 1 for column in self._encoder.levelled]

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return (JSON types, arrays), the inverse of :meth:`from_state`."""
        weights = {f"weights/{name}": value.numpy() for name, value in self._network.state_dict().items()}
        return {"encoder": self._encoder.get_state()}, weights | {
            "low": self._low,
            "span": self._span,
            "nullable": self._nullable,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Build from :meth:`get_state`'s output."""
        import torch

        from imbgen.models.smotified import build_generator

        encoder = ValueEncoder.from_state(state["encoder"])
        refiner = cls(encoder.schema)
        refiner._encoder, refiner._nullable = encoder, arrays["nullable"]
        refiner._low, refiner._span = arrays["low"], arrays["span"]
        start = "weights/"
        weights = {
            name.removeprefix(start): torch.from_numpy(array.copy())
            for name, array in arrays.items()
            if name.startswith(start)
        }
        d = weights["0.weight"].shape[1]
        refiner._network = build_generator(d, torch.Generator())
        refiner._network.load_state_dict(weights)
        refiner._network.eval().requires_grad_(False)
        return refiner
