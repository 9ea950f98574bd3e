"""A skill in words: the figure, and what it means."""

from __future__ import annotations

import math

__all__ = ["describe_skill", "explain_skill"]


def describe_skill(value: float, standard_error: float | None, n_rows: int) -> str:
    """Return a skill as a figure with its unit.

    Examples
    --------
    >>> from imbgen.cli.skill_text import describe_skill
    >>> describe_skill(0.3, 0.1, 151)
    '+0.300 ± 0.100 nats per row over a Gaussian mixture, on 151 held-out rows'
    """
    error = "unknown" if standard_error is None or math.isnan(standard_error) else f"{standard_error:.3f}"
    rows = "1 held-out row" if n_rows == 1 else f"{n_rows:,} held-out rows"
    return f"{value:+.3f} ± {error} nats per row over a Gaussian mixture, on {rows}"


def explain_skill(value: float, standard_error: float | None) -> str:
    """Say in one sentence what a skill means.

    Parameters
    ----------
    value : float
        Gain in log score over the Gaussian mixture, nats per row.
    standard_error : float or None
        Of the gain; None or NaN if it is not known.

    Returns
    -------
    sentence : str

    Examples
    --------
    >>> from imbgen.cli.skill_text import explain_skill
    >>> explain_skill(0.3, 0.1)
    'Better than a Gaussian mixture, by more than one standard error.'
    >>> explain_skill(0.05, 0.1)
    'Not better than a Gaussian mixture: the difference is within one standard error.'
    """
    if standard_error is None or math.isnan(standard_error):
        return "Whether that is better than a Gaussian mixture cannot be told from so few rows."
    if abs(value) <= standard_error:
        return "Not better than a Gaussian mixture: the difference is within one standard error."
    if value < 0:
        return "Not better than a Gaussian mixture but worse; a GMMGenerator is the better choice here."
    return "Better than a Gaussian mixture, by more than one standard error."
