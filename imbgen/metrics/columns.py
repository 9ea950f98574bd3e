"""Distances between two samples column by column, and pair of columns by pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from imbgen.metrics.association import correlation_ratio, cramers_v
from imbgen.metrics.coordinates import is_number, to_numbers
from imbgen.schema import Column, Schema

__all__ = ["pair_distance", "shape_distance"]

_MOST_PAIRS = 500
_FEWEST_ROWS = 3


def shape_distance(real: pd.DataFrame, synthetic: pd.DataFrame, *, schema: Schema | None = None) -> float:
    """Mean distance of the marginals of two samples.

    For numbers it is the Kolmogorov-Smirnov distance of what is present, plus the difference in the share
    that is missing, at most 1; for levels, missing being one, the total variation distance.

    Parameters
    ----------
    real, synthetic : DataFrame of shapes (n_real, n_columns), (n_synthetic, n_columns)
    schema : Schema, optional
        What the columns are; inferred from `real` by default.

    Returns
    -------
    distance : float
        Between 0 and 1; small samples do not reach 0. NaN without rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen.metrics import shape_distance
    >>> real = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "sex": ["F", "F", "M", "M"]})
    >>> shape_distance(real, real), shape_distance(real, real.assign(sex="M"))
    (0.0, 0.25)
    """
    schema = Schema.infer(real) if schema is None else schema
    if not min(len(real), len(synthetic)):
        return float("nan")
    return float(
        np.mean([_distance(column, real[column.name], synthetic[column.name]) for column in schema.columns])
    )


def _distance(column: Column, real: pd.Series, synthetic: pd.Series) -> float:
    gap = abs(real.isna().mean() - synthetic.isna().mean())
    if not is_number(column):
        codes = [np.where(part.isna(), -2, column.find(part)) for part in (real, synthetic)]
        shares = [pd.Series(part).value_counts(normalize=True) for part in codes]
        return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
    numbers = [to_numbers(column, part) for part in (real, synthetic)]
    present = [part[~np.isnan(part)] for part in numbers]
    if not min(map(len, present)):
        return float(gap)
    return float(min(1.0, ks_2samp(*present, method="asymp").statistic + gap))


def pair_distance(
    real: pd.DataFrame, synthetic: pd.DataFrame, *, schema: Schema | None = None, random_state: int = 0
) -> float:
    """Mean absolute difference of the associations of two samples, over pairs of columns.

    Spearman's rank correlation between numbers, Cramér's V between levels, the correlation ratio of ranks
    between both; pairs that have none in either sample are left out.

    Parameters
    ----------
    real, synthetic : DataFrame of shapes (n_real, n_columns), (n_synthetic, n_columns)
    schema : Schema, optional
        What the columns are; inferred from `real` by default.
    random_state : int
        Seed of the choice of 500 pairs, where there are more.

    Returns
    -------
    distance : float
        Between 0 and 2; small samples do not reach 0. NaN with a single column.

    Notes
    -----
    Dependence that is not monotone, or of more than two columns, does not show: see `two_sample_auc`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from imbgen.metrics import pair_distance
    >>> real = pd.DataFrame({"x": np.arange(50.0), "y": np.arange(50.0)})
    >>> round(pair_distance(real, real.assign(y=real.y[::-1].to_numpy())), 6)
    2.0
    """
    schema = Schema.infer(real) if schema is None else schema
    pairs = list(combinations(range(len(schema.columns)), 2))
    if len(pairs) > _MOST_PAIRS:
        chosen = np.random.default_rng(random_state).choice(len(pairs), _MOST_PAIRS, replace=False)
        pairs = [pairs[i] for i in np.sort(chosen)]
    samples = [_codes_and_ranks(schema, part) for part in (real, synthetic)]
    differences = [abs(_associate(samples[0], *pair) - _associate(samples[1], *pair)) for pair in pairs]
    known = [difference for difference in differences if not np.isnan(difference)]
    return float(np.mean(known)) if known else float("nan")


def _codes_and_ranks(schema: Schema, frame: pd.DataFrame) -> list[np.ndarray]:
    """Columns as ranks (float, NaN where missing) or codes of levels (int, -1 where missing)."""
    return [
        pd.Series(to_numbers(column, frame[column.name])).rank().to_numpy()
        if is_number(column)
        else column.find(frame[column.name])
        for column in schema.columns
    ]


def _associate(sample: list[np.ndarray], first: int, second: int) -> float:
    a, b = sample[first], sample[second]
    if a.dtype == b.dtype == np.float64:
        known = ~(np.isnan(a) | np.isnan(b))
        if known.sum() < _FEWEST_ROWS or not (np.ptp(a[known]) and np.ptp(b[known])):
            return float("nan")
        return float(np.corrcoef(pd.Series(a[known]).rank(), pd.Series(b[known]).rank())[0, 1])
    if a.dtype == b.dtype:
        return cramers_v(a, b)
    return correlation_ratio(b, a) if a.dtype == np.float64 else correlation_ratio(a, b)
