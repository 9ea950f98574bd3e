"""The profile of a table as a page: findings first, then numbers and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imbgen.frames import to_frame
from imbgen.html import Block, Callout, Facts, Page, Paragraph, Picture, Section, Table
from imbgen.plots import class_distribution, correlations, marginals, projection
from imbgen.profiling.classes import Classes
from imbgen.profiling.layout import class_grid, column_grid, pair_grid, profile_facts, shown
from imbgen.profiling.profile import TableProfile
from imbgen.profiling.subsample import subsample
from imbgen.profiling.wording import count_rows
from imbgen.schema import label_array

__all__ = ["profile_page"]

# Enough for pictures; more rows make them slower, not different.
_MOST_DRAWN = 20_000
_MOST_PAIRS = 20
# Of fewer rows, hardly any association is known.
_FEWEST_ASSOCIATED = 10


def profile_page(profile: TableProfile, X: Any, y: Any, *, name: str) -> Page:
    """Return the page of a profile.

    Parameters
    ----------
    profile : TableProfile
        Of `X` and `y`.
    X : DataFrame or ndarray of shape (n_rows, n_columns)
    y : Series or array-like of shape (n_rows,)
    name : str
        What to call the table.

    Returns
    -------
    page : Page
        For `imbgen.html.write_page`.

    Examples
    --------
    >>> from imbgen import load_dataset, profile_table
    >>> from imbgen.profiling.page import profile_page
    >>> X, y = load_dataset("ecoli")
    >>> page = profile_page(profile_table(X, y), X, y, name="ecoli")
    >>> [section.title for section in page.sections]
    ['Findings', 'Classes', 'Columns', 'Pictures by class']
    """
    frame = to_frame(X)[0]
    classes = Classes.of(y, len(frame), profile.minority)
    sections = [
        Section("Findings", [Facts(profile_facts(profile)), *_callouts(profile)]),
        Section("Classes", list(_classes(profile, classes))),
        Section("Columns", [Table(_column_caption(profile), *column_grid(profile))]),
    ]
    if len(profile.near_copies):
        caption = f"The first of {len(profile.near_copies):,} pairs of near-copies; rows are counted from 0."
        sections.append(Section("Near-copies", [Table(caption, *pair_grid(profile, _MOST_PAIRS))]))
    if len(profile.classes) > 1:
        sections.append(Section("Pictures by class", list(_pictures(frame, classes, profile.random_state))))
    subtitle = (
        f"A look at the data before any modelling; the minority class is {shown(repr(profile.minority))}."
    )
    footer = "Made with imbgen. This page holds values of the table: treat it as confidential as the data."
    return Page(shown(name), subtitle, sections, footer)


def _callouts(profile: TableProfile) -> Iterator[Callout]:
    for finding in profile.findings:
        yield Callout(finding.severity.value, finding.title, shown(finding.message), shown(finding.remedy))


def _classes(profile: TableProfile, classes: Classes) -> Iterator[Block]:
    labels = label_array(classes.labels)[classes.codes]
    n_classes, largest = len(profile.classes), shown(profile.classes.index[0])
    yield Picture(
        _figure(class_distribution(labels)),
        f"Bars: rows of each of {n_classes} classes. The largest is {largest}"
        f" ({profile.classes['rows'].iloc[0]:,} rows), the minority {shown(profile.minority)}"
        f" ({profile.n_minority:,} rows).",
    )
    yield Table("Rows of each class", *class_grid(profile))


def _column_caption(profile: TableProfile) -> str:
    caption = "“In minority” is the share missing among rows of the minority class."
    if profile.n_rows_auc == 0:
        return f"{caption} There are too few rows of it, or of the others, to measure an AUC."
    part = (
        "all"
        if profile.n_rows_auc == profile.n_rows
        else f"{profile.n_rows_auc:,} rows, chosen at random, of"
    )
    return (
        f"{caption} “AUC alone” tells how well the column alone ranks that class above the rest: 0.5 is"
        f" chance, 1 is perfect; cross-validated on {part} {profile.n_rows:,} rows."
    )


def _pictures(frame: pd.DataFrame, classes: Classes, random_state: int) -> Iterator[Block]:
    rng = np.random.default_rng(random_state)
    frames = {
        "other classes": frame.iloc[subsample(np.flatnonzero(~classes.mask), _MOST_DRAWN, rng)],
        "rare": frame.iloc[subsample(np.flatnonzero(classes.mask), _MOST_DRAWN, rng)],
    }
    drawn = " and ".join(f"{count_rows(len(part))} of {name}" for name, part in frames.items())
    yield Paragraph(f"“Rare” is class {shown(repr(classes.minority))}. Drawn from {drawn}.")
    yield Picture(
        marginals(frames),
        "Small panels: the distribution of each column among the rare class and the other classes.",
        "Shares of each class, so that heights compare; below a panel, values that stand alone and gaps.",
    )
    if frame.shape[1] > 1 and min(map(len, frames.values())) >= _FEWEST_ASSOCIATED:
        yield _associations(frames)
    yield Picture(
        _plane(frames, random_state),
        "Scatter plot: rows of the rare class and of the others on two principal components.",
        "Rows of the rare class inside the cloud of the others are hard for any model on these two axes.",
    )


def _associations(frames: Mapping[str, pd.DataFrame]) -> Picture:
    figure = correlations(*frames.values())
    for ax, (name, part) in zip(figure.axes, frames.items(), strict=False):
        ax.set_title(f"{name} ({len(part):,} rows)", loc="left", fontsize=10)
    return Picture(
        figure,
        "Heat maps: the association of each pair of columns among the other classes, among the rare class,"
        " and the difference.",
        "How columns hang together; where the maps differ, the classes differ by more than single columns.",
    )


def _plane(frames: Mapping[str, pd.DataFrame], random_state: int) -> Figure:
    ax = projection(frames, method="rank-pca", random_state=random_state)
    ax.set_title("Rows on the plane of the other classes", loc="left")
    ax.collections[-1].set_zorder(4)  # the few on top of the many
    return _figure(ax)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None  # what was just drawn belongs to one
    return figure
