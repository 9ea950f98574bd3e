"""Small multiples: one panel per column, the frames on top of each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from pandas import DataFrame

from imbgen.errors import DataError, ParameterError
from imbgen.plots._columns import common_columns
from imbgen.plots._shares import LevelShares, NumberShares, column_shares
from imbgen.plots._style import colours, compact, percent, plain, quiet

__all__ = ["marginals"]

SMALL = 7.5


def marginals(
    frames: Mapping[str, DataFrame],
    *,
    columns: Iterable[Hashable] | None = None,
    max_columns: int = 12,
    axes: Iterable[Axes] | None = None,
) -> Figure:
    """Draw the distribution of every column, all frames in one panel.

    Heights are shares of a frame's rows, so frames of different length compare. Numbers and dates fall
    into bins shared by all frames, even on the panel's axis, which becomes symmetric-logarithmic under
    heavy tails; the shares of missing rows and of values that repeat so often that they would dwarf the
    rest are written below the panel, one number per frame. Categories and booleans are bars sorted by
    the first frame, missing rows a bar of their own; infinite numbers count as missing.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Frames by name, for instance ``{"real": real, "synthetic": synthetic}``; the first one leads.
    columns : iterable of hashable, optional
        Columns to draw; None draws those that all frames share.
    max_columns : int, default=12
        If there are more columns, the ones that differ most between the first and the last frame are
        drawn.
    axes : iterable of Axes, optional
        Axes to draw on, one per column; None makes a figure.

    Returns
    -------
    figure : Figure
        The figure with one panel per column.

    Raises
    ------
    DataError
        If a frame is empty, the frames share no column, a column is unknown, or `axes` are too few.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import marginals
    >>> real = DataFrame({"age": [31.5, 42.0, 57.5], "sex": ["f", "m", "f"]})
    >>> figure = marginals({"real": real, "synthetic": real.sample(5, replace=True, random_state=0)})
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['age', 'sex']
    """
    if max_columns < 1:
        raise ParameterError(f"`max_columns` must be 1 or more, however: {max_columns}. Raise it.")
    names = common_columns(frames, columns)
    panels = {name: column_shares({key: frame[name] for key, frame in frames.items()}) for name in names}
    shown = _most_different(panels, max_columns)
    figure, targets = _targets(axes, len(shown))
    palette = colours(frames)
    for ax, (name, panel) in zip(targets, shown.items(), strict=False):
        _draw_panel(ax, panel, palette)
        ax.set_title(plain(name, 22), loc="left", fontsize=9)
    handles = [Patch(color=colour, label=plain(name)) for name, colour in palette.items()]
    if axes is None:
        figure.legend(
            handles=handles, loc="outside upper right", ncols=len(handles), frameon=False, fontsize=9
        )
        if len(shown) < len(panels):
            figure.suptitle(_choice(list(frames), len(shown), len(panels)), x=0.01, ha="left", fontsize=9)
    else:
        targets[0].legend(handles=handles, frameon=False, fontsize=SMALL)
    return figure


def _choice(names: list[str], n_shown: int, n_columns: int) -> str:
    if len(names) == 1:
        return f"First {n_shown} of {n_columns} columns"
    return f"{n_shown} of {n_columns} columns, where {plain(names[0])} and {plain(names[-1])} differ most"


def _most_different(
    panels: dict[Hashable, LevelShares | NumberShares], max_columns: int
) -> dict[Hashable, LevelShares | NumberShares]:
    ranked = sorted(panels, key=lambda name: -panels[name].difference())[:max_columns]
    return {name: panel for name, panel in panels.items() if name in ranked}


def _targets(axes: Iterable[Axes] | None, n_panels: int) -> tuple[Figure, list[Axes]]:
    if axes is None:
        n_columns = 3 if n_panels in (5, 6, 9) else min(n_panels, 4)
        n_rows = -(-n_panels // n_columns)
        size = (max(4.5, 2.25 * n_columns), max(3.2, 0.4 + 1.9 * n_rows))
        figure = Figure(figsize=size, layout="constrained")
        return figure, [figure.add_subplot(n_rows, n_columns, place + 1) for place in range(n_panels)]
    given = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(given) < n_panels:
        raise DataError(
            f"`axes` must hold one per column, however: {len(given)} axes for {n_panels} columns. "
            "Pass more axes or lower `max_columns`."
        )
    return given[0].get_figure(root=True), given


def _draw_panel(ax: Axes, panel: LevelShares | NumberShares, palette: Mapping[str, str]) -> None:
    quiet(ax)
    ax.tick_params(labelsize=SMALL)
    share_axis: Axis = ax.xaxis if isinstance(panel, LevelShares) else ax.yaxis
    if isinstance(panel, LevelShares):
        _draw_levels(ax, panel, palette)
    else:
        _draw_numbers(ax, panel, palette)
    share_axis.set_major_locator(MaxNLocator(3))
    share_axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def _draw_levels(ax: Axes, panel: LevelShares, palette: Mapping[str, str]) -> None:
    places = np.arange(len(panel.levels))
    height = 0.8 / len(panel.shares)
    for turn, (name, shares) in enumerate(panel.shares.items()):
        offset = (turn - (len(panel.shares) - 1) / 2) * height
        ax.barh(places + offset, shares, height, color=palette[name], label=plain(name))
    ax.set_yticks(places, labels=[plain(level, 14) for level in panel.levels])
    ax.set_ylim(max(len(places), 2) - 0.4, -0.6)


def _draw_numbers(ax: Axes, panel: NumberShares, palette: Mapping[str, str]) -> None:
    for name, shares in panel.shares.items():
        ax.stairs(shares, panel.edges, fill=True, color=palette[name], alpha=0.2)
        ax.stairs(shares, panel.edges, color=palette[name], linewidth=1.4, label=plain(name))
    _number_axis(ax, panel)
    ax.set_ylim(bottom=0)
    notes = [f"{label}: {' | '.join(map(percent, note.values()))}" for label, note in panel.notes.items()]
    ax.set_xlabel("\n".join(notes), fontsize=SMALL, color="0.35")


def _number_axis(ax: Axes, panel: NumberShares) -> None:
    if panel.scale == "symlog":
        ax.set_xscale("symlog", linthresh=panel.linear_until)
        ax.xaxis.set_major_locator(FixedLocator(_powers(panel)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    elif panel.scale == "date":
        locator = AutoDateLocator(minticks=2, maxticks=4)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    else:
        whole = bool(np.all(panel.edges % 1 == 0.5))
        alone = len(panel.edges) == 2
        ax.xaxis.set_major_locator(
            FixedLocator([panel.edges.mean()]) if alone else MaxNLocator(4, integer=whole)
        )
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))


def _powers(panel: NumberShares) -> list[float]:
    """Return at most about five ticks at zero and at powers of ten inside the edges."""
    low, high = panel.edges[0], panel.edges[-1]
    first, last = np.log10(panel.linear_until), np.log10(np.abs(panel.edges).max())
    sizes = 10.0 ** np.arange(round(first), np.floor(last) + 1)
    ticks = [tick for tick in (*-sizes[::-1], 0.0, *sizes) if low <= tick <= high]
    step = -(-len(ticks) // 5)
    start = ticks.index(0.0) % step if 0.0 in ticks else 0
    return ticks[start::step]
