"""What a trait of columns means, in sentences, and what to do about it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from imbgen.profiling.columns import Traits
from imbgen.profiling.finding import Finding, Severity
from imbgen.profiling.traits import Trait
from imbgen.profiling.wording import enumerate_names

__all__ = ["column_findings"]


@dataclass(frozen=True)
class _Rule:
    """How a trait becomes a finding.

    `{label}` is the class; in a remedy, `{them}`, `{they}` and `{are}` agree with the number of columns.
    """

    severity: Severity
    title: str
    one: str
    many: str
    remedy: str


# In the order in which findings of one severity are told.
_RULES: dict[Trait, _Rule] = {
    Trait.INFINITE: _Rule(
        Severity.BLOCKER,
        "Infinite values",
        "holds infinite values",
        "hold infinite values",
        "Replace them by a number or by a missing value: training refuses them.",
    ),
    Trait.GIVES_AWAY: _Rule(
        Severity.WARNING,
        "One column tells the class",
        "tells rows of class {label} from the others nearly perfectly on its own",
        "tell rows of class {label} from the others nearly perfectly, each on its own",
        "Ask when and how {they} {are} recorded. If that is after the outcome is known it is leakage: drop"
        " {them}. If not, {they} may simply be good, and then there is little left for augmentation to gain.",
    ),
    Trait.MISSING_BY_CLASS: _Rule(
        Severity.WARNING,
        "Missing values depend on the class",
        "is missing in clearly different shares of rows of class {label} and of the others",
        "are missing in clearly different shares of rows of class {label} and of the others",
        "Find out why. If values were recorded only once the outcome was known, the gap itself is leakage;"
        " otherwise keep it as information and do not fill it before the split.",
    ),
    Trait.IDENTIFIER: _Rule(
        Severity.WARNING,
        "Identifiers",
        "looks like an identifier",
        "look like identifiers",
        "Drop {them}: a model would memorise rows, and a generator would invent names.",
    ),
    Trait.GROUP: _Rule(
        Severity.WARNING,
        "Groups of rows",
        "seems to name what several rows belong to",
        "seem to name what several rows belong to",
        "If that is a person, a machine or a site, drop the column from the features and pass it as `groups`"
        " when splitting, so that no group is on both sides.",
    ),
    Trait.DATE_TEXT: _Rule(
        Severity.WARNING,
        "Dates held as text",
        "holds dates as text",
        "hold dates as text",
        "Convert {them} with `pandas.to_datetime`; as text every date is a level of its own. If rows come in"
        " time, train on the earlier and test on the later.",
    ),
    Trait.NUMBER_TEXT: _Rule(
        Severity.WARNING,
        "Numbers held as text",
        "holds numbers as text",
        "hold numbers as text",
        "Convert {them} with `pandas.to_numeric`, or read the file with the right decimal sign; if the"
        " numbers are names of something, leave {them} and pass `schema` to say so.",
    ),
    Trait.MIXED: _Rule(
        Severity.WARNING,
        "Mixed types",
        "mixes types",
        "mix types",
        "Give every value of a column one type before modelling.",
    ),
    Trait.CONSTANT_IN_CLASS: _Rule(
        Severity.NOTE,
        "Constant in the class only",
        "has a single value in rows of class {label} but varies elsewhere",
        "have a single value in rows of class {label} but vary elsewhere",
        "Every synthetic row of the class will have that value. If it follows from how the rows were"
        " collected, drop {them}.",
    ),
    Trait.EMPTY: _Rule(
        Severity.NOTE,
        "Empty columns",
        "holds no value at all",
        "hold no value at all",
        "Drop {them}: there is nothing to learn.",
    ),
    Trait.CONSTANT: _Rule(
        Severity.NOTE,
        "Constant columns",
        "has a single value",
        "have a single value",
        "Drop {them}, unless gaps mean something: there is nothing else to learn.",
    ),
    Trait.NEARLY_CONSTANT: _Rule(
        Severity.NOTE,
        "Nearly constant columns",
        "has the same value in at least 99% of the rows",
        "have the same value in at least 99% of the rows",
        "Drop {them} unless the exceptions matter; too few rows show what they mean.",
    ),
    Trait.MISSING_TEXT: _Rule(
        Severity.NOTE,
        "Words that may mean missing",
        "holds text that may stand for a missing value",
        "hold text that may stand for a missing value",
        "If so, replace the text by a real missing value; if not knowing is an answer, leave it.",
    ),
    Trait.FEW_INTEGERS: _Rule(
        Severity.NOTE,
        "Whole numbers that may be codes",
        "holds a few whole numbers",
        "hold a few whole numbers each",
        "If they are codes without an order, say so: `schema={{column: 'categorical'}}`; they are read as"
        " quantities otherwise.",
    ),
    Trait.MANY_LEVELS: _Rule(
        Severity.NOTE,
        "Many levels",
        "has many levels",
        "have many levels",
        "Merge rare levels, or group them by meaning; a class of few rows sees only some of them.",
    ),
    Trait.SINGLE_LEVELS: _Rule(
        Severity.NOTE,
        "Levels seen once",
        "has levels that occur once",
        "have levels that occur once",
        "Merge such levels into one: nothing can be learned from a single row, and test rows will bring new"
        " ones.",
    ),
    Trait.MANY_ZEROS: _Rule(
        Severity.NOTE,
        "Many zeros",
        "is zero in at least half of its rows",
        "are zero in at least half of their rows",
        "The generators here keep the share of zeros; for linear models add a column that says whether it is"
        " zero.",
    ),
    Trait.HEAVY_TAIL: _Rule(
        Severity.NOTE,
        "Heavy tails",
        "has a heavy tail (IQR: interquartile range)",
        "have heavy tails (IQR: interquartile range)",
        "Check the extremes for errors. The generators here work on ranks and take no harm; for linear"
        " models and distances use logarithms or ranks.",
    ),
}


def column_findings(traits: Mapping[Hashable, Traits], label: object) -> Iterator[Finding]:
    """Yield a finding for each trait that some column has, naming all of these columns.

    Parameters
    ----------
    traits : mapping of label to Traits
        What is worth saying about each column.
    label : object
        The class that was looked at.

    Yields
    ------
    finding : Finding

    Examples
    --------
    >>> from imbgen.profiling.column_findings import column_findings
    >>> from imbgen.profiling.traits import Trait
    >>> (finding,) = column_findings({"a": {Trait.CONSTANT: "always 7"}, "b": {}}, "ill")
    >>> finding.message
    "Column 'a' (always 7) has a single value."
    """
    for trait, rule in _RULES.items():
        meant = {name: found[trait] for name, found in traits.items() if trait in found}
        if meant:
            yield _tell(rule, meant, label)


def _tell(rule: _Rule, meant: Mapping[Hashable, str], label: object) -> Finding:
    single = len(meant) == 1
    named = [f"{name!r} ({detail})" if detail else f"{name!r}" for name, detail in meant.items()]
    subject = "Column" if single else "Columns"
    predicate = (rule.one if single else rule.many).format(label=repr(label))
    message = f"{subject} {enumerate_names(named)} {predicate}."
    them, they, are = ("it", "it", "is") if single else ("them", "they", "are")
    remedy = rule.remedy.format(them=them, they=they, are=are, label=repr(label))
    return Finding(rule.severity, rule.title, message, remedy, tuple(meant))
