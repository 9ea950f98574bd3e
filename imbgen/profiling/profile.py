"""`profile_table`: the look at a table before any modelling."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import ParameterError
from imbgen.frames import to_frame
from imbgen.profiling.classes import Classes, class_table
from imbgen.profiling.coded import CodedColumn, code_columns
from imbgen.profiling.column_findings import column_findings
from imbgen.profiling.columns import Traits, column_table, find_traits
from imbgen.profiling.copies import Copies, find_copies
from imbgen.profiling.finding import Finding, Severity
from imbgen.profiling.neighbours import Neighbours, find_neighbours
from imbgen.profiling.separation import GIVES_AWAY, auc_alone
from imbgen.profiling.table_findings import advice, class_findings, copy_findings
from imbgen.profiling.traits import Trait
from imbgen.schema import label_array

__all__ = ["TableProfile", "profile_table"]


@dataclass(frozen=True, eq=False, kw_only=True)
class TableProfile:
    """What a table is like, as `profile_table` found it.

    Parameters
    ----------
    n_rows, n_columns : int
        Size; the target is not counted among the columns.
    minority : label
        The class that was looked at: the rarest, or the one asked for.
    n_minority : int
        Its rows.
    classes : DataFrame
        By label, the largest class first: ``rows``, ``share``, ``remark``.
    columns : DataFrame
        By column: ``kind``, ``dtype``, ``distinct`` values (in the minority class too), share ``missing``
        (in the minority class too), share of the ``most_common`` value, ``auc`` of the column alone (NaN
        where it was not measured), ``remarks`` in a few words, and the same with ``details``.
    n_repeated, n_repeated_minority : int
        Rows that equal an earlier row, label and all; those of the minority class.
    n_contradicting, n_contradicting_minority : int
        Rows that equal a row of another class; those of the minority class.
    near_copies : DataFrame
        Pairs of a minority ``row`` and an ``other_row`` (positions, from 0) of class ``other_class``, with
        the column they ``differ_in``, or with their ``distance`` in units of what is usual.
    n_rows_auc, n_rows_searched : int
        On how many rows the AUCs were measured, and among how many close pairs were searched.
    random_state : int
        Seed of the folds, and of the choice of rows from a large table.
    findings : tuple of Finding
        What to know and what to do, the gravest first.
    """

    n_rows: int
    n_columns: int
    minority: Any
    n_minority: int
    classes: pd.DataFrame
    columns: pd.DataFrame
    n_repeated: int
    n_repeated_minority: int
    n_contradicting: int
    n_contradicting_minority: int
    near_copies: pd.DataFrame
    n_rows_auc: int
    n_rows_searched: int
    random_state: int
    findings: tuple[Finding, ...]

    @property
    def imbalance_ratio(self) -> float:
        """Rows of the largest class per row of the minority class."""
        return float(self.classes["rows"].max() / self.n_minority)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))


def profile_table(
    X: Any,
    y: Any,
    *,
    minority: Any = None,
    schema: Mapping[Any, str] | None = None,
    random_state: int = 0,
) -> TableProfile:
    """Look at a table before any modelling, and say what should be mended first.

    Looked at are the sizes of the classes, the kinds of columns, missing values overall and by class,
    identifiers, numbers and dates held as text, columns that tell the class on their own, rows that occur
    twice, and rows of the class next to rows of another.

    Copies are searched among all rows, leaving identifiers aside; AUCs are measured on at most 2,000 rows of
    the class and 8,000 others, close pairs searched among at most 2,000 and 20,000.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        pandas, polars or Arrow frame, or array, without the target.
    y : Series or array-like of shape (n_rows,)
        Labels.
    minority : label, optional
        Class to look at; the rarest by default.
    schema : mapping of column to kind, optional
        Kinds of columns that overrule the inference, such as ``{"zip": "categorical"}``.
    random_state : int, default=0
        Seed of the folds, and of the choice of rows from a large table.

    Returns
    -------
    profile : TableProfile

    Raises
    ------
    DataError
        A table without rows, without columns or without values; labels that are missing or do not match its
        rows; no such minority class.
    ParameterError
        A negative seed.

    Examples
    --------
    >>> from imbgen import load_dataset, profile_table
    >>> profile = profile_table(*load_dataset("hypothyroid"))
    >>> profile.minority, profile.n_minority, round(profile.imbalance_ratio, 1)
    ('hypothyroid', 151, 19.9)
    >>> profile.columns["distinct"].loc["FTI"].item()
    280
    >>> profile.findings[0].columns
    ('TSH', 'FTI')
    """
    if random_state < 0:
        raise ParameterError(
            f"`random_state` must be at least 0, however: random_state={random_state}. Pass 0 or more."
        )
    frame, columns = code_columns(to_frame(X)[0], schema)
    classes = Classes.of(y, len(frame), minority)
    for_folds, for_rows = np.random.default_rng(random_state).spawn(2)
    aucs, n_rows_auc = auc_alone(columns, classes.mask, for_folds) if classes.is_label else ({}, 0)
    traits = _all_traits(columns, classes, aucs)
    telling = [column for column in columns if not _says_nothing(traits[column.name])] or columns
    copies = find_copies(telling, classes.codes, classes.mask)
    comparable = [column for column in telling if not _is_prose(column)]
    neighbours = find_neighbours(frame, comparable, classes.mask, for_rows)
    return TableProfile(
        n_rows=len(frame),
        n_columns=len(columns),
        minority=classes.minority,
        n_minority=classes.n_minority,
        classes=class_table(classes.sizes),
        columns=column_table(columns, classes.mask, aucs, traits),
        n_repeated=int(copies.repeated.sum()),
        n_repeated_minority=int((copies.repeated & classes.mask).sum()),
        n_contradicting=int(copies.contradicting.sum()),
        n_contradicting_minority=int((copies.contradicting & classes.mask).sum()),
        near_copies=_near_copies(copies, neighbours, classes),
        n_rows_auc=n_rows_auc,
        n_rows_searched=neighbours.n_searched,
        random_state=random_state,
        findings=_all_findings(classes, copies, neighbours, traits, aucs),
    )


def _all_traits(
    columns: Sequence[CodedColumn], classes: Classes, aucs: Mapping[Hashable, float]
) -> dict[Hashable, Traits]:
    traits = {column.name: find_traits(column, classes.mask, len(columns)) for column in columns}
    for name, auc in aucs.items():
        if auc >= GIVES_AWAY:
            traits[name][Trait.GIVES_AWAY] = f"AUC {auc:.2f}"
    return traits


def _says_nothing(traits: Traits) -> bool:
    """Whether two rows are no less alike for differing in this column."""
    return bool(traits.keys() & {Trait.IDENTIFIER, Trait.EMPTY, Trait.CONSTANT})


def _is_prose(column: CodedColumn) -> bool:
    """Whether most levels are the row's own, so that any two rows differ."""
    return column.column.has_levels and 2 * len(column.values) > column.n_present


def _near_copies(copies: Copies, neighbours: Neighbours, classes: Classes) -> pd.DataFrame:
    rows = [*(twin.row for twin in copies.twins), *neighbours.rows.tolist()]
    others = [*(twin.other for twin in copies.twins), *neighbours.others.tolist()]
    n_near = len(neighbours.rows)
    return pd.DataFrame(
        {
            "row": np.array(rows, dtype=np.int64),
            "other_row": np.array(others, dtype=np.int64),
            "other_class": label_array([classes.labels[code] for code in classes.codes[others]]),
            "differ_in": label_array([*(twin.column for twin in copies.twins), *[None] * n_near]),
            "distance": [*[np.nan] * len(copies.twins), *neighbours.distances.tolist()],
        }
    )


def _all_findings(
    classes: Classes,
    copies: Copies,
    neighbours: Neighbours,
    traits: Mapping[Hashable, Traits],
    aucs: Mapping[Hashable, float],
) -> tuple[Finding, ...]:
    findings = [*class_findings(classes), *column_findings(traits, classes.minority)]
    findings += copy_findings(copies, neighbours, classes)
    if classes.is_label and len(classes.sizes) > 1:
        findings.append(advice(classes, max(aucs.values(), default=np.nan)))
    gravity = list(Severity)
    return tuple(sorted(findings, key=lambda finding: gravity.index(finding.severity)))
