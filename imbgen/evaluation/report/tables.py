"""Tables of a comparison, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from imbgen.evaluation.across import main_rows
from imbgen.evaluation.arms import GMM
from imbgen.evaluation.protocol import OK
from imbgen.evaluation.report import slices
from imbgen.html import Table
from imbgen.metrics.classification import METRICS

if TYPE_CHECKING:
    from imbgen.evaluation.comparison import Comparison

__all__ = [
    "across_table",
    "arm_table",
    "classifier_table",
    "cost_table",
    "failure_table",
    "fidelity_cells",
    "fidelity_table",
    "figure_text",
    "lead_table",
    "metric_table",
    "rank_table",
    "setting_table",
]

NONE = "–"
_MARKS = {"better": "▲", "worse": "▼"}
#: Metric of synthetic rows -> header, in the order of the table.
_FIDELITY = {
    "skill": "skill",
    "two_sample_auc": "two-sample AUC",
    "two_sample_excess": "its excess",
    "coverage": "coverage",
    "density": "density",
    "shapes": "shapes",
    "pairs": "pairs",
    "copy_auc": "copy AUC",
    "copies": "copies",
    "copies_real": "real copies",
}
_SHARES = ("coverage", "copies", "copies_real")


def figure_text(value: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """Return a figure, or a dash for one that is not known.

    Examples
    --------
    >>> from imbgen.evaluation.report.tables import figure_text
    >>> figure_text(0.5), figure_text(0.5, 1, sign=True), figure_text(float("nan"))
    ('0.500', '+0.5', '–')
    """
    if value is None or not isfinite(value):
        return NONE
    return f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"


def lead_table(result: Comparison, dataset: str) -> Table:
    """Return the leading metric of every arm, and what it gains on the GMM and on nothing."""
    lead = slices.lead_of(result)
    name, means = slices.metric_name(lead), slices.means_of(result, dataset)
    parts = [
        (reference, slices.differences_of(result, dataset, lead, reference))
        for reference in slices.references_of(result)
    ]
    header = ["arm", name]
    for reference, _ in parts:
        header += [f"against {reference}", "95 % interval", "outcome"]
    rows, failures = [], _failures(result, dataset)
    summary = slices.main_part(result.summary, dataset)
    arms = dict(zip(summary["label"], summary["arm"], strict=True))
    for label in slices.labels_of(result, dataset):
        value = means.loc[label].get(lead, float("nan"))
        told = [figure_text(value)] if isfinite(value) else []
        row = [label, ", ".join([*told, *failures.get(label, [])]) or NONE]
        for reference, part in parts:
            row += ["", "", "the reference"] if arms[label] == reference else _difference(part, label)
        rows.append(row)
    caption = (
        f"Every arm: {name}, mean over classifiers and folds; higher differences are better. The interval"
        " knows that training parts share rows."
    )
    return Table(caption, header, rows)


def _failures(result: Comparison, dataset: str) -> dict[str, list[str]]:
    """Return how often an arm failed, by its label."""
    runs = slices.main_part(result.runs, dataset)
    told = {}
    for label, part in runs.groupby("label", sort=False):
        broken = part[part["status"] != OK]
        if len(broken):
            told[str(label)] = [f"{broken['status'].iloc[0]} in {len(broken)} of {len(part)} fits"]
    return told


def _difference(part: pd.DataFrame, label: str) -> list[str]:
    if label not in part.index or isnan(part.loc[label, "difference"]):
        return [NONE, NONE, NONE]
    row = part.loc[label]
    return [figure_text(row["difference"], sign=True), _interval(row), _outcome(str(row["outcome"]))]


def _interval(row: Mapping[str, Any]) -> str:
    if isnan(row["low"]):
        return NONE
    return f"{row['low']:+.3f} to {row['high']:+.3f}"


def _outcome(outcome: str) -> str:
    return f"{_MARKS[outcome]} {outcome}" if outcome in _MARKS else outcome


def metric_table(result: Comparison, dataset: str) -> Table:
    """Return all metrics of classifiers: a row per metric, a column per arm, marks against the GMM."""
    means, labels = slices.means_of(result, dataset), slices.labels_of(result, dataset)
    rows = []
    for metric in result.settings["metrics"]:
        outcomes = slices.differences_of(result, dataset, metric, GMM)["outcome"].to_dict()
        cells = [
            f"{_MARKS.get(outcomes.get(label, ''), '')} {figure_text(means.loc[label].get(metric))}".strip()
            for label in labels
        ]
        rows.append([slices.metric_name(metric), *cells])
    caption = (
        "Every metric, mean over classifiers and folds. ▲ better and ▼ worse than the GMM: a 95 % interval"
        " that excludes no difference. Of so many, some are marked by chance."
    )
    return Table(caption, ["metric", *labels], rows)


def classifier_table(result: Comparison, dataset: str) -> Table:
    """Return the leading metric by classifier."""
    lead = slices.lead_of(result)
    means = slices.classifier_means(result, dataset, lead)
    rows = [[label, *map(figure_text, row)] for label, row in zip(means.index, means.to_numpy(), strict=True)]
    name = slices.metric_name(lead)
    return Table(
        f"{name[0].upper()}{name[1:]} by classifier, mean over folds.", ["arm", *means.columns], rows
    )


def fidelity_table(result: Comparison, dataset: str) -> Table | None:
    """Return what was measured on synthetic rows; None if nothing was."""
    means = slices.means_of(result, dataset)
    means = means[[metric for metric in (*_FIDELITY, "skill_se") if metric in means.columns]]
    means = means.dropna(how="all")
    if means.empty:
        return None
    caption = "Synthetic rows against held-out rows of the rare class, mean over folds."
    return Table(caption, *fidelity_cells(means))


def fidelity_cells(figures: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table of what was measured on synthetic rows.

    Parameters
    ----------
    figures : DataFrame of shape (n_arms, n_metrics)
        Indexed by what made the rows.
    """
    shown = [metric for metric in _FIDELITY if metric in figures.columns]
    rows = []
    for label, row in figures.iterrows():
        cells = [_share(row[metric]) if metric in _SHARES else figure_text(row[metric]) for metric in shown]
        if "skill" in shown and isfinite(row["skill"]):
            cells[shown.index("skill")] = _skill(row, label)
        rows.append([str(label), *cells])
    return ["rows of", *(_FIDELITY[metric] for metric in shown)], rows


def _skill(row: Mapping[Any, Any], label: Any) -> str:
    if str(label) == GMM:
        return "0"
    return f"{figure_text(row['skill'], 2, sign=True)} ± {figure_text(row['skill_se'], 2)}"


def _share(value: float) -> str:
    return NONE if isnan(value) else f"{100 * value:.1f}%"


def cost_table(result: Comparison, dataset: str) -> Table:
    """Return rows made and seconds taken, per training part."""
    runs = slices.main_part(result.runs, dataset)
    rows = []
    for label, part in runs.groupby("label", sort=False):
        means = part[["n_synthetic", "resample_seconds", "fit_seconds"]].mean()
        rows.append(
            [
                str(label),
                f"{means['n_synthetic']:,.0f}",
                figure_text(means["resample_seconds"], 2),
                figure_text(means["fit_seconds"], 2),
                str(len(part)),
            ]
        )
    caption = (
        "Per training part, on average: rows added, seconds to fit the arm and make them, seconds to fit the"
        " classifiers and tune thresholds, for which the arm is fitted anew. The tuned"
        " threshold shares its fits with nothing."
    )
    return Table(caption, ["arm", "rows added", "seconds, arm", "seconds, classifiers", "fits"], rows)


def failure_table(runs: pd.DataFrame) -> Table:
    """Return what failed, with its message."""
    rows = []
    for (dataset, arm, status, message), part in runs.groupby(
        ["dataset", "arm", "status", "message"], sort=False
    ):
        told = "in part" if status == OK else str(status)
        rows.append([str(arm), str(dataset), told, str(len(part)), str(message)])
    return Table("What failed, and why.", ["arm", "data set", "status", "fits", "message"], rows)


def across_table(result: Comparison, reference: str) -> Table:
    """Return wins, ties and losses over data sets."""
    lead = slices.lead_of(result)
    part = result.across[(result.across["metric"] == lead) & (result.across["reference"] == reference)]
    rows = [
        [
            str(row.arm),
            str(row.wins),
            str(row.ties),
            str(row.losses),
            figure_text(row.mean_difference, sign=True),
            figure_text(row.worst_difference, sign=True),
            _share(row.harm_rate),
            _share(row.sure_harm_rate),
            figure_text(row.p_holm),
            figure_text(row.p_better, 2),
            figure_text(row.p_equivalent, 2),
            figure_text(row.p_worse, 2),
        ]
        for row in part.itertuples()
    ]
    header = [
        "arm", "wins", "ties", "losses", "mean", "worst", "harmed", "surely harmed", "p (Holm)", "P(better)",
        "P(equal)", "P(worse)",
    ]  # fmt: skip
    margin = METRICS[lead].margin
    caption = (
        f"Gains in {slices.metric_name(lead)} on {reference}, over data sets where no fold failed. A tie is"
        f" within {margin:g}; harmed are sets that lose more, surely those with an interval wholly below"
        f" -{margin:g}; p by Wilcoxon; P by the Bayesian signed-rank test, which knows the intervals."
    )
    return Table(caption, header, rows)


def rank_table(result: Comparison) -> Table:
    """Return average ranks over data sets."""
    part = result.ranks[result.ranks["metric"] == slices.lead_of(result)]
    rows = [[str(row.arm), figure_text(row.rank, 2)] for row in part.itertuples()]
    caption = f"Average ranks over {int(part['n_datasets'].iloc[0])} data sets, 1 being best"
    p_value = part["friedman_p"].iloc[0]
    caption += "." if isnan(p_value) else f"; Friedman's test of no difference at all: p = {p_value:.3g}."
    summary = main_rows(result.summary[result.summary["classifier"] == "mean"])
    missing = [label for label in dict.fromkeys(summary["label"]) if label not in set(part["arm"])]
    if missing:
        caption += f" Without a figure on every data set, and so without a rank: {', '.join(missing)}."
    return Table(caption, ["arm", "rank"], rows)


def arm_table(result: Comparison) -> Table:
    """Return what was compared."""
    rows = [[str(row.arm), str(row.kind), str(row.description)] for row in result.arms.itertuples()]
    return Table("What was compared.", ["arm", "kind", "what it is"], rows)


def setting_table(caption: str, settings: Mapping[str, Any], header: Iterable[str]) -> Table:
    """Return names and values."""
    return Table(caption, list(header), [[name, _setting(value)] for name, value in settings.items()])


def _setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {item}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)
