"""A metric against what was swept: the ratio of classes after resampling, or the rows there were to learn."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from pandas import DataFrame

from imbgen.errors import DataError
from imbgen.plots._columns import check_table
from imbgen.plots._style import axes_or_new, compact, line_looks, plain, quiet

__all__ = ["sweep"]


def sweep(table: DataFrame, *, over: str, metric: str = "", label: str = "", ax: Axes | None = None) -> Axes:
    """Draw a metric against a swept setting, one line per arm.

    Parameters
    ----------
    table : DataFrame
        With columns ``arm``, `over` and ``value``; an arm whose `over` is missing does not depend on it and
        is a level line. The first arm is dashed and dark, as the reference; categories of ``arm`` settle
        the colours. Missing values are left out.
    over : str
        Column of the swept setting, positive; its axis is logarithmic.
    metric, label : str
        Names of both axes.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        With one line per arm, labelled by its name.

    Raises
    ------
    DataError
        If a column is missing, or no arm has a value at a setting.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import sweep
    >>> table = DataFrame({"arm": ["nothing", "GMM", "GMM"], "ratio": [None, 0.5, 1.0]})
    >>> [line.get_label() for line in sweep(table.assign(value=[0.4, 0.5, 0.6]), over="ratio").lines]
    ['nothing', 'GMM']
    """
    check_table(table, ["arm", over, "value"], "table")
    known = table[table["value"].notna()].astype({over: float})
    places = np.sort(known[over].dropna().unique())
    if not len(places):
        raise DataError(f"`table` needs a value at some {over!r}, however: it has none. Sweep over it.")
    ax = axes_or_new(ax, (5.0, 3.8))
    looks = line_looks(known["arm"])
    for name, rows in known.groupby("arm", sort=False, observed=True):
        part, look = rows.sort_values(over), looks[name]
        if part[over].isna().all():
            ax.plot(places[[0, -1]], [part["value"].mean()] * 2, label=plain(name, 30), **look)
        else:
            ax.plot(part[over], part["value"], marker="o", markersize=4.5, label=plain(name, 30), **look)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(list(places)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    ax.set_xlabel(label or plain(over))
    ax.set_ylabel(metric)
    quiet(ax)
    return ax
