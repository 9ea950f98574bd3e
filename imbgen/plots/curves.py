"""Lines over a number of components or of updates."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, StrMethodFormatter
from pandas import DataFrame

from imbgen.errors import DataError, ParameterError, did_you_mean
from imbgen.plots._columns import check_table
from imbgen.plots._style import ROLE_COLOURS, SPARE_COLOURS, axes_or_new, compact, many_colours, plain, quiet

__all__ = ["criterion_curve", "loss_curves", "training_curve"]

CRITERIA = ("bic", "aic")
WIDE_SKILL = 50.0
WIDE_LOSS = 50.0


def criterion_curve(table: DataFrame, *, criterion: str = "bic", ax: Axes | None = None) -> Axes:
    """Draw an information criterion of Gaussian mixtures, one line per covariance type.

    Parameters
    ----------
    table : DataFrame
        With columns ``n_components``, ``covariance_type`` and `criterion`. If a pair of the first two
        comes more than once, its lowest value is drawn; missing values, of fits that failed, are not.
    criterion : {"bic", "aic"}, default="bic"
        Which criterion.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        With a star, named in the title, at the minimum.

    Raises
    ------
    DataError
        If a column is missing or the criterion has no finite value.
    ParameterError
        If `criterion` is unknown.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import criterion_curve
    >>> table = DataFrame({"n_components": [1, 2, 3], "covariance_type": "full", "bic": [90.0, 70.0, 80.0]})
    >>> criterion_curve(table).get_title(loc="left")
    'Lowest BIC: 2 components, full'
    """
    if criterion not in CRITERIA:
        hint = did_you_mean(criterion, CRITERIA)
        raise ParameterError(f"`criterion` must be one of {list(CRITERIA)}, however: {criterion!r}.{hint}")
    check_table(table, ["n_components", "covariance_type", criterion], "table")
    finite = _finite(table, criterion, "table")
    ax = axes_or_new(ax)
    palette = (ROLE_COLOURS["synthetic"], SPARE_COLOURS[1], ROLE_COLOURS["refined"], SPARE_COLOURS[0])
    for turn, (kind, part) in enumerate(finite.groupby("covariance_type", sort=False, observed=True)):
        line = part.groupby("n_components")[criterion].min()
        # Later marks are smaller: full and tied are the same model with one component.
        (drawn,) = ax.plot(line.index, line, label=plain(kind), markersize=9 - 1.2 * (turn % 4))
        drawn.set(marker="osD^"[turn % 4], color=palette[turn % 4])
    best = finite.loc[finite[criterion].idxmin()]
    place = (best["n_components"], best[criterion])
    ax.scatter(*place, s=420, marker="*", color="#F0E442", edgecolors="black", zorder=1.5, label="minimum")
    first, last = finite["n_components"].min(), finite["n_components"].max()
    ax.set_xlim(first - max(0.3, 0.04 * (last - first)), last + max(0.3, 0.04 * (last - first)))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ax.set_xlabel("number of components")
    ax.set_ylabel(f"{criterion.upper()} (lower is better)")
    many = "s" if best["n_components"] != 1 else ""
    kind = plain(best["covariance_type"])
    ax.set_title(f"Lowest {criterion.upper()}: {best['n_components']} component{many}, {kind}", loc="left")
    ax.legend(frameon=False)
    quiet(ax)
    return ax


def training_curve(history: DataFrame, *, kept: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw validation skill over updates, with a band of one standard error.

    The zero line is the GMM baseline. The axis turns symmetric-logarithmic beyond one nat when the
    skills spread over more than 50, as they do when training starts far away.

    Parameters
    ----------
    history : DataFrame
        With columns ``n_updates``, ``skill`` and ``skill_se``, one row per check.
    kept : int, optional
        The number of updates whose weights were kept, drawn as an upright line; it may precede the best.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        With a dot, named in the title, at the best check.

    Raises
    ------
    DataError
        If a column is missing or no skill is finite.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import training_curve
    >>> history = DataFrame({"n_updates": [0, 100, 200], "skill": [-2.0, 0.4, 0.3], "skill_se": 0.1})
    >>> training_curve(history).get_title(loc="left")
    'Best skill +0.40 ± 0.10 nats per row after 100 updates'
    """
    check_table(history, ["n_updates", "skill", "skill_se"], "history")
    finite = _finite(history, "skill", "history").sort_values("n_updates")
    updates, skill, error = (
        finite[name].to_numpy(dtype=float) for name in ("n_updates", "skill", "skill_se")
    )
    ax = axes_or_new(ax)
    colour = ROLE_COLOURS["synthetic"]
    ax.axhline(0.0, color=ROLE_COLOURS["real"], linestyle="--", linewidth=1.2, label="GMM baseline")
    ax.fill_between(
        updates, skill - error, skill + error, color=colour, alpha=0.2, linewidth=0, label="± 1 s.e."
    )
    ax.plot(updates, skill, color=colour, marker="o", markersize=3, label="skill")
    best = int(skill.argmax())
    ax.plot(
        updates[best], skill[best], "o", color=colour, markeredgecolor="black", markersize=10, label="best"
    )
    if kept is not None:
        ax.axvline(kept, color=SPARE_COLOURS[1], linestyle=":", label=f"kept ({kept:,})")
    if np.ptp(skill) > WIDE_SKILL:
        ax.set_yscale("symlog", linthresh=1.0)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_xlabel("updates")
    ax.set_ylabel("skill (nats per row, higher is better)")
    spread = f" ± {error[best]:.2f}" if np.isfinite(error[best]) else ""
    ax.set_title(
        f"Best skill {skill[best]:+.2f}{spread} nats per row after {updates[best]:,.0f} updates", loc="left"
    )
    ax.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
    quiet(ax)
    return ax


def loss_curves(history: DataFrame) -> Figure:
    """Draw the training metrics over updates, one panel per prefix.

    Any column named ``"prefix/name"`` is a line of the panel `prefix`: ``"loss/critic"``,
    ``"gradient_norm/generator"``, ``"loss/kl"``. A panel's axis turns symmetric-logarithmic when its
    largest size is more than 50 times the median one. Values that are not finite are left out.

    Parameters
    ----------
    history : DataFrame
        With ``n_updates`` and at least one such column, one row per check; e.g. ``generator.history_``.

    Returns
    -------
    figure : Figure
        Panels in the order of the columns.

    Raises
    ------
    DataError
        If ``n_updates`` is missing or no such column has a finite value.

    Examples
    --------
    >>> from pandas import DataFrame
    >>> from imbgen.plots import loss_curves
    >>> history = DataFrame({"n_updates": [50, 100], "loss/kl": [0.5, 0.9], "loss/total": [9.0, 5.0]})
    >>> [ax.get_title(loc="left") for ax in loss_curves(history).axes]
    ['loss']
    """
    check_table(history, ["n_updates"], "history")
    panels = _panels(history)
    n_columns = min(len(panels), 3)
    n_rows = -(-len(panels) // n_columns)
    figure = Figure(figsize=(max(4.2 * n_columns, 6.0), 3.4 * n_rows), layout="constrained")
    for place, (prefix, lines) in enumerate(panels.items()):
        ax = figure.add_subplot(n_rows, n_columns, place + 1)
        for (name, line), colour in zip(lines.items(), many_colours(len(lines)), strict=True):
            ax.plot(*line.T, color=colour, marker="o", markersize=2.5, linewidth=1.2, label=plain(name))
        _loss_axis(ax, np.abs(np.concatenate(list(lines.values()))[:, 1]))
        ax.set_title(plain(prefix), loc="left", fontsize=10)
        ax.set_xlabel("updates")
        ax.legend(frameon=False, fontsize=8)
        quiet(ax)
    return figure


def _panels(history: DataFrame) -> dict[str, dict[str, np.ndarray]]:
    """Return the points of each line, shape (n_finite, 2), by prefix and name."""
    panels: dict[str, dict[str, np.ndarray]] = {}
    for column in history.columns:
        prefix, slash, name = str(column).partition("/")
        points = _points(history, column) if slash else np.empty((0, 2))
        if len(points):
            panels.setdefault(prefix, {})[name] = points
    if not panels:
        raise DataError(
            "`history` must have a finite column named like 'loss/critic', however: its columns are "
            f"{list(history.columns)}. Pass the `history_` of a trained generator."
        )
    return panels


def _points(history: DataFrame, column: Hashable) -> np.ndarray:
    points = history[["n_updates", column]].to_numpy(dtype=float, na_value=np.nan)
    points = points[np.isfinite(points).all(axis=1)]
    return points[np.argsort(points[:, 0], kind="stable")]


def _loss_axis(ax: Axes, sizes: np.ndarray) -> None:
    middle = float(np.median(sizes))
    if sizes.max() > WIDE_LOSS * middle > 0:
        ax.set_yscale("symlog", linthresh=middle)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.tick_params(labelsize=8)


def _finite(table: DataFrame, column: str, name: str) -> DataFrame:
    known = table.reset_index(drop=True)
    known = known[np.isfinite(known[column].to_numpy(dtype=float, na_value=np.nan))]
    if known.empty:
        raise DataError(
            f"{name!r} needs a finite {column!r}, however: none of {len(table)} values is. Check the fits."
        )
    return known
