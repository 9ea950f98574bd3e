"""Several panels in one figure: their grid, their names, one legend for all."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imbgen.plots._style import plain

__all__ = ["name_panel", "panel_grid", "share_legend", "share_limits"]

_PER_ROW = 3
# A figure of one panel has to be as wide as its legend, or as a title.
_NARROWEST = 5.2
_LEGEND_ENTRY = 2.0


def panel_grid(n_panels: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels, at most three in a row.

    Parameters
    ----------
    n_panels : int
        One or more.
    size : tuple of float
        Width and height of a panel in inches.

    Returns
    -------
    figure : Figure
    panels : list of Axes

    Examples
    --------
    >>> from imbgen.plots.panels import panel_grid
    >>> figure, panels = panel_grid(4, (3.0, 2.0))
    >>> len(panels), figure.get_size_inches().tolist()
    (4, [9.0, 4.5])
    """
    n_columns = min(n_panels, _PER_ROW)
    n_rows = -(-n_panels // n_columns)
    width = max(size[0] * n_columns, _NARROWEST)
    figure = Figure(figsize=(width, size[1] * n_rows + 0.5), layout="constrained")
    return figure, [figure.add_subplot(n_rows, n_columns, place + 1) for place in range(n_panels)]


def name_panel(ax: Axes, title: object) -> None:
    """Set a title; names are data, so a long one is cut, and a dollar sign begins no formula."""
    ax.set_title(plain(title, 32), loc="left", fontsize=10)


def share_legend(figure: Figure, ax: Axes) -> None:
    """Put the legend of one panel below all of them."""
    handles, labels = ax.get_legend_handles_labels()
    n_columns = max(1, int(figure.get_figwidth() / _LEGEND_ENTRY))
    figure.legend(handles, labels, loc="outside lower left", ncols=n_columns, frameon=False, fontsize=8.5)


def share_limits(panels: Sequence[Axes]) -> None:
    """Give all panels the limits that hold what is in any of them."""
    across = [ax.get_xlim() for ax in panels]
    upright = [ax.get_ylim() for ax in panels]
    for ax in panels:
        ax.set_xlim(min(low for low, _ in across), max(high for _, high in across))
        ax.set_ylim(min(low for low, _ in upright), max(high for _, high in upright))
