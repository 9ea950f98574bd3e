"""Parts of a comparison that tables and pictures of one data set show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from imbgen.errors import ParameterError, did_you_mean
from imbgen.evaluation.across import main_rows, wide_means
from imbgen.evaluation.arms import GMM, NOTHING, REAL, THRESHOLD
from imbgen.metrics.classification import METRICS

if TYPE_CHECKING:
    from imbgen.evaluation.comparison import Comparison

__all__ = [
    "check_dataset",
    "check_metric",
    "classifier_means",
    "differences_of",
    "labels_of",
    "lead_of",
    "main_part",
    "means_of",
    "metric_name",
    "predictions_of",
    "references_of",
    "rows_of",
]


def lead_of(result: Comparison) -> str:
    """Return the metric that decides."""
    return str(result.settings["metrics"][0])


def references_of(result: Comparison) -> tuple[str, ...]:
    """Return the arms that others are compared with; the tuned threshold where decisions lead."""
    tuned = (THRESHOLD,) if "decisions" in METRICS[lead_of(result)].reads else ()
    return (GMM, NOTHING, *tuned)


def metric_name(metric: str) -> str:
    """Return what people call a metric."""
    return METRICS[metric].name if metric in METRICS else metric


def check_dataset(result: Comparison, dataset: str | None) -> str:
    """Return the name of a data set; the first if none is given."""
    return _one_of("dataset", dataset, [str(name) for name in result.datasets["dataset"]])


def check_metric(result: Comparison, metric: str | None) -> str:
    """Return a metric of classifiers; the leading one if none is given."""
    return _one_of("metric", metric, [str(name) for name in result.settings["metrics"]])


def _one_of(parameter: str, value: str | None, known: list[str]) -> str:
    if value is None:
        return known[0]
    if value not in known:
        raise ParameterError(
            f"`{parameter}` must be one of {', '.join(known)}, however: {value!r}."
            f"{did_you_mean(value, known)} Correct the name."
        )
    return value


def labels_of(result: Comparison, dataset: str) -> list[str]:
    """Return arms with their ratios, in order; the baselines first."""
    summary = main_part(result.summary, dataset)
    return list(dict.fromkeys(summary.loc[summary["arm"] != REAL, "label"]))


def means_of(result: Comparison, dataset: str) -> pd.DataFrame:
    """Return means over folds and classifiers: a row per arm and ratio, a column per metric."""
    summary = main_part(result.summary, dataset)
    return wide_means(summary[summary["classifier"].isin(["mean", ""])], "metric")


def classifier_means(result: Comparison, dataset: str, metric: str) -> pd.DataFrame:
    """Return means over folds: a row per arm and ratio, a column per classifier, "mean" the last."""
    summary = main_part(result.summary, dataset)
    wide = wide_means(summary[summary["metric"] == metric], "classifier")
    return wide[[name for name in wide.columns if name != "mean"] + ["mean"]]


def differences_of(result: Comparison, dataset: str, metric: str, reference: str) -> pd.DataFrame:
    """Return differences from a reference, over classifiers: a row per arm and ratio."""
    tests = main_part(result.tests, dataset)
    chosen = (tests["metric"] == metric) & (tests["reference"] == reference)
    return tests[chosen & tests["classifier"].isin(["mean", ""])].set_index("label", drop=False)


def predictions_of(result: Comparison, dataset: str) -> pd.DataFrame:
    """Return the out-of-fold probabilities of one data set."""
    return result.predictions[result.predictions["dataset"] == dataset]


def rows_of(result: Comparison, dataset: str) -> dict[tuple[str, str], pd.DataFrame]:
    """Return rows of the rare class by arm and origin, of the first fold."""
    return {
        (sample.arm, sample.origin): sample.rows
        for sample in result.samples
        if sample.dataset == dataset and len(sample.rows)
    }


def main_part(frame: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Return the rows of one data set and its largest class size, with a `label` that tells the ratio."""
    return main_rows(frame[frame["dataset"] == dataset])
