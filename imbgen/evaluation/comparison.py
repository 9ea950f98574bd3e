"""`Comparison`: what `compare` gives back, frozen, with all that a report needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from imbgen.evaluation.comparison_json import read_json, write_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Comparison", "RowSample", "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What to do, in words.

    Parameters
    ----------
    sentence : str
        One or two sentences for someone who decides.
    action : {"augment", "resample", "weight", "threshold", "classifier", "nothing"}
        What the sentence says to do: add rows, resample with an arm that only removes some, weight the
        classes, tune the threshold, use a classifier that needs none of these, or leave all as it is.
    arm : str or None
        Arm that is recommended, if any: the one to augment or resample with, "class weight", or "tuned
        threshold".
    reasons : tuple of str
        The figures that it rests on, one sentence each.
    """

    sentence: str
    action: str
    arm: str | None = None
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class RowSample:
    """Some rows of the rare class, for views before and after.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    arm : str
        Arm that made the rows; "" for real ones.
    origin : {"training", "held out", "pre-sample", "synthetic"}
        Where they come from. Training and held-out rows are real, and belong to the fold shown.
    rows : DataFrame of shape (n_rows, n_columns)
        At most 500, with the columns of the data set.
    """

    dataset: str
    arm: str
    origin: str
    rows: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Comparison:
    """Arms compared on one data set or several.

    Frames have one row per thing, and these key columns, as far as they apply: `dataset` (name), `arm`
    (name), `ratio` (rows of the rare class per row of the others after resampling; NaN: the arm's own),
    `minority_size` (rows of the rare class that were kept for training; NaN: all), `repeat`, `fold`, `seed`
    (numbers from 0), `classifier` and `metric` (names).

    Parameters
    ----------
    results : DataFrame
        Classification metrics: the keys, `value` (NaN where it failed), `status` ("ok", "failed",
        "timed out").
    fidelity : DataFrame
        Metrics of synthetic rows: the keys but `classifier`, and `value`. `two_sample_auc`, `density`,
        `coverage`, `shapes`, `pairs`, `copy_auc`, `copies`, `copies_real` (see `imbgen.metrics`),
        `two_sample_excess` over real training rows, `log_score`, `skill` and `skill_se` (against the
        GMM). Arms that add no rows have none; the arm "real rows" is the training rows, which show what is
        in reach.
    runs : DataFrame
        One row per fit of an arm: the keys but `classifier` and `metric`; `kind` of the arm (see `arms`);
        `n_train`, `n_minority`, `n_synthetic` rows; `n_seen` test rows of the rare class among those of a
        file and not among training rows, and `n_seen_by_chance`, how many of them a table of few distinct
        rows has anyhow; `resample_seconds`, `fit_seconds` (of classifiers and tuning); `status`; `message` of
        an error or timeout in one line; `traceback` of an error; `notes` (warnings, one per line).
    predictions : DataFrame
        Out-of-fold probabilities of the first repeat and seed (of the largest ratio and size, where these
        were swept): `dataset`, `arm`, `classifier`, `fold`, `row` (position in the data set), `label` (1:
        rare class), `probability`, `corrected` (for the class shares of the training part, which resampling
        changes), and `weight`: of more than 2,000 other rows of a test part, the likeliest stand for
        themselves, and a sample for the rest.
    samples : tuple of RowSample
        Real, pre-sampled and synthetic rows of the first fold.
    summary : DataFrame
        Keys but `repeat`, `fold`, `seed`; `mean` and `sd` over folds, `n_folds`. `classifier` "mean" is the
        mean over classifiers, "" stands beside metrics of synthetic rows.
    tests : DataFrame
        Paired differences within a data set: keys as in `summary`; `reference` (name of the arm subtracted:
        "nothing", "tuned threshold" or "GMM"); `difference` (positive: better, also for losses), `low` and
        `high` of its 95 % interval (Nadeau and Bengio), `p_value`, `n_folds`, `outcome` ("better", "worse",
        "no difference").
    across : DataFrame
        Differences over data sets, empty with one: `arm`, `reference`, `metric`, `n_datasets`, `wins`,
        `ties`, `losses`, `mean_difference`, `worst_difference`, `harm_rate` (share of data sets that lose
        more than matters), `sure_harm_rate` (with an interval wholly below that), `p_value` (Wilcoxon),
        `p_holm`, `p_better`, `p_equivalent`, `p_worse` (Bayesian signed rank). Of sizes the largest.
    ranks : DataFrame
        Average ranks over data sets, empty with one: `metric`, `arm`, `rank` (1: best), `n_datasets`,
        `friedman_p`, `critical_difference` (Nemenyi, 5 %).
    verdict : Verdict
        Over all data sets.
    verdicts : mapping of str to Verdict
        By data set.
    arms : DataFrame
        `arm`, `kind` ("nothing", "weights", "threshold", "over-sampler", "generator", "rows"),
        `always` (whether it is always there), `description` (repr of the object).
    datasets : DataFrame
        `dataset`, `n_rows`, `n_columns`, `minority` (label, as text), `n_minority`, `n_duplicates_across`
        (rows of a test part that equal a training row, mean over splits), `digest` of the content.
    notices : tuple of str
        What a reader should know: duplicates across splits, arms that failed, rows made elsewhere, ....
    settings : mapping
        Settings of the run, as JSON types.
    versions : mapping of str to str
        Python, imbgen and what it calculates with.
    seconds : float
        Time that the run took.

    Examples
    --------
    >>> from imbgen import compare, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> result = compare(X, y == "imU", cv=2, classifiers="linear", fidelity=False, random_state=0)
    >>> result.summary.query("metric == 'average_precision' and classifier == 'mean'").shape[0]
    6
    """

    results: pd.DataFrame
    fidelity: pd.DataFrame
    runs: pd.DataFrame
    predictions: pd.DataFrame
    samples: tuple[RowSample, ...]
    summary: pd.DataFrame
    tests: pd.DataFrame
    across: pd.DataFrame
    ranks: pd.DataFrame
    verdict: Verdict
    verdicts: Mapping[str, Verdict]
    arms: pd.DataFrame
    datasets: pd.DataFrame
    notices: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __repr__(self) -> str:
        n_sets = len(self.datasets)
        sets = "1 data set" if n_sets == 1 else f"{n_sets} data sets"
        return f"<Comparison of {len(self.arms)} arms on {sets}: {self.verdict}>"

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the comparison as JSON text, and write it to a file if one is named.

        It holds out-of-fold probabilities and some rows of the data: as confidential as the data.
        """
        return write_json(self, path)

    def to_html(self, path: str | Path) -> None:
        """Write the report: one page that needs nothing else, with the verdict first.

        It shows rows of the data: as confidential as the data.

        Parameters
        ----------
        path : str or Path
            An existing file is replaced at the very end.
        """
        # Pictures take a while to load, and the figures need none.
        from imbgen.evaluation.report import comparison_page
        from imbgen.html import write_page

        write_page(comparison_page(self), path)

    def plot(
        self,
        kind: str = "differences",
        *,
        dataset: str | None = None,
        metric: str | None = None,
        reference: str | None = None,
        arm: str | None = None,
    ) -> Figure:
        """Draw one of the pictures of the report.

        Parameters
        ----------
        kind : str
            "differences" (metric against reference, with intervals), "scores" (metric by arm and classifier),
            "precision_recall", "calibration", "corrected_calibration", "recall" (of the rare class), "ratios"
            and "sizes" (metric against what was swept), "ranks" (over data sets, with the critical
            difference), "projection" (rows of the rare class on a plane) or "marginals" (of an arm's rows).
        dataset : str, optional
            The first by default.
        metric : str, optional
            The leading one by default.
        reference : {"GMM", "nothing", "tuned threshold"}, optional
            What differences are to; the GMM by default.
        arm : str, optional
            Whose rows; the GMM's by default.

        Returns
        -------
        figure : Figure

        Raises
        ------
        ParameterError
            An unknown name, or one that says nothing to this kind.
        DataError
            The comparison holds nothing to draw.
        """
        from imbgen.evaluation.report import draw

        return draw(self, kind, dataset=dataset, metric=metric, reference=reference, arm=arm)

    @classmethod
    def from_json(cls, source: str | Path) -> Comparison:
        """Read what `to_json` gave.

        Parameters
        ----------
        source : str or Path
            The text, or a path of a file.

        Raises
        ------
        ModelFileError
            Not the JSON of a comparison, or one of a newer version.
        """
        parts = read_json(source)
        parts["samples"] = tuple(RowSample(**sample) for sample in parts["samples"])
        parts["verdicts"] = {name: Verdict(**_tupled(one)) for name, one in parts["verdicts"].items()}
        return cls(
            **parts | {"verdict": Verdict(**_tupled(parts["verdict"])), "notices": tuple(parts["notices"])}
        )


def _tupled(verdict: dict[str, Any]) -> dict[str, Any]:
    return verdict | {"reasons": tuple(verdict["reasons"])}
