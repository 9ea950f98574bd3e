"""How many new rows each class needs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from imblearn.utils import check_sampling_strategy

from imbgen.errors import ParameterError, did_you_mean
from imbgen.labels import plain_label

__all__ = ["count_new_rows"]


def count_new_rows(
    sampling_strategy: float | str | Mapping[Any, int] | Sequence[Any] | Callable[..., Any], y: np.ndarray
) -> OrderedDict[Any, int]:
    """Return the number of rows to add to each class that the strategy names.

    Parameters
    ----------
    sampling_strategy : float, str, mapping, list or callable
        See `OverSampler`.
    y : ndarray of shape (n_rows,)
        Labels.

    Returns
    -------
    n_new : OrderedDict of label to int
        Sorted by label.

    Raises
    ------
    ParameterError
        A strategy that does not fit the labels.

    Notes
    -----
    NOTE[DIFF]: imbalanced-learn 0.14 cuts the product of a ratio and a count off, so that 0.29 of 100 rows
    are 28. Here it is rounded to the nearest row, and a ratio that is already reached adds none.
    NOTE[DIFF]: imbalanced-learn takes lists for cleaning methods only.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.sampling_strategy import count_new_rows
    >>> y = np.repeat(["no", "yes"], [100, 28])
    >>> {str(label): n for label, n in count_new_rows(0.29, y).items()}
    {'yes': 1}
    """
    labels, counts = np.unique(y, return_counts=True)
    sizes = dict(zip(labels.tolist() if labels.dtype != object else labels, counts.tolist(), strict=True))
    if isinstance(sampling_strategy, list | tuple):
        return _fill_up(sampling_strategy, sizes)
    if isinstance(sampling_strategy, int | float | np.number) and len(sizes) == 2:
        return _reach_ratio(float(sampling_strategy), sizes)
    try:
        return check_sampling_strategy(sampling_strategy, y, "over-sampling")
    except ValueError as error:
        raise ParameterError(
            f"`sampling_strategy` must fit the labels, however: {error} "
            f"The classes are {_list_sizes(sizes)}. Change it."
        ) from error


def _fill_up(wanted: Sequence[Any], sizes: Mapping[Any, int]) -> OrderedDict[Any, int]:
    """Bring the classes named up to the largest one."""
    names = [plain_label(label) for label in wanted]
    for label in names:
        if label not in sizes:
            raise ParameterError(
                f"`sampling_strategy` must name classes of `y`, however: {label!r} is none."
                f"{did_you_mean(label, sizes)} The classes are {_list_sizes(sizes)}. Correct the list."
            )
    return OrderedDict((label, max(sizes.values()) - sizes[label]) for label in sizes if label in names)


def _reach_ratio(ratio: float, sizes: Mapping[Any, int]) -> OrderedDict[Any, int]:
    """Bring the smaller of two classes to a share of the larger one."""
    larger = max(sizes, key=lambda label: sizes[label])
    smaller = next(label for label in sizes if label != larger)
    wanted = int(np.floor(ratio * sizes[larger] + 0.5))
    if wanted < sizes[smaller]:
        raise ParameterError(
            "`sampling_strategy` must be at least the ratio that the classes have, for rows are only added, "
            f"however: sampling_strategy={ratio:g}, and {_list_sizes(sizes)} is a ratio of "
            f"{sizes[smaller] / sizes[larger]:.3g}. Raise it, or leave the table as it is."
        )
    return OrderedDict({smaller: wanted - sizes[smaller]})


def _list_sizes(sizes: Mapping[Any, int]) -> str:
    return ", ".join(f"{label!r} ({count} rows)" for label, count in sizes.items())
