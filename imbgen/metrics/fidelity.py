"""`fidelity`: all that is measured on synthetic rows, against held-out real ones."""

from __future__ import annotations

import pandas as pd

from imbgen.metrics.columns import pair_distance, shape_distance
from imbgen.metrics.features import TrainingFeatures
from imbgen.metrics.neighborhoods import copying, density_coverage
from imbgen.metrics.two_sample import two_sample_auc
from imbgen.schema import Schema

__all__ = ["fidelity"]


def fidelity(
    training: pd.DataFrame,
    held_out: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    schema: Schema | None = None,
    n_draws: int = 5,
    n_trees: int = 100,
    random_state: int = 0,
) -> dict[str, float]:
    """Measure synthetic rows against held-out real rows of the class.

    Parameters
    ----------
    training, held_out, synthetic : DataFrame
        Real rows that were learned, real rows that were not, generated rows; the same columns. Give the
        training rows as `synthetic` to see what real rows would reach.
    schema : Schema, optional
        What the columns are; inferred from `training` by default.
    n_draws, n_trees : int
        See `two_sample_auc`.
    random_state : int
        Seed.

    Returns
    -------
    figures : dict of str to float
        `two_sample_auc`, `density`, `coverage`, `shapes` (see `shape_distance`), `pairs` (see
        `pair_distance`), `copy_auc`, `copies`, `copies_real` (see `copying`).

    Examples
    --------
    >>> from imbgen import GMMGenerator, load_dataset
    >>> from imbgen.metrics import fidelity
    >>> X, y = load_dataset("ecoli")
    >>> rows = X[y == "cp"].sample(frac=1, random_state=0)
    >>> training, held_out = rows[:70], rows[70:]
    >>> synthetic = GMMGenerator(random_state=0).fit(training).sample(100)
    >>> figures = fidelity(training, held_out, synthetic, n_draws=1)
    >>> figures["copies"], figures["coverage"] > 0.8
    (0.0, True)
    """
    schema = Schema.infer(training) if schema is None else schema
    training, held_out, synthetic = map(schema.check, (training, held_out, synthetic))
    features = TrainingFeatures(training, schema)
    learned, real, made = map(features.transform, (training, held_out, synthetic))
    density, coverage = density_coverage(real, made, random_state=random_state)
    copies = copying(learned, real, made)
    return {
        "two_sample_auc": two_sample_auc(
            real, made, n_draws=n_draws, n_trees=n_trees, random_state=random_state
        ),
        "density": density,
        "coverage": coverage,
        "shapes": shape_distance(held_out, synthetic, schema=schema),
        "pairs": pair_distance(held_out, synthetic, schema=schema, random_state=random_state),
        **copies._asdict(),
    }
