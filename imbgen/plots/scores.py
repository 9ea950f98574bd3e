"""A metric of every arm, with the classifiers that it is the mean of."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from imbgen.errors import DataError
from imbgen.plots._columns import check_table
from imbgen.plots._style import ROLE_COLOURS, axes_or_new, many_colours, note_gap, plain, quiet

__all__ = ["arm_scores"]

_MARKS = "osD^vPX"


def arm_scores(table: DataFrame, *, metric: str = "", ax: Axes | None = None) -> Axes:
    """Draw a metric of every arm: a mark per classifier, and their mean as an upright line.

    Parameters
    ----------
    table : DataFrame
        With columns ``arm``, ``classifier`` and ``value``; arms are drawn from the top in order of
        appearance. Missing values are left out, and with one, its arm's mean; an arm without any says so.
    metric : str
        What the values are.
    ax : Axes, optional
        Where to draw; None makes a figure as high as it needs.

    Returns
    -------
    ax : Axes
        With one line of marks per classifier, labelled by its name.

    Raises
    ------
    DataError
        If a column is missing or no value is known.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import arm_scores
    >>> table = DataFrame({"arm": ["nothing", "GMM"], "classifier": "forest", "value": [0.5, 0.7]})
    >>> arm_scores(table, metric="recall").get_xlabel()
    'recall'
    """
    check_table(table, ["arm", "classifier", "value"], "table")
    if table["value"].isna().all():
        raise DataError(f"`table` needs a known value, however: none of {len(table)} is. Check what failed.")
    arms = list(dict.fromkeys(table["arm"]))
    places = {arm: place for place, arm in enumerate(arms)}
    ax = axes_or_new(ax, (5.0, 1.5 + 0.34 * len(arms)))
    groups = list(table.groupby("classifier", sort=False, observed=True))
    for turn, ((name, part), colour) in enumerate(zip(groups, many_colours(len(groups)), strict=True)):
        (marks,) = ax.plot(part["value"], part["arm"].map(places), linestyle="", label=plain(name))
        marks.set(marker=_MARKS[turn % len(_MARKS)], color=colour, markersize=5.5, alpha=0.85)
    for arm, part in table.groupby("arm", sort=False, observed=True):
        if np.isfinite(mean := part["value"].mean(skipna=False)):
            ax.plot([mean, mean], places[arm] + np.array([-0.32, 0.32]), color=ROLE_COLOURS["real"], lw=2.4)
        elif part["value"].isna().all():
            note_gap(ax, places[arm])
    ax.set_yticks(range(len(arms)), labels=[plain(arm, 22) for arm in arms], fontsize=9)
    ax.set_ylim(len(arms) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color="0.92", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_xlabel(metric, fontsize=9)
    quiet(ax)
    return ax
