"""Differences between arms within a data set, with intervals that know that folds share rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student

from imbgen.evaluation.arms import REFERENCES
from imbgen.evaluation.gathering import by_fold, find_reference
from imbgen.evaluation.protocol import OK
from imbgen.metrics.classification import METRICS

__all__ = ["Interval", "compare_arms", "paired_interval"]

#: Direction of metrics of synthetic rows: +1 where higher is better.
_DIRECTIONS = {"log_score": 1, "coverage": 1, "two_sample_excess": -1, "shapes": -1, "pairs": -1}
_COLUMNS = [
    "dataset", "arm", "ratio", "minority_size", "reference", "classifier", "metric", "difference", "low",
    "high", "p_value", "n_folds", "outcome",
]  # fmt: skip


class Interval(NamedTuple):
    """A mean difference, its interval, and the chance of one as large if there were none."""

    difference: float
    low: float
    high: float
    p_value: float
    n_folds: int


def paired_interval(differences: np.ndarray, test_share: float, level: float = 0.95) -> Interval:
    r"""Interval of a mean difference over folds, corrected for the rows that their training parts share.

    .. math:: \bar d \pm t_{J-1} \, s \sqrt{\tfrac1J + \tfrac{n_{test}}{n_{train}}}

    Parameters
    ----------
    differences : ndarray of float, shape (n_folds,)
        Of two arms on the same folds, those of all repeats; NaN ones are left out.
    test_share : float
        n_test / n_train.
    level : float
        Confidence.

    Returns
    -------
    interval : Interval
        NaN bounds below two folds.

    References
    ----------
    C. Nadeau, Y. Bengio (2003), "Inference for the generalization error", Machine Learning 52(3).

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.evaluation.intervals import paired_interval
    >>> interval = paired_interval(np.array([0.1, 0.2, 0.3]), test_share=0.5)
    >>> [round(value, 3) for value in interval]
    [0.2, -0.193, 0.593, 0.16, 3]
    """
    differences = np.asarray(differences, dtype=np.float64)
    differences = differences[~np.isnan(differences)]
    n_folds = len(differences)
    if n_folds < 2:
        mean = float(differences.mean()) if n_folds else float("nan")
        return Interval(mean, float("nan"), float("nan"), float("nan"), n_folds)
    mean = float(differences.mean())
    error = float(differences.std(ddof=1) * np.sqrt(1 / n_folds + test_share))
    reach = float(student.ppf((1 + level) / 2, n_folds - 1)) * error
    if error > 0:
        p_value = float(2 * student.sf(abs(mean) / error, n_folds - 1))
    else:
        p_value = 1.0 if mean == 0 else 0.0
    return Interval(mean, mean - reach, mean + reach, p_value, n_folds)


def compare_arms(
    results: pd.DataFrame, fidelity: pd.DataFrame, test_shares: dict[str, float]
) -> pd.DataFrame:
    """Return `Comparison.tests`.

    Parameters
    ----------
    results, fidelity : DataFrame
        Of a comparison.
    test_shares : dict of str to float
        n_test / n_train by data set.
    """
    rows: list[tuple[object, ...]] = []
    folds = pd.concat(
        [by_fold(results), by_fold(fidelity.assign(classifier="", status=OK))], ignore_index=True
    )
    directions = {
        name: 1 if metric.higher_is_better else -1 for name, metric in METRICS.items()
    } | _DIRECTIONS
    folds = folds[folds["metric"].isin(list(directions))]
    keys = ["dataset", "minority_size", "classifier", "metric"]
    for (dataset, size, classifier, metric), part in folds.groupby(keys, dropna=False, sort=False):
        # Not a pivot table: it would pair each arm with each ratio, and "nothing" with ratios it never had.
        wide = part.set_index(["repeat", "fold", "arm", "ratio"])["value"].unstack(["arm", "ratio"])
        for reference in REFERENCES:
            for column in wide.columns:
                found = find_reference(wide.columns, reference, column[1])
                if found is None or column[0] == reference:
                    continue
                gaps = (wide[column] - wide[found]).to_numpy() * directions[metric]
                interval = paired_interval(gaps, test_shares[dataset])
                rows.append(
                    (dataset, *column, size, reference, classifier, metric, *interval, _outcome(interval))
                )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _outcome(interval: Interval) -> str:
    if interval.low > 0:
        return "better"
    return "worse" if interval.high < 0 else "no difference"
