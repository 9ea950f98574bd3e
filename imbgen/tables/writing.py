"""Writing a table: the file appears whole or not at all."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa

from imbgen.errors import DataError, TableFileError
from imbgen.files import whole_file
from imbgen.tables.addresses import is_delimited, is_uri, local_address, table_suffix
from imbgen.tables.checks import check_names
from imbgen.tables.csv_format import CSVFormat
from imbgen.tables.csv_text import default_delimiter
from imbgen.tables.opening import open_remote

__all__ = ["write_table"]


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str], *, csv: CSVFormat | None = None) -> None:
    """Write a table without its index; the file appears whole or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    path : str or path-like
        Where to; the suffix decides the format, as in `read_table`. Missing folders are created, an existing
        file is replaced. A URI is opened by fsspec.
    csv : CSVFormat, optional
        How to write a CSV or tab-separated file: by default UTF-8 with a decimal point, separated by commas
        (after a decimal comma, by semicolons) or by tabs. Missing values are empty fields.

    Raises
    ------
    TableFileError
        When the suffix is unknown or the file cannot be written.
    DataError
        When the format cannot hold the table.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from imbgen.tables import read_table, write_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(pd.DataFrame({"age": [71, 64]}), f"{folder}/new/rows.parquet")
    ...     read_table(f"{folder}/new/rows.parquet").shape
    (2, 1)
    """
    address, form = local_address(path), csv or CSVFormat()
    table_suffix(address)
    check_names(frame.columns, address)
    try:
        if is_uri(address):
            _write_remotely(frame, address, form)
        else:
            _write_atomically(frame, Path(address), form)
    except TableFileError:
        raise
    except (OSError, ImportError) as error:
        raise TableFileError(
            f"A table must go where a file can be written, however {address!r} could not be:"
            f" {getattr(error, 'strerror', None) or error}."
            " Choose another place."
        ) from error
    except UnicodeEncodeError as error:
        raise DataError(
            f"A table must fit the encoding of its file, however {address!r} is to be {form.encoding}, which"
            f" has no {error.object[error.start]!r}. Choose another encoding, such as utf-8."
        ) from error
    except (TypeError, ValueError, NotImplementedError, pa.ArrowException) as error:
        raise DataError(
            f"A table must fit the format of its file, however {address!r} could not hold it: {error}."
            " Change the column, or write CSV."
        ) from error


def _write_remotely(frame: pd.DataFrame, address: str, form: CSVFormat) -> None:
    """Write to a temporary file first: a table that does not fit leaves nothing behind."""
    with tempfile.TemporaryFile() as file:
        _write_to(frame, file, address, form)
        file.seek(0)
        with open_remote(address, "wb") as remote:
            shutil.copyfileobj(file, remote)


def _write_atomically(frame: pd.DataFrame, path: Path, form: CSVFormat) -> None:
    with whole_file(path) as temporary, temporary.open("xb") as file:
        _write_to(frame, file, str(path), form)


def _write_to(frame: pd.DataFrame, file: IO[bytes], address: str, form: CSVFormat) -> None:
    suffix = table_suffix(address)
    if not is_delimited(suffix):
        plain = frame.reset_index(drop=True)
        if suffix in (".parquet", ".pq"):
            plain.to_parquet(file, index=False)
        else:
            plain.to_feather(file)
    elif suffix.endswith(".gz"):
        # Without name and time, equal tables are equal bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            _write_csv(frame, packed, default_delimiter(address, form), form)
    else:
        _write_csv(frame, file, default_delimiter(address, form), form)


def _write_csv(frame: pd.DataFrame, file: IO[bytes] | gzip.GzipFile, delimiter: str, form: CSVFormat) -> None:
    frame.to_csv(
        file,
        index=False,
        mode="wb",
        sep=delimiter,
        quotechar=form.quotechar,
        decimal=form.decimal,
        encoding=form.encoding or "utf-8",
    )
