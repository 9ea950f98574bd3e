"""What a report tells of one data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from imbgen.evaluation.arms import GMM
from imbgen.evaluation.report import slices, tables
from imbgen.evaluation.report.blocks import picture
from imbgen.html import Block, Items, Paragraph

if TYPE_CHECKING:
    from imbgen.evaluation.comparison import Comparison

__all__ = ["READING", "dataset_parts"]

#: Metric of synthetic rows -> how to read it.
READING = {
    "skill": "Skill: how much better held-out rows are foretold than by the rows of the GMM, in nats per row;"
    " above 0 is better.",
    "two_sample_auc": "Two-sample AUC: how well a forest tells the rows from held-out ones; 0.5 is not at"
    " all.",
    "two_sample_excess": "Its excess is over real training rows, which are told from held-out ones by luck"
    " alone.",
    "coverage": "Coverage: share of held-out rows with a synthetic neighbour.",
    "density": "Density: how crowded their neighbourhoods are; 1 is as with real rows.",
    "shapes": "Shapes and pairs: distances between columns and between their associations; 0 is none.",
    "copy_auc": "Copy AUC: 0.5 where rows are as near to training rows as held-out ones are, 1 where they"
    " copy.",
    "copies": "Copies: share that equals a training row; beside it, the share of held-out rows that does.",
}
# Arms whose columns are drawn, beside the GMM.
_MOST_MARGINALS = 4
_Part = tuple[str, Sequence[Block]]


def dataset_parts(result: Comparison, dataset: str, *, drawn: bool) -> Iterator[_Part]:
    """Yield titles and blocks on one data set; few pictures unless `drawn`."""
    yield "Against the baselines", list(_differences(result, dataset))
    if drawn and not slices.predictions_of(result, dataset).empty:
        yield "Precision and recall", list(_precision_recall(result, dataset))
        yield "Calibration", list(_calibration(result, dataset))
    for title, make in (("Ratios", _ratios), ("Rows to learn from", _sizes)):
        if blocks := list(make(result, dataset)):
            yield title, blocks
    if (table := tables.fidelity_table(result, dataset)) is not None:
        yield "Synthetic rows", [table, Items(list(READING.values()))]
    if drawn and (blocks := list(_before_after(result, dataset))):
        yield "Before and after", blocks
    yield "Cost", [tables.cost_table(result, dataset)]


def _differences(result: Comparison, dataset: str) -> Iterator[Block]:
    yield tables.lead_table(result, dataset)
    lead = slices.lead_of(result)
    for reference in slices.references_of(result):
        found = slices.differences_of(result, dataset, lead, reference)
        if found["difference"].notna().any():
            yield picture(
                result,
                "differences",
                _tell_outcomes(found, slices.metric_name(lead), reference),
                f"Difference from {reference} with its 95 % interval; arrows are beyond noise, those"
                " in the grey band do not matter.",
                dataset=dataset,
                reference=reference,
            )
    yield tables.classifier_table(result, dataset)
    yield tables.metric_table(result, dataset)


def _tell_outcomes(found: pd.DataFrame, metric: str, reference: str) -> str:
    told = []
    for outcome in ("better", "no difference", "worse"):
        labels = [str(label) for label in found.index[found["outcome"] == outcome]]
        told.append(f"{outcome}: {', '.join(labels) or 'none'}")
    return f"Forest plot: {metric} against {reference}. {'; '.join(told)}."


def _precision_recall(result: Comparison, dataset: str) -> Iterator[Block]:
    yield picture(
        result,
        "precision_recall",
        "Curves: precision against recall of each arm, one panel per classifier. Their areas stand in the"
        " table by classifier.",
        "Held-out rows of all folds of the first repeat together. The dotted line is chance. The tuned"
        " threshold has the curve of nothing: it only chooses a point on it.",
        dataset=dataset,
    )
    if any(name in result.settings["metrics"] for name in ("recall", "recall_tuned")):
        yield picture(
            result,
            "recall",
            "Dots: recall of the rare class, by arm and classifier. The figures stand in the table of every"
            " metric.",
            "Recall of the rare class across methods; the upright line is the mean over classifiers. Recall"
            " alone is no merit: what counts too many rows as rare has much of it.",
            dataset=dataset,
        )


def _calibration(result: Comparison, dataset: str) -> Iterator[Block]:
    yield Paragraph(
        "Whoever adds rows of the rare class, or weights them, makes classifiers expect more of it than there"
        " are. Below the dotted line the rare class is oversold. The correction knows the class shares"
        " before and after, and nothing else."
    )
    for kind, told in (("calibration", "as they come"), ("corrected_calibration", "prior-corrected")):
        yield picture(
            result,
            kind,
            "Curves: how often the rare class came against how likely it was said to be, probabilities"
            f" {told}, one panel per classifier. Brier scores and log losses stand in the table of every"
            " metric.",
            f"Probabilities {told}: what was said, and how often it came true. Each point expects as many"
            " rare rows.",
            dataset=dataset,
        )


def _ratios(result: Comparison, dataset: str) -> Iterator[Block]:
    runs = result.runs[result.runs["dataset"] == dataset]
    if runs["ratio"].notna().any():
        yield from _sweep(result, dataset, "ratios", "the ratio of classes after resampling", runs["ratio"])


def _sizes(result: Comparison, dataset: str) -> Iterator[Block]:
    runs = result.runs[result.runs["dataset"] == dataset]
    if runs["minority_size"].notna().any():
        told = "the rows of the rare class to learn from"
        yield from _sweep(result, dataset, "sizes", told, runs["minority_size"])


def _sweep(result: Comparison, dataset: str, kind: str, told: str, values: pd.Series) -> Iterator[Block]:
    places = ", ".join(f"{value:g}" for value in sorted(values.dropna().unique()))
    name = slices.metric_name(slices.lead_of(result))
    yield picture(
        result,
        kind,
        f"Lines: {name} of each arm against {told}, at {places}.",
        f"{name[0].upper()}{name[1:]} against {told}. Arms that do not depend on it are level lines.",
        dataset=dataset,
    )


def _before_after(result: Comparison, dataset: str) -> Iterator[Block]:
    rows = slices.rows_of(result, dataset)
    arms = [arm for arm, origin in rows if origin == "synthetic"]
    if not arms or ("", "training") not in rows:
        return
    n_real = len(rows["", "training"])
    yield Paragraph(
        f"Rows of the rare class in the first fold: {n_real:,} that were learned, and what the arms made of"
        " them."
    )
    yield picture(
        result,
        "projection",
        "Scatter plots: held-out real rows, then the rows of each arm, beside the training rows, on the"
        f" first two principal components of these. Arms: {', '.join(arms)}.",
        "Arms whose dots sit in the middle of rings throughout copy; dots far from all rings were invented."
        " The first panel shows how far real rows go.",
        dataset=dataset,
    )
    for arm in _most_telling(result, arms):
        yield picture(
            result,
            "marginals",
            f"Small panels: distributions of columns among real training rows and among rows of {arm}.",
            f"{arm}: shares of real training rows and of synthetic rows.",
            dataset=dataset,
            arm=arm,
        )


def _most_telling(result: Comparison, arms: Sequence[str]) -> list[str]:
    """Return the baseline, then what was asked for rather than what is always there."""
    always = set(result.arms.loc[result.arms["always"].astype(bool), "arm"])
    asked = [arm for arm in arms if arm not in always][:_MOST_MARGINALS]
    return [arm for arm in (GMM,) if arm in arms] + asked
