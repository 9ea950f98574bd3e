"""A Gaussian mixture seen from where its components lie furthest apart."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike
from pandas import DataFrame

from imbgen.errors import DataError, ParameterError, did_you_mean
from imbgen.plots._columns import check_frame
from imbgen.plots._gaussians import DiscriminantPlane, responsibilities
from imbgen.plots._style import axes_or_new, many_colours, percent, plain, quiet

__all__ = ["mixture_ellipses"]

UNDECIDED = np.array(to_rgb("0.82"))
MOST_NAMED = 3


def mixture_ellipses(
    rows: DataFrame | ArrayLike,
    means: ArrayLike,
    covariances: ArrayLike,
    weights: ArrayLike,
    *,
    dimensions: Sequence[Hashable] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows in the colour of their most responsible component, and the components as ellipses.

    A row fades to grey the less sure its component is, down to grey where all are equally likely. The
    ellipses lie one and two standard deviations from each mean; the outer one holds 86 % of its component
    on this plane. Responsibilities are those of all dimensions, drawn or not.

    Parameters
    ----------
    rows : DataFrame or array-like of shape (n_rows, d)
        Rows in the space of the mixture, for instance ``generator.encode(X)``.
    means : array-like of shape (k, d)
        Of the components.
    covariances : array-like of shape (k, d, d)
        Positive definite.
    weights : array-like of shape (k,)
        Positive.
    dimensions : sequence of two column labels, or of two positions for an array, optional
        The axes. None takes the plane of Fisher's discriminants, on which the means lie furthest apart in
        units of the spread within components; two components part along one direction only, one along
        none, and directions of greatest variance then fill the plane.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    ax : Axes
        With one collection of points, and two ellipses per component.

    Raises
    ------
    DataError
        If shapes do not match, a value is missing or no number, there are fewer than two dimensions, a weight
        is not positive or a covariance not positive definite.
    ParameterError
        If `dimensions` are not two known ones.

    Examples
    --------
    >>> from imbgen import GMMGenerator, load_dataset
    >>> from imbgen.plots import mixture_ellipses
    >>> X, y = load_dataset("ecoli")
    >>> rows = X[y == "im"]
    >>> gmm = GMMGenerator(random_state=0, n_components=2).fit(rows)
    >>> ax = mixture_ellipses(
    ...     gmm.encode(rows), gmm.means_, gmm.covariances_, gmm.weights_, dimensions=["mcg", "alm2"]
    ... )
    >>> ax.get_xlabel(), len(ax.patches)
    ('mcg', 4)
    """
    frame = rows if isinstance(rows, DataFrame) else DataFrame(np.asarray(rows))
    points, mixture = _checked(frame, means, covariances, weights)
    directions, labels = _axes_of_plane(frame, mixture, dimensions)
    owners = responsibilities(points, *mixture)
    ax = axes_or_new(ax)
    palette = many_colours(len(mixture[2]))
    size = float(np.clip(600 / np.sqrt(len(points)), 6, 30))
    x, y = directions @ points.T
    ax.scatter(x, y, s=size, c=_faded(owners, palette), linewidths=0, zorder=2)
    for place, (mean, covariance) in enumerate(zip(mixture[0], mixture[1], strict=True)):
        centre, spread = directions @ mean, directions @ covariance @ directions.T
        _draw_component(ax, str(place), centre, spread, palette[place])
    ax.autoscale_view()
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    _describe(ax, mixture[2], palette)
    return ax


Mixture = tuple[np.ndarray, np.ndarray, np.ndarray]


def _checked(
    frame: DataFrame, means: ArrayLike, covariances: ArrayLike, weights: ArrayLike
) -> tuple[np.ndarray, Mixture]:
    check_frame(frame, "rows")
    try:
        points = frame.to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"`rows` must hold numbers, however: {error}. Encode them first, e.g. `generator.encode(X)`."
        ) from error
    centres, spreads, shares = (np.asarray(part, dtype=float) for part in (means, covariances, weights))
    n_dims, n_components = points.shape[1], len(np.atleast_1d(shares))
    if n_dims < 2:
        raise DataError("Ellipses need two dimensions, however: `rows` have 1. Draw `marginals` instead.")
    wanted = [(n_components, n_dims), (n_components, n_dims, n_dims), (n_components,)]
    found = [centres.shape, spreads.shape, shares.shape]
    if found != wanted:
        raise DataError(
            f"`means`, `covariances` and `weights` must have the shapes {wanted}, however: they have "
            f"{found}. Pass rows in the space of the mixture and full covariances."
        )
    _check_values(points, centres, spreads, shares)
    return points, (centres, spreads, shares)


def _check_values(points: np.ndarray, centres: np.ndarray, spreads: np.ndarray, shares: np.ndarray) -> None:
    if not np.isfinite(points).all():
        raise DataError(
            "`rows` must be complete, however: "
            f"{int((~np.isfinite(points)).any(axis=1).sum())} of {len(points)} rows have a missing or "
            "infinite value. Encode them first, e.g. `generator.encode(X)`."
        )
    if not np.isfinite(centres).all() or not (shares > 0).all():
        raise DataError(
            "Means must be finite and weights positive, however: the lowest of the means is "
            f"{centres.min():.3g}, of the weights {shares.min():.3g}. Leave empty components out."
        )
    smallest = np.linalg.eigvalsh(spreads)[:, 0]
    if not (smallest > 0).all():
        bad = int(smallest.argmin())
        raise DataError(
            f"Covariances must be positive definite, however: covariances[{bad}] has the eigenvalue "
            f"{smallest[bad]:.3g}. Add a little to its diagonal."
        )


def _axes_of_plane(
    frame: DataFrame, mixture: Mixture, dimensions: Sequence[Hashable] | None
) -> tuple[np.ndarray, list[str]]:
    """Return two directions, shape (2, d), and what they are called."""
    if dimensions is None:
        plane = DiscriminantPlane.fit(*mixture)
        kinds = ["discriminant" if turn < plane.n_discriminants else "variance" for turn in (0, 1)]
        return plane.directions, [
            f"direction of most {kind}: {_loadings(frame, direction)}"
            if kind == "variance"
            else f"{kind} {turn + 1}: {_loadings(frame, direction)}"
            for turn, (kind, direction) in enumerate(zip(kinds, plane.directions, strict=True))
        ]
    known = list(frame.columns)
    chosen = list(dict.fromkeys(dimensions))
    for name in chosen:
        if name not in known:
            raise ParameterError(
                f"`dimensions` must be columns of `rows`, however: {name!r} is not."
                f"{did_you_mean(name, known)} Choose from {known[:20]}."
            )
    if len(chosen) != 2:
        raise ParameterError(
            f"`dimensions` must be two, however: dimensions={chosen}. Name two of {known[:20]}."
        )
    return np.eye(len(known))[[known.index(name) for name in chosen]], [plain(name) for name in chosen]


def _loadings(frame: DataFrame, direction: np.ndarray) -> str:
    """Name the dimensions that weigh most, with their signs."""
    order = np.argsort(-np.abs(direction), kind="stable")[:MOST_NAMED]
    heavy = [place for place in order if abs(direction[place]) >= 0.1]
    return ", ".join(f"{'+' if direction[p] > 0 else '−'}{plain(frame.columns[p], 20)}" for p in heavy)


def _faded(owners: np.ndarray, palette: Sequence[str]) -> np.ndarray:
    """Return a colour per row: its component's, the greyer the less sure, shape (n_rows, 3)."""
    n_components = owners.shape[1]
    if n_components == 1:
        return np.tile(to_rgb(palette[0]), (len(owners), 1))
    sure = (owners.max(axis=1, keepdims=True) * n_components - 1) / (n_components - 1)
    own = np.array([to_rgb(colour) for colour in palette])[owners.argmax(axis=1)]
    return np.clip(sure * own + (1 - sure) * UNDECIDED, 0.0, 1.0)


def _draw_component(ax: Axes, name: str, centre: np.ndarray, spread: np.ndarray, colour: str) -> None:
    variances, axes = np.linalg.eigh(spread)
    short, long = np.sqrt(np.maximum(variances, 0.0))
    angle = float(np.degrees(np.arctan2(axes[1, 1], axes[0, 1])))
    place = float(centre[0]), float(centre[1])
    for n_deviations, style in ((1, "-"), (2, "--")):
        size = 2 * n_deviations * long, 2 * n_deviations * short
        ring = Ellipse(place, *size, angle=angle, fill=False, edgecolor=colour, linestyle=style)
        ax.add_patch(ring).set(linewidth=1.6, zorder=3)
    text = ax.annotate(name, place, ha="center", va="center", color=colour, zorder=4)
    text.set(fontsize=13, fontweight="bold", path_effects=[withStroke(linewidth=3, foreground="white")])


def _describe(ax: Axes, weights: np.ndarray, palette: Sequence[str]) -> None:
    handles = [
        Line2D([], [], color=colour, marker="o", label=f"{place}: {percent(share)}")
        for place, (share, colour) in enumerate(zip(weights / weights.sum(), palette, strict=True))
    ]
    ax.legend(handles=handles, title="component: weight", frameon=True, framealpha=0.85, edgecolor="none")
    many = "s" if len(weights) != 1 else ""
    ax.set_title(f"{len(weights)} component{many}, ellipses at 1 and 2 standard deviations", loc="left")
    quiet(ax)
