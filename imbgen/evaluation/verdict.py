"""The verdict: augment or not, in a sentence that someone who decides can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from imbgen.evaluation.across import EQUIVALENT, arm_labels, holm
from imbgen.evaluation.arms import CLASS_WEIGHT, NOTHING, THRESHOLD
from imbgen.evaluation.comparison import Verdict
from imbgen.evaluation.protocol import OK
from imbgen.metrics.classification import METRICS

__all__ = ["judge_all", "judge_dataset"]

_LEVEL = 0.05
_SURE = 0.95
# A gain that a reader would like to know of.
_WIDE = 0.05
_DECISIONS = ("f1", "mcc", "balanced_accuracy")
_MAKE_ROWS = ("over-sampler", "generator", "rows")


@dataclass(frozen=True)
class _Evidence:
    """What is known of one data set: differences and means of the largest class size, over classifiers."""

    dataset: str
    lead: str
    tests: pd.DataFrame
    means: pd.DataFrame
    failed: tuple[str, ...]

    def differences(self, metric: str, reference: str) -> pd.DataFrame:
        chosen = (self.tests["metric"] == metric) & (self.tests["reference"] == reference)
        return self.tests[chosen].set_index("label")

    def mean(self, metric: str, label: str) -> float:
        chosen = (self.means["metric"] == metric) & (self.means["label"] == label)
        return float(self.means.loc[chosen, "mean"].iloc[0])


def judge_dataset(
    dataset: str, tests: pd.DataFrame, summary: pd.DataFrame, runs: pd.DataFrame, lead: str
) -> Verdict:
    """Judge one data set.

    An arm is recommended if its gain in the leading metric over the tuned threshold (which ranks rows as
    doing nothing does) is beyond noise, after adjustment for the number of arms, and larger than 0.01; of
    several, the first that is within one standard error of the best: class weights, then the arms that
    are always there, then the others.

    Parameters
    ----------
    dataset : str
    tests, summary, runs : DataFrame
        Of a comparison.
    lead : str
        Metric that decides.
    """
    evidence = _collect(dataset, tests, summary, runs, lead)
    gains = _find_gains(evidence, runs)
    if not gains.empty:
        return _recommend(evidence, gains)
    return _decline(evidence, runs)


def _collect(
    dataset: str, tests: pd.DataFrame, summary: pd.DataFrame, runs: pd.DataFrame, lead: str
) -> _Evidence:
    frames = []
    for frame in (tests, summary):
        part = frame[(frame["dataset"] == dataset) & (frame["classifier"] == "mean")]
        if (sizes := part["minority_size"].dropna()).size:
            part = part[part["minority_size"] == sizes.max()]
        part = part.assign(label=arm_labels(part.assign(minority_size=float("nan"))))
        frames.append(part)
    broken = runs[(runs["dataset"] == dataset) & (runs["status"] != OK)]
    return _Evidence(dataset, lead, frames[0], frames[1], tuple(dict.fromkeys(broken["arm"])))


def _find_gains(evidence: _Evidence, runs: pd.DataFrame) -> pd.DataFrame:
    """Return arms with a gain, in the order of preference among equals."""
    differences = evidence.differences(evidence.lead, THRESHOLD)
    kinds = runs.drop_duplicates("arm").set_index("arm")["kind"]
    is_candidate = differences["arm"].map(kinds).isin([*_MAKE_ROWS, "weights"])
    candidates = differences[is_candidate & ~differences["arm"].isin(evidence.failed)]
    candidates = candidates.dropna(subset=["low"])
    if candidates.empty:
        return candidates
    sure = pd.Series(holm(candidates["p_value"].tolist()), index=candidates.index) < _LEVEL
    return candidates[sure & (candidates["difference"] > EQUIVALENT)]


def _recommend(evidence: _Evidence, gains: pd.DataFrame) -> Verdict:
    best = gains.loc[gains["difference"].idxmax()]
    error = (best["high"] - best["low"]) / 4
    label = str(gains.index[gains["difference"] >= best["difference"] - error][0])
    chosen, name = gains.loc[label], METRICS[evidence.lead].name
    before, after = evidence.mean(evidence.lead, THRESHOLD), evidence.mean(evidence.lead, label)
    change = f"{name} goes from {before:.3f} to {after:.3f}"
    if chosen["arm"] == CLASS_WEIGHT:
        sentence = f"Do not augment; weight the classes: {change}."
        action = "weight"
    else:
        sentence = f"Augment with {label}: {change}, which tuning the threshold does not reach."
        action = "augment"
    reasons = [_say(gains.loc[other], other, name) for other in gains.index]
    return Verdict(sentence, action, label, (*reasons, *_tell_failures(evidence)))


def _decline(evidence: _Evidence, runs: pd.DataFrame) -> Verdict:
    name = METRICS[evidence.lead].name
    differences = evidence.differences(evidence.lead, THRESHOLD)
    made = runs[runs["kind"].isin(_MAKE_ROWS)]["arm"].unique()
    tried = differences[differences["arm"].isin(made)].dropna(subset=["low"])
    reasons = [_say(row, str(label), name) for label, row in tried.iterrows()]
    if tried.empty:
        return Verdict(
            "There is no verdict: no arm that adds rows could be compared on two folds or more.",
            "nothing",
            None,
            tuple(_tell_failures(evidence)),
        )
    reasons.append(_tell_power(tried, name))
    reasons += _tell_failures(evidence)
    for metric in _DECISIONS:
        found = evidence.differences(metric, NOTHING)
        if THRESHOLD in found.index and found.loc[THRESHOLD, "low"] > 0:
            before, after = (evidence.mean(metric, arm) for arm in (NOTHING, THRESHOLD))
            decision = METRICS[metric].name
            sentence = (
                f"Do not augment; tune the threshold: {decision} goes from {before:.3f} to {after:.3f} with"
                f" the same classifiers, and no added rows raise {name} beyond noise."
            )
            reasons.insert(0, _say(found.loc[THRESHOLD], THRESHOLD, decision, NOTHING))
            return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))
    sentence = f"Do not augment: no added rows raise {name} beyond noise, nor does tuning the threshold pay."
    return Verdict(sentence, "nothing", None, tuple(reasons))


def _tell_power(tried: pd.DataFrame, metric: str) -> str:
    """Say how large a gain may hide in the noise."""
    most = min(max(float(tried["high"].max()), 0.0), 1.0)
    if most >= 1.0:
        return f"The folds are too few to rule out any gain in {metric}: add repeats."
    hint = ", and repeats of the folds would narrow this down" if most > _WIDE else ""
    return f"Gains in {metric} above {most:.3f} are ruled out for all of them{hint}."


def _say(row: pd.Series, label: str, metric: str, reference: str = "no added rows") -> str:
    against = "doing nothing" if reference == NOTHING else reference
    return (
        f"{label} against {against}: {metric} {row['difference']:+.3f}"
        f" (95 % interval {row['low']:+.3f} to {row['high']:+.3f}, {int(row['n_folds'])} folds)."
    )


def _tell_failures(evidence: _Evidence) -> list[str]:
    return [f"{arm} failed in a fold at least, and was not considered." for arm in evidence.failed]


def judge_all(
    verdicts: dict[str, Verdict], across: pd.DataFrame, lead: str, makers: Iterable[str]
) -> Verdict:
    """Judge over data sets; with one, return its verdict.

    An arm is recommended for all if it is better with a posterior chance of 95 % (Bayesian signed rank, over
    differences larger than 0.01) and harms none.

    Parameters
    ----------
    verdicts : dict of str to Verdict
        By data set.
    across : DataFrame
        Of a comparison.
    lead : str
        Metric that decides.
    makers : iterable of str
        Names of arms that add rows.
    """
    if len(verdicts) == 1:
        return next(iter(verdicts.values()))
    name, n_all = METRICS[lead].name, len(verdicts)
    rows = across[(across["metric"] == lead) & (across["reference"] == THRESHOLD)]
    rows = rows[
        [
            any(label == arm or label.startswith((f"{arm} at ", f"{arm}, ")) for arm in makers)
            for label in rows["arm"]
        ]
    ]
    reasons = [
        f"{row.arm}: {row.wins} wins, {row.ties} ties, {row.losses} losses in {name}, mean"
        f" {row.mean_difference:+.3f}, worst {row.worst_difference:+.3f}; better with chance"
        f" {row.p_better:.2f}."
        for row in rows.itertuples()
    ]
    sure = rows[(rows["p_better"] > _SURE) & (rows["harm_rate"] == 0)]
    if len(sure):
        best = sure.loc[sure["mean_difference"].idxmax()]
        sentence = (
            f"Augment with {best['arm']}: over {n_all} data sets {name} rises by"
            f" {best['mean_difference']:.3f} on average, and none is harmed beyond noise."
        )
        return Verdict(sentence, "augment", str(best["arm"]), tuple(reasons))
    actions = [verdict.action for verdict in verdicts.values()]
    n_tune, n_augment = actions.count("threshold"), actions.count("augment")
    augment = f" Single data sets gain from rows: {n_augment} of {n_all}." if n_augment else ""
    if n_tune:
        sentence = (
            "Do not augment by default; tune the threshold, which pays on"
            f" {n_tune} of {n_all} data sets.{augment}"
        )
        return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))
    sentence = f"Do not augment by default: no arm is better in {name} over the {n_all} data sets.{augment}"
    return Verdict(sentence, "nothing", None, tuple(reasons))
