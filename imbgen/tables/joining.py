"""Several files as one table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from imbgen.tables.addresses import is_delimited, table_suffix
from imbgen.tables.arrow_file import ArrowFile
from imbgen.tables.checks import check_same_columns, check_same_kinds
from imbgen.tables.csv_file import CSVFile
from imbgen.tables.csv_format import CSVFormat

__all__ = ["join_frames", "open_tables"]


def open_tables(addresses: Sequence[str], form: CSVFormat) -> list[CSVFile | ArrowFile]:
    """Read what the files say of themselves, and check that they have the same columns."""
    files = [
        CSVFile(address, form) if is_delimited(table_suffix(address)) else ArrowFile(address)
        for address in addresses
    ]
    for file in files[1:]:
        check_same_columns(files[0].address, files[0].names, file.address, file.names)
    return files


def join_frames(addresses: Sequence[str], frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate the rows of files, in the first one's order of columns."""
    if len(frames) == 1:
        return frames[0]
    check_same_kinds(addresses, frames)
    # A column that is missing throughout one file would turn the whole column to dtype object.
    filled = [frame.dropna(axis="columns", how="all") for frame in frames]
    return pd.concat(filled, ignore_index=True).reindex(columns=frames[0].columns)
