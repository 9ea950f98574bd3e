"""How many rows each class has, before and after over-sampling."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from imbgen.plots._columns import row_labels, row_mask
from imbgen.plots._style import ROLE_COLOURS, axes_or_new, plain, quiet

__all__ = ["class_distribution"]

MAX_CLASSES = 20


def class_distribution(
    y: ArrayLike, *, synthetic_mask: ArrayLike | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the number of rows per class as horizontal bars, the largest class first.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels.
    synthetic_mask : array-like of bool of shape (n_rows,), optional
        Which rows are synthetic; they are stacked on the real ones, hatched.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        The container of bars labelled "real" is first, "synthetic" second.

    Raises
    ------
    DataError
        If `y` is empty or not one-dimensional, or the mask is not a boolean for each row.

    Examples
    --------
    >>> from imbgen.plots import class_distribution
    >>> ax = class_distribution(["ill", "well", "well", "ill"], synthetic_mask=[False, False, False, True])
    >>> ax.get_title(loc="left")
    'Rows per class (1 : 2.0, with synthetic rows 1 : 1.0)'
    """
    counts = _counts(y, synthetic_mask)
    bars = _capped(counts)
    ax = axes_or_new(ax, figsize=(9.0, min(6.0, 1.6 + 0.42 * len(bars))))
    places = np.arange(len(bars))
    ax.barh(places, bars["real"], 0.72, color=ROLE_COLOURS["real"], label="real")
    if synthetic_mask is not None:
        stacked = ax.barh(places, bars["synthetic"], 0.72, left=bars["real"], label="synthetic", hatch="///")
        for bar in stacked:
            bar.set(facecolor=ROLE_COLOURS["synthetic"], edgecolor="white", linewidth=0)
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, borderaxespad=0.2)
    for place, (real, synthetic) in enumerate(bars.itertuples(index=False)):
        text = f"{real:,} + {synthetic:,}" if synthetic else f"{real:,}"
        ax.annotate(
            text, (real + synthetic, place), (4, 0), textcoords="offset points", va="center", fontsize=9
        )
    ax.set_yticks(places, labels=[plain(label) for label in bars.index])
    ax.set_ylim(len(bars) - 0.4, -0.6)
    ax.set_xlim(0, 1.16 * bars.sum(axis=1).max())  # stacked bars would swallow a margin
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_xlabel("rows")
    ax.set_title(_title(counts), loc="left")
    quiet(ax)
    return ax


def _counts(y: ArrayLike, synthetic_mask: ArrayLike | None) -> DataFrame:
    """Return real and synthetic rows per class, the largest class first."""
    names = row_labels(y, None, "y")
    mask = np.zeros(len(names), dtype=bool)
    if synthetic_mask is not None:
        mask = row_mask(synthetic_mask, len(names), "y")
    table = DataFrame({"real": ~mask, "synthetic": mask}).groupby(names).sum().astype(int)
    rank = table.assign(every=table.sum(axis=1)).sort_values(
        ["every", "real"], ascending=False, kind="stable"
    )
    return table.loc[rank.index]


def _capped(counts: DataFrame) -> DataFrame:
    if len(counts) <= MAX_CLASSES:
        return counts
    head, tail = counts.iloc[: MAX_CLASSES - 1].copy(), counts.iloc[MAX_CLASSES - 1 :]
    head.loc[f"other ({len(tail)} classes)"] = tail.sum()
    return head


def _title(counts: DataFrame) -> str:
    real, every = counts["real"][counts["real"] > 0], counts.sum(axis=1)
    if len(counts) == 1 or len(real) == 0:
        return "Rows per class"
    title = f"Rows per class (1 : {real.max() / real.min():,.1f}"
    if counts["synthetic"].any():
        title += f", with synthetic rows 1 : {every.max() / every.min():,.1f}"
    return f"{title})"
