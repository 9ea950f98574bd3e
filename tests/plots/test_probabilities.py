from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from imbgen.errors import DataError, ParameterError
from imbgen.plots import calibration_curves, precision_recall_curves


def predictions(n=8000, seed=0):
    """Probabilities that are true, and the same made too large."""
    rng = np.random.default_rng(seed)
    chance = rng.beta(0.3, 3, size=n)
    label = (rng.random(n) < chance).astype(int)
    arms = {"true": chance, "oversold": chance**0.4}
    return pd.concat(
        [pd.DataFrame({"arm": arm, "label": label, "probability": value}) for arm, value in arms.items()],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def rows():
    return predictions()


def test_the_area_below_a_curve_is_the_average_precision(rows, render):
    ax = render(precision_recall_curves(rows))
    line = ax.lines[0]
    recall, precision = line.get_xydata().T
    area = float(np.sum(-np.diff(np.append(recall, 0.0)) * precision))
    part = rows[rows["arm"] == "true"]
    assert area == pytest.approx(average_precision_score(part["label"], part["probability"]), abs=0.02)


def test_a_monotone_map_changes_calibration_but_no_ranks(rows):
    first, second = precision_recall_curves(rows).lines[:2]
    np.testing.assert_allclose(first.get_xydata(), second.get_xydata())
    first, second = calibration_curves(rows).lines[:2]
    gaps = [np.abs(np.subtract(*line.get_xydata().T)).mean() for line in (first, second)]
    assert gaps[0] < 0.05
    assert gaps[1] > 0.15


def test_every_bin_expects_as_many_rare_rows(rows):
    part = rows[rows["arm"] == "true"]
    said = calibration_curves(part, n_bins=4).lines[0].get_xdata()
    ordered = np.sort(part["probability"].to_numpy())
    quarter = np.searchsorted(np.cumsum(ordered), ordered.sum() * np.arange(1, 5) / 4)
    expected = [chunk.mean() for chunk in np.split(ordered, quarter[:3])]
    np.testing.assert_allclose(said, expected, rtol=0.02)


def test_equal_probabilities_share_a_bin():
    rows = pd.DataFrame({"arm": "a", "label": [0, 1] * 50, "probability": 0.5})
    assert calibration_curves(rows).lines[0].get_xydata().tolist() == [[0.5, 0.5]]
    nothing = rows.assign(probability=0.0)
    assert calibration_curves(nothing).lines[0].get_xydata().tolist() == [[0.0, 0.5]]


def test_the_dotted_line_is_the_share_of_the_rare_class(rows):
    ax = precision_recall_curves(rows)
    assert ax.lines[-1].get_ydata()[0] == rows["label"].mean()


def test_one_class_alone_is_a_mistake(rows):
    for draw in (precision_recall_curves, calibration_curves):
        with pytest.raises(DataError, match="both classes"):
            draw(rows[rows["label"] == 0])
    with pytest.raises(ParameterError, match="`n_bins`"):
        calibration_curves(rows, n_bins=0)


@pytest.mark.parametrize("curves", [precision_recall_curves, calibration_curves])
def test_a_row_that_stands_for_three_is_three_rows(curves):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"arm": "GMM", "label": rng.integers(2, size=60), "probability": rng.random(60)})
    weights = rng.integers(1, 4, size=60)
    weighted = curves(rows.assign(weight=weights))
    repeated = curves(rows.loc[rows.index.repeat(weights)])
    for one, other in zip(weighted.lines, repeated.lines, strict=True):
        np.testing.assert_allclose(np.asarray(one.get_xydata()), np.asarray(other.get_xydata()))
