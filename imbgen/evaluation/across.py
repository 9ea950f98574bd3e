"""Arms over several data sets: ranks, wins and losses, and tests that take a data set as one observation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, rankdata, studentized_range, wilcoxon
from scipy.stats import t as student

from imbgen.metrics.classification import METRICS

__all__ = [
    "arm_labels",
    "compare_across",
    "holm",
    "main_rows",
    "rank_arms",
    "signed_rank_posterior",
    "wide_means",
]

# Draws of the differences within their intervals.
_GAP_DRAWS = 200
_ACROSS = [
    "arm", "reference", "metric", "n_datasets", "wins", "ties", "losses", "mean_difference",
    "worst_difference", "harm_rate", "sure_harm_rate", "p_value", "p_holm", "p_better", "p_equivalent",
    "p_worse",
]  # fmt: skip
_RANKS = ["metric", "arm", "rank", "n_datasets", "friedman_p", "critical_difference"]


def arm_labels(frame: pd.DataFrame) -> pd.Series:
    """Return names of arms with their ratios and sizes, where these were swept."""
    labels = frame["arm"].astype(str)
    for column, form in (("ratio", " at {:g}"), ("minority_size", ", {:.0f} rare rows")):
        labels = labels + ["" if np.isnan(value) else form.format(value) for value in frame[column]]
    return labels


def main_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows at the largest class size of each data set, with a `label` that tells the ratio."""
    sizes = frame["minority_size"]
    part = frame[sizes.isna() | (sizes == sizes.groupby(frame["dataset"]).transform("max"))]
    if part.empty:
        return part.assign(label=pd.Series(dtype=object))
    return part.assign(label=arm_labels(part.assign(minority_size=float("nan"))))


def wide_means(part: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return means of a summary with a `label`: a row per label, a column per value of `column`, in order."""
    order = [list(dict.fromkeys(part[key])) for key in ("label", column)]
    wide = part.pivot_table(index="label", columns=column, values="mean", sort=False, dropna=False)
    return wide.reindex(index=order[0], columns=order[1])


def _of_all_folds(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows that come from as many folds as others do: a mean of fewer is another thing."""
    return frame[frame["n_folds"] == frame.groupby(["dataset", "metric"])["n_folds"].transform("max")]


def rank_arms(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `Comparison.ranks`, of arms that every data set has a value of all folds for.

    Where class sizes are swept, of the largest.

    References
    ----------
    J. Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7.
    """
    rows: list[tuple[Any, ...]] = []
    means = _of_all_folds(main_rows(summary[summary["classifier"] == "mean"]))
    if means["dataset"].nunique() < 2:
        return pd.DataFrame(columns=_RANKS)
    for metric, part in means.groupby("metric", sort=False):
        wide = part.pivot_table(index="dataset", columns="label", values="mean", dropna=False, sort=False)
        wide = wide.dropna(axis=1)
        n_datasets, n_arms = wide.shape
        if n_arms < 2:
            continue
        sign = -1 if METRICS[str(metric)].higher_is_better else 1
        ranks = rankdata(sign * wide.to_numpy().round(12), axis=1).mean(axis=0)
        p_value = _friedman(wide.to_numpy())
        q = studentized_range.ppf(0.95, n_arms, np.inf) / np.sqrt(2)
        distance = float(q * np.sqrt(n_arms * (n_arms + 1) / (6 * n_datasets)))
        rows += [
            (metric, arm, float(rank), n_datasets, p_value, distance)
            for arm, rank in sorted(zip(wide.columns, ranks, strict=True), key=lambda pair: pair[1])
        ]
    return pd.DataFrame(rows, columns=_RANKS)


def _friedman(values: np.ndarray) -> float:
    if values.shape[1] < 3 or (np.ptp(values, axis=1) == 0).all():
        return float("nan")
    return float(friedmanchisquare(*values.T).pvalue)


def compare_across(tests: pd.DataFrame, random_state: int = 0) -> pd.DataFrame:
    """Return `Comparison.across`: what each arm gains on each reference, a data set being one observation.

    Data sets where an arm failed in a fold do not count; where class sizes are swept, the largest does.
    """
    tests = main_rows(tests[tests["classifier"] == "mean"])
    if tests["dataset"].nunique() < 2:
        return pd.DataFrame(columns=_ACROSS)
    rows = []
    for (reference, metric), part in tests.groupby(["reference", "metric"], sort=False):
        block = []
        whole = _of_all_folds(part)
        for label, one in whole.groupby("label", sort=False):
            known = one.dropna(subset="difference")
            if len(known) < 2:
                continue
            block.append(_row(str(label), str(reference), str(metric), known, random_state))
        adjusted = holm([row["p_value"] for row in block])
        rows += [row | {"p_holm": p} for row, p in zip(block, adjusted, strict=True)]
    return pd.DataFrame(rows, columns=_ACROSS)


def _row(label: str, reference: str, metric: str, known: pd.DataFrame, random_state: int) -> dict[str, Any]:
    gaps = known["difference"].to_numpy(dtype=np.float64)
    margin = METRICS[metric].margin
    posterior = signed_rank_posterior(gaps, margin, errors=_errors(known), random_state=random_state)
    return {
        "arm": label,
        "reference": reference,
        "metric": metric,
        "n_datasets": len(gaps),
        "wins": int((gaps > margin).sum()),
        "ties": int((np.abs(gaps) <= margin).sum()),
        "losses": int((gaps < -margin).sum()),
        "mean_difference": float(gaps.mean()),
        "worst_difference": float(gaps.min()),
        "harm_rate": float((gaps < -margin).mean()),
        "sure_harm_rate": float((known["high"] < -margin).mean()),
        "p_value": float(wilcoxon(gaps).pvalue) if np.any(gaps != 0) else 1.0,
        **dict(zip(("p_worse", "p_equivalent", "p_better"), posterior, strict=True)),
    }


def _errors(known: pd.DataFrame) -> np.ndarray:
    """Return the standard errors that the intervals came from; 0 where there is no interval."""
    reach = ((known["high"] - known["low"]) / 2).fillna(0.0).to_numpy(dtype=np.float64)
    return reach / student.ppf(0.975, np.maximum(known["n_folds"].to_numpy() - 1, 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number.

    References
    ----------
    S. Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6(2).

    Examples
    --------
    >>> from imbgen.evaluation.across import holm
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values)
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(value) for value in adjusted]


def signed_rank_posterior(
    differences: np.ndarray,
    equivalent: float = 0.01,
    *,
    errors: np.ndarray | None = None,
    n_draws: int = 20_000,
    random_state: int = 0,
) -> tuple[float, float, float]:
    """Chances that an arm is worse, equivalent or better, by the Bayesian signed-rank test.

    Parameters
    ----------
    differences : ndarray of float, shape (n_datasets,)
    equivalent : float
        Half width of the region in which a difference does not matter.
    errors : ndarray of float, shape (n_datasets,), optional
        Standard error of each difference; by default they are taken as exact.
    n_draws : int
        Draws from the posterior.
    random_state : int
        Seed.

    Returns
    -------
    p_worse, p_equivalent, p_better : float
        They add up to 1.

    References
    ----------
    A. Benavoli, G. Corani, J. Demšar, M. Zaffalon (2017), "Time for a change: a tutorial for comparing
    multiple classifiers through Bayesian analysis", JMLR 18, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.evaluation.across import signed_rank_posterior
    >>> worse, equivalent, better = signed_rank_posterior(np.array([0.1, 0.2, 0.15, 0.1, 0.3, 0.12]))
    >>> better > 0.95
    True
    """
    # NOTE[DIFF]: the paper takes differences as they are; a few folds leave them unsure, and a gain over a
    # handful of data sets would be found where there is none.
    gaps = np.asarray(differences, dtype=np.float64)
    rng = np.random.default_rng(random_state)
    if errors is None or not np.any(errors):
        wins = _count_winners(gaps, equivalent, n_draws, rng)
    else:
        n_each = max(n_draws // _GAP_DRAWS, 1)
        drawn = gaps + errors * rng.standard_normal((_GAP_DRAWS, len(gaps)))
        wins = np.sum([_count_winners(row, equivalent, n_each, rng) for row in drawn], axis=0)
    worse, same, better = wins / wins.sum()
    return float(worse), float(same), float(better)


def _count_winners(gaps: np.ndarray, equivalent: float, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return in how many draws of the posterior each of worse, equivalent and better is the likeliest."""
    # The prior is one more observation, of strength one half, without a difference.
    values = np.concatenate([[0.0], gaps])
    sums = values[:, None] + values[None, :]
    weights = rng.dirichlet(np.concatenate([[0.5], np.ones(len(gaps))]), size=n_draws)
    better, worse = sums > 2 * equivalent, sums < -2 * equivalent
    chances = np.stack(
        [((weights @ area) * weights).sum(axis=1) for area in (worse, ~(worse | better), better)], axis=1
    )
    return np.bincount(chances.argmax(axis=1), minlength=3)
