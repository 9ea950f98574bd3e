from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.plots._shares import MAX_LEVELS, LevelShares, NumberShares, column_shares


def shares_of(real, synthetic=None):
    parts = {"real": pd.Series(real)} | ({} if synthetic is None else {"synthetic": pd.Series(synthetic)})
    return column_shares(parts)


def test_bars_and_notes_add_up_to_one(frame):
    for column in frame:
        panel = column_shares(
            {"real": frame[column], "synthetic": frame[column].sample(3, replace=True, random_state=0)}
        )
        notes = panel.notes.values() if isinstance(panel, NumberShares) else []
        for name, shares in panel.shares.items():
            assert shares.sum() + sum(note[name] for note in notes) == pytest.approx(1.0)


def test_levels_follow_the_first_frame():
    panel = shares_of(["b", "b", "b", "a"], ["a", "a", "c", None])
    assert panel.levels == ["b", "a", "c", "missing"]
    assert panel.shares["real"].tolist() == [0.75, 0.25, 0.0, 0.0]
    assert panel.shares["synthetic"].tolist() == [0.0, 0.5, 0.25, 0.25]
    assert panel.difference() == pytest.approx(0.75)


def test_rare_levels_are_one_bar():
    panel = shares_of([f"level {i}" for i in range(40)] + ["level 7"])
    assert panel.levels[0] == "level 7"
    assert panel.levels[-1] == "other (33)"
    assert len(panel.levels) == MAX_LEVELS
    assert panel.shares["real"][-1] == pytest.approx(33 / 41)


def test_whole_numbers_have_a_bin_each():
    panel = shares_of([0, 1, 1, 3])
    assert panel.edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5]
    assert panel.shares["real"].tolist() == [0.25, 0.5, 0.0, 0.25]


def test_wide_whole_numbers_have_bins_of_equal_whole_width():
    panel = shares_of(np.arange(1000))
    assert set(np.diff(panel.edges) % 1) == {0.0}
    assert panel.edges[0] == -0.5
    assert panel.shares["real"][:-1] == pytest.approx(np.diff(panel.edges)[:-1] / 1000)


def test_a_spike_is_a_note_even_if_only_one_frame_has_it():
    rest = np.linspace(1.0, 2.0, 20)
    spiked = np.r_[np.zeros(80), rest]
    for pair in (
        (spiked, np.r_[np.zeros(5), np.linspace(1, 2, 95)]),
        (np.r_[[0.0] * 5, np.linspace(1, 2, 95)], spiked),
    ):
        panel = shares_of(*pair)
        assert panel.notes["exactly 0"] == {"real": np.mean(pair[0] == 0), "synthetic": np.mean(pair[1] == 0)}
        assert panel.edges[0] == 1.0


def test_a_note_counts_as_difference():
    panel = shares_of([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, None])
    assert panel.notes["missing"] == {"real": 0.0, "synthetic": 0.25}
    assert panel.difference() == pytest.approx(0.25)


def test_heavy_tails_get_bins_even_on_a_logarithmic_axis():
    panel = shares_of(np.exp(np.random.default_rng(0).normal(size=500) * 2))
    assert panel.scale == "symlog"
    assert panel.shares["real"].max() < 0.3
    assert panel.linear_until == 0.1


def test_an_outlier_far_from_zero_is_off_scale():
    years = np.r_[1.0, np.linspace(2000.0, 2010.5, 99)]
    panel = shares_of(years)
    assert panel.scale == "linear"
    assert panel.notes["off scale"]["real"] == pytest.approx(0.01)
    assert panel.edges[0] > 1900


def test_dates_near_the_epoch_stay_on_a_date_axis():
    days = pd.to_datetime(np.r_[np.arange(100) / 10, 400.0], unit="D", origin="1970-01-01")
    panel = shares_of(days)
    assert panel.scale == "date"
    assert np.diff(panel.edges) == pytest.approx(np.diff(panel.edges)[0])


def test_identical_frames_do_not_differ(frame):
    for column in frame:
        assert column_shares({"a": frame[column], "b": frame[column]}).difference() == pytest.approx(0.0)


def test_what_is_all_missing_is_one_bar():
    panel = shares_of([None, None])
    assert isinstance(panel, LevelShares)
    assert panel.levels == ["missing"]
