"""The contract of a generator as code, for generators of your own: laws, and tables to try them on."""

from imbgen.testing.contract import check_generator
from imbgen.testing.laws import LAWS, Law
from imbgen.testing.tables import standard_tables

__all__ = ["LAWS", "Law", "check_generator", "standard_tables"]
