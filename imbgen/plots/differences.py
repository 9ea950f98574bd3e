"""Differences with their intervals, one row per arm: a forest plot."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from imbgen.errors import DataError
from imbgen.plots._columns import check_table
from imbgen.plots._style import ROLE_COLOURS, axes_or_new, note_gap, plain, quiet

__all__ = ["differences"]

# Outcome -> colour and mark: told by the shape too, for those who see no colours.
_LOOKS = {
    "better": (ROLE_COLOURS["refined"], ">"),
    "no difference": ("#5B6470", "o"),
    "worse": (ROLE_COLOURS["synthetic"], "<"),
}


def differences(
    table: DataFrame,
    *,
    reference: str,
    metric: str = "the metric",
    equivalent: float = 0.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw the difference of each arm from a reference, with its interval.

    Parameters
    ----------
    table : DataFrame
        With columns ``arm``, ``difference``, ``low`` and ``high``; the first row is drawn on top. A row
        without a difference says so; without bounds, a point is drawn without a line.
    reference : str
        What was subtracted; its name stands at the line of zero.
    metric : str
        What is compared.
    equivalent : float
        Half width of the band of differences that do not matter; 0 draws none.
    ax : Axes, optional
        Where to draw; None makes a figure as high as it needs.

    Returns
    -------
    ax : Axes
        With an arrow to the right for what is better beyond noise, to the left for worse, else a dot.

    Raises
    ------
    DataError
        If a column is missing or no difference is known.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import differences
    >>> table = DataFrame({"arm": ["SMOTE", "GAN"], "difference": [0.01, 0.2], "low": [-0.1, 0.1]})
    >>> ax = differences(table.assign(high=[0.12, 0.3]), reference="GMM", metric="AP")
    >>> ax.get_title(loc="left"), [text.get_text() for text in ax.get_yticklabels()]
    ('AP against GMM', ['SMOTE', 'GAN'])
    """
    check_table(table, ["arm", "difference", "low", "high"], "table")
    if table["difference"].isna().all():
        raise DataError(
            f"`table` needs a known difference, however: none of {len(table)} is. Check what failed."
        )
    ax = axes_or_new(ax, (5.0, 1.3 + 0.34 * len(table)))
    if equivalent > 0:
        ax.axvspan(-equivalent, equivalent, color="0.92", zorder=0)
    ax.axvline(0.0, color=ROLE_COLOURS["real"], linestyle="--", linewidth=1.0, zorder=1)
    for place, row in enumerate(table.itertuples()):
        if np.isnan(row.difference):
            note_gap(ax, place)
            continue
        colour, mark = _LOOKS[_outcome(row.low, row.high)]
        if np.isfinite([row.low, row.high]).all():
            ax.plot([row.low, row.high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
        ax.plot(row.difference, place, mark, color=colour, markersize=7, markeredgecolor="white")
    ax.set_yticks(range(len(table)), labels=[plain(arm, 22) for arm in table["arm"]], fontsize=9)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(5, min_n_ticks=3))
    ax.set_xlabel(f"worse  ←  difference from {plain(reference)}  →  better", fontsize=9)
    ax.set_title(f"{metric} against {plain(reference)}", loc="left", fontsize=10)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color="0.92", linewidth=0.8)
    ax.set_axisbelow(True)
    quiet(ax)
    return ax


def _outcome(low: float, high: float) -> str:
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no difference"
