"""Whether a trained network is worth sampling from."""

from __future__ import annotations

import numpy as np

from imbgen.errors import TrainingError
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.kernel import KernelGenerator
from imbgen.metrics import paired_skill

__all__ = ["check_learned"]

# Nats per row by which a network may describe held-out rows worse than independent columns, to which networks
# come near at their second update. One that is below has collapsed, though its losses may be finite, or
# copies rows, unless nothing else does better: kernels in many columns that are nearly independent.
_FAR_BELOW = 1.0
# Standard errors that are allowed for on top.
_TOLERANCE = 2.0


def check_learned(scores: np.ndarray, crossfit: CrossFit, rng: np.random.Generator) -> None:
    """Raise TrainingError if a network is far below independent columns, and below kernels too.

    Parameters
    ----------
    scores : ndarray of shape (n_scored,)
        Row scores of the network.
    crossfit : CrossFit
    rng : numpy.random.Generator
    """
    gain = paired_skill(scores, crossfit.score_independent(rng))
    if gain.value + _TOLERANCE * gain.standard_error >= -_FAR_BELOW:
        return
    if scores.mean() >= crossfit.score_generator(KernelGenerator, rng).mean():
        return
    raise TrainingError(
        "A network must describe unseen rows about as well as columns drawn independently of each other,"
        f" however: it is {-gain.value:.1f} nats per row worse, so it has collapsed, copies rows or has"
        " not learned yet. Lower `learning_rate`, or raise `n_updates` or `d_hidden`.",
        "The network describes unseen rows far worse than independent columns do",
    )
