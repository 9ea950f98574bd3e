"""Metrics: frames or arrays in, floats out, no input or output of files."""

from imbgen.metrics.columns import pair_distance, shape_distance
from imbgen.metrics.fidelity import fidelity
from imbgen.metrics.kernel_density import MixedKernelDensity
from imbgen.metrics.log_score import LogScorer, Skill, log_score, paired_skill, skill
from imbgen.metrics.neighborhoods import Copying, copying, density_coverage
from imbgen.metrics.two_sample import two_sample_auc

__all__ = [
    "Copying",
    "LogScorer",
    "MixedKernelDensity",
    "Skill",
    "copying",
    "density_coverage",
    "fidelity",
    "log_score",
    "pair_distance",
    "paired_skill",
    "shape_distance",
    "skill",
    "two_sample_auc",
]
