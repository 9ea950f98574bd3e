"""Any imbalanced-learn sampler, on any table, with the table given back as it was."""

from imbgen.resampling.any_sampler import Resampled, resample, takes_tables

__all__ = ["Resampled", "resample", "takes_tables"]
