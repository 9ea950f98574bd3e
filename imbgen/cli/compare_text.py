"""A comparison in short: a table of arms, and the content of metrics.json."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from imbgen.evaluation import Comparison
from imbgen.evaluation.across import arm_labels, wide_means
from imbgen.evaluation.arms import NOTHING, REAL, THRESHOLD
from imbgen.metrics.classification import METRICS

__all__ = ["result_table", "summarise"]

_KEYS = ["dataset", "arm", "ratio", "minority_size"]
#: Metrics beside the leading one in the short table -> their header.
_SHOWN = {
    "f1": "F1 at 0.5",
    "f1_tuned": "F1 tuned",
    "brier_corrected": "Brier corr.",
    "skill": "skill",
    "two_sample_excess": "two-sample",
    "copy_auc": "copy AUC",
}


def result_table(result: Comparison, dataset: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a short table: one row per arm, ratio and size.

    Parameters
    ----------
    result : Comparison
    dataset : str
        Name.

    Returns
    -------
    header : list of str
    rows : list of list of str
        A dash for what is not known.
    """
    lead = result.settings["metrics"][0]
    means = _means(result, dataset)
    tests = result.tests
    is_mean = (tests["dataset"] == dataset) & (tests["classifier"] == "mean")
    # Decisions are compared with those at a tuned threshold: that is what rows must beat.
    reference = THRESHOLD if "decisions" in METRICS[lead].reads else NOTHING
    gaps = tests[is_mean & (tests["reference"] == reference) & (tests["metric"] == lead)]
    gaps = gaps.assign(label=arm_labels).set_index("label")
    shown = [metric for metric in _SHOWN if metric in means.columns and metric != lead]
    header = [
        "arm",
        METRICS[lead].name,
        f"gain on {reference}",
        *(_SHOWN[metric] for metric in shown),
        "seconds",
    ]
    seconds = _seconds(result, dataset)
    rows = []
    for label in means.index:
        row = [label, _figure(means.loc[label].get(lead)), _gap(gaps, label)]
        row += [_figure(means.loc[label].get(metric)) for metric in shown]
        rows.append([*row, _figure(seconds.get(label), 1)])
    return header, rows


def _means(result: Comparison, dataset: str) -> pd.DataFrame:
    summary = result.summary
    is_shown = summary["classifier"].isin(["mean", ""]) & (summary["arm"] != REAL)
    return wide_means(summary[is_shown & (summary["dataset"] == dataset)].assign(label=arm_labels), "metric")


def _seconds(result: Comparison, dataset: str) -> dict[str, float]:
    part = result.runs[result.runs["dataset"] == dataset].assign(label=arm_labels)
    return part.groupby("label", sort=False)["resample_seconds"].mean().to_dict()


def _gap(gaps: pd.DataFrame, label: str) -> str:
    if label not in gaps.index or math.isnan(gaps.loc[label, "low"]):
        return "-"
    row = gaps.loc[label]
    return f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"


def _figure(value: float | None, digits: int = 3) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def summarise(result: Comparison) -> dict[str, Any]:
    """Return the content of ``metrics.json``: verdicts, and the mean figures of each arm."""
    part = result.summary[result.summary["classifier"].isin(["mean", ""]) & (result.summary["arm"] != REAL)]
    arms = []
    for keys, figures in part.groupby(_KEYS, dropna=False, sort=False):
        means = dict(zip(figures["metric"], figures["mean"].map(_plain), strict=True))
        arms.append({**dict(zip(_KEYS, map(_plain, keys), strict=True)), "figures": means})
    return {
        "verdict": str(result.verdict),
        "action": result.verdict.action,
        "arm": result.verdict.arm,
        "verdicts": {name: str(verdict) for name, verdict in result.verdicts.items()},
        "arms": arms,
        "notices": list(result.notices),
        "n_failed": int((result.runs["status"] != "ok").sum()),
        "seconds": round(result.seconds, 2),
        "settings": dict(result.settings),
        "versions": dict(result.versions),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    return value
