"""Where tables are: plain paths, patterns and URIs, and the suffixes that say what a file is."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from imbgen.errors import TableFileError, did_you_mean

__all__ = ["find_files", "is_delimited", "is_uri", "local_address", "table_suffix"]

_DELIMITED = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_COLUMNAR = (".parquet", ".pq", ".feather", ".arrow", ".ipc")
_SUFFIXES = (*_DELIMITED, *_COLUMNAR)


def local_address(path: str | os.PathLike[str]) -> str:
    """Turn ``file://`` and ``~`` into a plain path; leave other URIs."""
    address = os.fspath(path)
    parts = urlsplit(address)
    if parts.scheme == "file":
        return unquote(parts.path)
    return address if is_uri(address) else os.path.expanduser(address)  # noqa: PTH111 (patterns are text)


def is_uri(address: str) -> bool:
    """Whether an address names a remote file system."""
    return "://" in address


def is_delimited(suffix: str) -> bool:
    """Whether files of this suffix are text with a delimiter: CSV, TSV and their packed forms."""
    return suffix in _DELIMITED


def table_suffix(address: str) -> str:
    """Return the suffix that decides the format of a file, or raise TableFileError for an unknown one."""
    name = (re.split("[?#]", address)[0] if is_uri(address) else address).lower()
    found = max((suffix for suffix in _SUFFIXES if name.endswith(suffix)), key=len, default=None)
    if found is None:
        raise TableFileError(
            f"A table must be a file whose name ends in one of {', '.join(_SUFFIXES)}, however: {address!r}."
            " Convert or rename it."
        )
    return found


def find_files(path: str | os.PathLike[str]) -> list[str]:
    """Return the addresses of the file, of the files of a pattern in sorted order, or of the URI.

    Raises
    ------
    TableFileError
        No such file, an empty one, or an unknown suffix.
    """
    address = local_address(path)
    if is_uri(address):
        found = [address]
    elif glob.has_magic(address) and not Path(address).exists():
        found = _expand(address)
    else:
        found = [address]
    for name in found:
        if not is_uri(name):
            _check_file(Path(name))
        table_suffix(name)
    return found


def _expand(pattern: str) -> list[str]:
    names = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207
    if not names:
        raise TableFileError(
            f"A pattern must match at least one file, however {pattern!r} matches none."
            f" Check it and the current folder, {str(Path.cwd())!r}."
        )
    return names


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
    similar = did_you_mean(path.name, sorted(entry.name for entry in path.parent.iterdir()))
    return f"{rule}{similar} Check the spelling and the current folder, {str(Path.cwd())!r}."
