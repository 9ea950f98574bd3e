"""All rows as points of a plane that the first frame alone has chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from imbgen.plots._columns import common_columns
from imbgen.plots._plane import RowsPlane, check_drawing, thin
from imbgen.plots._style import axes_or_new, colours, plain, quiet

__all__ = ["projection"]


def projection(
    frames: Mapping[str, DataFrame],
    *,
    method: str = "pca",
    ax: Axes | None = None,
    max_points: int = 2000,
    random_state: int | None = 0,
) -> Axes:
    """Scatter the rows of all frames on the first two principal components of the first frame.

    Nothing is fitted on the later frames: medians, scales, levels and the plane come from the first,
    so that rows which leave its cloud are seen to leave it. The first frame lies on top, as rings. If all
    columns are categories, many rows share a place; each is then drawn a little beside it.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Frames by name, for instance ``{"real": real, "synthetic": synthetic}``; the first one is fitted.
    method : {"pca", "rank-pca"}, default="pca"
        Whether numbers are standardised or turned into normal scores of their ranks, which keeps a few
        extreme rows from choosing the plane.
    ax : Axes, optional
        Where to draw; None makes a figure.
    max_points : int, default=2000
        At most so many rows of each frame are drawn, chosen at random; the fit sees all.
    random_state : int or None, default=0
        Seed of that choice and of the displacements.

    Returns
    -------
    ax : Axes
        With one collection of points per frame, labelled by its name.

    Raises
    ------
    DataError
        If a frame is empty or the frames share no column.
    ParameterError
        If `method` is unknown or `max_points` is below 1.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import projection
    >>> real = DataFrame({"height": [1.5, 1.7, 1.9], "sex": ["f", "f", "m"]})
    >>> ax = projection({"real": real, "synthetic": real.head(2)})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['real (3)', 'synthetic (2)']
    """
    check_drawing(method, max_points)
    plane = RowsPlane.fit(frames, common_columns(frames), method)
    rng = np.random.default_rng(random_state)
    points = {name: plane.project(thin(frame, max_points, rng)) for name, frame in frames.items()}
    if plane.is_stacked:
        points = {name: plane.jitter(block, rng) for name, block in points.items()}
    ax = axes_or_new(ax)
    _scatter(ax, points, {name: len(frame) for name, frame in frames.items()})
    plane.label(ax)
    aside = ", jittered" if plane.is_stacked else ""
    ax.set_title(f"Rows on the plane of {plain(next(iter(frames)))} rows{aside}", loc="left")
    quiet(ax)
    return ax


def _scatter(ax: Axes, points: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> None:
    palette = colours(points)
    for place, (name, block) in enumerate(points.items()):
        n_drawn = f"{len(block):,}" if len(block) == sizes[name] else f"{len(block):,} of {sizes[name]:,}"
        label = f"{plain(name)} ({n_drawn})"
        alpha = float(np.clip(15 / np.sqrt(len(block)), 0.3, 0.9))
        if place == 0:
            size = float(np.clip(400 / np.sqrt(len(block)), 9, 26))
            rings = ax.scatter(block[:, 0], block[:, 1], s=size, alpha=max(alpha, 0.5), zorder=3, label=label)
            rings.set(facecolor="none", edgecolor=palette[name], linewidth=1.0)
        else:
            dots = ax.scatter(block[:, 0], block[:, 1], s=14, alpha=alpha, zorder=2, label=label)
            dots.set(color=palette[name], linewidth=0)
    legend = ax.legend(frameon=True, framealpha=0.85, edgecolor="none")
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
