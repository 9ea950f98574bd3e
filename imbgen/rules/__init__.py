"""Rules between columns that a user knows and every new row obeys."""

from imbgen.rules.keeper import RuleKeeper
from imbgen.rules.kinds import Rule, read_rules

__all__ = ["Rule", "RuleKeeper", "read_rules"]
