"""Comparisons with all that a report has to show, small."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from imbgen import KernelGenerator, compare

EVIL = "<script>document.title = 'caught'</script>"


class Broken:
    """A sampler that fails, in words that look like markup."""

    def fit_resample(self, X, y):
        raise ValueError("<b>no</b>: 3 < 4 & 5 $ 6")


def draw_table(n_rows, n_rare, seed):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n_rows, 2)), columns=[EVIL, "b $x$"])
    X.iloc[-n_rare:] += 1.2
    X["level"] = rng.choice(["<i>x</i>", "y"], size=n_rows)
    return X, pd.Series(np.repeat(["no", "<u>yes</u>"], [n_rows - n_rare, n_rare]))


@pytest.fixture(scope="session")
def single():
    """One data set; an arm that fails, and synthetic rows."""
    return compare(
        {EVIL: draw_table(110, 24, 0)},
        arms={"kernels": KernelGenerator(), "<b>broken</b>": Broken()},
        cv=2,
        classifiers="linear",
        metrics=["average_precision", "f1", "recall", "recall_tuned", "brier", "brier_corrected"],
        threshold_folds=2,
        random_state=0,
    )


@pytest.fixture(scope="session")
def several():
    """Three data sets, ratios and sizes swept, no fidelity."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compare(
            {name: draw_table(90, 20, seed) for seed, name in enumerate(("one", "two", "three"))},
            cv=2,
            classifiers="linear",
            metrics=["average_precision", "recall"],
            ratios=[0.4, 1.0],
            minority_sizes=[6, 10],
            threshold_folds=2,
            fidelity=False,
            random_state=0,
        )


@pytest.fixture(scope="session")
def report_file(single, tmp_path_factory):
    """The report of the single data set, as a file."""
    file = tmp_path_factory.mktemp("report") / "new" / "report.html"
    single.to_html(file)
    return file
