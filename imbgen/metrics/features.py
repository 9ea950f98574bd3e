"""`TrainingFeatures`: rows as numbers for distances and forests, in the units of the training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from imbgen.metrics.coordinates import is_number, to_numbers
from imbgen.schema import Column, Schema

__all__ = ["TrainingFeatures"]

_MOST_LEVELS = 30


class TrainingFeatures:
    """Map from rows to numbers, learned from the training rows of a class alone.

    Numbers are divided by their standard deviation, a missing one is the median and has a column that says
    so; levels become one-hots, those beyond the 29 most frequent together one, as do those never seen.

    Parameters
    ----------
    training : DataFrame of shape (n_training, n_columns)
        Rows that generators were fitted on.
    schema : Schema, optional
        What the columns are; inferred by default.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.metrics.features import TrainingFeatures
    >>> training = pd.DataFrame({"x": [1.0, 3.0, None], "sex": ["F", "M", "F"]})
    >>> TrainingFeatures(training).transform(training).tolist()
    [[-1.0, 0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0]]
    """

    def __init__(self, training: pd.DataFrame, schema: Schema | None = None) -> None:
        self._schema = Schema.infer(training) if schema is None else schema
        frame = self._schema.check(training)
        self._numbers: dict[int, tuple[float, float, bool]] = {}
        self._places: dict[int, np.ndarray] = {}
        for i, column in enumerate(self._schema.columns):
            if is_number(column):
                self._numbers[i] = _centre_and_scale(to_numbers(column, frame[column.name]))
            else:
                self._places[i] = _places(column, frame[column.name])

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Return rows as numbers.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)

        Returns
        -------
        features : ndarray of float64, shape (n_rows, n_features)
        """
        frame = self._schema.check(frame)
        parts = []
        for i, column in enumerate(self._schema.columns):
            values = frame[column.name]
            parts.append(
                self._scale(i, to_numbers(column, values)) if i in self._numbers else self._hot(i, values)
            )
        return np.hstack(parts)

    def _scale(self, i: int, numbers: np.ndarray) -> np.ndarray:
        centre, scale, has_gaps = self._numbers[i]
        missing = np.isnan(numbers)
        scaled = np.where(missing, 0.0, (np.where(missing, 0.0, numbers) - centre) / scale)
        return np.column_stack([scaled, missing]) if has_gaps else scaled[:, None]

    def _hot(self, i: int, values: pd.Series) -> np.ndarray:
        places = self._places[i][self._schema.columns[i].find(values)]
        return np.eye(int(self._places[i].max(initial=0)) + 1)[places]


def _centre_and_scale(numbers: np.ndarray) -> tuple[float, float, bool]:
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return 0.0, 1.0, True
    return float(np.median(present)), float(present.std()) or 1.0, len(present) < len(numbers)


def _places(column: Column, values: pd.Series) -> np.ndarray:
    """Return the place of each level by frequency; last, the place of what is no level."""
    codes = column.find(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(column.levels))
    order = np.argsort(-counts, kind="stable")
    places = np.empty(len(order) + 1, dtype=np.int64)
    places[order] = np.minimum(np.arange(len(order)), _MOST_LEVELS - 1)
    places[-1] = min(len(order), _MOST_LEVELS)
    return places
