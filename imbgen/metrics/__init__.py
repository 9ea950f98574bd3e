"""Metrics: frames or arrays in, floats out, no input or output of files."""

from imbgen.metrics.kernel_density import MixedKernelDensity
from imbgen.metrics.log_score import LogScorer, Skill, log_score, paired_skill, skill

__all__ = ["LogScorer", "MixedKernelDensity", "Skill", "log_score", "paired_skill", "skill"]
