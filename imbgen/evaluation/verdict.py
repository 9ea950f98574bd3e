"""The verdict on a data set: augment or not, in a sentence that someone who decides can read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy.stats import t as student

from imbgen.evaluation.across import holm, main_rows
from imbgen.evaluation.arms import CLASS_WEIGHT, NOTHING, ROW_KINDS, THRESHOLD, WEIGHT_KIND
from imbgen.evaluation.comparison import Verdict
from imbgen.evaluation.protocol import OK
from imbgen.evaluation.unseen import is_beyond_chance
from imbgen.metrics.classification import METRICS

__all__ = ["LEVEL", "ArmRecord", "classifier_means", "judge_dataset", "read_runs", "tell_reference"]

#: Chance of a gain where there is none.
LEVEL = 0.05
# In margins of the metric: a gain that a reader would like to know of, one that nobody would leave, and more
# than there is to gain.
_WIDE, _VAGUE, _ANY = 5, 25, 100
_DECISIONS = ("f1", "mcc", "balanced_accuracy")


@dataclass(frozen=True)
class ArmRecord:
    """What the fits say of arms, by label (name and ratio), at the largest class size.

    Parameters
    ----------
    candidates : frozenset of str
        Class weights, and what changes the training rows.
    adders : frozenset of str
        Those that added rows.
    failed : tuple of str
        Those that did not finish everywhere.
    seen : tuple of str
        Files that hold more rows of test parts than chance puts there.
    """

    candidates: frozenset[str]
    adders: frozenset[str]
    failed: tuple[str, ...]
    seen: tuple[str, ...]

    @property
    def barred(self) -> frozenset[str]:
        """Those that cannot be recommended."""
        return frozenset((*self.failed, *self.seen))


def read_runs(runs: pd.DataFrame) -> ArmRecord:
    """Return what `Comparison.runs` says of arms."""
    runs = main_rows(runs)
    seen = runs.groupby("label", sort=False)[["n_seen", "n_seen_by_chance"]].sum()
    return ArmRecord(
        candidates=frozenset(runs.loc[runs["kind"].isin([*ROW_KINDS, WEIGHT_KIND]), "label"]),
        adders=frozenset(runs.loc[runs["n_synthetic"] > 0, "label"]),
        failed=tuple(dict.fromkeys(runs.loc[runs["status"] != OK, "label"])),
        seen=tuple(str(label) for label, row in seen.iterrows() if is_beyond_chance(*row)),
    )


@dataclass(frozen=True)
class _Evidence:
    """What is known of one data set, at its largest class size: differences and means."""

    lead: str
    tests: pd.DataFrame
    means: pd.DataFrame
    arms: ArmRecord

    @property
    def margin(self) -> float:
        return METRICS[self.lead].margin

    @property
    def name(self) -> str:
        """What people call the leading metric, and what it is a mean of."""
        n = len(classifier_means(self.means, self.lead, THRESHOLD))
        return METRICS[self.lead].name + (f" (mean of {n} classifiers)" if n > 1 else "")

    def differences(self, metric: str, reference: str) -> pd.DataFrame:
        chosen = (self.tests["metric"] == metric) & (self.tests["reference"] == reference)
        return self.tests[chosen].set_index("label")

    def candidates(self) -> pd.DataFrame:
        """Return what arms that may be recommended gain, with `p_holm`, in the order of preference."""
        found = self.differences(self.lead, THRESHOLD)
        # Where no arm has all folds, the best of them would be a best of few.
        n_folds = int(self.tests["n_folds"].max()) if len(self.tests) else 0
        may_win = found.index.isin(self.arms.candidates) & ~found.index.isin(self.arms.barred)
        found = found[may_win & (found["n_folds"] == n_folds)].dropna(subset=["low"])
        return found.assign(p_holm=holm(found["p_value"].tolist()))

    def mean(self, metric: str, label: str) -> float:
        chosen = (self.means["metric"] == metric) & (self.means["label"] == label)
        return float(self.means.loc[chosen & (self.means["classifier"] == "mean"), "mean"].iloc[0])


def classifier_means(means: pd.DataFrame, metric: str, label: str) -> pd.Series:
    """Return the mean of a metric by classifier, in the direction in which higher is better.

    Parameters
    ----------
    means : DataFrame
        `Comparison.summary` of one data set and class size, with a `label`.
    metric, label : str
    """
    chosen = (means["metric"] == metric) & (means["label"] == label) & ~means["classifier"].isin(["mean", ""])
    single = means[chosen].set_index("classifier")["mean"]
    return single if METRICS[metric].higher_is_better else -single


def judge_dataset(
    dataset: str, tests: pd.DataFrame, summary: pd.DataFrame, runs: pd.DataFrame, lead: str
) -> Verdict:
    """Judge one data set.

    An arm is recommended if its gain in the leading metric over the tuned threshold (which ranks rows as
    doing nothing does) is beyond noise, after adjustment for the number of arms, and larger than the
    metric's margin; of several, the first that is within one standard error of the best: class weights,
    then the arms that are always there, then the others. It is not if it failed in a fold or holds test rows,
    nor if some classifier without it is within that margin of the best one with it.

    Parameters
    ----------
    dataset : str
    tests, summary, runs : DataFrame
        Of a comparison.
    lead : str
        Metric that decides.
    """
    tests, summary, runs = (frame[frame["dataset"] == dataset] for frame in (tests, summary, runs))
    tests = main_rows(tests[tests["classifier"] == "mean"])
    evidence = _Evidence(lead, tests, main_rows(summary), read_runs(runs))
    candidates = evidence.candidates()
    gains = candidates[(candidates["p_holm"] < LEVEL) & (candidates["difference"] > evidence.margin)]
    if gains.empty:
        return _decline(evidence, candidates)
    return _recommend(evidence, gains, len(candidates))


def _recommend(evidence: _Evidence, gains: pd.DataFrame, n_candidates: int) -> Verdict:
    best = gains.loc[gains["difference"].idxmax()]
    error = (best["high"] - best["low"]) / (2 * student.ppf(0.975, best["n_folds"] - 1))
    label = str(gains.index[gains["difference"] >= best["difference"] - error][0])
    name = evidence.name
    reasons = [_say(gains.loc[other], other, evidence.lead) for other in gains.index]
    if n_candidates > 1:
        told = f"Picked among {n_candidates} arms on the folds that it is judged by: expect a little less."
        reasons.append(told)
    reasons += _tell_failures(evidence.arms)
    if (instead := _prefer_classifier(evidence, label, reasons)) is not None:
        return instead
    before, after = evidence.mean(evidence.lead, THRESHOLD), evidence.mean(evidence.lead, label)
    change = f"{name} goes from {before:.3f} to {after:.3f}"
    if gains.loc[label, "arm"] == CLASS_WEIGHT:
        sentence = f"Do not augment; weight the classes: {change}."
        return Verdict(sentence, "weight", label, tuple(reasons))
    advice, action = ("Augment", "augment") if label in evidence.arms.adders else ("Resample", "resample")
    sentence = f"{advice} with {label}: {change}, which tuning the threshold does not reach."
    return Verdict(sentence, action, label, tuple(reasons))


def _prefer_classifier(evidence: _Evidence, label: str, reasons: list[str]) -> Verdict | None:
    """Advise the classifier that needs no arm, if it is as good as the best with one."""
    lead = evidence.lead
    without, with_arm = (classifier_means(evidence.means, lead, name) for name in (THRESHOLD, label))
    if len(without) < 2 or without.max() < with_arm.max() - evidence.margin:
        return None
    sign = 1 if METRICS[lead].higher_is_better else -1
    sentence = (
        f"Do not augment; use {without.idxmax()}: {tell_reference(lead)} its {METRICS[lead].name} is"
        f" {sign * without.max():.3f}, and no classifier gets beyond {sign * with_arm.max():.3f} with"
        f" {label}, which helps weaker ones only."
    )
    if "decisions" in METRICS[lead].reads:
        return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))
    if (metric := _find_threshold_gain(evidence)) is None:
        return Verdict(sentence, "classifier", None, tuple(reasons))
    sentence += f" Tune the threshold: {_tell_change(evidence, metric)} with the same classifiers."
    reasons.insert(0, _say_threshold(evidence, metric))
    return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))


def tell_reference(metric: str) -> str:
    """Say how a metric is reached without an arm: only decisions can tell that a threshold is tuned."""
    return "with a tuned threshold" if "decisions" in METRICS[metric].reads else "without added rows"


def _decline(evidence: _Evidence, candidates: pd.DataFrame) -> Verdict:
    tried = candidates[candidates.index.isin(evidence.arms.adders)]
    if tried.empty:
        sentence = "There is no verdict: no arm that adds rows could be compared on all folds, two at least."
        return Verdict(sentence, "nothing", None, tuple(_tell_failures(evidence.arms)))
    reasons = [_say(row, str(label), evidence.lead) for label, row in tried.iterrows()]
    most = max(float(tried["high"].max()), 0.0)
    reasons += [_tell_power(most, evidence), *_tell_failures(evidence.arms)]
    doubt = "Undecided, so do not augment" if most > _VAGUE * evidence.margin else "Do not augment"
    no_gain = _tell_no_gain(evidence, tried, len(candidates))
    if (metric := _find_threshold_gain(evidence)) is not None:
        sentence = (
            f"{doubt}; tune the threshold: {_tell_change(evidence, metric)} with the same classifiers, and"
            f" {no_gain}."
        )
        reasons.insert(0, _say_threshold(evidence, metric))
        return Verdict(sentence, "threshold", THRESHOLD, tuple(reasons))
    sentence = f"{doubt}: {no_gain}"
    if tuned := _threshold_gains(evidence):
        reasons.append(_say_threshold(evidence, next(iter(tuned))))
        sentence += ", nor is tuning the threshold shown to pay"
    return Verdict(f"{sentence}.", "nothing", None, tuple(reasons))


def _tell_no_gain(evidence: _Evidence, tried: pd.DataFrame, n_candidates: int) -> str:
    """Say what was not found, and no more: a gain may be sure and small, or one of many that luck gives."""
    verb = "raise" if METRICS[evidence.lead].higher_is_better else "lower"
    small = (tried["p_holm"] < LEVEL) & (tried["difference"] > 0)
    lucky = (tried["p_holm"] >= LEVEL) & (tried["low"] > 0)
    amount = f" by more than {evidence.margin:g}" if small.any() else ""
    allowing = f", allowing for the luck of the best of {n_candidates} arms" if lucky.any() else ""
    return f"no added rows {verb} {evidence.name}{amount} beyond noise{allowing}"


def _threshold_gains(evidence: _Evidence) -> dict[str, pd.Series]:
    """Return what tuning the threshold gains on doing nothing, by metric; the leading one first."""
    lead = evidence.lead.removesuffix("_tuned")
    rows = {}
    for metric in sorted(_DECISIONS, key=lambda name: name != lead):
        found = evidence.differences(metric, NOTHING)
        if THRESHOLD in found.index and pd.notna(found.loc[THRESHOLD, "low"]):
            rows[metric] = found.loc[THRESHOLD]
    return rows


def _find_threshold_gain(evidence: _Evidence) -> str | None:
    """Return the first metric that a tuned threshold surely raises, if it surely harms no other."""
    rows = _threshold_gains(evidence)
    if any(row["high"] < -METRICS[metric].margin for metric, row in rows.items()):
        return None
    adjusted = holm([row["p_value"] for row in rows.values()])
    for (metric, row), p_value in zip(rows.items(), adjusted, strict=True):
        if p_value < LEVEL and row["difference"] > METRICS[metric].margin:
            return metric
    return None


def _tell_change(evidence: _Evidence, metric: str) -> str:
    before, after = (evidence.mean(metric, arm) for arm in (NOTHING, THRESHOLD))
    return f"{METRICS[metric].name} goes from {before:.3f} to {after:.3f}"


def _tell_power(most: float, evidence: _Evidence) -> str:
    """Say how large a gain may hide in the noise."""
    if most >= _ANY * evidence.margin:
        return f"The folds are too few to rule out any gain in {evidence.name}: add repeats (`n_repeats`)."
    wide = most > _WIDE * evidence.margin
    hint = ", and repeats of the folds (`n_repeats`) would narrow this down" if wide else ""
    return f"Gains in {evidence.name} above {most:.3f} are ruled out for each of them{hint}."


def _say_threshold(evidence: _Evidence, metric: str) -> str:
    row = evidence.differences(metric, NOTHING).loc[THRESHOLD]
    return _say(row, THRESHOLD, metric, "doing nothing")


def _say(row: pd.Series, label: str, metric: str, against: str = "") -> str:
    decides = "decisions" in METRICS[metric].reads
    against = against or ("a tuned threshold alone" if decides else "no added rows")
    return (
        f"{label} against {against}: gain in {METRICS[metric].name} {row['difference']:+.3f}"
        f" (95 % interval {row['low']:+.3f} to {row['high']:+.3f}, {int(row['n_folds'])} folds)."
    )


def _tell_failures(arms: ArmRecord) -> list[str]:
    told = [f"{label} did not finish on every fold, and was not considered." for label in arms.failed]
    return told + [f"{label} holds rows of test parts, and was not considered." for label in arms.seen]
