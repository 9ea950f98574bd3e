"""A profile as facts and grids of text, alike in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from imbgen.profiling.profile import TableProfile
from imbgen.profiling.wording import count_rows

__all__ = ["Grid", "class_grid", "column_grid", "pair_grid", "profile_facts", "shown"]

#: Header and rows.
Grid = tuple[Sequence[str], Sequence[Sequence[str]]]

_NOTHING = "–"
_MOST_CLASSES = 20


def profile_facts(profile: TableProfile) -> dict[str, str]:
    """Return the size of the table, of its minority class, and how much is wrong with its rows.

    Examples
    --------
    >>> from imbgen import load_dataset, profile_table
    >>> from imbgen.profiling.layout import profile_facts
    >>> facts = profile_facts(profile_table(*load_dataset("hypothyroid")))
    >>> facts["minority"], facts["its rows"]
    ("'hypothyroid'", '151 (4.8%)')
    """
    facts = {
        "rows": f"{profile.n_rows:,}",
        "columns": f"{profile.n_columns:,}",
        "classes": f"{len(profile.classes):,}",
        "minority": shown(repr(profile.minority)),
        "its rows": f"{profile.n_minority:,} ({_percent(profile.n_minority / profile.n_rows)})",
        "ratio": f"1 to {profile.imbalance_ratio:,.1f} of the largest",
        "missing": f"{_percent(float(profile.columns['missing'].mean()))} of all values",
        "repeated": f"{count_rows(profile.n_repeated)} ({profile.n_repeated_minority:,} of the minority)",
        "conflict": f"{count_rows(profile.n_contradicting)}"
        f" ({profile.n_contradicting_minority:,} of the minority)",
    }
    return facts | _sampling(profile)


def _sampling(profile: TableProfile) -> dict[str, str]:
    parts = {"AUCs on": profile.n_rows_auc, "near-copies among": profile.n_rows_searched}
    told = [f"{part} {n_rows:,} rows" for part, n_rows in parts.items() if 0 < n_rows < profile.n_rows]
    return {"sampled": f"{', '.join(told)} (seed {profile.random_state})"} if told else {}


def class_grid(profile: TableProfile) -> Grid:
    """Return rows and share of each class; of many, the largest and the rarest.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen import profile_table
    >>> from imbgen.profiling.layout import class_grid
    >>> class_grid(profile_table(pd.DataFrame({"x": [1, 2, 3, 4]}), ["a", "a", "a", "b"]))
    (['class', 'rows', 'share', 'remark'],
    [['a', '3', '75.0%', 'below 30 rows'], ['b', '1', '25.0%', 'cannot be learned']])
    """
    rows = [
        (shown(label), f"{facts['rows']:,}", _percent(facts["share"]), facts["remark"])
        for label, facts in profile.classes.iterrows()
    ]
    if len(rows) > _MOST_CLASSES:
        half = _MOST_CLASSES // 2
        between = profile.classes.iloc[half:-half]
        rest = (
            f"… {len(between):,} more",
            f"{between['rows'].sum():,}",
            _percent(between["share"].sum()),
            "",
        )
        rows = [*rows[:half], rest, *rows[-half:]]
    return _without_empty(("class", "rows", "share", "remark"), rows)


def column_grid(profile: TableProfile, *, details: bool = True) -> Grid:
    """Return the facts of each column, the remarks with details or without.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbgen import profile_table
    >>> from imbgen.profiling.layout import column_grid
    >>> header, rows = column_grid(profile_table(pd.DataFrame({"x": [1, 1]}), ["a", "b"]))
    >>> rows
    [['x', 'constant', '1', '0%', '0%', '100%', '–', 'constant (always 1)']]
    """
    rows = [
        (
            shown(name),
            facts["kind"],
            f"{facts['distinct']:,}",
            _percent(facts["missing"]),
            _percent(facts["missing_minority"]),
            _percent(facts["most_common"]),
            _NOTHING if isnan(facts["auc"]) else f"{facts['auc']:.2f}",
            shown(facts["details" if details else "remarks"]),
        )
        for name, facts in profile.columns.iterrows()
    ]
    header = ("column", "kind", "distinct", "missing", "in minority", "most common", "AUC alone", "remarks")
    return _without_empty(header, rows)


def pair_grid(profile: TableProfile, most: int) -> Grid:
    """Return the first pairs of near-copies."""
    rows = [
        (
            f"{facts['row']:,}",
            f"{facts['other_row']:,}",
            shown(facts["other_class"]),
            f"only in {shown(facts['differ_in'])}"
            if isnan(facts["distance"])
            else f"by {_percent(facts['distance'])} of the usual distance",
        )
        for _, facts in profile.near_copies.head(most).iterrows()
    ]
    return ("row of the minority", "other row", "its class", "they differ"), rows


def _without_empty(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """Drop columns in which no row has anything to tell."""
    kept = [i for i in range(len(header)) if any(row[i] for row in rows)]
    return [header[i] for i in kept], [[row[i] for i in kept] for row in rows]


def shown(value: object) -> str:
    r"""Return a label or name on one line and without control characters.

    Examples
    --------
    >>> from imbgen.profiling.layout import shown
    >>> shown("a\n\tb\x1b[31m")
    'a b [31m'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())


def _percent(share: float) -> str:
    if isnan(share):
        return _NOTHING
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return "< 0.1%" if share < 0.001 else "> 99.9%" if share > 0.999 else f"{share:.1%}"
