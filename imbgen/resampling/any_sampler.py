"""`resample`: a sampler on a table as it is, and the table given back as it was."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.base import clone

from imbgen.errors import DataError, ImbgenError, ParameterError
from imbgen.frames import to_frame
from imbgen.generators.base import BaseGenerator
from imbgen.generators.gmm import GMMGenerator
from imbgen.resampling.columns import HandOver, text_names
from imbgen.resampling.refusals import explain_refusal
from imbgen.sampler import OverSampler
from imbgen.schema import Schema

__all__ = ["Resampled", "resample", "takes_tables"]


class Resampled(NamedTuple):
    """A resampled table.

    Parameters
    ----------
    X : the container given, n_rows_new rows
        The rows, in the columns and dtypes that were given.
    y : the container given, n_rows_new labels
        Their labels.
    synthetic_mask : ndarray of bool, shape (n_rows_new,)
        Which rows are new: made by the sampler, or repeated by it.
    """

    X: Any
    y: Any
    synthetic_mask: np.ndarray


def resample(
    X: Any,
    y: Any,
    sampler: Any,
    *,
    schema: Mapping[Any, str] | None = None,
    random_state: int | None = None,
) -> Resampled:
    """Resample a table with any sampler of imbalanced-learn's kind.

    Original rows come back untouched, and new ones in the same columns and dtypes: whole numbers are
    rounded and stay within what was seen, decimals keep their grid, booleans stay booleans, text is given to
    the sampler as categories, so that `SMOTENC(categorical_features="auto")` finds it. Do this to training
    rows only, after the split: rows made from test rows make every test look better than it is.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        pandas, polars or Arrow frame, or array.
    y : Series or ndarray of shape (n_rows,)
        Labels.
    sampler : sampler
        With a method `fit_resample(X, y)`: `SMOTE()`, `ADASYN()`, `SMOTETomek()`, `imbgen.OverSampler()`,
        .... It is cloned, never fitted itself.
    schema : mapping of column to kind, optional
        Kinds that overrule the inference, such as ``{"zip": "categorical"}``.
    random_state : int, optional
        Seed for each `random_state` of the sampler that is None; without it one is drawn.

    Returns
    -------
    resampled : Resampled
        The tuple `(X, y, synthetic_mask)`.

    Raises
    ------
    ParameterError
        `sampler` is none.
    DataError
        The table is none, or the sampler cannot take it.

    Examples
    --------
    >>> import pandas as pd
    >>> from imblearn.over_sampling import SMOTENC
    >>> from imbgen import resample
    >>> X = pd.DataFrame({"age": [31, 45, 52, 38, 60, 71], "sex": list("FMFFMM")})
    >>> sampler = SMOTENC(categorical_features="auto", k_neighbors=1)
    >>> new = resample(X, ["no", "no", "no", "no", "yes", "yes"], sampler, random_state=0)
    >>> new.X[new.synthetic_mask].dtypes.equals(X.dtypes), new.y.tolist().count("yes")
    (True, 4)
    """
    _check_sampler(sampler)
    frame, container = to_frame(X)
    labels, take_labels = _open_labels(y, len(frame))
    kinds = None if schema is None else _by_text_names(schema, frame)
    prepared = _prepare(sampler, kinds, random_state)
    hand_over = HandOver(frame, Schema.infer(frame, schema), _asks_for_categories(sampler))
    takes_all = takes_tables(sampler)
    given = frame.set_axis(text_names(frame), axis=1) if takes_all else hand_over.encode()
    rows, new_labels = _run(prepared, given, labels, hand_over)
    first = {label: row for row, label in reversed(list(enumerate(labels.tolist())))}
    y_new = take_labels(np.array([first[label] for label in new_labels.tolist()], dtype=np.int64))
    if takes_all:
        rows = rows.set_axis(frame.columns, axis=1)
        return Resampled(container.restore(rows), y_new, prepared.synthetic_mask_)
    source, synthetic = _trace(given, labels, rows, new_labels, getattr(prepared, "synthetic_mask_", None))
    return Resampled(container.restore(_join(hand_over, source, rows)), y_new, synthetic)


def _check_sampler(sampler: Any) -> None:
    if isinstance(sampler, BaseGenerator):
        name = type(sampler).__name__
        remedy = f"Wrap it: imbgen.OverSampler({name}())"
    elif inspect.isclass(sampler) and hasattr(sampler, "fit_resample"):
        remedy = f"Make one of the class: {sampler.__name__}()"
    elif hasattr(sampler, "fit_resample"):
        return
    else:
        remedy = "Pass a sampler such as imblearn.over_sampling.SMOTE() or imbgen.OverSampler()"
    raise ParameterError(
        f"`sampler` must be an object with a method `fit_resample`, however: sampler={sampler!r}. {remedy}."
    )


def _open_labels(y: Any, n_rows: int) -> tuple[np.ndarray, Callable[[np.ndarray], Any]]:
    """Return labels as an array, and a function that takes labels by row from the container given."""
    take: Callable[[np.ndarray], Any]
    if isinstance(y, pd.Series):
        labels, take = y.infer_objects().to_numpy(), lambda rows: y.iloc[rows].reset_index(drop=True)
    elif nw.dependencies.is_into_series(y):
        series = nw.from_native(y, series_only=True)
        labels, take = series.to_numpy(), lambda rows: series[rows.tolist()].to_native()
    else:
        labels = np.asarray(y)
        take = labels.__getitem__
    if labels.shape != (n_rows,):
        raise DataError(
            f"`y` must hold one label for each of the {n_rows} rows, however: its shape is {labels.shape}."
            " Pass one column of labels."
        )
    if n_missing := int(pd.isna(labels).sum()):
        raise DataError(
            f"Every row needs a label, however {n_missing} of {n_rows} rows have none."
            " Drop these rows, or give them a class of their own."
        )
    if len(set(labels.tolist())) < 2:
        raise DataError(
            f"`y` must hold at least two classes, however: all {n_rows} rows are {str(labels[0])!r}."
            " Add the other rows, or take another column."
        )
    return labels, take


def _asks_for_categories(sampler: Any) -> bool:
    """Whether a sampler finds the categories by dtype, as `SMOTENC(categorical_features="auto")` does."""
    return any(
        key.rpartition("__")[2] == "categorical_features" and isinstance(value, str) and value == "auto"
        for key, value in _params(sampler).items()
    )


def takes_tables(sampler: Any) -> bool:
    """Whether a sampler takes a table of any dtypes as it is; others are handed numbers and categories."""
    return getattr(sampler, "takes_tables", False)


def _by_text_names(schema: Mapping[Any, Any], frame: pd.DataFrame) -> dict[str, Any]:
    names = dict(zip(frame.columns, text_names(frame), strict=True))
    return {names.get(name, str(name)): kind for name, kind in schema.items()}


def _params(sampler: Any) -> dict[str, Any]:
    return sampler.get_params() if hasattr(sampler, "get_params") else {}


def _prepare(sampler: Any, schema: Mapping[Any, str] | None, random_state: int | None) -> Any:
    """Return a seeded copy: for None, imbalanced-learn would draw from NumPy's global state."""
    if random_state is None:
        random_state = int(np.random.default_rng().integers(2**31))
    prepared = clone(sampler, safe=False)
    if takes_tables(sampler) and schema is not None:
        if isinstance(prepared, OverSampler):  # whose generator knows of columns
            prepared.set_params(generator=prepared.generator or GMMGenerator())
        key = "generator__schema" if isinstance(prepared, OverSampler) else "schema"
        if prepared.get_params()[key] is None:
            prepared.set_params(**{key: dict(schema)})
    unset = [
        key
        for key, value in _params(prepared).items()
        if value is None and key.rpartition("__")[2] == "random_state"
    ]
    return prepared.set_params(**dict.fromkeys(unset, random_state)) if unset else prepared


def _run(
    sampler: Any, given: pd.DataFrame, labels: np.ndarray, hand_over: HandOver
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows in the columns and dtypes of `given`, and their labels."""
    try:
        y = pd.Series(labels, index=given.index, dtype=labels.dtype).copy()
        rows, new_labels = sampler.fit_resample(given.copy(), y)
    except ImbgenError:
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        raise explain_refusal(error, sampler, hand_over, labels) from error
    rows = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    if rows.shape[1] != given.shape[1]:
        raise DataError(
            f"A sampler must keep the columns, however: {type(sampler).__name__} was given"
            f" {given.shape[1]} and gave {rows.shape[1]}. Leave out what changes them."
        )
    rows = rows.set_axis(given.columns, axis="columns").reset_index(drop=True)
    return rows.astype(given.dtypes.to_dict()), np.asarray(new_labels)


def _trace(
    given: pd.DataFrame,
    labels: np.ndarray,
    rows: pd.DataFrame,
    new_labels: np.ndarray,
    mask: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Say of each row after resampling where it comes from.

    Returns
    -------
    source : ndarray of int, shape (n_rows_new,)
        Row of the table that it equals; -1 if it was made.
    synthetic : ndarray of bool, shape (n_rows_new,)
        Whether it is new; a row that occurs more often than in the table is new from then on.
    """
    before, after = _keys(given, labels), _keys(rows, new_labels)
    firsts = before.drop_duplicates()
    source = firsts.index.to_numpy()[(found := pd.Index(firsts).get_indexer(after))]
    source[found < 0] = -1
    if mask is None and _comes_first(given, labels, rows, new_labels):
        mask = np.arange(len(rows)) >= len(given)
    if mask is None:
        nth = after.groupby(after).cumcount()
        mask = (nth >= after.map(before.value_counts()).fillna(0)).to_numpy()
    elif (~mask).sum() == len(given):
        source[~mask] = np.arange(len(given))
    return source, mask


def _keys(rows: pd.DataFrame, labels: np.ndarray) -> pd.Series:
    """Return a hash of each row and its label; equal rows have equal ones."""
    numbered = rows.set_axis(range(rows.shape[1]), axis="columns")
    label = pd.Series(labels, index=rows.index, name="label")
    return pd.util.hash_pandas_object(pd.concat([numbered, label], axis="columns"), index=False)


def _comes_first(given: pd.DataFrame, labels: np.ndarray, rows: pd.DataFrame, new_labels: np.ndarray) -> bool:
    """Whether a result starts with the table; a sampler that scales may change the last digits."""
    n_rows = len(given)
    if len(rows) < n_rows or not np.array_equal(labels, new_labels[:n_rows]):
        return False
    return all(
        np.allclose(given[name], rows[name][:n_rows], equal_nan=True)
        if pd.api.types.is_float_dtype(given[name])
        else given[name].equals(rows[name][:n_rows])
        for name in given.columns
    )


def _join(hand_over: HandOver, source: np.ndarray, rows: pd.DataFrame) -> pd.DataFrame:
    """Take each row from the table where it is one of it, else from what was made."""
    frame, made = hand_over.frame, source < 0
    new = hand_over.decode(rows[made])
    joined = pd.concat([frame, new], ignore_index=True).astype(frame.dtypes.to_dict())
    return joined.iloc[np.where(made, len(frame) + np.cumsum(made) - 1, source)].reset_index(drop=True)
