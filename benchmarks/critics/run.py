"""What should the critic of a GAN see and pay? `GANGenerator` and published alternatives; writes results.csv.

    python run.py FILE.parquet ... [--judge DIR]              # about ten minutes a table

- `relativistic`: imbgen's own. Paired differences, penalties on real and fake rows.
- `wgan-gp`: the Wasserstein loss with a penalty between real and fake rows, five critic updates to one.
- `packed`: the critic sees two rows at a time, so that it notices when they are too alike
  (Z. Lin et al. 2018, "PacGAN", arXiv:1712.04086).
- `lecam`: the critic also pays for scores far from the running mean of the other side's; weight 0.1
  (H.-Y. Tseng et al. 2021, "Regularizing GANs under limited data", arXiv:2104.03310, equation 5).

The judge's folder has `judge.py`; splits are its own.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))
import pandas as pd
import torch
from judging import judge_and_files, judge_samples
from torch import Tensor

from imbgen import GANGenerator
from imbgen.models.gan import TabularGAN
from imbgen.networks import MLPCritic

HERE = Path(__file__).parent
DECAY, WEIGHT = 0.99, 0.1
WGAN = {"loss": "wgan-gp", "n_critic": 5, "gradient_penalty": 10.0}


class PackedCritic(MLPCritic):
    """Scores pairs of rows."""

    def __init__(self, n_members: int, d_in: int, d_hidden: int, **options) -> None:
        super().__init__(n_members, 2 * d_in, d_hidden, **options)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(_in_pairs(x))

    def with_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return super().with_gradient(_in_pairs(x))


def _in_pairs(x: Tensor) -> Tensor:
    x = x[:, : x.shape[1] // 2 * 2]
    return x.reshape(x.shape[0], -1, 2 * x.shape[2])


@contextmanager
def lecam() -> Iterator[None]:
    """Add the penalty to what is noted as the critic's loss."""
    note = TabularGAN._note_critic

    def pay(self, real: Tensor, fake: Tensor, loss: Tensor) -> Tensor:
        with torch.no_grad():
            now = torch.stack([real.mean(dim=-1), fake.mean(dim=-1)])
            seen = getattr(self, "lecam_means", None)
            self.lecam_means = now if seen is None else DECAY * seen + (1 - DECAY) * now
        real_mean, fake_mean = self.lecam_means.unsqueeze(-1)
        far = (real - fake_mean).square().mean(dim=-1) + (fake - real_mean).square().mean(dim=-1)
        return note(self, real, fake, loss + WEIGHT * far)

    with patch.object(TabularGAN, "_note_critic", pay):
        yield


ALTERNATIVES = {
    "relativistic": (nullcontext, {}),
    "wgan-gp": (nullcontext, WGAN),
    "packed": (lambda: patch("imbgen.models.gan.MLPCritic", PackedCritic), {}),
    "lecam": (lecam, {}),
}


def generate(name: str, rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """Train one alternative and draw rows."""
    changed, parameters = ALTERNATIVES[name]
    with changed():
        return GANGenerator(**parameters, random_state=0).fit(rows).sample(n, random_state=0)


def main() -> None:
    judge, paths = judge_and_files(__doc__)
    warnings.simplefilter("ignore")
    judge_samples(judge, paths, "critic", list(ALTERNATIVES), generate, HERE / "results.csv")


if __name__ == "__main__":
    main()
