from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.errors import DataError
from imbgen.plots import differences

TABLE = pd.DataFrame(
    [
        ("gains", 0.2, 0.1, 0.3),
        ("loses", -0.2, -0.3, -0.1),
        ("wavers", 0.0, -0.1, 0.1),
        ("failed", np.nan, np.nan, np.nan),
        ("one fold", 0.1, np.nan, np.nan),
    ],
    columns=["arm", "difference", "low", "high"],
)


def points(ax):
    return {line.get_ydata()[0]: line for line in ax.lines if line.get_marker() in tuple("<>o")}


def test_arms_are_told_by_place_and_mark(render):
    ax = render(differences(TABLE, reference="GMM", metric="AP"))
    assert [text.get_text() for text in ax.get_yticklabels()] == list(TABLE["arm"])
    assert {place: line.get_marker() for place, line in points(ax).items()} == {
        0: ">",
        1: "<",
        2: "o",
        4: "o",
    }
    low, high = ax.get_ylim()
    assert low > high  # the first on top


def test_intervals_reach_from_low_to_high():
    ax = differences(TABLE, reference="GMM")
    wide = [line for line in ax.lines if len(set(line.get_xdata())) == 2]
    spans = {line.get_ydata()[0]: list(line.get_xdata()) for line in wide}
    assert spans == {0: [0.1, 0.3], 1: [-0.3, -0.1], 2: [-0.1, 0.1]}


def test_what_failed_says_so_in_its_row():
    ax = differences(TABLE, reference="GMM")
    assert [(note.get_text(), note.xy[1]) for note in ax.texts] == [("no value", 3)]


def test_the_band_of_equivalence_is_as_wide_as_asked():
    assert not differences(TABLE, reference="GMM").patches
    (band,) = differences(TABLE, reference="GMM", equivalent=0.05).patches
    assert (band.get_x(), band.get_width()) == (-0.05, pytest.approx(0.1))


def test_names_are_no_formulas(render):
    ax = render(differences(TABLE.assign(arm="a $x$ b"), reference="$"))
    assert ax.get_yticklabels()[0].get_text() == r"a \$x\$ b"


def test_nothing_known_is_a_mistake():
    with pytest.raises(DataError, match="none of 1"):
        differences(TABLE.iloc[[3]], reference="GMM")
    with pytest.raises(DataError, match="'low' is missing"):
        differences(TABLE.drop(columns="low"), reference="GMM")
