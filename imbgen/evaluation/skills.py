"""Skill of any generator: on given held-out rows, or out-of-fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from imbgen.encoding import TableEncoder
from imbgen.errors import DataError
from imbgen.evaluation.unseen import conform, seen_rows
from imbgen.frames import to_frame
from imbgen.generators.base import BaseGenerator, one_thread
from imbgen.generators.checks import check_number
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.gmm import GMMGenerator
from imbgen.metrics import LogScorer, Skill, paired_skill
from imbgen.schema import Schema

__all__ = ["held_out_skill", "out_of_fold_skill"]

# Below, a fold would leave too few rows to fit a mixture or to score.
FEWEST_ROWS = 10


def held_out_skill(
    generator: BaseGenerator,
    training: Any,
    held_out: Any,
    *,
    n_sample: int = 1000,
    random_state: int = 0,
) -> Skill:
    """Skill of a fitted generator on rows that it has not seen.

    The baseline, `GMMGenerator` at its defaults, is fitted on the same training rows.

    Parameters
    ----------
    generator : BaseGenerator
        Fitted on `training`.
    training, held_out : DataFrame or ndarray of shape (n_rows, n_columns)
        Rows that the generator was fitted on, and rows of the same class that it was not; their dtypes may
        differ.
    n_sample : int
        Synthetic rows that each of the two is scored by.
    random_state : int
        Seed.

    Returns
    -------
    skill : Skill

    Raises
    ------
    DataError
        A held-out row is among the training rows, or there is none.

    Examples
    --------
    >>> from imbgen import KernelGenerator, load_dataset
    >>> from imbgen.evaluation import held_out_skill
    >>> X, y = load_dataset("ecoli")
    >>> training, held_out = X[y == "cp"][:100], X[y == "cp"][100:]
    >>> generator = KernelGenerator(random_state=0).fit(training)
    >>> held_out_skill(generator, training, held_out).n_rows
    43
    """
    check_number("n_sample", n_sample, low=10, whole=True)
    check_number("random_state", random_state, low=0, whole=True)
    schema = generator.schema_
    known = schema.check(to_frame(training, name="training")[0])
    unseen = conform(to_frame(held_out, name="held_out")[0], schema)
    if unseen.empty:
        raise DataError("A skill needs at least one held-out row, however: n_rows=0. Give rows.")
    if n_seen := int(seen_rows(unseen, known).sum()):
        raise DataError(
            f"Held-out rows must be rows that the generator has not seen, however: {n_seen} of"
            f" {len(unseen)} equal a training row. Drop these rows."
        )
    with one_thread():
        scorer = LogScorer(known, schema=schema, random_state=random_state)
        baseline = GMMGenerator(schema=schema.overrides, random_state=random_state).fit(known)
        return paired_skill(
            scorer.row_scores(unseen, _draw(generator, n_sample, random_state)),
            scorer.row_scores(unseen, _draw(baseline, n_sample, random_state)),
        )


def out_of_fold_skill(
    generator: BaseGenerator,
    X: Any,
    *,
    others: Any = None,
    n_folds: int = 5,
    n_sample: int = 1000,
    random_state: int = 0,
) -> Skill:
    """Skill by cross-fitting: each row is scored by a clone fitted without it.

    Parameters
    ----------
    generator : BaseGenerator
        It is cloned, never fitted itself. A network generator has a `skill_` of its own, at no cost.
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        Rows of the class, at least 10.
    others : like X, optional
        See `BaseGenerator.fit`.
    n_folds : int
        Folds; at most 200 rows of each are scored.
    n_sample : int
        Synthetic rows that a fold is scored by.
    random_state : int
        Seed of folds and fits.

    Returns
    -------
    skill : Skill

    Raises
    ------
    DataError
        Fewer than 10 rows.

    Examples
    --------
    >>> from imbgen import InterpolationGenerator, load_dataset
    >>> from imbgen.evaluation import out_of_fold_skill
    >>> X, y = load_dataset("ecoli")
    >>> out_of_fold_skill(InterpolationGenerator(), X[y == "om"]).n_rows
    20
    """
    frame, _ = to_frame(X)
    if len(frame) < FEWEST_ROWS:
        raise DataError(
            f"An out-of-fold skill needs at least {FEWEST_ROWS} rows, however: n_rows={len(frame)}. "
            "Score the generator on held-out rows, or add rows."
        )
    check_number("n_folds", n_folds, low=2, high=len(frame) // 2, whole=True)
    check_number("n_sample", n_sample, low=10, whole=True)
    check_number("random_state", random_state, low=0, whole=True)
    rng = np.random.default_rng(random_state)
    schema = Schema.infer(frame, generator.get_params(deep=False).get("schema"))
    with one_thread():
        encoder = TableEncoder(schema).fit(frame)
        crossfit = CrossFit(frame, encoder, n_folds=n_folds, n_sample=n_sample, rng=rng)
        synthetic = []
        for rows in crossfit.train_rows:
            seed = int(rng.integers(2**31))
            member = clone(generator).set_params(schema=schema.overrides, random_state=seed)
            synthetic.append(_draw(member.fit(frame.iloc[rows], others=others), n_sample, seed))
        return paired_skill(crossfit.score_rows(synthetic), crossfit.baseline)


def _draw(generator: BaseGenerator, n: int, seed: int) -> pd.DataFrame:
    """Draw rows as a pandas frame under the columns' labels, whatever container the generator gives."""
    rows, _ = to_frame(generator.sample(n, random_state=seed))
    return rows.set_axis(generator.schema_.names, axis=1)
