"""The look at a table before any modelling: what it holds, what is wrong with it, what to do about it."""

from imbgen.profiling.finding import Finding, Severity
from imbgen.profiling.profile import TableProfile, profile_table

__all__ = ["Finding", "Severity", "TableProfile", "profile_table"]
