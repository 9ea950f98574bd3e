"""Evaluation: a generator against the GMM baseline, on rows that it has not seen."""

from imbgen.evaluation.skills import held_out_skill, out_of_fold_skill
from imbgen.evaluation.unseen import conform, seen_rows

__all__ = ["conform", "held_out_skill", "out_of_fold_skill", "seen_rows"]
