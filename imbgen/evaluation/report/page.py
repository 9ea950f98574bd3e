"""A comparison as a page: the verdict first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imbgen.evaluation.protocol import OK
from imbgen.evaluation.report import slices, tables
from imbgen.evaluation.report.blocks import picture
from imbgen.evaluation.report.dataset import dataset_parts
from imbgen.html import (
    Block,
    Details,
    Facts,
    Heading,
    Items,
    Page,
    Paragraph,
    Section,
    Statement,
    Table,
)

if TYPE_CHECKING:
    from imbgen.evaluation.comparison import Comparison

__all__ = ["CONFIDENTIAL", "comparison_page"]

#: Stands below every report.
CONFIDENTIAL = "Made with imbgen. This page holds values of the table: treat it as confidential as the data."
# Of more data sets, a page with all pictures would be too heavy for a phone.
_MOST_DRAWN = 3
_MOST_TRACEBACKS = 10


def comparison_page(result: Comparison) -> Page:
    """Return the report of a comparison.

    Parameters
    ----------
    result : Comparison

    Returns
    -------
    page : Page
        For `imbgen.html.write_page`.

    Examples
    --------
    >>> from imbgen import compare, load_dataset
    >>> from imbgen.evaluation.report import comparison_page
    >>> X, y = load_dataset("ecoli")
    >>> options = {"cv": 2, "threshold_folds": 2, "classifiers": "linear", "fidelity": False}
    >>> page = comparison_page(compare({"ecoli": (X, y == "imU")}, random_state=0, **options))
    >>> page.title, [section.title for section in page.sections][:3]
    ('ecoli: augment or not?', ['Verdict', 'Against the baselines', 'Precision and recall'])
    """
    names = [str(name) for name in result.datasets["dataset"]]
    sections = [Section("Verdict", list(_verdict(result, names)))]
    if len(names) == 1:
        sections += [Section(title, blocks) for title, blocks in dataset_parts(result, names[0], drawn=True)]
    else:
        sections.append(Section("Over all data sets", list(_across(result, names))))
        drawn = len(names) <= _MOST_DRAWN
        sections += [Section(name, list(_dataset(result, name, drawn))) for name in names]
    # A run with a message that is "ok" has failed in a part, such as the tuning of thresholds.
    broken = result.runs[(result.runs["status"] != OK) | (result.runs["message"] != "")]
    if len(broken):
        sections.append(Section("What failed", list(_failures(broken))))
    sections.append(Section("How it was done", list(_protocol(result))))
    return Page(_title(names), _subtitle(result), sections, CONFIDENTIAL)


def _title(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]}: augment or not?"
    return f"{len(names)} data sets: augment or not?"


def _subtitle(result: Comparison) -> str:
    settings = result.settings
    folds = f"{settings['cv']} folds" if isinstance(settings["cv"], int) else "the given splits"
    if settings["n_repeats"] > 1:
        folds += f", {settings['n_repeats']} times"
    n_models = len(settings["classifiers"])
    models = "1 classifier" if n_models == 1 else f"{n_models} classifiers"
    foreign = " but rows made elsewhere" if (result.arms["kind"] == "rows").any() else ""
    return (
        f"{len(result.arms)} ways to treat a rare class, compared by {models} on {folds}; test rows were"
        f" seen by nothing that was fitted or tuned{foreign}, and stayed as rare as they are."
    )


def _verdict(result: Comparison, names: Sequence[str]) -> Iterator[Block]:
    yield Statement(result.verdict.sentence)
    if result.verdict.reasons:
        yield Items(result.verdict.reasons)
    yield Facts(_facts(result))
    if len(names) > 1:
        rows = [[name, result.verdicts[name].sentence] for name in names]
        yield Table("The verdict on each data set.", ["data set", "verdict"], rows)
    if result.notices:
        yield Heading("To keep in mind")
        yield Items(result.notices)


def _facts(result: Comparison) -> dict[str, str]:
    sizes = result.datasets
    minutes = f"{result.seconds / 60:.1f} min" if result.seconds >= 60 else f"{result.seconds:.0f} s"
    facts = {"time taken": minutes, "fits": f"{len(result.runs):,}"}
    if len(sizes) > 1:
        return {"data sets": f"{len(sizes)}", "rows": f"{sizes['n_rows'].sum():,}"} | facts
    row = sizes.iloc[0]
    share = row["n_minority"] / row["n_rows"]
    return {
        "rows": f"{row['n_rows']:,}",
        "columns": f"{row['n_columns']:,}",
        "rare class": str(row["minority"]),
        "its rows": f"{row['n_minority']:,} ({100 * share:.1f}%)",
    } | facts


def _across(result: Comparison, names: Sequence[str]) -> Iterator[Block]:
    lead = slices.metric_name(slices.lead_of(result))
    for reference in slices.references_of(result):
        if (table := tables.across_table(result, reference)).rows:
            yield table
    ranks = result.ranks[result.ranks["metric"] == slices.lead_of(result)]
    if len(ranks) > 1:
        best, worst = ranks.iloc[0], ranks.iloc[-1]
        yield picture(
            result,
            "ranks",
            f"Critical-difference plot: average ranks in {lead}. Best is {best['arm']} ({best['rank']:.2f}),"
            f" last is {worst['arm']} ({worst['rank']:.2f}).",
            "A bar joins arms whose average ranks differ by less than the critical difference (Nemenyi, 5 %):"
            " their order may be chance.",
        )
        yield tables.rank_table(result)
    rows = [
        [str(row.dataset), f"{row.n_rows:,}", f"{row.n_columns:,}", f"{row.n_minority:,}", str(row.minority)]
        for row in result.datasets.itertuples()
    ]
    yield Table("The data sets.", ["data set", "rows", "columns", "rare rows", "rare class"], rows)
    if len(names) > _MOST_DRAWN:
        yield Paragraph(
            f"With more than {_MOST_DRAWN} data sets, most pictures are left out;"
            ' `Comparison.plot("precision_recall", dataset=...)` and the like draw them.'
        )


def _dataset(result: Comparison, name: str, drawn: bool) -> Iterator[Block]:
    yield Statement(result.verdicts[name].sentence)
    yield Items(result.verdicts[name].reasons)
    for title, blocks in dataset_parts(result, name, drawn=drawn):
        yield Heading(title)
        yield from blocks


def _failures(broken: pd.DataFrame) -> Iterator[Block]:
    yield tables.failure_table(broken)
    texts = broken[broken["traceback"].astype(str) != ""].drop_duplicates(["dataset", "arm", "message"])
    for row in texts.head(_MOST_TRACEBACKS).itertuples():
        yield Details(f"Traceback: {row.arm} on {row.dataset}", str(row.traceback))


def _protocol(result: Comparison) -> Iterator[Block]:
    yield tables.arm_table(result)
    yield tables.setting_table(
        "The classifiers.", result.settings["classifiers"], ("classifier", "what it is")
    )
    shown: dict[str, Any] = {
        name: value for name, value in result.settings.items() if name not in ("arms", "classifiers")
    }
    digests = dict(zip(result.datasets["dataset"], result.datasets["digest"], strict=True))
    shown["data"] = digests
    yield tables.setting_table("Settings; the data by a digest of its content.", shown, ("setting", "value"))
    yield tables.setting_table("Versions.", result.versions, ("package", "version"))
