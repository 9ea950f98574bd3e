"""Ranks and tests over data sets against figures from the papers and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imbgen.evaluation.across import compare_across, holm, main_rows, rank_arms, signed_rank_posterior

# J. Demšar (2006), JMLR 7, table 5 (a): critical values of the Nemenyi test at 5 %.
CRITICAL = {2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728}


def summary_of(values, metric="average_precision"):
    """Values: one row per data set, one column per arm."""
    return pd.DataFrame(
        {"dataset": f"d{i}", "arm": f"arm {j}", "ratio": np.nan, "minority_size": np.nan}
        | {"classifier": "mean", "metric": metric, "mean": value, "sd": 0.1, "n_folds": 5}
        for i, row in enumerate(values)
        for j, value in enumerate(row)
    )


def gains_of(gaps, arm="GAN", reach=0.0):
    return pd.DataFrame(
        {"dataset": f"d{i}", "arm": arm, "ratio": np.nan, "minority_size": np.nan, "reference": "nothing"}
        | {"classifier": "mean", "metric": "average_precision", "difference": gap, "low": gap - reach}
        | {"high": gap + reach, "p_value": 0.5, "n_folds": 5}
        for i, gap in enumerate(gaps)
    )


@pytest.mark.parametrize("n_arms", CRITICAL)
def test_the_critical_distance_is_demsars(n_arms):
    values = np.random.default_rng(0).random((10, n_arms))
    distance = rank_arms(summary_of(values))["critical_difference"].unique()
    assert distance == pytest.approx(CRITICAL[n_arms] * np.sqrt(n_arms * (n_arms + 1) / 60), rel=1e-3)


def test_ranks_are_means_over_data_sets_and_ties_share_theirs():
    ranks = rank_arms(summary_of([[0.9, 0.5, 0.5], [0.8, 0.6, 0.7], [0.3, 0.2, 0.1]])).set_index("arm")[
        "rank"
    ]
    assert ranks.to_dict() == pytest.approx({"arm 0": 1.0, "arm 1": 2.5, "arm 2": 2.5})
    losses = rank_arms(summary_of([[0.9, 0.5], [0.8, 0.6]], "brier")).set_index("arm")["rank"]
    assert losses.to_dict() == {"arm 1": 1.0, "arm 0": 2.0}


def test_friedmans_statistic_by_hand():
    """Ranks 1, 2, 3 on all of 4 data sets: chi-squared of 8 with 2 degrees of freedom, p = exp(-4)."""
    p_value = rank_arms(summary_of([[0.9, 0.8, 0.7]] * 4))["friedman_p"].unique()
    assert p_value == pytest.approx(np.exp(-4))


def test_an_arm_without_all_folds_has_no_rank():
    summary = summary_of([[0.9, 0.8, 0.7], [0.8, 0.7, 0.6]])
    summary.loc[1, "n_folds"] = 4
    assert set(rank_arms(summary)["arm"]) == {"arm 0", "arm 2"}


def test_wins_and_wilcoxons_test_by_hand():
    """Six gains of one sign: the exact two-sided p is 2 / 64."""
    row = compare_across(gains_of([0.05, 0.04, 0.03, 0.02, 0.015, 0.005])).iloc[0]
    assert (row["wins"], row["ties"], row["losses"]) == (5, 1, 0)
    assert row["p_value"] == pytest.approx(2 / 64)
    assert row["mean_difference"] == pytest.approx(0.16 / 6)


def test_p_values_are_adjusted_for_the_arms_of_a_reference():
    both = pd.concat(
        [gains_of([0.05, 0.04, 0.03, 0.02, 0.01, 0.005]), gains_of([0.02, -0.01] * 3, arm="VAE")]
    )
    rows = compare_across(both).set_index("arm")
    assert rows["p_holm"].tolist() == pytest.approx(holm(rows["p_value"].tolist()))
    assert rows.loc["GAN", "p_holm"] == pytest.approx(2 * rows.loc["GAN", "p_value"])


def test_holm_by_hand():
    assert holm([0.04, 0.01, 0.03, 0.005]) == [0.06, 0.03, 0.06, 0.02]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("gaps", "winner"),
    [([0.05] * 8, 2), ([-0.05] * 8, 0), ([0.002, -0.003] * 6, 1)],
    ids=["better", "worse", "same"],
)
def test_the_posterior_knows_clear_cases(gaps, winner):
    chances = signed_rank_posterior(np.array(gaps))
    assert chances[winner] > 0.95
    assert sum(chances) == pytest.approx(1)


def test_the_posterior_does_not_know_two_data_sets():
    assert max(signed_rank_posterior(np.array([0.05, -0.05]))) < 0.7


def test_errors_of_the_differences_widen_the_posterior():
    gaps = np.array([0.02, 0.03, 0.025, 0.03, 0.02])
    exact, unsure = (signed_rank_posterior(gaps, errors=np.full(5, error))[2] for error in (0.0, 0.05))
    assert exact == signed_rank_posterior(gaps)[2] > 0.98
    assert 0.5 < unsure < 0.9


def test_main_rows_are_those_of_the_largest_size():
    frame = gains_of([0.1, 0.2]).assign(ratio=0.5, minority_size=[10.0, 20.0], dataset="d")
    main = main_rows(frame)
    assert (main["difference"].tolist(), main["label"].tolist()) == ([0.2], ["GAN at 0.5"])
