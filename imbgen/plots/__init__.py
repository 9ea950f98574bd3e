"""Pictures of tables and of training: frames in, matplotlib figures or axes out.

No function here reads or writes a file, touches ``pyplot`` or changes ``rcParams``; a figure that is
not passed in belongs to the caller alone and is freed with its last reference.
"""

from __future__ import annotations

from imbgen.plots.before_after import before_after
from imbgen.plots.classes import class_distribution
from imbgen.plots.correlations import correlations
from imbgen.plots.curves import criterion_curve, loss_curves, training_curve
from imbgen.plots.ellipses import mixture_ellipses
from imbgen.plots.marginals import marginals
from imbgen.plots.projection import projection

__all__ = [
    "before_after",
    "class_distribution",
    "correlations",
    "criterion_curve",
    "loss_curves",
    "marginals",
    "mixture_ellipses",
    "projection",
    "training_curve",
]
