"""Average ranks of arms over data sets, with the distance that they must differ by."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from imbgen.errors import DataError
from imbgen.plots._columns import check_table
from imbgen.plots._style import ROLE_COLOURS, axes_or_new, plain

__all__ = ["critical_difference"]


def critical_difference(table: DataFrame, *, distance: float, ax: Axes | None = None) -> Axes:
    """Draw average ranks on a line; bars join arms that are no further apart than the critical difference.

    Parameters
    ----------
    table : DataFrame
        With columns ``arm`` and ``rank``, 1 being best.
    distance : float
        Critical difference of Nemenyi's test.
    ax : Axes, optional
        Where to draw; None makes a figure as high as it needs.

    Returns
    -------
    ax : Axes
        The better half is named on the left, the other on the right.

    Raises
    ------
    DataError
        If a column is missing, a rank is not finite, or there is one arm only.

    References
    ----------
    J. Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7, section
    3.2.2.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import critical_difference
    >>> table = DataFrame({"arm": ["GMM", "SMOTE", "nothing"], "rank": [1.2, 1.8, 3.0]})
    >>> critical_difference(table, distance=1.1).get_title(loc="left")
    'Average ranks; critical difference 1.10'
    """
    check_table(table, ["arm", "rank"], "table")
    ranked = table.sort_values("rank", kind="stable")
    ranks = ranked["rank"].to_numpy(dtype=float)
    if len(ranks) < 2 or not np.isfinite(ranks).all():
        raise DataError(
            f"`table` needs the ranks of two arms or more, however: {ranks.tolist()}. Compare more arms."
        )
    bars = _cliques(ranks, distance)
    n_left = -(-len(ranks) // 2)
    lowest = -0.55 - 0.28 * len(bars)
    ax = axes_or_new(ax, (7.2, 1.3 + 0.28 * (n_left + len(bars))))
    for turn, (first, last) in enumerate(bars):
        ax.plot(ranks[[first, last]] + [-0.05, 0.05], [-0.35 - 0.28 * turn] * 2, color="0.2", linewidth=3.5)
    span = len(ranks) - 1
    for place, (arm, rank) in enumerate(zip(ranked["arm"], ranks, strict=True)):
        is_left = place < n_left
        height = lowest - 0.36 * (place if is_left else len(ranks) - 1 - place)
        edge = 1 - 0.08 * span if is_left else len(ranks) + 0.08 * span
        colour = ROLE_COLOURS["real"]
        ax.plot([rank, rank, edge], [0, height, height], color=colour, linewidth=1.0)
        name = f"{plain(arm, 30)}  {rank:.2f}" if is_left else f"{rank:.2f}  {plain(arm, 30)}"
        side = "right" if is_left else "left"
        ax.text(edge + (-0.02 if is_left else 0.02) * span, height, name, ha=side, va="center", fontsize=9)
    ax.plot([1, 1 + min(distance, span)], [0.55, 0.55], color="#0072B2", linewidth=3.5, solid_capstyle="butt")
    ax.set_xlim(1 - 0.5 * span, len(ranks) + 0.5 * span)
    ax.set_ylim(lowest - 0.36 * n_left, 0.8)
    _draw_scale(ax, len(ranks))
    ax.set_title(f"Average ranks; critical difference {distance:.2f}", loc="left", fontsize=10)
    return ax


def _draw_scale(ax: Axes, n_arms: int) -> None:
    ax.axis("off")
    ax.plot([1, n_arms], [0, 0], color="0.2", linewidth=1.0)
    for rank in range(1, n_arms + 1):
        ax.plot([rank, rank], [0, 0.08], color="0.2", linewidth=1.0)
        ax.text(rank, 0.13, str(rank), ha="center", va="bottom", fontsize=8.5)


def _cliques(ranks: np.ndarray, distance: float) -> list[tuple[int, int]]:
    """Return first and last of each longest run of sorted ranks that lie within a distance.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.plots.ranks import _cliques
    >>> _cliques(np.array([1.0, 1.5, 2.4, 4.0]), 1.0)
    [(0, 1), (1, 2)]
    """
    ends = np.searchsorted(ranks, ranks + distance, side="right") - 1
    runs: list[tuple[int, int]] = []
    for first, last in enumerate(ends):
        if last > first and (not runs or last > runs[-1][1]):
            runs.append((first, int(last)))
    return runs
