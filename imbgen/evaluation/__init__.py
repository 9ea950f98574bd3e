"""Evaluation: any over-sampler or generator against the GMM baseline, on rows that it has not seen."""

from imbgen.evaluation.auto_sampler import AutoOverSampler
from imbgen.evaluation.compare import compare
from imbgen.evaluation.comparison import Comparison, RowSample, Verdict
from imbgen.evaluation.skills import held_out_skill, out_of_fold_skill
from imbgen.evaluation.unseen import conform, seen_rows

__all__ = [
    "AutoOverSampler",
    "Comparison",
    "RowSample",
    "Verdict",
    "compare",
    "conform",
    "held_out_skill",
    "out_of_fold_skill",
    "seen_rows",
]
