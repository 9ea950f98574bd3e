"""Any imbalanced-learn sampler, on any table, with the table given back as it was."""

from imbgen.resampling.any_sampler import Resampled, resample

__all__ = ["Resampled", "resample"]
