"""A trained generator as a page: a shorter report, of the same kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from imbgen.evaluation.report.dataset import READING
from imbgen.evaluation.report.page import CONFIDENTIAL
from imbgen.evaluation.report.tables import fidelity_cells, setting_table
from imbgen.generators.base import BaseGenerator
from imbgen.html import Block, Facts, Items, Page, Paragraph, Picture, Section, Statement, Table
from imbgen.metrics import fidelity
from imbgen.plots import marginals, projection, training_curve

__all__ = ["generator_page"]

_MOST_DRAWN = 2000
# Below, no distance between columns means anything.
_FEWEST_JUDGED = 5


def generator_page(
    generator: BaseGenerator,
    training: pd.DataFrame,
    held_out: pd.DataFrame | None,
    *,
    name: str,
    sentence: str,
    facts: Mapping[str, str],
    n_sample: int = 1000,
    random_state: int = 0,
) -> Page:
    """Return the report of one generator.

    Parameters
    ----------
    generator : BaseGenerator
        Fitted on `training`.
    training : DataFrame of shape (n_rows, n_columns)
    held_out : DataFrame or None
        Rows of the same class that it has not seen, if there are any.
    name : str
        What to call it.
    sentence : str
        What its skill says.
    facts : mapping of str to str
        What to tell beside.
    n_sample : int
        Synthetic rows that are judged.
    random_state : int
        Seed.

    Returns
    -------
    page : Page

    Examples
    --------
    >>> from imbgen import KernelGenerator, load_dataset
    >>> from imbgen.evaluation.report.generator import generator_page
    >>> X, y = load_dataset("ecoli")
    >>> rows = X[y == "pp"]
    >>> kernels = KernelGenerator(random_state=0).fit(rows[:40])
    >>> page = generator_page(kernels, rows[:40], rows[40:], name="kernels", sentence="Fine.", facts={})
    >>> [section.title for section in page.sections]
    ['Verdict', 'Synthetic rows', 'Before and after', 'How it was done']
    """
    made = generator.sample(n_sample, random_state=random_state)
    sections = [
        Section("Verdict", [Statement(sentence), Facts(facts)]),
        Section("Synthetic rows", list(_realism(generator, training, held_out, made, random_state))),
        Section("Before and after", list(_before_after(training, held_out, made))),
    ]
    if (curve := _curve(generator)) is not None:
        sections.append(Section("Training", [curve]))
    settings = generator.get_params(deep=False)
    table = setting_table("Settings of the generator.", settings, ("setting", "value"))
    sections.append(Section("How it was done", [table]))
    subtitle = "One generator against a Gaussian mixture that was fitted on the same rows."
    return Page(f"{name}: how good are its rows?", subtitle, sections, CONFIDENTIAL)


def _realism(
    generator: BaseGenerator,
    training: pd.DataFrame,
    held_out: pd.DataFrame | None,
    made: pd.DataFrame,
    random_state: int,
) -> Iterator[Block]:
    if held_out is None or len(held_out) < _FEWEST_JUDGED:
        n_rows = 0 if held_out is None else len(held_out)
        yield Paragraph(
            f"Synthetic rows are judged by {_FEWEST_JUDGED} held-out rows or more, however: there are"
            f" {n_rows}. Give more of them to see how real they look, and whether they are copies."
        )
        return
    options: dict[str, Any] = {"schema": generator.schema_, "random_state": random_state}
    figures = {
        "synthetic rows": fidelity(training, held_out, made, **options),
        "real training rows": {
            metric: value
            for metric, value in fidelity(training, held_out, training, **options).items()
            if not metric.startswith("cop")
        },
    }
    table = pd.DataFrame(figures).T.reindex(columns=list(figures["synthetic rows"]))
    caption = f"Against {len(held_out):,} held-out rows."
    yield Table(caption, *fidelity_cells(table))
    yield Items([text for name, text in READING.items() if name in table.columns])


def _before_after(
    training: pd.DataFrame, held_out: pd.DataFrame | None, made: pd.DataFrame
) -> Iterator[Block]:
    frames = {"real": training, "synthetic": made}
    unseen = {} if held_out is None else {"held out": held_out}
    ax = projection(frames | unseen, method="rank-pca", max_points=_MOST_DRAWN)
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)  # what was just drawn belongs to one
    yield Picture(
        figure,
        "Scatter plot: synthetic rows beside real ones, on the first two principal components of the training"
        " rows.",
        "A model whose dots sit in the middle of rings throughout copies; dots far from all rings were"
        " invented.",
    )
    yield Picture(
        marginals(frames),
        "Small panels: distributions of columns among real training rows and among synthetic rows.",
        "Shares of real training rows and of synthetic rows.",
    )


def _curve(generator: BaseGenerator) -> Picture | None:
    history = getattr(generator, "history_", None)
    if history is None or not np.isfinite(history["skill"].to_numpy(dtype=float)).any():
        return None
    kept = getattr(generator, "n_updates_", None)
    n_updates = None if kept is None else int(np.max(kept))
    figure = training_curve(history, kept=n_updates).get_figure(root=True)
    assert isinstance(figure, Figure)
    reason = str(getattr(generator, "stop_reason_", ""))
    return Picture(figure, "Line: held-out skill over the updates of the training.", reason)
