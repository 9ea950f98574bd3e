"""The verdict over several data sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from imbgen.evaluation.across import main_rows
from imbgen.evaluation.arms import CLASS_WEIGHT, THRESHOLD
from imbgen.evaluation.comparison import Verdict
from imbgen.evaluation.verdict import LEVEL, classifier_means, read_runs, tell_reference
from imbgen.metrics.classification import METRICS

__all__ = ["judge_all"]

# Over fewer data sets a gain of all is mostly luck.
_FEWEST_DATASETS = 5
#: Action of a verdict -> what its data set gains from.
_GAIN_FROM = {
    "augment": "added rows",
    "resample": "resampling",
    "weight": "class weights",
    "classifier": "another classifier",
    "threshold": "a tuned threshold",
}


def judge_all(
    verdicts: Mapping[str, Verdict],
    across: pd.DataFrame,
    summary: pd.DataFrame,
    runs: pd.DataFrame,
    lead: str,
) -> Verdict:
    """Judge over data sets; with one, return its verdict.

    An arm is recommended for all if there are five data sets or more, it failed on none, harms none beyond
    noise, and is better (Bayesian signed rank, over differences larger than the metric's margin) with a
    posterior chance of 95 %, adjusted for the number of arms; class weights before arms that are as good. It
    is not if, on average over data sets, the best classifier without it is within the margin of the best one
    with it. The threshold is to be tuned if that pays on most data sets.

    Parameters
    ----------
    verdicts : mapping of str to Verdict
        By data set.
    across, summary, runs : DataFrame
        Of a comparison.
    lead : str
        Metric that decides.
    """
    if len(verdicts) == 1:
        return next(iter(verdicts.values()))
    arms = read_runs(runs)
    rows = across[(across["metric"] == lead) & (across["reference"] == THRESHOLD)]
    rows = rows[rows["arm"].isin(arms.candidates - set(arms.seen))]
    reasons = tuple(_say(row, METRICS[lead].name) for row in rows.itertuples())
    sure = rows[
        (rows["p_better"] > 1 - LEVEL / max(len(rows), 1))
        & (rows["sure_harm_rate"] == 0)
        & (rows["n_datasets"] == len(verdicts))
    ]
    if sure.empty or len(verdicts) < _FEWEST_DATASETS:
        return _decline(verdicts, lead, reasons)
    enough = sure["mean_difference"] >= sure["mean_difference"].max() - METRICS[lead].margin
    best = sure[enough].iloc[0]
    instead = _prefer_classifiers(main_rows(summary), lead, str(best["arm"]), reasons)
    return instead or _recommend(best, lead, str(best["arm"]) in arms.adders, reasons)


def _say(row: Any, metric: str) -> str:
    return (
        f"{row.arm}: {row.wins} wins, {row.ties} ties, {row.losses} losses in {metric} on {row.n_datasets}"
        f" data sets, mean gain {row.mean_difference:+.3f}, worst {row.worst_difference:+.3f}; better with"
        f" chance {row.p_better:.2f}."
    )


def _recommend(best: pd.Series, lead: str, adds_rows: bool, reasons: tuple[str, ...]) -> Verdict:
    if best["arm"] == CLASS_WEIGHT:
        advice, action = "Do not augment; weight the classes", "weight"
    elif adds_rows:
        advice, action = f"Augment with {best['arm']}", "augment"
    else:
        advice, action = f"Resample with {best['arm']}", "resample"
    sentence = (
        f"{advice}: over {best['n_datasets']} data sets {METRICS[lead].name} improves by"
        f" {best['mean_difference']:.3f} on average, the worst gain is {best['worst_difference']:+.3f}, and"
        " none is harmed beyond noise."
    )
    return Verdict(sentence, action, str(best["arm"]), reasons)


def _prefer_classifiers(
    means: pd.DataFrame, lead: str, label: str, reasons: tuple[str, ...]
) -> Verdict | None:
    """Advise the best classifier of each data set, if these are as good as the best ones with an arm."""
    parts = [part for _, part in means.groupby("dataset", sort=False)]
    without, with_arm = ([classifier_means(part, lead, arm) for part in parts] for arm in (THRESHOLD, label))
    if min(map(len, (*without, *with_arm)), default=0) < 2:
        return None
    before, after = (sum(part.max() for part in side) / len(parts) for side in (without, with_arm))
    if before < after - METRICS[lead].margin:
        return None
    sign = 1 if METRICS[lead].higher_is_better else -1
    name, n_best = Counter(str(part.idxmax()) for part in without).most_common(1)[0]
    sentence = (
        f"Do not augment; use the best classifier of each data set ({name} on {n_best} of {len(parts)}):"
        f" {tell_reference(lead)} its {METRICS[lead].name} is {sign * before:.3f} on average, and the best"
        f" with {label}, which helps weaker ones only, have {sign * after:.3f}."
    )
    if "decisions" in METRICS[lead].reads:
        return Verdict(sentence, "threshold", THRESHOLD, reasons)
    return Verdict(sentence, "classifier", None, reasons)


def _decline(verdicts: Mapping[str, Verdict], lead: str, reasons: tuple[str, ...]) -> Verdict:
    n_all = len(verdicts)
    counts = Counter(verdict.action for verdict in verdicts.values())
    n_tune = counts["threshold"]
    if pays := n_tune > n_all / 2:
        del counts["threshold"]
        sentence = (
            f"Do not augment by default; tune the threshold, which pays on {n_tune} of {n_all} data sets."
        )
    else:
        name = METRICS[lead].name
        sentence = f"Do not augment by default: no arm is surely better in {name} over the {n_all} data sets."
    gains = [
        f"from {what} ({counts[action]} of {n_all})" for action, what in _GAIN_FROM.items() if counts[action]
    ]
    if gains:
        sentence += f" Single data sets gain {', '.join(gains)}."
    if n_all < _FEWEST_DATASETS:
        sentence += f" {n_all} data sets are too few for one verdict over all: read theirs."
    return Verdict(sentence, "threshold" if pays else "nothing", THRESHOLD if pays else None, reasons)
