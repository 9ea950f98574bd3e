"""Labels of rows: what can be told apart, and new labels in the container of the old ones."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from sklearn.utils.multiclass import check_classification_targets

from imbgen.errors import DataError

__all__ = ["LabelContainer", "plain_label", "to_labels"]


def to_labels(y: Any) -> np.ndarray:
    """Return labels, or one-vs-all indicators, as an array of labels.

    Parameters
    ----------
    y : Series, ndarray or list of shape (n_rows,) or (n_rows, n_classes)
        pandas, polars or Arrow ones too.

    Returns
    -------
    labels : ndarray of shape (n_rows,)
        The places of the classes, for indicators.

    Raises
    ------
    DataError
        Missing, of several types, of one class only, measurements, or indicators without a single 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.labels import to_labels
    >>> to_labels(pd.Series(["no", "yes", "no"], dtype="category")).tolist()
    ['no', 'yes', 'no']
    >>> to_labels([[1, 0], [0, 1], [1, 0]]).tolist()
    [0, 1, 0]
    """
    array = _to_array(y)
    _check_labels(array)
    try:
        check_classification_targets(array)
        return check_target_type(array)
    except ValueError as error:
        raise DataError(
            f"The target `y` must hold labels of classes, however: {error} Pass one label per row."
        ) from error


def _to_array(y: Any) -> np.ndarray:
    if isinstance(y, pd.Series | pd.DataFrame):
        return np.asarray(y)
    if nw.dependencies.is_into_dataframe(y):
        return nw.from_native(y, eager_only=True).to_numpy()
    if nw.dependencies.is_into_series(y):
        return nw.from_native(y, series_only=True).to_numpy()
    try:
        return np.asarray(y)
    except ValueError:
        raise DataError(
            "The target `y` must have one label per row, however: its rows have different lengths. "
            "Pass one label per row."
        ) from None


def _check_labels(y: np.ndarray) -> None:
    """Raise DataError for labels that cannot be told apart."""
    values = pd.Series(np.ravel(y.astype(object)))
    if n_missing := int(values.isna().sum()):
        raise DataError(
            f"Each row needs a label, however: {n_missing} of {len(values)} are missing. Drop these rows."
        )
    types = {type(value) for value in values}
    if len({str if issubclass(kind, str) else Number if _is_numeric(kind) else kind for kind in types}) > 1:
        names = " and ".join(sorted(kind.__name__ for kind in types))
        raise DataError(f"Labels must be of one type, however: `y` holds {names}. Convert them to text.")
    if y.ndim == 2 and y.shape[1] > 1:
        if wrong := int(((y == 1).sum(axis=1) != 1).sum()):
            raise DataError(
                f"Each row of indicators must have a single 1, however: {wrong} of {len(y)} have not. "
                "Give every class its column, or pass labels."
            )
    elif values.nunique() < 2:
        held = f"holds only {plain_label(values.iloc[0])!r}" if len(values) else "is empty"
        raise DataError(
            f"The target `y` needs to have more than 1 class, however: it {held}. Add rows of another class."
        )


def _is_numeric(kind: type) -> bool:
    return issubclass(kind, Number | np.bool_)


@dataclass(frozen=True)
class LabelContainer:
    """What labels came in, and new ones are given back in.

    Parameters
    ----------
    given : Series, DataFrame, ndarray or list
        What `to_labels` was given.
    """

    given: Any

    def restore(self, labels: np.ndarray) -> Any:
        """Return labels, shape (n_rows_new,), in the container and with the dtype given."""
        given = self.given
        if np.ndim(given) == 2:
            return self._restore_columns(labels)
        if isinstance(given, pd.Series):
            return pd.Series(labels, dtype=given.dtype, name=given.name)
        if isinstance(given, list):
            return labels.tolist()
        if isinstance(given, np.ndarray) or not nw.dependencies.is_into_series(given):
            return labels
        series = nw.from_native(given, series_only=True)
        values = labels.tolist()
        return nw.new_series(series.name, values, series.dtype, backend=series.implementation).to_native()

    def _restore_columns(self, labels: np.ndarray) -> Any:
        """Give one column back as one, and indicators with a column per class, also of two classes."""
        given = self.given
        array = _to_array(given)
        if array.shape[1] == 1:
            columns = labels[:, None]
        else:
            columns = np.zeros((len(labels), array.shape[1]), dtype=array.dtype)
            columns[np.arange(len(labels)), labels] = 1
        if isinstance(given, pd.DataFrame):
            return pd.DataFrame(columns, columns=given.columns).astype(given.dtypes)
        if isinstance(given, list):
            return columns.tolist()
        if isinstance(given, np.ndarray):
            return labels if array.shape[1] == 1 else columns
        frame = nw.from_native(given, eager_only=True)
        data = {name: columns[:, i].tolist() for i, name in enumerate(frame.columns)}
        return nw.from_dict(data, frame.schema, backend=frame.implementation).to_native()


def plain_label(label: Any) -> Any:
    """Return a label as Python's own type."""
    return label.item() if isinstance(label, np.generic) else label
