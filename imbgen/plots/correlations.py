"""Heat maps of the associations in a real and a synthetic table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from pandas import DataFrame

from imbgen.errors import DataError, ParameterError
from imbgen.plots._association import associations
from imbgen.plots._columns import common_columns, kind_of
from imbgen.plots._style import plain

__all__ = ["correlations"]


def correlations(
    real: DataFrame,
    synthetic: DataFrame,
    *,
    columns: Iterable[Hashable] | None = None,
    max_columns: int = 20,
    axes: Iterable[Axes] | None = None,
) -> Figure:
    """Draw the associations of both tables and their difference, on one colour scale.

    Spearman's rank correlation between numbers (-1 to 1), bias-corrected Cramér's V between categories
    and the correlation ratio of ranks between both (0 to 1); grey where a column is constant, or where gaps
    leave fewer than ten rows of two numbers.

    Parameters
    ----------
    real, synthetic : DataFrame
        The tables; the synthetic one may have any number of rows.
    columns : iterable of hashable, optional
        Columns to draw; None draws those that both tables share.
    max_columns : int, default=20
        If there are more columns, those whose associations differ most are drawn.
    axes : iterable of Axes, optional
        Three axes to draw on; None makes a figure.

    Returns
    -------
    figure : Figure
        Panels "real", "synthetic" and "difference" (synthetic minus real).

    Raises
    ------
    DataError
        If a table is empty, no two columns are shared, a column is unknown, or `axes` are not three.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import correlations
    >>> real = DataFrame({"x": [1, 2, 3], "y": [2, 4, 6]})
    >>> figure = correlations(real, real)
    >>> figure.axes[2].get_title(loc="left")
    'difference (mean size 0.00)'
    """
    if max_columns < 2:
        raise ParameterError(f"`max_columns` must be 2 or more, however: {max_columns}. Raise it.")
    names = common_columns({"real": real, "synthetic": synthetic}, columns)
    if len(names) < 2:
        raise DataError(f"Associations need two columns, however: only {names[0]!r} was found. Add another.")
    kinds = {name: kind_of([real[name], synthetic[name]]) for name in names}
    before, after = associations(real, kinds), associations(synthetic, kinds)
    mean_size = _mean_size(after - before)
    kept = _most_different(after - before, max_columns)
    matrices = [matrix[np.ix_(kept, kept)] for matrix in (before, after, after - before)]
    titles = [f"real ({len(real):,} rows)", f"synthetic ({len(synthetic):,} rows)", f"difference{mean_size}"]
    figure, targets = _targets(axes)
    labels = [plain(names[place], 16) for place in kept]
    for ax, matrix, title in zip(targets, matrices, titles, strict=True):
        _heat_map(ax, matrix, labels)
        ax.set_title(title, loc="left", fontsize=10)
    for ax in targets[1:]:
        ax.tick_params(labelleft=False)
    _colour_bar(figure, targets)
    if len(kept) < len(names) and axes is None:
        choice = f"{len(kept)} of {len(names)} columns, where the associations differ most"
        figure.suptitle(choice, x=0.01, ha="left", fontsize=10)
    return figure


def _most_different(difference: np.ndarray, max_columns: int) -> list[int]:
    """Return the places of the columns to draw, in order."""
    sizes = np.nansum(np.abs(difference), axis=0)
    return sorted(np.argsort(-sizes, kind="stable")[:max_columns].tolist())


def _mean_size(difference: np.ndarray) -> str:
    """Return the mean absolute difference over all pairs, as text."""
    pairs = np.abs(difference[np.triu_indices(len(difference), 1)])
    known = pairs[~np.isnan(pairs)]
    return f" (mean size {known.mean():.2f})" if len(known) else ""


def _targets(axes: Iterable[Axes] | None) -> tuple[Figure, list[Axes]]:
    if axes is None:
        figure = Figure(figsize=(12.0, 5.0), layout="compressed")
        return figure, [figure.add_subplot(1, 3, place) for place in (1, 2, 3)]
    given = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(given) != 3:
        raise DataError(f"`axes` must be three axes, however: {len(given)} were given. Pass three.")
    return given[0].get_figure(root=True), given


def _heat_map(ax: Axes, matrix: np.ndarray, labels: Sequence[str]) -> None:
    ax.imshow(matrix, cmap=_colour_map(), vmin=-1.0, vmax=1.0, interpolation="nearest")
    size = 8 if len(labels) <= 12 else 6.5
    ax.set_xticks(range(len(labels)), labels=labels, rotation=90, fontsize=size)
    ax.set_yticks(range(len(labels)), labels=labels, fontsize=size)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _colour_map() -> mpl.colors.Colormap:
    return mpl.colormaps["RdBu_r"].with_extremes(bad="0.85")


def _colour_bar(figure: Figure, targets: Sequence[Axes]) -> None:
    shared = ScalarMappable(Normalize(-1.0, 1.0), _colour_map())
    bar = figure.colorbar(
        shared, ax=list(targets), shrink=0.6, aspect=30, pad=0.01, ticks=[-1, -0.5, 0, 0.5, 1]
    )
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
