"""An arm on a training part: which rows it adds, in the columns and dtypes of the table."""

from __future__ import annotations

import warnings
from copy import deepcopy
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import clone

from imbgen.encoding import ValueEncoder
from imbgen.errors import DataError, warn_caller
from imbgen.evaluation.arms import Arm
from imbgen.evaluation.task import Task
from imbgen.evaluation.unseen import conform, count_by_chance, seen_rows, value_text
from imbgen.frames import to_frame
from imbgen.generators.base import BaseGenerator, give_schema
from imbgen.resampling import Resampled, resample, takes_tables

__all__ = ["TrainingSet", "augment", "check_rows", "count_seen"]

# ADASYN and the like round per row and miss what was asked by a little.
_FEWEST_OF_ASKED = 0.9


class TrainingSet(NamedTuple):
    """What classifiers are trained on.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Real rows, then synthetic ones.
    target : ndarray of int, shape (n_rows,)
        1 for the rare class.
    synthetic : DataFrame of shape (n_synthetic, n_columns)
        The synthetic rows alone.
    presample : DataFrame or None
        Rows that a hybrid started from.
    """

    frame: pd.DataFrame
    target: np.ndarray
    synthetic: pd.DataFrame
    presample: pd.DataFrame | None = None


def augment(arm: Arm, task: Task, rows: np.ndarray, ratio: float | None, seed: int) -> TrainingSet:
    """Fit an arm on training rows and add what it makes.

    Parameters
    ----------
    arm : Arm
    task : Task
    rows : ndarray of int
        Training rows.
    ratio : float or None
        Rows of the rare class per row of the others that there shall be; None: the arm's own, for generators
        and rows 1.
    seed : int

    Raises
    ------
    DataError
        The arm gave fewer rows than asked, rows of another class, or other columns; or cannot take the table.
    """
    frame, target = task.frame.iloc[rows].reset_index(drop=True), task.target[rows]
    n_rare = int(target.sum())
    n_new = round((1.0 if ratio is None else ratio) * (len(rows) - n_rare)) - n_rare
    if not arm.makes_rows or (n_new <= 0 and arm.takes_ratio and ratio is not None):
        return TrainingSet(frame, target, frame.iloc[:0])
    if arm.kind == "over-sampler":
        return _from_sampler(arm, task, frame, task.labels[rows], ratio, n_new, seed)
    presample = None
    if arm.kind == "rows":
        synthetic = _take_rows(arm, task, max(n_new, 0), seed)
    else:
        synthetic, presample = _draw(arm, task, frame, target, max(n_new, 0), seed)
    joined = pd.concat([frame, synthetic], ignore_index=True).astype(frame.dtypes.to_dict())
    return TrainingSet(joined, np.append(target, np.ones(len(synthetic), dtype=int)), synthetic, presample)


def _draw(
    arm: Arm, task: Task, frame: pd.DataFrame, target: np.ndarray, n_new: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    rare, others = (frame[target == label].reset_index(drop=True) for label in (1, 0))
    generator = clone(arm.source, safe=False) if hasattr(arm.source, "get_params") else deepcopy(arm.source)
    if isinstance(generator, BaseGenerator):
        generator.set_params(random_state=seed)
        give_schema(generator, task.kinds)
        made = generator.fit(rare, others=others if generator.uses_others else None).sample(n_new, seed)
    else:
        if hasattr(generator, "get_params") and "random_state" in generator.get_params():
            generator.set_params(random_state=seed)
        fitted = generator.fit(rare)
        made = (generator if fitted is None else fitted).sample(n_new)
    synthetic = _conform(arm, task, made)
    if len(synthetic) != n_new:
        raise DataError(
            f"A generator must draw as many rows as it is asked for, however: {arm.name!r} was asked for"
            f" {n_new} and gave {len(synthetic)}. Mend its `sample`."
        )
    presampled = getattr(generator, "presample", None)
    presample = _conform(arm, task, presampled(min(n_new, 500), seed)) if callable(presampled) else None
    return synthetic, presample


def check_rows(arm: Arm, task: Task) -> None:
    """Raise DataError if rows made elsewhere do not fit the table or its rare class."""
    _take_rows(arm, task, 0, 0)


def _take_rows(arm: Arm, task: Task, n_new: int, seed: int) -> pd.DataFrame:
    rows = arm.source
    extra = [name for name in rows.columns if name not in task.frame.columns]
    if len(extra) == 1:  # the label may stand beside the features
        _check_label(arm, task, rows[extra[0]])
    if len(rows) < _FEWEST_OF_ASKED * n_new:
        warnings.warn(f"{n_new} rows were asked for, and there are {len(rows)}.", UserWarning, stacklevel=2)
    chosen = np.random.default_rng(seed).permutation(len(rows))[:n_new]
    return _conform(arm, task, rows.iloc[chosen])


def _check_label(arm: Arm, task: Task, values: pd.Series) -> None:
    known = pd.unique(pd.Series(task.labels))
    # Files write a label otherwise; but "01" and "1" may be two labels, and then the text counts.
    text = value_text if len({value_text(label) for label in known}) == len(known) else str
    given = values.map(text)
    if not given.isin([text(label) for label in known]).any():
        warn_caller(
            f"The column {values.name!r} of {arm.name!r} was left out: the table has none of that name, and"
            " none of its values is a label.",
            UserWarning,
        )
    elif (wrong := given != text(task.minority)).any():
        raise DataError(
            f"Rows made elsewhere must be of the rare class, however: {int(wrong.sum())} of {len(given)}"
            f" in {arm.name!r} are not of class {task.minority!r} by their column {values.name!r}. Drop them."
        )


def count_seen(arm: Arm, task: Task, train: np.ndarray, test: np.ndarray) -> tuple[int, float]:
    """Return how many test rows of the rare class stand among rows that were made elsewhere.

    Those that equal a training row of it do not count: who saw the training part alone may have made them.

    Returns
    -------
    n_seen : int
    by_chance : float
        How many chance would put there, because the table has few distinct rows.
    """
    made = _align(arm, task, arm.source)  # in the file's own precision
    held_out, training = (task.frame.iloc[rows[task.target[rows] == 1]] for rows in (test, train))
    n_seen = int((seen_rows(held_out, made) & ~seen_rows(held_out, training)).sum())
    if not n_seen:
        return 0, 0.0
    repeats = bool(task.frame.duplicated().any())
    return n_seen, count_by_chance(held_out, training, len(made), repeats=repeats)


def _conform(arm: Arm, task: Task, made: Any) -> pd.DataFrame:
    return _align(arm, task, made).astype(task.frame.dtypes.to_dict())


def _align(arm: Arm, task: Task, made: Any) -> pd.DataFrame:
    frame, _ = to_frame(made, name=arm.name)
    if frame.shape[1] == task.frame.shape[1] and not set(frame.columns) & set(task.frame.columns):
        frame = frame.set_axis(task.frame.columns, axis=1)  # an array, or a generator that lost the names
    return conform(frame, task.schema)


def _from_sampler(
    arm: Arm,
    task: Task,
    frame: pd.DataFrame,
    labels: np.ndarray,
    ratio: float | None,
    n_new: int,
    seed: int,
) -> TrainingSet:
    sampler = clone(arm.source, safe=False)
    if ratio is not None and arm.takes_ratio:
        # As a number of rows: imbalanced-learn cuts off what a ratio comes to.
        exact = isinstance(sampler, BaseOverSampler)
        n_rare = int((labels == task.minority).sum())
        sampler.set_params(sampling_strategy={task.minority: n_rare + n_new} if exact else ratio)
    new = _resample(sampler, task, frame, labels, seed)
    target = (np.asarray(new.y) == task.minority).astype(np.int64)
    mask = np.asarray(new.synthetic_mask)
    if (wrong := int((mask & (target == 0)).sum())) and not _is_own_choice(arm):
        raise DataError(
            f"New rows must be of the rare class, however: {wrong} of {int(mask.sum())} that {arm.name!r}"
            f" gave are not of class {task.minority!r}. Mend its `fit_resample`."
        )
    asked = ratio is not None or getattr(arm.source, "sampling_strategy", None) in ("auto", "minority")
    if isinstance(arm.source, BaseOverSampler) and asked and mask.sum() < _FEWEST_OF_ASKED * n_new:
        raise DataError(
            f"An over-sampler must give as many rows as it is asked for, however: {arm.name!r} was asked for"
            f" {n_new} and gave {int(mask.sum())}. Mend its `fit_resample`, or ask for fewer."
        )
    return TrainingSet(new.X, target, new.X[mask].reset_index(drop=True))


def _is_own_choice(arm: Arm) -> bool:
    """Whether rows of the other class are what was asked for, by a strategy that names classes."""
    return isinstance(getattr(arm.source, "sampling_strategy", None), dict)


def _resample(sampler: Any, task: Task, frame: pd.DataFrame, labels: np.ndarray, seed: int) -> Resampled:
    """Try the table as it is, then with gaps filled, then as numbers alone; all learned from these rows."""
    try:
        return resample(frame, labels, sampler, schema=task.kinds, random_state=seed)
    except DataError:
        has_levels = any(column.has_levels for column in task.schema.columns)
        if takes_tables(sampler) or not (has_levels or frame.isna().to_numpy().any()):
            raise
        if hasattr(sampler, "categorical_features"):
            return resample(_fill(frame), labels, sampler, schema=task.kinds, random_state=seed)
    return _resample_numbers(sampler, task, frame, labels, seed)


def _fill(frame: pd.DataFrame) -> pd.DataFrame:
    """Fill gaps with the median, or the most frequent value of what has none."""
    filled = {}
    for name in frame.columns:
        values = frame[name]
        if values.isna().any() and not values.isna().all():
            numeric = pd.api.types.is_float_dtype(values.dtype)
            values = values.fillna(values.median() if numeric else values.mode().iloc[0])
        filled[name] = values
    return pd.DataFrame(filled)


def _resample_numbers(
    sampler: Any, task: Task, frame: pd.DataFrame, labels: np.ndarray, seed: int
) -> Resampled:
    encoder = ValueEncoder(task.schema).fit(frame)
    numbers, codes = encoder.encode(frame)
    centre = np.nan_to_num(np.nanmedian(numbers, axis=0)) if len(numbers) else np.zeros(numbers.shape[1])
    filled = np.where(np.isnan(numbers), centre, numbers)
    scale = np.where((deviation := filled.std(axis=0)) > 0, deviation, 1.0)
    widths = [int(codes[:, i].max(initial=0)) + 1 for i in range(codes.shape[1])]
    hot = [np.eye(width)[codes[:, i]] for i, width in enumerate(widths)]
    given = pd.DataFrame(np.hstack([(filled - centre) / scale, *hot]))
    new = resample(
        given.set_axis([f"x{i}" for i in given.columns], axis=1), labels, sampler, random_state=seed
    )
    made = new.X[new.synthetic_mask].to_numpy()
    ends = numbers.shape[1] + np.cumsum([0, *widths])
    new_codes = [made[:, a:b].argmax(axis=1) for a, b in pairwise(ends)]
    levels = np.array(new_codes, dtype=np.int64).reshape(len(widths), len(made)).T
    synthetic = encoder.decode(made[:, : numbers.shape[1]] * scale + centre, levels)
    kept = _find(given.to_numpy(), new.X[~new.synthetic_mask].to_numpy())
    joined = pd.concat([frame.iloc[kept], synthetic], ignore_index=True).astype(frame.dtypes.to_dict())
    y = np.concatenate([np.asarray(new.y)[~new.synthetic_mask], np.asarray(new.y)[new.synthetic_mask]])
    return Resampled(joined, y, np.arange(len(joined)) >= len(kept))


def _find(given: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the position of each kept row among the given ones."""
    if np.array_equal(given, kept):
        return np.arange(len(given))
    first = {row.tobytes(): i for i, row in reversed(list(enumerate(np.ascontiguousarray(given))))}
    return np.array([first[row.tobytes()] for row in np.ascontiguousarray(kept)], dtype=np.int64)
