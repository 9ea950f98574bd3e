"""The verdict: augment or not, in a sentence that someone who decides can read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.stats import t as student

from imbgen.evaluation.across import holm, main_rows
from imbgen.evaluation.arms import CLASS_WEIGHT, NOTHING, THRESHOLD
from imbgen.evaluation.comparison import Verdict
from imbgen.evaluation.protocol import OK
from imbgen.metrics.classification import METRICS

__all__ = ["judge_all", "judge_dataset"]

_LEVEL = 0.05
# Over fewer data sets a gain of all is mostly luck.
_FEWEST_DATASETS = 5
# A gain that a reader would like to know of, and one that nobody would leave.
_WIDE, _VAGUE = 0.05, 0.25
_DECISIONS = ("f1", "mcc", "balanced_accuracy")
_MAKE_ROWS = ("over-sampler", "generator", "rows")


@dataclass(frozen=True)
class _Evidence:
    """What is known of one data set, at its largest class size: differences and means."""

    dataset: str
    lead: str
    tests: pd.DataFrame
    means: pd.DataFrame
    failed: tuple[str, ...]
    seen: tuple[str, ...]
    adders: frozenset[str]

    @property
    def n_folds(self) -> int:
        """Folds that an arm has of which none failed."""
        return int(self.tests["n_folds"].max()) if len(self.tests) else 0

    @property
    def name(self) -> str:
        """What people call the leading metric, and what it is a mean of."""
        n = len(self.classifiers(THRESHOLD))
        return METRICS[self.lead].name + (f" (mean of {n} classifiers)" if n > 1 else "")

    def classifiers(self, label: str) -> pd.Series:
        """Mean of the leading metric by classifier, in the direction in which higher is better."""
        means = self.means[(self.means["metric"] == self.lead) & (self.means["label"] == label)]
        single = means[means["classifier"] != "mean"].set_index("classifier")["mean"]
        return single if METRICS[self.lead].higher_is_better else -single

    def differences(self, metric: str, reference: str) -> pd.DataFrame:
        chosen = (self.tests["metric"] == metric) & (self.tests["reference"] == reference)
        return self.tests[chosen].set_index("label")

    def mean(self, metric: str, label: str) -> float:
        chosen = (self.means["metric"] == metric) & (self.means["label"] == label)
        return float(self.means.loc[chosen & (self.means["classifier"] == "mean"), "mean"].iloc[0])


def judge_dataset(
    dataset: str, tests: pd.DataFrame, summary: pd.DataFrame, runs: pd.DataFrame, lead: str
) -> Verdict:
    """Judge one data set.

    An arm is recommended if its gain in the leading metric over the tuned threshold (which ranks rows as
    doing nothing does) is beyond noise, after adjustment for the number of arms, and larger than the
    metric's margin; of several, the first that is within one standard error of the best: class weights,
    then the arms that are always there, then the others. It is not if it failed in a fold, nor if some
    classifier without it is as good as the best one with it.

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
    tests = main_rows(tests[(tests["dataset"] == dataset) & (tests["classifier"] == "mean")])
    means = main_rows(summary[(summary["dataset"] == dataset) & (summary["classifier"] != "")])
    runs = runs[runs["dataset"] == dataset]
    failed, seen = (
        tuple(dict.fromkeys(runs.loc[chosen, "arm"])) for chosen in (runs["status"] != OK, runs["n_seen"] > 0)
    )
    adders = frozenset(runs.loc[runs["n_synthetic"] > 0, "arm"])
    return _Evidence(dataset, lead, tests, means, failed, seen, adders)


def _find_gains(evidence: _Evidence, runs: pd.DataFrame) -> pd.DataFrame:
    """Return arms with a gain, in the order of preference among equals."""
    differences = evidence.differences(evidence.lead, THRESHOLD)
    kinds = runs.drop_duplicates("arm").set_index("arm")["kind"]
    is_candidate = differences["arm"].map(kinds).isin([*_MAKE_ROWS, "weights"])
    barred = (*evidence.failed, *evidence.seen)
    candidates = differences[is_candidate & ~differences["arm"].isin(barred)]
    candidates = candidates[candidates["n_folds"] == evidence.n_folds].dropna(subset=["low"])
    if candidates.empty:
        return candidates
    sure = pd.Series(holm(candidates["p_value"].tolist()), index=candidates.index) < _LEVEL
    return candidates[sure & (candidates["difference"] > METRICS[evidence.lead].margin)]


def _recommend(evidence: _Evidence, gains: pd.DataFrame) -> Verdict:
    best = gains.loc[gains["difference"].idxmax()]
    error = (best["high"] - best["low"]) / (2 * student.ppf(0.975, best["n_folds"] - 1))
    label = str(gains.index[gains["difference"] >= best["difference"] - error][0])
    chosen, name = gains.loc[label], evidence.name
    reasons = [_say(gains.loc[other], other, evidence.lead) for other in gains.index]
    reasons += _tell_selection(evidence)
    if (strong := _find_stronger(evidence, label)) is not None:
        return Verdict(strong, "nothing", None, (*reasons, *_tell_failures(evidence)))
    before, after = evidence.mean(evidence.lead, THRESHOLD), evidence.mean(evidence.lead, label)
    change = f"{name} goes from {before:.3f} to {after:.3f}"
    if chosen["arm"] == CLASS_WEIGHT:
        sentence = f"Do not augment; weight the classes: {change}."
        action = "weight"
    else:
        advice = "Augment" if chosen["arm"] in evidence.adders else "Resample"
        sentence = f"{advice} with {label}: {change}, which tuning the threshold does not reach."
        action = "augment"
    return Verdict(sentence, action, label, (*reasons, *_tell_failures(evidence)))


def _find_stronger(evidence: _Evidence, label: str) -> str | None:
    """Say which classifier without an arm is as good as the best with it; None if there is none."""
    without, with_arm = evidence.classifiers(THRESHOLD), evidence.classifiers(label)
    if len(without) < 2 or without.max() < with_arm.max():
        return None
    sign = 1 if METRICS[evidence.lead].higher_is_better else -1
    return (
        f"Do not augment; use {without.idxmax()}: as it is its {METRICS[evidence.lead].name} is"
        f" {sign * without.max():.3f}, and no classifier gets beyond {sign * with_arm.max():.3f} with"
        f" {label}, which helps weaker ones only."
    )


def _tell_selection(evidence: _Evidence) -> list[str]:
    n_arms = evidence.differences(evidence.lead, THRESHOLD).shape[0]
    if n_arms < 2:
        return []
    return [f"Picked among {n_arms} arms on the folds that it is judged by: expect a little less of it."]


def _decline(evidence: _Evidence, runs: pd.DataFrame) -> Verdict:
    name, verb = evidence.name, _verb(evidence.lead)
    differences = evidence.differences(evidence.lead, THRESHOLD)
    made = runs[runs["kind"].isin(_MAKE_ROWS)]["arm"].unique()
    tried = differences[differences["arm"].isin(made)].dropna(subset=["low"])
    tried = tried[tried["arm"].isin([*evidence.adders, *evidence.failed])]
    reasons = [_say(row, str(label), evidence.lead) for label, row in tried.iterrows()]
    if tried.empty:
        return Verdict(
            "There is no verdict: no arm that adds rows could be compared on two folds or more.",
            "nothing",
            None,
            tuple(_tell_failures(evidence)),
        )
    most = float(tried["high"].max())
    reasons += [_tell_power(most, name), *_tell_failures(evidence)]
    doubt = "Undecided, so do not augment" if most > _VAGUE else "Do not augment"
    tuned = {metric: evidence.differences(metric, NOTHING) for metric in _DECISIONS}
    tuned = {metric: found.loc[THRESHOLD] for metric, found in tuned.items() if THRESHOLD in found.index}
    for metric, row in tuned.items():
        if row["low"] > 0:
            before, after = (evidence.mean(metric, arm) for arm in (NOTHING, THRESHOLD))
            sentence = (
                f"{doubt}; tune the threshold: {METRICS[metric].name} goes from {before:.3f} to {after:.3f}"
                f" with the same classifiers, and no added rows {verb} {name} beyond noise."
            )
            reasons.insert(0, _say(row, THRESHOLD, metric, NOTHING))
            return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))
    sentence = f"{doubt}: no added rows {verb} {name} beyond noise"
    if tuned:
        metric = next(iter(tuned))
        reasons.append(_say(tuned[metric], THRESHOLD, metric, NOTHING))
        sentence += ", nor is tuning the threshold shown to pay"
    return Verdict(f"{sentence}.", "nothing", None, tuple(reasons))


def _verb(metric: str) -> str:
    return "raise" if METRICS[metric].higher_is_better else "lower"


def _tell_power(most: float, metric: str) -> str:
    """Say how large a gain may hide in the noise."""
    most = max(most, 0.0)
    if most >= 1.0:
        return f"The folds are too few to rule out any gain in {metric}: add repeats (`n_repeats`)."
    hint = ", and repeats of the folds (`n_repeats`) would narrow this down" if most > _WIDE else ""
    return f"Gains in {metric} above {most:.3f} are ruled out for each of them{hint}."


def _say(row: pd.Series, label: str, metric: str, reference: str = THRESHOLD) -> str:
    if reference == NOTHING:
        against = "doing nothing"
    else:  # which only decisions can tell from the threshold that is tuned
        against = "a tuned threshold alone" if "decisions" in METRICS[metric].reads else "no added rows"
    return (
        f"{label} against {against}: gain in {METRICS[metric].name} {row['difference']:+.3f}"
        f" (95 % interval {row['low']:+.3f} to {row['high']:+.3f}, {int(row['n_folds'])} folds)."
    )


def _tell_failures(evidence: _Evidence) -> list[str]:
    told = [f"{arm} did not finish on every fold, and was not considered." for arm in evidence.failed]
    return told + [f"{arm} holds rows of test parts, and was not considered." for arm in evidence.seen]


def judge_all(
    verdicts: dict[str, Verdict], across: pd.DataFrame, lead: str, candidates: Collection[str]
) -> Verdict:
    """Judge over data sets; with one, return its verdict.

    An arm is recommended for all if there are five data sets or more, it failed on none, harms none beyond
    noise, and is better (Bayesian signed rank, over differences larger than the metric's margin) with a
    posterior chance of 95 %, adjusted for the number of arms; class weights before arms that are as good.

    Parameters
    ----------
    verdicts : dict of str to Verdict
        By data set.
    across : DataFrame
        Of a comparison.
    lead : str
        Metric that decides.
    candidates : collection of str
        Class weights and arms that add rows, by label.
    """
    if len(verdicts) == 1:
        return next(iter(verdicts.values()))
    rows = across[(across["metric"] == lead) & (across["reference"] == THRESHOLD)]
    rows = rows[rows["arm"].isin(candidates)]
    reasons = [_say_across(row, METRICS[lead].name) for row in rows.itertuples()]
    n_all = len(verdicts)
    sure = rows[
        (rows["p_better"] > 1 - _LEVEL / max(len(rows), 1))
        & (rows["sure_harm_rate"] == 0)
        & (rows["n_datasets"] == n_all)
    ]
    if len(sure) and n_all >= _FEWEST_DATASETS:
        return _recommend_for_all(sure, lead, n_all, reasons)
    return _decline_for_all(verdicts, lead, reasons)


def _say_across(row: Any, metric: str) -> str:
    return (
        f"{row.arm}: {row.wins} wins, {row.ties} ties, {row.losses} losses in {metric} on {row.n_datasets}"
        f" data sets, mean gain {row.mean_difference:+.3f}, worst {row.worst_difference:+.3f}; better with"
        f" chance {row.p_better:.2f}."
    )


def _recommend_for_all(sure: pd.DataFrame, lead: str, n_all: int, reasons: list[str]) -> Verdict:
    enough = sure["mean_difference"] >= sure["mean_difference"].max() - METRICS[lead].margin
    best = sure[enough].iloc[0]
    weights = best["arm"] == CLASS_WEIGHT
    advice = "Do not augment; weight the classes" if weights else f"Augment with {best['arm']}"
    sentence = (
        f"{advice}: over {n_all} data sets {METRICS[lead].name} improves by {best['mean_difference']:.3f} on"
        f" average, the worst gain is {best['worst_difference']:+.3f}, and none is harmed beyond noise."
    )
    return Verdict(sentence, "weight" if weights else "augment", str(best["arm"]), tuple(reasons))


def _decline_for_all(verdicts: dict[str, Verdict], lead: str, reasons: list[str]) -> Verdict:
    n_all, actions = len(verdicts), [verdict.action for verdict in verdicts.values()]
    n_augment, n_tune = actions.count("augment"), actions.count("threshold")
    hints = f" Single data sets gain from rows: {n_augment} of {n_all}." if n_augment else ""
    if n_all < _FEWEST_DATASETS:
        hints += f" {n_all} data sets are too few for one verdict over all: read theirs."
    if n_tune:
        sentence = (
            "Do not augment by default; tune the threshold, which pays on"
            f" {n_tune} of {n_all} data sets.{hints}"
        )
        return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))
    sentence = (
        f"Do not augment by default: no arm is surely better in {METRICS[lead].name} over the {n_all} data"
        f" sets.{hints}"
    )
    return Verdict(sentence, "nothing", None, tuple(reasons))
