"""Findings about classes and rows: too few, too alike, and whether augmentation is likely to help."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
import pandas as pd

from imbgen.profiling.classes import FEWEST_ROWS, Classes
from imbgen.profiling.copies import Copies
from imbgen.profiling.finding import Finding, Severity
from imbgen.profiling.neighbours import Neighbours
from imbgen.profiling.separation import GIVES_AWAY
from imbgen.profiling.wording import count_rows, enumerate_names

__all__ = ["advice", "class_findings", "copy_findings"]

# Up to here recall on all rows of the class is uncertain by 5 points or more.
_UNCERTAIN = 100
# From here on a model has rows enough of its own in most tables; a rule of thumb.
_ENOUGH = 500
# A neighbourhood needs a few rows to be one.
_HOPELESS = 10
_BALANCED = 3.0
# Copies among fewer rows than that do not sway a score.
_FEW_COPIES = 0.01


def class_findings(classes: Classes) -> Iterator[Finding]:
    """Yield what the sizes of the classes mean.

    Parameters
    ----------
    classes : Classes

    Yields
    ------
    finding : Finding

    Examples
    --------
    >>> from imbgen.profiling.classes import Classes
    >>> from imbgen.profiling.table_findings import class_findings
    >>> [finding.title for finding in class_findings(Classes.of(["a", "a", "b"], 3))]
    ['Classes of one row', 'Small classes']
    """
    sizes = classes.sizes
    if not classes.is_label:
        yield Finding(
            Severity.BLOCKER,
            "The target is no class label",
            f"The target has {len(sizes):,} distinct values in {sizes.sum():,} rows: it looks like a"
            " measurement or an identifier, not like a class label.",
            "Name another column as the target, or cut this one into classes first, such as above and below a"
            " limit.",
        )
    elif len(sizes) == 1:
        yield Finding(
            Severity.BLOCKER,
            "One class only",
            f"All {sizes.sum():,} rows are of class {sizes.index[0]!r}.",
            "Add rows of the other classes: there is nothing to tell apart.",
        )
    else:
        yield from _single_rows(sizes)
        yield from _small_classes(sizes)
        yield from _uncertain_scores(classes)


def _single_rows(sizes: pd.Series) -> Iterator[Finding]:
    single = [repr(label) for label, size in sizes.items() if size == 1]
    if single:
        one = len(single) == 1
        yield Finding(
            Severity.BLOCKER,
            "Classes of one row",
            f"{'Class' if one else 'Classes'} {enumerate_names(single)} {'has' if one else 'have'} a single"
            " row, from which nothing can be learned or tested.",
            "Add rows, join it with a related class, or leave it out.",
        )


def _small_classes(sizes: pd.Series) -> Iterator[Finding]:
    few = {label: int(size) for label, size in sizes.items() if 1 < size < FEWEST_ROWS}
    if few:
        named = [f"{label!r} ({size} rows)" for label, size in few.items()]
        subject, verb = ("Class", "is") if len(few) == 1 else ("Classes", "are")
        yield Finding(
            Severity.WARNING,
            "Small classes",
            f"{subject} {enumerate_names(named)} {verb} below {FEWEST_ROWS} rows: too few to train a"
            f" network, so that a simpler generator takes its place. Recall on all {min(few.values())} rows"
            f" of the smallest has a standard error of up to {_recall_error(min(few.values()))}.",
            "Collect more rows if that is at all possible, or join related classes; test with repeated"
            " stratified folds, of at most as many folds as the class has rows.",
        )


def _uncertain_scores(classes: Classes) -> Iterator[Finding]:
    if FEWEST_ROWS <= classes.n_minority < _UNCERTAIN:
        yield Finding(
            Severity.NOTE,
            "Scores will be uncertain",
            f"Recall measured on all {classes.n_minority} rows of class {classes.minority!r} has a standard"
            f" error of up to {_recall_error(classes.n_minority)}.",
            "Use repeated stratified folds, and trust a difference only if its interval excludes zero.",
        )


def _recall_error(size: int) -> str:
    return f"{50 / sqrt(size):.0f} percentage points"


def copy_findings(copies: Copies, neighbours: Neighbours, classes: Classes) -> Iterator[Finding]:
    """Yield what copied rows mean.

    Parameters
    ----------
    copies : Copies
        Exact copies, and rows equal but for one column.
    neighbours : Neighbours
        Rows far closer than usual.
    classes : Classes

    Yields
    ------
    finding : Finding
    """
    if n_rows := int(copies.contradicting.sum()):
        yield Finding(
            Severity.WARNING,
            "Equal rows, different classes",
            f"{count_rows(n_rows)} ({_of_class(copies.contradicting, classes)}) {_verb('equal', n_rows)} a"
            " row of another class in every column.",
            "Correct their labels or find the column that tells them apart; no model can. Keep rows whose"
            " label is in doubt out of what a generator learns from.",
        )
    if n_rows := int(copies.repeated.sum()):
        share = n_rows / len(classes.mask)
        grave = share >= _FEW_COPIES or bool((copies.repeated & classes.mask).any())
        yield Finding(
            Severity.WARNING if grave else Severity.NOTE,
            "Repeated rows",
            f"{count_rows(n_rows)} ({_percent(share)} of the table; {_of_class(copies.repeated, classes)})"
            f" {_verb('repeat', n_rows)} an earlier row in every column.",
            "Drop them if they are copies. If they are real, keep equal rows on one side of every split:"
            " `groups = X.groupby(list(X), dropna=False).ngroup()`.",
        )
    yield from _near_copies(copies, neighbours, classes.minority)


def _near_copies(copies: Copies, neighbours: Neighbours, label: object) -> Iterator[Finding]:
    facts = [*_twins(copies, label), *_near(neighbours, label)]
    if facts:
        yield Finding(
            Severity.WARNING,
            "Near-copies in other classes",
            f"{'; '.join(facts)}. Rows are counted from 0.",
            "Look at these pairs (`near_copies` of the profile): altered copies, slips of the pen or wrong"
            " labels? Do not augment before that is settled, because a generator would multiply them.",
        )


def _twins(copies: Copies, label: object) -> Iterator[str]:
    if n_twins := len(copies.twins):
        first = copies.twins[0]
        yield (
            f"{count_rows(n_twins)} of class {label!r} {_verb('equal', n_twins)} a row of another class but"
            f" for a single column (such as rows {first.row} and {first.other}, which differ in"
            f" {first.column!r})"
        )


def _near(neighbours: Neighbours, label: object) -> Iterator[str]:
    if n_near := len(neighbours.rows):
        place = int(np.argmin(neighbours.distances))
        yield (
            f"{count_rows(n_near)} of class {label!r} {_verb('lie', n_near)} far closer to a row of another"
            f" class than rows usually lie to each other (such as rows {neighbours.rows[place]} and"
            f" {neighbours.others[place]})"
        )


def advice(classes: Classes, best_auc: float) -> Finding:
    """Return what to expect of augmentation: a rule of thumb, and said to be one.

    Parameters
    ----------
    classes : Classes
        Two or more.
    best_auc : float
        Highest ROC AUC of a single column, NaN if unknown.

    Returns
    -------
    finding : Finding
    """
    size, minority = classes.n_minority, classes.minority
    ratio = classes.sizes.iloc[0] / size
    if size < _HOPELESS:
        fact = f"Class {minority!r} has {count_rows(size)}: synthetic rows could only vary what there is."
        remedy = (
            "Do not expect augmentation to stand in for data. Collect rows, or treat the class as outliers."
        )
    elif ratio < _BALANCED:
        fact = f"Class {minority!r} is hardly rare (1 row to {ratio:.1f} of the largest class)."
        remedy = "Leave the rows as they are; if errors cost differently, tune the threshold."
    elif best_auc >= GIVES_AWAY:
        fact = f"A single column already ranks class {minority!r} with an AUC of {best_auc:.2f}."
        remedy = (
            "Settle first whether it may be used; if so, tune the threshold: augmentation has little to add."
        )
    elif size < _ENOUGH:
        fact = (
            f"Class {minority!r} has {size} rows, which is where augmentation has its best chance: a few"
            " tens of rows up to a few hundred, and a weak or linear model."
        )
        remedy = (
            "Try it against doing nothing, class weights and a tuned threshold, on held-out real rows. With"
            " boosted trees expect little; if the gain is within its error, tune the threshold instead."
        )
    else:
        fact = f"Class {minority!r} has {size:,} rows: most models learn from so many without help."
        remedy = (
            "Start with class weights and a tuned threshold. Augment only if a weak or linear model has to be"
            " used, and if held-out real rows show a gain."
        )
    caveat = " This is a rule of thumb from the size of the class, not a result on this table."
    return Finding(Severity.ADVICE, "Will augmentation help?", fact, remedy + caveat)


def _verb(plural: str, n_rows: int) -> str:
    return f"{plural}{'s' * (n_rows == 1)}"


def _of_class(rows: np.ndarray, classes: Classes) -> str:
    return f"{int((rows & classes.mask).sum()):,} of class {classes.minority!r}"


def _percent(share: float) -> str:
    return "less than 0.1%" if share < 0.001 else f"{share:.1%}"
