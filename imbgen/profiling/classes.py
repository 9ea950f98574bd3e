"""Classes: how many rows each has, and what that is too few for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, did_you_mean
from imbgen.plain import scalar
from imbgen.schema import label_array
from imbgen.tables import count_classes

__all__ = ["FEWEST_ROWS", "Classes", "class_table", "looks_like_no_label"]

#: Below so many rows a network is replaced by a simpler generator.
FEWEST_ROWS = 30
# A class that a generator can be fitted to at all.
_TWO = 2
# Grades and star ratings have fewer values than this; ages, prices and counts have more.
_MOST_NUMERIC_LABELS = 50
_MOST_FRACTIONAL_LABELS = 10
# A table shorter than this says nothing about how often labels repeat.
_ENOUGH_ROWS = 20


@dataclass(frozen=True, eq=False)
class Classes:
    """The labels of a table, and the class to look at.

    Parameters
    ----------
    sizes : Series
        Rows of each class by label, the largest first.
    labels : tuple
        Label of each code.
    codes : ndarray of int64, shape (n_rows,)
        Code of each row's class.
    minority : label
        The class to look at.
    mask : ndarray of bool, shape (n_rows,)
        Its rows.
    is_label : bool
        Whether the target looks like a class label at all.
    """

    sizes: pd.Series
    labels: tuple[Any, ...]
    codes: np.ndarray
    minority: Any
    mask: np.ndarray
    is_label: bool

    @property
    def n_minority(self) -> int:
        """Rows of the class to look at."""
        return int(self.mask.sum())

    @classmethod
    def of(cls, y: Any, n_rows: int, minority: Any = None) -> Classes:
        """Read labels.

        Parameters
        ----------
        y : Series or array-like of shape (n_rows,)
        n_rows : int
            Of the table that they belong to.
        minority : label, optional
            The class to look at; the rarest by default.

        Raises
        ------
        DataError
            Labels that are missing or do not match the rows, or no such minority class.

        Examples
        --------
        >>> from imbgen.profiling.classes import Classes
        >>> classes = Classes.of(["well", "ill", "well"], 3)
        >>> classes.minority, classes.mask.tolist()
        ('ill', [False, True, False])
        """
        target = _to_series(y)
        if len(target) != n_rows:
            raise DataError(
                f"`y` must hold one label per row, however: {len(target)} labels for {n_rows} rows."
                " Pass both from the same table."
            )
        if n_missing := int(target.isna().sum()):
            raise DataError(
                f"Every row needs a label, however: {n_missing} of {n_rows} rows have none."
                " Drop these rows, or give them a class of their own."
            )
        sizes = _plain_labels(count_classes(target))
        label = _find_minority(sizes, minority)
        codes, found = pd.factorize(target)
        labels = tuple(scalar(other) for other in found)
        return cls(
            sizes, labels, codes, label, codes == labels.index(label), not looks_like_no_label(target, sizes)
        )


def _to_series(y: Any) -> pd.Series:
    if isinstance(y, pd.Series):
        return y
    labels = pd.Series(y) if isinstance(y, list | tuple) else np.asarray(y)
    if labels.ndim != 1:
        raise DataError(
            f"`y` must hold one label per row, however: its shape is {labels.shape}. Pass a single column."
        )
    return pd.Series(labels)


def _plain_labels(sizes: pd.Series) -> pd.Series:
    """Return the same sizes by Python objects: a message should say 4 and not np.int64(4)."""
    labels = label_array([scalar(label) for label in sizes.index])
    return pd.Series(sizes.to_numpy(), index=pd.Index(labels, dtype=object, tupleize_cols=False))


def _find_minority(sizes: pd.Series, minority: Any) -> Any:
    if minority is None:
        return sizes.index[-1]
    if minority not in sizes.index:
        raise DataError(
            f"`minority` must be a label of the target, however: {minority!r} is none."
            f"{did_you_mean(minority, sizes.index)} Name one of its {len(sizes)} labels."
        )
    return minority


def class_table(sizes: pd.Series) -> pd.DataFrame:
    """Return rows, share and a remark for each class; the index holds the labels."""
    shares = sizes / sizes.sum()
    remarks = [_remark(int(size)) for size in sizes]
    return pd.DataFrame({"rows": sizes, "share": shares, "remark": remarks}).rename_axis("class")


def _remark(size: int) -> str:
    if size < _TWO:
        return "cannot be learned"
    return f"below {FEWEST_ROWS} rows" if size < FEWEST_ROWS else ""


def looks_like_no_label(y: pd.Series, sizes: pd.Series) -> bool:
    """Tell whether a target is a measurement or an identifier rather than a class.

    Numbers with more than 50 distinct values, or more than 10 if some have decimals; and labels of which
    fewer than every second one comes twice, in a table of 20 rows or more.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.profiling.classes import looks_like_no_label
    >>> from imbgen.tables import count_classes
    >>> price, stars = pd.Series([9.5 + i for i in range(90)]), pd.Series([1, 2, 3, 4, 5] * 18)
    >>> looks_like_no_label(price, count_classes(price)), looks_like_no_label(stars, count_classes(stars))
    (True, False)
    """
    if pd.api.types.is_numeric_dtype(y.dtype) and not pd.api.types.is_bool_dtype(y.dtype):
        fractional = any(float(label) % 1 for label in sizes.index)
        if len(sizes) > (_MOST_FRACTIONAL_LABELS if fractional else _MOST_NUMERIC_LABELS):
            return True
    return len(y) >= _ENOUGH_ROWS and len(sizes) * 2 > len(y)
