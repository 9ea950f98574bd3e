"""Why a sampler refused a table, in our words: what it met there, and what to use instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import DataError
from imbgen.resampling.columns import HandOver
from imbgen.tables.checks import shorten

__all__ = ["explain_refusal"]

_TAKES_ALL = "imbgen.OverSampler with a generator, which takes all of it"


def explain_refusal(error: Exception, sampler: Any, hand_over: HandOver, labels: np.ndarray) -> DataError:
    """Return the error for a user.

    Parameters
    ----------
    error : Exception
        What the sampler raised.
    sampler : sampler
        That raised it.
    hand_over : HandOver
        The table that it was given.
    labels : ndarray of shape (n_rows,)
        Its labels.

    Returns
    -------
    error : DataError
    """
    name, said = type(sampler).__name__, " ".join(str(error).split())
    texts = hand_over.names_of_categories()
    gaps = hand_over.frame.columns[hand_over.frame.isna().any()].tolist()
    met_gaps = bool(gaps) and "contains NaN" in said
    if texts and (
        re.search("string to float|dtype object|numerical data|'str'", said)
        or (met_gaps and not _takes_text(sampler))
    ):
        return DataError(_text_met(name, texts, gaps))
    if met_gaps:
        return DataError(
            f"`{name}` takes no missing values, however: there are some in {shorten(gaps)}."
            f" Fill them, or use {_TAKES_ALL}."
        )
    if found := re.search(r"n_neighbors = (\d+), n_samples_fit = (\d+)", said):
        return DataError(_too_few_rows(sampler, int(found[1]), int(found[2]), labels))
    return DataError(
        f"`{name}` must be able to resample the table, however it refuses: {said.rstrip('.')}."
        f" {_remedy(said)}"
    )


def _takes_text(sampler: Any) -> bool:
    return hasattr(sampler, "__sklearn_tags__") and sampler.__sklearn_tags__().input_tags.string


def _text_met(name: str, texts: Sequence[Any], gaps: Sequence[Any]) -> str:
    facts = f"{shorten(texts)} {'is' if len(texts) == 1 else 'are'} text or categories"
    if gaps:
        facts += f", and there are missing values in {shorten(gaps)}"
    if name == "SMOTENC":
        return (
            f"`SMOTENC` must be told which columns are no numbers, however: {facts}."
            ' Set `categorical_features` to "auto".'
        )
    remedy = f"Use {_TAKES_ALL}" if gaps else f'Use SMOTENC(categorical_features="auto"), or {_TAKES_ALL}'
    return f"`{name}` takes numbers only, however: {facts}. {remedy}."


def _too_few_rows(sampler: Any, n_asked: int, n_rows: int, labels: np.ndarray) -> str:
    name, sizes = type(sampler).__name__, pd.Series(labels).value_counts()
    small = [label for label, size in sizes.items() if size == n_rows]
    whose = f"class {str(small[0])!r} has {n_rows}" if small else f"it can use only {n_rows}"
    neighbours = {
        key.rpartition("__")[2]: value
        for key, value in sampler.get_params().items()
        if key.endswith("neighbors") and value in (n_asked - 1, n_asked)
    }
    key, value = next(iter(neighbours.items()), ("k_neighbors", n_asked - 1))
    most = n_rows - 1 - (n_asked - value - 1)
    instead = f"Set `{key}` to {most}{' or less' if most > 1 else ''}, or use" if most > 0 else "Use"
    return (
        f"`{name}` needs more rows of a class than its `{key}`, {value}, however: {whose}."
        f" {instead} imbgen.OverSampler with a generator, or leave the class out of `sampling_strategy`."
    )


def _remedy(said: str) -> str:
    if "only with categorical features" in said:
        return "Use SMOTEN."
    if "only with numerical features" in said:
        return "Use SMOTE."
    return "Change its arguments, or use another sampler."
