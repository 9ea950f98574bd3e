"""The text of a CSV file before it is parsed: its encoding, its delimiter, and lines that do not fit."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import IO, NamedTuple, TextIO

from imbgen.errors import DataError, TableFileError
from imbgen.tables.addresses import table_suffix
from imbgen.tables.csv_format import CSVFormat
from imbgen.tables.opening import open_bytes

__all__ = ["FaultyRow", "default_delimiter", "find_faulty_row", "find_last_row", "open_text", "read_header"]

# A character that is rare in text says more than a comma, so it is looked for first.
_DELIMITERS = ("\t", ";", "|", ",")
_SAMPLE_CHARACTERS, _SAMPLE_ROWS = 1 << 18, 50
_MARKS = {  # the longer ones first: the mark of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class FaultyRow(NamedTuple):
    """A row with another number of fields than the header: the line where it starts, and the two numbers."""

    line: int
    n_fields: int
    n_expected: int


@contextmanager
def open_text(address: str, form: CSVFormat) -> Iterator[TextIO]:
    """Yield the text of a CSV file, line breaks as they are.

    Raises
    ------
    TableFileError
        While it is read: bytes that are none of the encoding, or a NUL byte.
    """
    with open_bytes(address) as file:
        start = io.BufferedReader(file)  # type: ignore[type-var] # any stream of bytes will do
        encoding = form.encoding or _marked_encoding(start.peek(4)[:4]) or "utf-8"
        watched = _WatchedBytes(start, address, encoding)
        text = io.TextIOWrapper(watched, _skipping_mark(encoding), newline="")  # type: ignore[type-var]
        try:
            yield text
        except UnicodeDecodeError as error:
            place = watched.n_read - len(error.object) + error.start
            raise TableFileError(_not_decoded(address, form, encoding, place)) from error


def _marked_encoding(start: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), None)


def _skipping_mark(encoding: str) -> str:
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _not_decoded(address: str, form: CSVFormat, encoding: str, place: int) -> str:
    fact = f"however {address!r} is not, at byte {place:,}."
    if form.encoding is not None:
        return f"A CSV file must be text in its encoding, here {encoding}, {fact} Name another encoding."
    return (
        f"A CSV file must be UTF-8 text unless its encoding is given, {fact} Give it, such as"
        ' --data.csv.encoding latin-1 or csv=CSVFormat(encoding="latin-1"), or save the file as UTF-8.'
    )


class _WatchedBytes(io.BufferedIOBase):
    """Bytes on their way to a decoder: counted, and refused with a NUL where no character has one."""

    def __init__(self, file: IO[bytes], address: str, encoding: str) -> None:
        self.n_read = 0
        self._file, self._address = file, address
        self._has_nul = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))

    def readable(self) -> bool:
        return True

    def read1(self, size: int | None = -1) -> bytes:
        block = self._file.read(-1 if size is None else size)
        if not self._has_nul and b"\0" in block:
            raise TableFileError(
                f"A CSV file must be text, however {self._address!r} has a NUL at byte"
                f" {self.n_read + block.index(0):,}. If it is UTF-16, give that as its encoding"
                " (--data.csv.encoding utf-16); else give it the suffix of what it is, or write it again."
            )
        self.n_read += len(block)
        return block

    read = read1


def default_delimiter(address: str, form: CSVFormat) -> str:
    """Return the delimiter of a file that is written: a tab for TSV, and no decimal comma."""
    if form.delimiter is not None:
        return form.delimiter
    if table_suffix(address).startswith(".tsv"):
        return "\t"
    return ";" if form.decimal == "," else ","


def read_header(address: str, form: CSVFormat) -> tuple[list[str], CSVFormat]:
    """Return the fields of the first line that is not blank, and the format with its delimiter filled in."""
    with open_text(address, form) as text:
        sample = text.read(_SAMPLE_CHARACTERS)
    found = _find_delimiter(sample, default_delimiter(address, form), form)
    delimiter = form.delimiter or found
    header = next(iter(_parse(sample, delimiter, form.quotechar, 1)), [])
    if len(header) == 1 and found != delimiter:
        raise DataError(
            f"A CSV file must have its delimiter in its header, however {address!r} has no {delimiter!r}"
            f" there but {found!r}. Correct the delimiter (--data.csv.delimiter), or leave it out."
        )
    return header, replace(form, delimiter=delimiter)


def _find_delimiter(sample: str, usual: str, form: CSVFormat) -> str:
    """Return what splits the header, and the following rows into as many fields; of several, the rarer."""
    agreement: dict[str, float] = {}
    for mark in _DELIMITERS:
        if mark not in (form.quotechar, form.decimal):
            header, *rows = _parse(sample, mark, form.quotechar, _SAMPLE_ROWS) or [[]]
            if len(header) > 1:
                agreement[mark] = sum(len(row) == len(header) for row in rows) / max(len(rows), 1)
    if usual == "\t" and usual in agreement:
        return usual
    return max(agreement, key=agreement.__getitem__, default=usual)


def _parse(sample: str, delimiter: str, quotechar: str, n_rows: int) -> list[list[str]]:
    """Return the first rows of a text that may end within a row."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quotechar)
    try:
        rows = list(islice(filter(_has_content, reader), n_rows + 1))
    except csv.Error:  # a field without end; the parser says so later
        return []
    is_cut = len(sample) == _SAMPLE_CHARACTERS and len(rows) <= n_rows
    return rows[: -1 if is_cut and len(rows) > 1 else n_rows]


def _has_content(row: list[str]) -> bool:
    return len(row) > 1 or bool(row and row[0].strip())


def find_faulty_row(address: str, form: CSVFormat) -> FaultyRow | None:
    """Return the first row that has more or fewer fields than the header.

    A delimiter at the end of every row is no field.
    """
    with open_text(address, form) as text:
        rows = ((line, row) for line, row in _number(text, form) if _has_content(row))
        n_expected = len(next(rows, (0, []))[1])
        is_trailing: bool | None = None
        for line, row in rows:
            ends_empty = len(row) == n_expected + 1 and not row[-1]
            is_trailing = ends_empty if is_trailing is None else is_trailing
            if len(row) != n_expected and not (ends_empty and is_trailing):
                return FaultyRow(line, len(row), n_expected)
    return None


def find_last_row(address: str, form: CSVFormat) -> int:
    """Return the line where the last row starts, which is where a quote opens that is never closed."""
    with open_text(address, form) as text:
        return max((line for line, _ in _number(text, form)), default=1)


def _number(text: TextIO, form: CSVFormat) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line where it starts; a field of more than 128 KiB ends it."""
    reader = csv.reader(text, delimiter=form.delimiter or ",", quotechar=form.quotechar)
    line = 0
    try:
        for row in reader:
            yield line + 1, row
            line = reader.line_num
    except csv.Error:
        yield line + 1, []
