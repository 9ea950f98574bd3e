"""A network that is worth nothing is told from one whose task nobody does well."""

import numpy as np
import pandas as pd
import pytest

from imbgen import KernelGenerator
from imbgen.encoding import TableEncoder
from imbgen.errors import TrainingError
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.learned import check_learned
from imbgen.schema import Schema


@pytest.mark.slow
def test_a_network_that_kernels_cannot_beat_is_kept():
    """In many columns that are nearly independent, kernels too are far below independent columns."""
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 80)))
    encoder = TableEncoder(Schema.infer(rows)).fit(rows)
    crossfit = CrossFit(rows, encoder, n_folds=2, n_sample=500, rng=np.random.default_rng(0))
    independent = crossfit.score_independent(np.random.default_rng(1)).mean()
    kernels = crossfit.score_generator(KernelGenerator, np.random.default_rng(2))
    assert kernels.mean() < independent - 1.2
    check_learned(kernels + 0.1, crossfit, np.random.default_rng(3))
    with pytest.raises(TrainingError, match="nats per row worse"):
        check_learned(kernels - 0.5, crossfit, np.random.default_rng(3))
