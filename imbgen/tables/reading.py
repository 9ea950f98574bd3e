"""Reading a table whole."""

from __future__ import annotations

import os
from collections.abc import Collection, Hashable

import pandas as pd

from imbgen.tables.addresses import find_files
from imbgen.tables.checks import check_labels, check_not_empty, check_target
from imbgen.tables.csv_format import CSVFormat
from imbgen.tables.joining import join_frames, open_tables
from imbgen.tables.mixed import MixedColumns

__all__ = ["read_table", "read_target"]


def read_table(
    path: str | os.PathLike[str],
    *,
    csv: CSVFormat | None = None,
    text_columns: Collection[Hashable] = (),
) -> pd.DataFrame:
    """Read a table, or several files as one table.

    Parameters
    ----------
    path : str or path-like
        A file by its suffix: CSV (``.csv``), tab-separated (``.tsv``), both also packed (``.csv.gz``,
        ``.tsv.gz``), Parquet (``.parquet``, ``.pq``) or Arrow IPC (``.feather``, ``.arrow``, ``.ipc``; file
        or stream). Or a pattern such as ``"parts/*.parquet"``, whose files are concatenated in sorted order,
        or a URI that fsspec can open.
    csv : CSVFormat, optional
        How CSV and tab-separated files are written; by default what their first lines show.
    text_columns : collection of hashable
        Columns that may mix numbers and texts without a warning.

    Returns
    -------
    frame : pandas.DataFrame of shape (n_rows, n_columns)
        At least one row and one column; no two columns of the same name.

    Raises
    ------
    TableFileError
        When a file is missing, empty, unreadable or of an unknown suffix.
    DataError
        When what was read is not a usable table.

    Warns
    -----
    UserWarning
        When a column is text only because of a few values among its numbers.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from imbgen.tables import read_table, write_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(pd.DataFrame({"age": [71, 64]}), f"{folder}/a.csv")
    ...     write_table(pd.DataFrame({"age": [58]}), f"{folder}/b.csv")
    ...     read_table(f"{folder}/*.csv")["age"].tolist()
    [71, 64, 58]
    """
    form = csv or CSVFormat()
    files = open_tables(find_files(path), form)
    mixed = MixedColumns(text_columns, form.decimal)
    frames = []
    for file in files:
        frame = file.read(mixed)
        check_not_empty(len(frame), len(file.names), file.address)
        frames.append(frame)
    table = join_frames([file.address for file in files], frames)
    mixed.warn()
    return table


def read_target(frame: pd.DataFrame, target: Hashable) -> tuple[pd.DataFrame, pd.Series]:
    """Split a table into features and labels.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    target : hashable
        Name of the column that holds the labels.

    Returns
    -------
    X : pandas.DataFrame
        All other columns.
    y : pandas.Series
        The target column.

    Raises
    ------
    DataError
        When there is no such column, when it has missing values, or when no other column is left.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.tables import read_target
    >>> X, y = read_target(pd.DataFrame({"age": [71, 64], "sick": ["yes", "no"]}), "sick")
    >>> list(X.columns), y.tolist()
    (['age'], ['yes', 'no'])
    """
    check_target(target, list(frame.columns))
    labels = frame[target]
    check_labels(int(labels.isna().sum()), len(labels), target)
    return frame.drop(columns=target), labels
