"""Labels of rows: what can be told apart, and indicators of classes back as they came."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError

__all__ = ["check_labels", "plain_label", "to_indicators"]


def check_labels(y: Any) -> None:
    """Raise DataError for labels that cannot be told apart; their shape is imbalanced-learn's to check."""
    values = pd.Series(np.ravel(np.asarray(y, dtype=object)))
    if n_missing := int(values.isna().sum()):
        raise DataError(
            f"Each row needs a label, however: {n_missing} of {len(values)} are missing. Drop these rows."
        )
    types = {type(value) for value in values}
    if len({str if issubclass(kind, str) else Number if _is_numeric(kind) else kind for kind in types}) > 1:
        names = " and ".join(sorted(kind.__name__ for kind in types))
        raise DataError(f"Labels must be of one type, however: `y` holds {names}. Convert them to text.")
    if np.ndim(y) == 2 and np.shape(y)[1] > 1:
        ones = np.asarray(y, dtype=object) == 1
        if wrong := int((ones.sum(axis=1) != 1).sum()):
            raise DataError(
                f"Each row of indicators must have a single 1, however: {wrong} of {len(y)} have not. "
                "Give every class its column, or pass labels."
            )
    if np.ndim(y) == 1 and values.nunique() < 2:
        held = f"holds only {plain_label(values.iloc[0])!r}" if len(values) else "is empty"
        raise DataError(
            f"The target `y` needs to have more than 1 class, however: it {held}. Add rows of another class."
        )


def _is_numeric(kind: type) -> bool:
    return issubclass(kind, Number | np.bool_)


def to_indicators(y_new: np.ndarray, given: Any) -> Any:
    """Give indicators back as they came: one column per class, also of two, of which one was left."""
    classes = np.flatnonzero(np.asarray(given).any(axis=0))
    codes = y_new[:, 0] if y_new.shape[1] == 1 else y_new.argmax(axis=1)
    indicators = np.zeros((len(y_new), np.shape(given)[1]), dtype=np.asarray(given).dtype)
    indicators[np.arange(len(codes)), classes[codes]] = 1
    if isinstance(given, pd.DataFrame):
        return pd.DataFrame(indicators, columns=given.columns).astype(given.dtypes)
    return indicators


def plain_label(label: Any) -> Any:
    """Return a label as Python's own type."""
    return label.item() if isinstance(label, np.generic) else label
