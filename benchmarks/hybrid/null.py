"""How often the gate accepts what has nothing to give.

Two nulls, on the minority class of a table. *Redraws*: instead of refined rows the gate is shown fresh draws
of the pre-sampler, as many candidates as there are, so that every gain is chance. *Noise labels*: a refiner
is trained whose critic sees real and refined rows exchanged at random, so that it cannot know which is which;
what it may still gain is the calibration of marginals, so the pre-sampler is a mixture, which has it, and
distance from the training rows where rows of a table never repeat, so that it pays nothing for copying.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from imbgen import GMMGenerator, HybridGenerator
from imbgen.encoding import TableEncoder
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.fold_presamples import FoldPresamples
from imbgen.generators.gate import CANDIDATES, Verdict, decide
from imbgen.models import TabularRefiner
from imbgen.schema import Schema

N_FOLDS, N_SAMPLE, N_UPDATES = 5, 1000, 300


def null_runs(judge: ModuleType, path: Path, n_redraws: int, n_trained: int) -> list[dict]:
    """Print and return whether each run was accepted, and by which gain."""
    X, y = judge.load(str(path))
    X_train, _, y_train, _ = judge.split(X, y, 0)
    rows = X_train[y_train == 1].reset_index(drop=True)
    found = []
    for null, n_runs, run in (("redraws", n_redraws, redraw), ("noise labels", n_trained, train)):
        for seed in range(n_runs):
            accepted, gain = run(rows, seed)
            found.append({"dataset": path.stem, "null": null, "seed": seed, "accepted": accepted})
            found[-1] |= {"gain": gain.value, "gain_se": gain.standard_error}
            print(found[-1], flush=True)
    return found


def redraw(rows, seed):
    """Let the gate choose among draws of one mixture."""
    rng = np.random.default_rng(seed)
    schema = Schema.infer(rows)
    kinds = {column.name: column.kind.value for column in schema.columns}
    encoder = TableEncoder(schema, spike_share=0.05).fit(rows)
    crossfit = CrossFit(rows, encoder, n_folds=N_FOLDS, n_sample=N_SAMPLE, rng=rng)
    folds = FoldPresamples(GMMGenerator(schema=kinds), crossfit, rows, None, rng)
    scores = [crossfit.score_rows(folds.own)]
    scores += [crossfit.score_rows(folds.draw(10**6 + i, N_SAMPLE)) for i in range(1, len(CANDIDATES))]
    checks = np.zeros(N_FOLDS, dtype=np.int64)
    verdict: Verdict = decide(lambda _: np.stack(scores), checks, crossfit.folds, checks)
    return verdict.is_accepted, verdict.gain


class NoiseLabels(TabularRefiner):
    """A refiner whose critic is told at random which of a pair is real."""

    def critic_loss(self, real):
        fake = self.fake_rows(real.shape[1]).detach()
        is_swapped = torch.rand(*real.shape[:2], 1, generator=self._random, device=self.device) < 0.5
        pair = torch.where(is_swapped, fake, real), torch.where(is_swapped, real, fake)
        (real_score, real_gradient), (fake_score, fake_gradient) = map(self.critic.with_gradient, pair)
        loss = torch.nn.functional.softplus(fake_score - real_score).mean(dim=-1)
        penalty = sum(0.5 * part.square().sum(-1).mean(-1) for part in (real_gradient, fake_gradient))
        return self._note_critic(real_score, fake_score, loss + self._penalty_weight() * penalty)


class NoiseHybrid(HybridGenerator):
    """A hybrid with such a refiner."""

    def _build(self, layout, n_rows, seed):
        module = super()._build(layout, n_rows, seed)
        return NoiseLabels(**module.hparams)


def train(rows, seed):
    """Train a refiner on noise labels, from a mixture's rows."""
    hybrid = NoiseHybrid(presampler=GMMGenerator(), n_updates=N_UPDATES, copy_penalty=0.0, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hybrid.fit(rows)
    if hybrid.fallback_ is not None:
        raise SystemExit(
            f"A null needs 30 rows of the class, however: n_rows={len(rows)}. Take a larger table."
        )
    return hybrid.refined_, hybrid.gain_
