"""Files as streams of bytes, near or far, and failures told in one sentence."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from imbgen.errors import DataError, TableFileError
from imbgen.tables.addresses import is_uri, table_suffix

__all__ = ["explain_failures", "open_bytes", "open_remote"]


@contextmanager
def open_bytes(address: str) -> Iterator[IO[bytes]]:
    """Yield the bytes of a file, unpacked if its suffix says that it is packed."""
    with open_remote(address, "rb") if is_uri(address) else Path(address).open("rb") as file:
        if table_suffix(address).endswith(".gz"):
            with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
                yield unpacked  # type: ignore[misc] # a GzipFile is what IO[bytes] stands for
        else:
            yield file


def open_remote(address: str, mode: str) -> IO[bytes]:
    """Open a URI with the package of its file system."""
    import fsspec  # type: ignore[import-untyped]

    try:
        return fsspec.open(address, mode).open()
    except ValueError as error:
        raise TableFileError(
            f"A URI must name a file system that is known, however {address!r} does not:"
            f" {_first_line(error)}. Correct its beginning."
        ) from error


@contextmanager
def explain_failures(address: str) -> Iterator[None]:
    """Say of any failure to read which file it was and what to do."""
    try:
        yield
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
    except (OSError, EOFError, ValueError, zlib.error, pa.ArrowException) as error:
        raise TableFileError(
            f"A table must be readable as its suffix says, however {address!r} is not: {_first_line(error)}."
            " Check that the file is complete and of that format."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
