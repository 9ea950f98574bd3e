"""`Task`: a table, and which class of it is the rare one, as a comparison sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, did_you_mean
from imbgen.frames import to_frame
from imbgen.labels import plain_label, to_labels
from imbgen.schema import Schema
from imbgen.tables import count_classes

__all__ = ["Task", "open_task"]


@dataclass(frozen=True)
class Task:
    """The rare class of a table against the rest.

    Parameters
    ----------
    name : str
        Of the data set.
    frame : DataFrame of shape (n_rows, n_columns)
        Features.
    labels : ndarray of shape (n_rows,)
        The user's labels; where there are more than two classes, the rest bear the label of its largest.
    target : ndarray of int, shape (n_rows,)
        1 for the rare class.
    schema : Schema
        Of the features.
    groups : ndarray of shape (n_rows,) or None
        Rows of one group are never parted.
    """

    name: str
    frame: pd.DataFrame
    labels: np.ndarray
    target: np.ndarray
    schema: Schema
    groups: np.ndarray | None = None

    @property
    def minority(self) -> Any:
        """Label of the rare class."""
        return plain_label(self.labels[self.target == 1][0])

    @property
    def kinds(self) -> dict[Any, Any]:
        """Kinds, orders of levels and bounds by column, as generators take them."""
        return self.schema.overrides

    def digest(self) -> str:
        """Return a hash of the content, 16 hexadecimal digits."""
        hashed = pd.util.hash_pandas_object(
            self.frame.set_axis(range(self.frame.shape[1]), axis=1).assign(target=self.target), index=False
        )
        text = repr(
            [(str(column.name), str(column.kind), str(column.dtype)) for column in self.schema.columns]
        )
        groups = b"" if self.groups is None else repr(self.groups.tolist()).encode()
        return hashlib.sha256(hashed.to_numpy().tobytes() + text.encode() + groups).hexdigest()[:16]


def open_task(
    name: str,
    X: Any,
    y: Any,
    *,
    minority: Any = None,
    groups: Any = None,
    schema: Mapping[Any, str] | None = None,
) -> Task:
    """Check a table and its labels, and find the rare class.

    Raises
    ------
    DataError
        Rows, labels and groups differ in number; a label is missing; there is one class; `minority` is none
        of the labels.
    """
    frame, _ = to_frame(X)
    labels = to_labels(y)
    for what, values in (("label", labels), ("group", groups)):
        if values is not None and len(values) != len(frame):
            raise DataError(
                f"Each row needs a {what}, however: {name!r} has {len(frame)} rows and {len(values)} {what}s."
                " Pass both of the same rows."
            )
    sizes = count_classes(pd.Series(labels))
    rare = sizes.index[-1] if minority is None else minority
    if rare not in sizes.index:
        raise DataError(
            f"`minority` must be a label, however: {minority!r} is none of"
            f" {list(map(str, sizes.index[:10]))}."
            f"{did_you_mean(minority, sizes.index)} Correct it."
        )
    target = (labels == rare).astype(np.int64)
    rest = next(label for label in sizes.index if label != rare)
    pooled = np.where(target == 1, rare, rest).astype(labels.dtype) if len(sizes) > 2 else labels
    group_values = None if groups is None else np.asarray(groups)
    return Task(str(name), frame, pooled, target, Schema.infer(frame, schema), group_values)
