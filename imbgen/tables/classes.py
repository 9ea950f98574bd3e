"""Reading the rows of one class: the others are counted, but not kept in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imbgen.errors import DataError, did_you_mean
from imbgen.tables.addresses import find_files
from imbgen.tables.checks import check_labels, check_not_empty, check_target, shorten
from imbgen.tables.csv_format import CSVFormat
from imbgen.tables.digests import LabelCounts
from imbgen.tables.joining import join_frames, open_tables
from imbgen.tables.mixed import MixedColumns

__all__ = ["ClassRows", "count_classes", "read_class"]


@dataclass(frozen=True)
class ClassRows:
    """The rows of one class of a table.

    Parameters
    ----------
    label : hashable
        Of the class.
    sizes : Series of shape (n_classes,)
        Rows of each class by label, the largest first.
    frame : DataFrame of shape (n_rows, n_columns)
        The class, without the target.
    """

    label: Any
    sizes: pd.Series
    frame: pd.DataFrame


def read_class(
    path: str | os.PathLike[str],
    target: Hashable,
    label: Hashable | Callable[[pd.Series], Any] = None,
    *,
    csv: CSVFormat | None = None,
    text_columns: Collection[Hashable] = (),
) -> ClassRows:
    """Read the rows of one class, in memory for these rows rather than for the table.

    The files are read twice, part by part: once to count the labels (of CSV also to settle the dtypes), once
    to keep the rows. What comes out is `read_table`'s, dtypes included, with the other rows dropped.

    Parameters
    ----------
    path : str or path-like
        As in `read_table`.
    target : hashable
        Name of the column that holds the labels.
    label : hashable or callable, optional
        Class to keep, or a function that is given `sizes` and returns it; by default the rarest, of several
        the first in sorted order.
    csv : CSVFormat, optional
        How CSV and tab-separated files are written.
    text_columns : collection of hashable
        Columns that may mix numbers and texts without a warning, beside the target.

    Returns
    -------
    rows : ClassRows

    Raises
    ------
    TableFileError, DataError
        As `read_table` and `read_target`; and for a label that no row has.

    Warns
    -----
    UserWarning
        When a column is text only because of a few values among its numbers, in any row.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from imbgen.tables import read_class, write_table
    >>> table = pd.DataFrame({"age": [71, 64, 58], "sick": ["no", "yes", "no"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(table, f"{folder}/rows.csv")
    ...     rows = read_class(f"{folder}/rows.csv", "sick")
    >>> rows.label, rows.frame["age"].tolist(), rows.sizes.to_dict()
    ('yes', [64], {'no': 2, 'yes': 1})
    """
    form = csv or CSVFormat()
    files = open_tables(find_files(path), form)
    addresses = [file.address for file in files]
    check_target(target, files[0].names)
    found = [file.count_labels(target) for file in files]
    for file, one in zip(files, found, strict=True):
        check_not_empty(int(one.counts.sum()), len(file.names), file.address)
    labels = join_frames(addresses, [one.labels.to_frame(target) for one in found])[target]
    counts = np.concatenate([one.counts for one in found])
    check_labels(int(counts[labels.isna()].sum()), int(counts.sum()), target)
    sizes = count_classes(labels, counts)
    chosen = _choose(label, sizes, target)
    mixed = MixedColumns({target, *text_columns}, form.decimal)
    is_chosen = (labels == chosen).to_numpy(dtype=bool)
    by_file = np.split(is_chosen, np.cumsum([len(one.labels) for one in found])[:-1])
    digests = [
        file.keep_rows(target, _keys(one, marks), mixed)
        for file, one, marks in zip(files, found, by_file, strict=True)
    ]
    table = join_frames(addresses, [digest.frame for digest in digests])
    is_wanted = np.concatenate([digest.is_wanted for digest in digests])
    mixed.warn()
    return ClassRows(chosen, sizes, table[is_wanted].reset_index(drop=True))


def count_classes(labels: pd.Series, counts: np.ndarray | None = None) -> pd.Series:
    """Count the rows of each class.

    Parameters
    ----------
    labels : Series of shape (n_rows,)
    counts : ndarray of int, shape (n_rows,), optional
        How many rows each of these stands for; by default one.

    Returns
    -------
    sizes : Series of shape (n_classes,)
        Rows by label, the largest class first; equal ones so that the first in sorted order comes last.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.tables import count_classes
    >>> count_classes(pd.Series(["b", "a", "c", "c"])).to_dict()
    {'c': 2, 'b': 1, 'a': 1}
    """
    ones = pd.Series(1 if counts is None else counts, index=labels.index)
    sizes = ones.groupby(labels, sort=False, observed=True).sum()
    by_name = sizes.iloc[sorted(range(len(sizes)), key=lambda i: str(sizes.index[i]), reverse=True)]
    return by_name.sort_values(ascending=False, kind="stable")


def _choose(label: Hashable | Callable[[pd.Series], Any], sizes: pd.Series, target: Hashable) -> Any:
    chosen = sizes.index[-1] if label is None else label(sizes) if callable(label) else label
    if chosen not in sizes.index:
        labels = list(sizes.index)
        raise DataError(
            f"`label` must be a label of {target!r}, however: label={chosen!r} is none."
            f"{did_you_mean(chosen, labels)} The labels are {shorten(labels)}."
        )
    return chosen


def _keys(found: LabelCounts, marks: np.ndarray) -> pa.Array:
    return found.keys.filter(pa.array(marks))
