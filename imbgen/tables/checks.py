"""What every table must be, and several files of one table must share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pandas as pd

from imbgen.errors import DataError, did_you_mean

__all__ = [
    "check_labels",
    "check_names",
    "check_not_empty",
    "check_same_columns",
    "check_same_kinds",
    "check_target",
    "shorten",
]


def check_names(names: Sequence[Hashable], address: str) -> None:
    """Refuse two columns of the same name."""
    index = pd.Index(names)
    if index.has_duplicates:
        doubled = index[index.duplicated()].unique().tolist()
        raise DataError(
            f"Column names must be unique, however in {address!r} these occur more than once:"
            f" {shorten(doubled)}. Rename or drop them."
        )


def check_not_empty(n_rows: int, n_columns: int, address: str) -> None:
    """Refuse a table without columns or rows."""
    if n_columns == 0 or n_rows == 0:
        raise DataError(
            f"A table must have at least one column and one row, however {address!r}"
            f" has {n_columns} columns and {n_rows} rows. Check how it was written."
        )


def check_target(target: Hashable, names: Sequence[Hashable]) -> None:
    """Refuse a target that is no column, or the only one."""
    if target not in names:
        raise DataError(
            f"`target` must be a column of the table, however: target={target!r}."
            f"{did_you_mean(target, names)} The columns are {shorten(names)}."
        )
    if len(names) == 1:
        raise DataError(
            f"A table must have columns beside its target, however {target!r} is the only one."
            " Add the features."
        )


def check_labels(n_missing: int, n_rows: int, target: Hashable) -> None:
    """Refuse missing labels."""
    if n_missing:
        raise DataError(
            f"Every row needs a label, however {n_missing} of {n_rows} rows have none in {target!r}."
            " Drop these rows, or give them a class of their own."
        )


def check_same_columns(
    first_address: str, first: Sequence[Hashable], address: str, names: Sequence[Hashable]
) -> None:
    """Refuse a file of a pattern whose columns are not those of the first."""
    lacking = [name for name in first if name not in names]
    extra = [name for name in names if name not in first]
    if lacking or extra:
        facts = [f"lacks {shorten(lacking)}"] * bool(lacking) + [f"has also {shorten(extra)}"] * bool(extra)
        raise DataError(
            f"All files of a pattern must have the same columns, however {address!r} {' and '.join(facts)}"
            f" in comparison with {first_address!r}. Correct it, or narrow the pattern."
        )


def check_same_kinds(addresses: Sequence[str], frames: Sequence[pd.DataFrame]) -> None:
    """Refuse a column that is text in one file of a pattern and numbers in another."""
    for column in frames[0].columns:
        seen: dict[str, str] = {}
        for address, frame in zip(addresses, frames, strict=True):
            if not frame[column].isna().all():
                seen.setdefault(_kind_of(frame[column]), address)
        if len(seen) > 1:
            facts = ", ".join(f"{kind} in {address!r}" for kind, address in seen.items())
            raise DataError(
                f"A column must hold one kind of value in all files of a pattern,"
                f" however {column!r} has {facts}. Correct the files, or narrow the pattern."
            )


def _kind_of(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "booleans"
    if pd.api.types.is_numeric_dtype(column):
        return "numbers"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "dates"
    return "text"


def shorten(names: Sequence[object], limit: int = 8) -> str:
    """List names, of many the first."""
    shown = ", ".join(repr(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
