"""Colours, text and empty axes shared by all pictures."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import CategoricalDtype, Series

__all__ = [
    "ROLE_COLOURS",
    "SPARE_COLOURS",
    "axes_or_new",
    "colours",
    "compact",
    "line_looks",
    "many_colours",
    "note_gap",
    "percent",
    "plain",
    "quiet",
]

# Okabe and Ito's palette, which stays distinct under the common colour-vision deficiencies.
ROLE_COLOURS = {"real": "#2B2B2B", "synthetic": "#D55E00", "presample": "#56B4E9", "refined": "#009E73"}
SPARE_COLOURS = ("#CC79A7", "#0072B2", "#E69F00")
# The same palette, then darker and duller hues of Paul Tol's for those who need more than six.
MANY_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#882255",
    "#999933",
    "#332288",
    "#AA7A5A",
)


def colours(names: Iterable[str]) -> dict[str, str]:
    """Give each name a colour: its role's own, else the next one free.

    The first name is the reference and takes the colour of ``"real"`` unless another name claims it.

    Parameters
    ----------
    names : iterable of str
        Names of frames, in order.

    Returns
    -------
    colours : dict of str to str
        Hexadecimal colours, in the order of `names`.

    Examples
    --------
    >>> from imbgen.plots._style import colours
    >>> colours(["train", "synthetic"])
    {'train': '#2B2B2B', 'synthetic': '#D55E00'}
    """
    names = list(names)
    every = (*ROLE_COLOURS.values(), *SPARE_COLOURS)
    claimed = {ROLE_COLOURS[name] for name in names if name in ROLE_COLOURS}
    free = itertools.cycle([colour for colour in every if colour not in claimed] or every)
    return {name: ROLE_COLOURS.get(name) or next(free) for name in names}


def many_colours(n: int) -> list[str]:
    """Return `n` colours for classes or components; they repeat after ten.

    Examples
    --------
    >>> from imbgen.plots._style import many_colours
    >>> many_colours(2)
    ['#0072B2', '#D55E00']
    """
    return list(itertools.islice(itertools.cycle(MANY_COLOURS), n))


def line_looks(names: Series) -> dict[Any, dict[str, Any]]:
    """Return colour, width and dashes of the line of each name, of which the first is the reference.

    Parameters
    ----------
    names : Series
        If categorical, its categories settle the looks, so that pictures of several parts agree; else the
        names in order of appearance.

    Examples
    --------
    >>> from pandas import Series
    >>> from imbgen.plots._style import line_looks
    >>> looks = line_looks(Series(["nothing", "GMM", "nothing"]))
    >>> [look["color"] for look in looks.values()], looks["nothing"]["linestyle"]
    (['#2B2B2B', '#0072B2'], '--')
    """
    distinct = names.cat.categories if isinstance(names.dtype, CategoricalDtype) else names.unique()
    reference, *others = distinct
    dashes = ("-", "-.", ":")
    looks = {reference: {"color": ROLE_COLOURS["real"], "linestyle": "--", "linewidth": 1.8}}
    for place, (name, colour) in enumerate(zip(others, many_colours(len(others)), strict=True)):
        dash = dashes[(place // len(MANY_COLOURS)) % len(dashes)]
        looks[name] = {"color": colour, "linestyle": dash, "linewidth": 1.5}
    return looks


def axes_or_new(ax: Axes | None, figsize: tuple[float, float] = (9.0, 6.0)) -> Axes:
    """Return `ax`, or the axes of a new figure that ``pyplot`` does not know."""
    return Figure(figsize=figsize, layout="constrained").add_subplot() if ax is None else ax


def note_gap(ax: Axes, place: float) -> None:
    """Say in a row of axes that there is no value to draw."""
    ax.annotate(
        "no value", (0.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8, color="0.35"
    )


def quiet(ax: Axes) -> None:
    """Remove the frame's upper and right sides."""
    ax.spines[["top", "right"]].set_visible(False)


def plain(text: object, width: int = 24) -> str:
    r"""Return `text` on one line, cut in its middle to `width` characters and safe from math mode.

    Examples
    --------
    >>> from imbgen.plots._style import plain
    >>> plain("price in $")
    'price in \\$'
    >>> plain("a_very_long_name", width=8)
    'a_ve…ame'
    """
    line = " ".join(str(text).split())
    tail = (width - 1) // 2
    cut = line if len(line) <= width else f"{line[: width - 1 - tail]}…{line[len(line) - tail :]}"
    return cut.replace("$", r"\$")


def percent(share: float) -> str:
    """Return a share as a whole percentage that never rounds to none or to all.

    Examples
    --------
    >>> from imbgen.plots._style import percent
    >>> percent(0.104), percent(0.001), percent(0.999), percent(0.0)
    ('10 %', '<1 %', '>99 %', '0 %')
    """
    if 0.0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1.0:
        return ">99 %"
    return f"{100 * share:.0f} %"


def compact(value: float) -> str:
    """Return a number in few characters.

    Examples
    --------
    >>> from imbgen.plots._style import compact
    >>> compact(0.25), compact(2024.0), compact(-150_000.0), compact(2e6), compact(1e12)
    ('0.25', '2024', '-150k', '2M', '1e+12')
    """
    if 1e6 <= abs(value) < 1e9:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if 1e4 <= abs(value) < 1e6 else f"{value:g}"
