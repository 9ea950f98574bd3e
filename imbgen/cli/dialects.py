"""How the CSV file is written that a user named."""

from __future__ import annotations

from imbgen.datasets import list_datasets
from imbgen.tables import CSVFormat
from imbgen.tables.addresses import find_files, is_delimited, table_suffix
from imbgen.tables.csv_text import read_header

__all__ = ["find_dialect", "is_same_kind"]


def find_dialect(path: str, csv: CSVFormat | None = None) -> CSVFormat | None:
    """Return the format of a CSV file with its delimiter found, or None for any other table.

    Parameters
    ----------
    path : str
        Name of an embedded data set, file, pattern or URI; of a pattern, the first file is looked at.
    csv : CSVFormat, optional
        What is known about it.
    """
    if path in {info.name for info in list_datasets()}:
        return None
    address = find_files(path)[0]
    if not is_delimited(table_suffix(address)):
        return None
    return read_header(address, csv or CSVFormat())[1]


def is_same_kind(path: str, other: str) -> bool:
    """Whether two files are of one kind by their suffixes, packed or not."""
    return table_suffix(path).removesuffix(".gz") == table_suffix(other).removesuffix(".gz")
