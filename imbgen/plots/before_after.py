"""A table before and after over-sampling, on one plane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike
from pandas import DataFrame

from imbgen.plots._columns import common_columns, row_labels, row_mask
from imbgen.plots._plane import RowsPlane, check_drawing
from imbgen.plots._style import many_colours, plain, quiet

__all__ = ["before_after"]

LARGEST = "0.62"
MAX_CLASSES = 10
ALWAYS_DRAWN = 150


def before_after(
    X: DataFrame,
    y: ArrayLike,
    X_new: DataFrame,
    y_new: ArrayLike,
    synthetic_mask: ArrayLike | None = None,
    *,
    method: str = "pca",
    max_points: int = 5000,
    random_state: int | None = 0,
) -> Figure:
    """Scatter the rows before and after over-sampling side by side, classes coloured.

    The plane, the medians and the scales are those of `X` alone, and both panels share their axes. Real rows
    are dots, synthetic rows crosses; the largest class is grey and lies below, the smallest on top. If all
    columns are categories, many rows share a place; each is then drawn a little beside it.

    Parameters
    ----------
    X, X_new : DataFrame
        Rows before and after.
    y, y_new : array-like of shape (n_rows,), (n_rows_new,)
        Their labels. The nine largest classes have a colour each, further ones share one.
    synthetic_mask : array-like of bool of shape (n_rows_new,), optional
        Which rows of `X_new` are synthetic. None means those past ``len(X)``, where imbalanced-learn's
        over-samplers append them.
    method : {"pca", "rank-pca"}, default="pca"
        Whether numbers are standardised or turned into normal scores of their ranks, which keeps a few
        extreme rows from choosing the plane.
    max_points : int, default=5000
        About so many rows of a panel are drawn; beyond, each class is thinned at one rate, which is written
        above, but at least 150 rows of it are kept. The fit sees all.
    random_state : int or None, default=0
        Seed of the rows chosen and of the displacements.

    Returns
    -------
    figure : Figure
        Panels "before" and "after", with one collection per class and kind of row.

    Raises
    ------
    DataError
        If a frame is empty, they share no column, or labels or mask do not fit the rows.
    ParameterError
        If `method` is unknown or `max_points` is below 1.

    Examples
    --------
    >>> from imbgen import OverSampler, load_dataset
    >>> from imbgen.plots import before_after
    >>> X, y = load_dataset("ecoli")
    >>> sampler = OverSampler(sampling_strategy={"om": 100}, random_state=0)
    >>> figure = before_after(X, y, *sampler.fit_resample(X, y))
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['before: 336 rows', 'after: 416 rows, 80 synthetic']
    """
    check_drawing(method, max_points)
    columns = common_columns({"X": X, "X_new": X_new})
    if synthetic_mask is None:
        synthetic_mask = np.arange(len(X_new)) >= len(X)
    mask = row_mask(synthetic_mask, len(X_new), "X_new")
    before, after = _few(row_labels(y, len(X), "y"), row_labels(y_new, len(X_new), "y_new"))
    plane = RowsPlane.fit({"X": X, "X_new": X_new}, columns, method)
    rate = min(1.0, max_points / max(len(X), len(X_new)))
    # From one seed for both, the real rows, which come first, are chosen and displaced alike.
    seed = np.random.SeedSequence(random_state).entropy
    panels = {
        "before": _Panel.draw(X, before, np.zeros(len(X), dtype=bool), plane, rate, seed),
        "after": _Panel.draw(X_new, after, mask, plane, rate, seed),
    }
    figure = Figure(figsize=(12.0, 5.2), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    palette = _palette(before, after)
    for ax, (title, panel) in zip(axes, panels.items(), strict=True):
        plane.label(ax)
        ax.set_title(f"{title}: {panel.describe()}", loc="left", fontsize=10)
        _scatter(ax, panel, palette)
        quiet(ax)
    axes[1].set_ylabel("")
    figure.legend(handles=_handles(panels["after"], palette), loc="outside right upper", frameon=False)
    return figure


@dataclass(frozen=True)
class _Panel:
    """Rows of one panel: `points`, `names` and `synthetic` of those drawn, `counts` of all."""

    points: np.ndarray
    names: np.ndarray
    synthetic: np.ndarray
    counts: Counter[tuple[str, bool]]

    @classmethod
    def draw(
        cls,
        frame: DataFrame,
        names: np.ndarray,
        synthetic: np.ndarray,
        plane: RowsPlane,
        rate: float,
        seed: Any,
    ) -> _Panel:
        """Choose rows and project them."""
        choice, noise = np.random.default_rng(seed).spawn(2)
        groups = list(zip(names.tolist(), synthetic.tolist(), strict=True))
        counts = Counter(groups)
        drawn = choice.random(len(frame)) < [max(rate, ALWAYS_DRAWN / counts[group]) for group in groups]
        points = plane.project(frame[drawn])
        if plane.is_stacked:
            points = plane.jitter(points, noise)
        return cls(points, names[drawn], synthetic[drawn], counts)

    def describe(self) -> str:
        """Count the rows."""
        n_rows, n_drawn = self.counts.total(), len(self.points)
        n_synthetic = sum(count for (_, synthetic), count in self.counts.items() if synthetic)
        text = f"{n_rows:,} rows" + (f", {n_synthetic:,} synthetic" if n_synthetic else "")
        return text if n_drawn == n_rows else f"{text} ({n_drawn:,} drawn)"


def _few(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the smallest classes under one name if there are more than can be told apart."""
    ranked = list(_palette(before, after))
    if len(ranked) <= MAX_CLASSES:
        return before, after
    kept = ranked[: MAX_CLASSES - 1]
    other = f"{len(ranked) - len(kept)} smaller classes"
    return np.where(np.isin(before, kept), before, other), np.where(np.isin(after, kept), after, other)


def _palette(before: np.ndarray, after: np.ndarray) -> dict[str, str]:
    """Return a colour per class, the largest one first and grey."""
    ranked = [name for name, _ in Counter(before.tolist()).most_common()]
    names = list(dict.fromkeys([*ranked, *after.tolist()]))
    return dict(zip(names, [LARGEST, *many_colours(len(names) - 1)], strict=True))


def _scatter(ax: Axes, panel: _Panel, palette: Mapping[str, str]) -> None:
    """Draw the largest class at the bottom; of the others, all real rows on top of all synthetic ones."""
    size = float(np.clip(700 / np.sqrt(len(panel.points)), 8, 34))
    for synthetic in (True, False):
        for turn, (name, colour) in enumerate(palette.items()):
            rows = panel.points[(panel.names == name) & (panel.synthetic == synthetic)]
            if not len(rows):
                continue
            alpha = float(np.clip(20 / np.sqrt(len(rows)), 0.35, 0.9))
            dots = ax.scatter(
                rows[:, 0], rows[:, 1], s=size, c=colour, marker="x" if synthetic else "o", label=name
            )
            dots.set(alpha=alpha, linewidth=0.8 if synthetic else 0, zorder=2 if turn else 1)
            if turn and not synthetic:
                dots.set(alpha=max(alpha, 0.7), edgecolor="black", linewidth=0.015 * size + 0.1)


def _handles(after: _Panel, palette: Mapping[str, str]) -> list[Line2D]:
    """Return what the legend shows: each class with its rows, then the marks."""
    handles = []
    for name, colour in palette.items():
        real, synthetic = after.counts[name, False], after.counts[name, True]
        rows = f"{real:,} + {synthetic:,}" if synthetic else f"{real:,}"
        handles.append(
            Line2D([], [], color=colour, marker="o", linestyle="", label=f"{plain(name)} ({rows})")
        )
    marks = {"real": "o", "synthetic": "x"}
    return handles + [
        Line2D([], [], color="black", marker=mark, linestyle="", markersize=5, label=label)
        for label, mark in marks.items()
    ]
