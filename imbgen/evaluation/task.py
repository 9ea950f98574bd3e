"""`Task`: a table, and which class of it is the rare one, as a comparison sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError, ParameterError, did_you_mean
from imbgen.frames import to_frame
from imbgen.labels import plain_label, to_labels
from imbgen.schema import Schema
from imbgen.tables import count_classes

__all__ = ["Task", "open_task", "open_tasks"]


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
        # Orders of levels and bounds too: generators and classifiers go by them.
        text = repr([(str(column.name), str(column.dtype)) for column in self.schema.columns] + [self.kinds])
        groups = b"" if self.groups is None else repr(self.groups.tolist()).encode()
        return hashlib.sha256(hashed.to_numpy().tobytes() + text.encode() + groups).hexdigest()[:16]


def open_task(
    name: str,
    X: Any,
    y: Any,
    *,
    minority: Any = None,
    groups: Any = None,
    schema: Mapping[Any, Any] | None = None,
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


def open_tasks(
    X: Any, y: Any = None, *, minority: Any = None, groups: Any = None, schema: Any = None
) -> dict[str, Task]:
    """Return tasks by name, of one table or of several by name.

    Parameters
    ----------
    X : table, or mapping of str to (table, labels)
    y : labels of one table
    minority, groups, schema
        As for `compare`: for all, or mappings by name of the data set.

    Raises
    ------
    DataError
        Labels that are missing, or given twice; see `open_task`.
    ParameterError
        A mapping names something that is no data set (or, a schema for all, no column), or groups of some
        data sets only.
    """
    if not isinstance(X, Mapping):
        if y is None:
            raise DataError("Rows need labels, however: y=None. Pass `y`, or a mapping of names to (X, y).")
        for what, given in (("minority", minority), ("groups", groups)):
            if isinstance(given, Mapping):
                raise ParameterError(
                    f"`{what}` by name of the data set needs data sets by name, however: X is one table. Pass"
                    f" {{name: (X, y)}}, or what `{what}` has for it."
                )
        return {"data": open_task("data", X, y, minority=minority, groups=groups, schema=schema)}
    if y is not None:
        raise DataError(
            "Several data sets bring their own labels, however: `y` is given besides. Pass {name: (X, y)},"
            " and arms as `arms=`."
        )
    _check_pairs(X)
    minorities, schemas = _by_name("minority", minority, X), _schemas(schema, X)
    all_groups = _by_name("groups", groups, X)
    if isinstance(groups, Mapping) and (missing := [name for name in X if name not in groups]):
        raise ParameterError(
            f"`groups` must name every data set, however: {missing[0]!r} is missing. Add it, with None if it"
            " has no groups."
        )
    return {
        str(name): open_task(
            str(name), *pair, minority=minorities[name], groups=all_groups[name], schema=schemas[name]
        )
        for name, pair in X.items()
    }


def _check_pairs(tables: Mapping[Any, Any]) -> None:
    for name, pair in tables.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise DataError(
                f"Data sets must be pairs (X, y) by name, however: {name!r} is a {type(pair).__name__}."
                " Pass {name: (X, y)}."
            )
    if not tables:
        raise DataError("A comparison needs a data set, however: the mapping is empty. Add one.")


def _by_name(what: str, given: Any, tables: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return what each data set has, of a mapping or of one thing for all."""
    if not isinstance(given, Mapping):
        return dict.fromkeys(tables, given)
    for name in given:
        if name not in tables:
            raise ParameterError(
                f"`{what}` must name data sets, however: {name!r} is none.{did_you_mean(name, tables)}"
                " Correct the name."
            )
    return {name: given.get(name) for name in tables}


def _schemas(schema: Mapping[Any, Any] | None, tables: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the schema of each data set: its own, or those of its columns that one for all names."""
    schema = schema or {}
    if any(name in tables for name in schema) and all(
        part is None or isinstance(part, Mapping) for part in schema.values()
    ):
        return _by_name("schema", schema, tables)
    columns = {name: list(to_frame(pair[0])[0].columns) for name, pair in tables.items()}
    known = {column for names in columns.values() for column in names}
    for key in schema:
        if key not in known:
            raise ParameterError(
                f"`schema` must name data sets, or columns that one of them has, however: {key!r} is neither."
                f"{did_you_mean(key, [*tables, *known])} Correct the name."
            )
    return {
        name: {key: kind for key, kind in schema.items() if key in names} for name, names in columns.items()
    }
