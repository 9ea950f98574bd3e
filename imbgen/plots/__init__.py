"""Pictures of tables, of training and of comparisons: frames in, matplotlib figures or axes out.

No function here reads or writes a file, touches ``pyplot`` or changes ``rcParams``; a figure that is
not passed in belongs to the caller alone and is freed with its last reference.
"""

from __future__ import annotations

from imbgen.plots.before_after import before_after
from imbgen.plots.classes import class_distribution
from imbgen.plots.correlations import correlations
from imbgen.plots.curves import criterion_curve, loss_curves, training_curve
from imbgen.plots.differences import differences
from imbgen.plots.ellipses import mixture_ellipses
from imbgen.plots.marginals import marginals
from imbgen.plots.probabilities import calibration_curves, precision_recall_curves
from imbgen.plots.projection import projection
from imbgen.plots.ranks import critical_difference
from imbgen.plots.scores import arm_scores
from imbgen.plots.sweeps import sweep

__all__ = [
    "arm_scores",
    "before_after",
    "calibration_curves",
    "class_distribution",
    "correlations",
    "criterion_curve",
    "critical_difference",
    "differences",
    "loss_curves",
    "marginals",
    "mixture_ellipses",
    "precision_recall_curves",
    "projection",
    "sweep",
    "training_curve",
]
