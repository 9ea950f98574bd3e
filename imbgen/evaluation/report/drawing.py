"""Pictures of a comparison, by kind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from imbgen.errors import DataError, ParameterError, did_you_mean
from imbgen.evaluation.arms import GMM, REFERENCES
from imbgen.evaluation.report import slices
from imbgen.metrics.classification import METRICS
from imbgen.plots import (
    arm_scores,
    calibration_curves,
    critical_difference,
    differences,
    marginals,
    precision_recall_curves,
    projection,
    sweep,
)
from imbgen.plots.panels import name_panel, panel_grid, share_legend, share_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from imbgen.evaluation.comparison import Comparison

__all__ = ["KINDS", "draw"]

# More planes beside each other would be stamps.
_MOST_PLANES = 9


def draw(result: Comparison, kind: str, **options: Any) -> Figure:
    """Draw a comparison.

    Parameters
    ----------
    result : Comparison
    kind : str
        One of `KINDS`.
    **options
        What the kind takes of dataset, metric, reference and arm; None counts as not given.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        An unknown kind or name, or an option that the kind does not take.
    DataError
        The comparison holds nothing to draw.
    """
    if kind not in KINDS:
        raise ParameterError(
            f"`kind` must be one of {', '.join(KINDS)}, however: {kind!r}.{did_you_mean(kind, KINDS)}"
            " Correct the name."
        )
    given = {name: value for name, value in options.items() if value is not None}
    taken = list(inspect.signature(KINDS[kind]).parameters)[1:]
    for name in given:
        if name not in taken:
            can = f"only {', '.join(taken)}" if taken else "no option"
            raise ParameterError(
                f"The picture {kind!r} takes {can}, however: {name}={given[name]!r}. Leave it out."
            )
    return KINDS[kind](result, **given)


def draw_differences(
    result: Comparison, dataset: str | None = None, metric: str | None = None, reference: str = GMM
) -> Figure:
    """Draw differences to a reference with their intervals."""
    dataset, metric = slices.check_dataset(result, dataset), slices.check_metric(result, metric)
    if reference not in REFERENCES:
        raise ParameterError(
            f"`reference` must be one of {', '.join(REFERENCES)}, however: {reference!r}."
            f"{did_you_mean(reference, REFERENCES)} Correct the name."
        )
    found = slices.differences_of(result, dataset, metric, reference)
    table = found.assign(arm=found["label"])
    name, margin = slices.metric_name(metric), METRICS[metric].margin
    return _figure(differences(table, reference=reference, metric=name, equivalent=margin))


def draw_scores(result: Comparison, dataset: str | None = None, metric: str | None = None) -> Figure:
    """Draw a metric of every arm and classifier."""
    dataset, metric = slices.check_dataset(result, dataset), slices.check_metric(result, metric)
    table = _classifier_scores(result, dataset, metric)
    ax = arm_scores(table, metric=slices.metric_name(metric))
    figure = _figure(ax)
    share_legend(figure, ax)
    return figure


def draw_recall(result: Comparison, dataset: str | None = None) -> Figure:
    """Draw the recall of the rare class: at one half, and at the tuned threshold."""
    dataset = slices.check_dataset(result, dataset)
    metrics = [name for name in ("recall", "recall_tuned") if name in result.settings["metrics"]]
    if not metrics:
        raise DataError(
            "Recall can be drawn if it was measured, however: `metrics` held neither recall nor"
            " recall_tuned. Compare with one of them."
        )
    scores = {metric: _classifier_scores(result, dataset, metric) for metric in metrics}
    tables = {metric: table for metric, table in scores.items() if table["value"].notna().any()}
    if not tables:
        raise DataError("There is no recall to draw: nothing could be measured. Look at `runs`.")
    n_arms = max(table["arm"].nunique() for table in tables.values())
    figure = Figure(figsize=(5.0, len(tables) * (1.0 + 0.3 * n_arms) + 0.4))
    figure.set_layout_engine("constrained")
    panels = list(figure.subplots(len(tables), 1, sharex=True, squeeze=False)[:, 0])
    for ax, (metric, table) in zip(panels, tables.items(), strict=True):
        arm_scores(table, metric="", ax=ax)
        at = "threshold tuned for F1" if metric == "recall_tuned" else "threshold one half"
        name_panel(ax, f"recall, {at}")
        ax.set_xlim(-0.03, 1.03)
    panels[-1].set_xlabel("recall", fontsize=9)
    share_legend(figure, panels[0])
    return figure


def _classifier_scores(result: Comparison, dataset: str, metric: str) -> pd.DataFrame:
    summary = slices.main_part(result.summary, dataset)
    part = summary[(summary["metric"] == metric) & ~summary["classifier"].isin(["mean", ""])]
    return part.assign(arm=part["label"], value=part["mean"])


def draw_precision_recall(result: Comparison, dataset: str | None = None) -> Figure:
    """Draw precision against recall, a panel per classifier."""
    return _by_classifier(result, dataset, precision_recall_curves)


def draw_calibration(result: Comparison, dataset: str | None = None) -> Figure:
    """Draw the calibration of probabilities as they come, a panel per classifier."""
    return _by_classifier(result, dataset, calibration_curves)


def draw_corrected_calibration(result: Comparison, dataset: str | None = None) -> Figure:
    """Draw the calibration of prior-corrected probabilities, a panel per classifier."""
    return _by_classifier(result, dataset, calibration_curves, column="corrected")


def _by_classifier(
    result: Comparison, dataset: str | None, curves: Callable[..., Axes], **options: Any
) -> Figure:
    predictions = slices.predictions_of(result, slices.check_dataset(result, dataset))
    if predictions.empty:
        raise DataError("There are no probabilities to draw: every arm failed. Look at `runs`.")
    groups = list(_settle_colours(result, predictions).groupby("classifier", sort=False))
    figure, panels = panel_grid(len(groups), (3.1, 2.9))
    for ax, (classifier, part) in zip(panels, groups, strict=True):
        curves(part, ax=ax, **options)
        name_panel(ax, classifier)
    share_legend(figure, panels[0])
    return figure


def draw_ratios(result: Comparison, dataset: str | None = None, metric: str | None = None) -> Figure:
    """Draw a metric against the ratio of classes after resampling."""
    dataset, metric = slices.check_dataset(result, dataset), slices.check_metric(result, metric)
    summary = slices.main_part(result.summary, dataset)
    label = "rare rows per other row, after resampling"
    return _sweep(result, summary, "ratio", metric, label, "ratios")


def draw_sizes(result: Comparison, dataset: str | None = None, metric: str | None = None) -> Figure:
    """Draw a metric against the rows of the rare class that there were to learn from."""
    dataset, metric = slices.check_dataset(result, dataset), slices.check_metric(result, metric)
    summary = result.summary[result.summary["dataset"] == dataset]
    if (ratios := summary["ratio"].dropna()).size:
        summary = summary[summary["ratio"].isna() | (summary["ratio"] == ratios.max())]
    label = "rows of the rare class to learn from"
    return _sweep(result, summary, "minority_size", metric, label, "minority_sizes")


def _sweep(
    result: Comparison, summary: pd.DataFrame, over: str, metric: str, label: str, option: str
) -> Figure:
    part = summary[(summary["metric"] == metric) & (summary["classifier"] == "mean")]
    if part[over].isna().all():
        raise DataError(f"There is nothing to draw: `{option}` were not swept. Compare with `{option}`.")
    table = _settle_colours(result, part.assign(value=part["mean"]))
    ax = sweep(table, over=over, metric=slices.metric_name(metric), label=label)
    figure = _figure(ax)
    share_legend(figure, ax)
    return figure


def _settle_colours(result: Comparison, frame: pd.DataFrame) -> pd.DataFrame:
    """Make arms categories, so that an arm has one colour in all pictures."""
    return frame.assign(arm=pd.Categorical(frame["arm"], categories=list(result.arms["arm"])))


def draw_ranks(result: Comparison, metric: str | None = None) -> Figure:
    """Draw average ranks over data sets with the critical difference."""
    metric = slices.check_metric(result, metric)
    ranks = result.ranks[result.ranks["metric"] == metric]
    if len(ranks) < 2:
        raise DataError(
            "Ranks need two data sets or more that every arm has a value for, however: there is one, or"
            " arms failed. Compare more data sets."
        )
    return _figure(critical_difference(ranks, distance=float(ranks["critical_difference"].iloc[0])))


def draw_projection(result: Comparison, dataset: str | None = None) -> Figure:
    """Draw held-out rows, and the rows of each arm, on the plane of the training rows."""
    rows = slices.rows_of(result, slices.check_dataset(result, dataset))
    training = _training(rows)
    parts = {arm: _made(rows, arm) for arm in _makers(rows)}
    if ("", "held out") in rows:
        parts = {"held-out real rows": {"held out": rows["", "held out"]}, **parts}
    shown = list(parts.items())[:_MOST_PLANES]
    figure, panels = panel_grid(len(shown), (3.1, 3.0))
    for ax, (title, frames) in zip(panels, shown, strict=True):
        projection({"real": training, **frames}, method="rank-pca", ax=ax)
        name_panel(ax, title)
        ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
        ax.legend(fontsize=7.5, frameon=True, framealpha=0.85, edgecolor="none", loc="best")
    share_limits(panels)
    return figure


def draw_marginals(result: Comparison, dataset: str | None = None, arm: str = GMM) -> Figure:
    """Draw columns of training rows of the rare class, and of the rows of an arm."""
    rows = slices.rows_of(result, slices.check_dataset(result, dataset))
    training, makers = _training(rows), _makers(rows)
    if arm not in makers:
        raise ParameterError(
            f"`arm` must be one that made rows, one of {', '.join(makers)}, however: {arm!r}."
            f"{did_you_mean(arm, makers)} Correct the name."
        )
    frames = {
        "real": training,
        "presample": rows.get((arm, "pre-sample")),
        "synthetic": rows[arm, "synthetic"],
    }
    return marginals({name: frame for name, frame in frames.items() if frame is not None})


def _training(rows: dict[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    if ("", "training") not in rows or not _makers(rows):
        raise DataError("There are no rows to draw: no arm made any in the first fold. Look at `runs`.")
    return rows["", "training"]


def _makers(rows: dict[tuple[str, str], pd.DataFrame]) -> list[str]:
    return [arm for arm, origin in rows if origin == "synthetic"]


def _made(rows: dict[tuple[str, str], pd.DataFrame], arm: str) -> dict[str, pd.DataFrame]:
    """Return what an arm made, by the role that it has in pictures."""
    roles = {"presample": "pre-sample", "synthetic": "synthetic"}
    return {role: rows[arm, origin] for role, origin in roles.items() if (arm, origin) in rows}


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)  # what was just drawn belongs to one
    return figure


#: Name of a picture -> what draws it.
KINDS: dict[str, Callable[..., Figure]] = {
    "differences": draw_differences,
    "scores": draw_scores,
    "precision_recall": draw_precision_recall,
    "calibration": draw_calibration,
    "corrected_calibration": draw_corrected_calibration,
    "recall": draw_recall,
    "ratios": draw_ratios,
    "sizes": draw_sizes,
    "ranks": draw_ranks,
    "projection": draw_projection,
    "marginals": draw_marginals,
}
