"""Tables on disk: CSV and its kin, Parquet and Arrow, read, counted and written."""

from imbgen.tables.addresses import table_suffix
from imbgen.tables.classes import ClassRows, count_classes, read_class
from imbgen.tables.csv_format import CSVFormat
from imbgen.tables.reading import read_table, read_target
from imbgen.tables.writing import write_table

__all__ = [
    "CSVFormat",
    "ClassRows",
    "count_classes",
    "read_class",
    "read_table",
    "read_target",
    "table_suffix",
    "write_table",
]
