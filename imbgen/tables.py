"""Tables on disk: reading and writing CSV and Parquet."""

from __future__ import annotations

import glob
import gzip
import os
import re
import secrets
import warnings
import zlib
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import pandas as pd

from imbgen.errors import DataError, TableFileError, did_you_mean

__all__ = ["read_table", "read_target", "table_suffix", "write_table"]

_SUFFIXES = (".csv", ".csv.gz", ".parquet", ".pq")
_KNOWN = f"one of {', '.join(_SUFFIXES)}"


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table, or several files as one table.

    Parameters
    ----------
    path : str or path-like
        A CSV or Parquet file by its suffix (``.csv``, ``.csv.gz``, ``.parquet``, ``.pq``), a pattern such as
        ``"parts/*.parquet"`` whose files are concatenated in sorted order, or a URI that pandas can open.

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
    address = _local(os.fspath(path))
    if _is_uri(address):
        return _read_one(address)
    if glob.has_magic(address) and not Path(address).exists():
        return _read_many(address)
    _check_file(Path(address))
    return _read_one(address)


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table without its index; the file appears whole or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    path : str or path-like
        Where to; the suffix decides the format, as in `read_table`. Missing folders are created, an existing
        file is replaced. A URI is handed to pandas.

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
    address = _local(os.fspath(path))
    suffix = table_suffix(address)
    _check_names(frame.columns, address)
    try:
        if _is_uri(address):
            _write_uri(frame, address, suffix)
        else:
            _write_atomically(frame, Path(address), suffix)
    except OSError as error:
        raise TableFileError(
            f"A table must go where a file can be written, however {address!r} could not be: {error}."
            " Choose another place."
        ) from error
    except (TypeError, ValueError) as error:  # pyarrow's errors are both
        raise DataError(
            f"A table must fit the format of its file, however {address!r} could not hold it: {error}."
            " Change the column, or write CSV."
        ) from error


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
    if target not in frame.columns:
        raise DataError(
            f"`target` must be a column of the table, however: target={target!r}."
            f"{did_you_mean(target, frame.columns)} The columns are {_shorten(list(frame.columns))}."
        )
    labels, features = frame[target], frame.drop(columns=target)
    if n_missing := int(labels.isna().sum()):
        raise DataError(
            f"Every row needs a label, however {n_missing} of {len(labels)} rows have none in {target!r}."
            " Drop these rows, or give them a class of their own."
        )
    if features.shape[1] == 0:
        raise DataError(
            f"A table must have columns beside its target, however {target!r} is the only one."
            " Add the features."
        )
    return features, labels


def _local(address: str) -> str:
    """Turn ``file://`` and ``~`` into a plain path; leave other URIs."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return unquote(parts.path)
    return address if _is_uri(address) else os.path.expanduser(address)  # noqa: PTH111 (patterns are text)


def _is_uri(address: str) -> bool:
    return "://" in address


def table_suffix(address: str) -> str:
    """Return the suffix that decides the format of a file, or raise TableFileError for an unknown one."""
    name = (re.split("[?#]", address)[0] if _is_uri(address) else address).lower()
    found = max((suffix for suffix in _SUFFIXES if name.endswith(suffix)), key=len, default=None)
    if found is None:
        raise TableFileError(
            f"A table must be a file whose name ends in {_KNOWN}, however: {address!r}. Convert or rename it."
        )
    return found


def _check_file(path: Path) -> None:
    if path.is_dir():
        inside = next((suffix for suffix in _SUFFIXES if any(path.glob(f"*{suffix}"))), ".parquet")
        raise TableFileError(
            f"A table must be a file, however {str(path)!r} is a folder."
            f" Name a file in it, or several as {str(path / f'*{inside}')!r}."
        )
    if not path.exists():
        raise TableFileError(_missing(path))
    if path.stat().st_size == 0:
        raise TableFileError(
            f"A table must have a header and rows, however the file {str(path)!r} is empty. Write it again."
        )


def _missing(path: Path) -> str:
    rule = f"A table must be a file that exists, however there is no {str(path)!r}."
    if not path.parent.is_dir():
        return f"{rule} Its folder does not exist either; the current folder is {str(Path.cwd())!r}."
    return f"{rule}{_similar(path)} Check the spelling and the current folder, {str(Path.cwd())!r}."


def _similar(path: Path) -> str:
    return did_you_mean(path.name, sorted(entry.name for entry in path.parent.iterdir()))


def _read_one(address: str) -> pd.DataFrame:
    read = _read_csv if table_suffix(address).startswith(".csv") else _read_parquet
    frame = _guarded(read, address)
    _check_names(frame.columns, address)
    if frame.shape[1] == 0 or len(frame) == 0:
        raise DataError(
            f"A table must have at least one column and one row, however {address!r}"
            f" has {frame.shape[1]} columns and {len(frame)} rows. Check how it was written."
        )
    return frame


def _guarded(read: Callable[[str], pd.DataFrame], address: str) -> pd.DataFrame:
    """Call `read`, and say of any failure which file it was and what to do."""
    try:
        return read(address)
    except (DataError, TableFileError):
        raise
    except FileNotFoundError as error:
        raise TableFileError(
            f"A table must be a file that exists, however there is no {address!r}. Check the spelling."
        ) from error
    except ImportError as error:
        raise TableFileError(
            f"A URI needs the package of its file system, however for {address!r}: {error}. Install it."
        ) from error
    except UnicodeDecodeError as error:
        raise TableFileError(
            f"A CSV file must be UTF-8 text, however {address!r} is not, at byte {error.start}."
            " Save it as UTF-8; if it is no text file, give it the suffix of what it is."
        ) from error
    except (OSError, EOFError, ValueError, zlib.error) as error:  # parser and pyarrow errors are ValueErrors
        raise TableFileError(
            f"A table must be readable as its suffix says, however {address!r} is not: {_first_line(error)}."
            " Check that the file is complete and of that format."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def _read_csv(address: str) -> pd.DataFrame:
    # pandas renames the second of two equal names, so the header is looked at before.
    header = pd.read_csv(address, header=None, nrows=1, dtype=str, keep_default_na=False)
    names = header.iloc[0].tolist()
    if any("\0" in name for name in names):
        raise TableFileError(
            f"A CSV file must be text, however {address!r} holds binary data."
            " Give it the suffix of what it is, or write it again."
        )
    _check_names([name for name in names if name], address)
    _check_separator(names, address)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(address, low_memory=False, index_col=False)
    except pd.errors.ParserWarning as warning:
        raise DataError(
            f"Every row of a CSV file must have as many fields as its header, however in {address!r}"
            f" some rows have more than the header's {len(names)}. Add the missing name to the header."
        ) from warning


def _read_parquet(address: str) -> pd.DataFrame:
    # Without partitioning=None a folder named "seed=1" would become a column.
    return pd.read_parquet(address, engine="pyarrow", partitioning=None)


def _check_separator(names: Sequence[str], address: str) -> None:
    other = next((mark for mark in (";", "\t", "|") if mark in names[0]), None)
    if len(names) == 1 and other is not None:
        raise DataError(
            f"A CSV file must be separated by commas, however {address!r} has the single column {names[0]!r},"
            f" separated by {other!r}. Save it with commas."
        )


def _check_names(names: Sequence[Hashable], address: str) -> None:
    index = pd.Index(names)
    if index.has_duplicates:
        doubled = index[index.duplicated()].unique().tolist()
        raise DataError(
            f"Column names must be unique, however in {address!r} these occur more than once:"
            f" {_shorten(doubled)}. Rename or drop them."
        )


def _read_many(pattern: str) -> pd.DataFrame:
    names = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207
    if not names:
        raise TableFileError(
            f"A pattern must match at least one file, however {pattern!r} matches none."
            f" Check it and the current folder, {str(Path.cwd())!r}."
        )
    for name in names:
        _check_file(Path(name))
    frames = [_read_one(name) for name in names]
    for name, frame in zip(names[1:], frames[1:], strict=True):
        _check_same_columns(names[0], frames[0], name, frame)
    _check_same_kinds(names, frames)
    # A column that is missing throughout one file would turn the whole column to dtype object.
    filled = [frame.dropna(axis="columns", how="all") for frame in frames]
    return pd.concat(filled, ignore_index=True).reindex(columns=frames[0].columns)


def _check_same_columns(first_name: str, first: pd.DataFrame, name: str, frame: pd.DataFrame) -> None:
    lacking = [column for column in first.columns if column not in frame.columns]
    extra = [column for column in frame.columns if column not in first.columns]
    if lacking or extra:
        facts = [f"lacks {_shorten(lacking)}"] * bool(lacking) + [f"has also {_shorten(extra)}"] * bool(extra)
        raise DataError(
            f"All files of a pattern must have the same columns, however {name!r} {' and '.join(facts)}"
            f" in comparison with {first_name!r}. Correct it, or narrow the pattern."
        )


def _check_same_kinds(names: Sequence[str], frames: Sequence[pd.DataFrame]) -> None:
    for column in frames[0].columns:
        seen: dict[str, str] = {}
        for name, frame in zip(names, frames, strict=True):
            if not frame[column].isna().all():
                seen.setdefault(_kind_of(frame[column]), name)
        if len(seen) > 1:
            facts = ", ".join(f"{kind} in {name!r}" for kind, name in seen.items())
            raise DataError(
                f"A column must hold one kind of value in all files of a pattern,"
                f" however {column!r} has {facts}. Correct the files, or narrow the pattern."
            )


def _kind_of(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "booleans"
    if pd.api.types.is_numeric_dtype(column):
        return "numbers"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "dates"
    return "text"


def _shorten(names: Sequence[object], limit: int = 8) -> str:
    shown = ", ".join(repr(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def _write_uri(frame: pd.DataFrame, address: str, suffix: str) -> None:
    if suffix.startswith(".csv"):
        frame.to_csv(address, index=False)
    else:
        frame.to_parquet(address, index=False)


def _write_atomically(frame: pd.DataFrame, path: Path, suffix: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            _write_to(frame, file, suffix)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_to(frame: pd.DataFrame, file: IO[bytes], suffix: str) -> None:
    if suffix == ".csv.gz":
        # Without name and time, equal tables are equal bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            frame.to_csv(packed, index=False, mode="wb")
    elif suffix == ".csv":
        frame.to_csv(file, index=False, mode="wb")
    else:
        frame.to_parquet(file, index=False)
