"""The gate: chosen on some parts, tested on the others, and rarely fooled by noise."""

import numpy as np
import pytest

from imbgen.generators.gate import CANDIDATES, Candidate, decide

PARTS = np.repeat([0, 1], 20)


def _decide(scores, checks=(0, 0), parts=PARTS, final=None, **options):
    """Decide on row scores by check, each of shape (n_candidates, n_scored)."""
    checks = np.array(checks)
    final = checks if final is None else np.array(final)
    return decide(lambda check: scores[check], checks, parts, final, **options)


def _noise(rng, n_rows=40):
    return rng.normal(size=(len(CANDIDATES), n_rows))


def test_the_first_candidate_is_the_pre_samplers_own_frame():
    assert CANDIDATES[0] == Candidate(weight=0.0, scale=0.0, is_thinned=False)
    assert {candidate.scale for candidate in CANDIDATES} == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert Candidate(weight=1.0, scale=0.0) in CANDIDATES  # the network that moves nothing
    assert len(set(CANDIDATES)) == len(CANDIDATES)


def test_what_is_better_everywhere_is_accepted():
    scores = np.zeros((len(CANDIDATES), 40))
    scores[5] = 1.0 + 0.1 * np.random.default_rng(0).normal(size=40)
    verdict = _decide([scores])
    assert verdict.is_accepted
    assert verdict.candidates == (CANDIDATES[5], CANDIDATES[5])
    np.testing.assert_array_equal(verdict.scores, scores[5])
    assert verdict.gain.value == pytest.approx(scores[5].mean())
    assert verdict.reason.startswith("Rows are refined: held-out rows gain +0.994 ± ")


def test_a_part_is_scored_by_what_the_other_part_chose():
    scores = np.zeros((len(CANDIDATES), 40))
    scores[4, PARTS == 0] = 9.0  # chosen for part 1, where it is worth nothing
    scores[7, PARTS == 1] = 3.0
    verdict = _decide([scores])
    assert verdict.candidates == (CANDIDATES[7], CANDIDATES[4])
    assert verdict.gain.value == 0.0
    assert not verdict.is_accepted
    np.testing.assert_array_equal(verdict.scores, scores[0])


def test_each_part_has_a_check_of_its_own():
    scores = {check: np.zeros((len(CANDIDATES), 40)) for check in (3, 8)}
    scores[3][6], scores[8][9] = 2.0, 2.0
    verdict = _decide(scores, checks=(3, 8))
    assert verdict.candidates == (CANDIDATES[6], CANDIDATES[9])
    assert verdict.checks.tolist() == [3, 8]


def test_a_single_member_takes_what_all_rows_choose():
    scores = {check: np.zeros((len(CANDIDATES), 40)) for check in (1, 2)}
    scores[1][3], scores[2][5] = 1.0, 1.5
    verdict = _decide(scores, checks=(1, 1), final=[2])
    assert verdict.candidates == (CANDIDATES[5],)
    assert verdict.checks.tolist() == [2]
    assert verdict.gain.value == 1.0  # of the nested choice


def test_equals_are_left_as_they_are():
    verdict = _decide([np.zeros((len(CANDIDATES), 40))])
    assert verdict.candidates == (CANDIDATES[0], CANDIDATES[0])
    assert not verdict.is_accepted
    assert verdict.reason == "Rows are the pre-sampler's own: held-out rows prefer no candidate to them."


def test_of_candidates_that_cannot_be_told_apart_a_tolerance_takes_the_most_refined():
    rng = np.random.default_rng(0)
    scores = np.full((len(CANDIDATES), 40), -5.0)
    scores[0] = rng.normal(size=40)
    scores[3] = scores[0] + 1.0 + 0.3 * rng.normal(size=40)
    scores[6] = scores[3] - 0.05 + 0.3 * rng.normal(size=40)
    scores[8] = scores[3] - 0.5 + 0.3 * rng.normal(size=40)  # surely worse than the best
    scores[9] = scores[3] - 0.9 + 9.0 * np.tile([1.0, -1.0], 20)  # perhaps as good, and no sure gain
    assert CANDIDATES[6].scale > CANDIDATES[3].scale
    shares = [candidate.weight * candidate.scale for candidate in CANDIDATES]
    assert shares == sorted(shares)
    assert _decide([scores]).candidates[0] == CANDIDATES[3]
    verdict = _decide([scores], tolerance=2.0)
    assert verdict.candidates == (CANDIDATES[6], CANDIDATES[6])
    assert verdict.is_accepted


def test_a_gain_within_one_standard_error_is_refused():
    scores = np.full((len(CANDIDATES), 40), -5.0)
    scores[0] = 0.0
    scores[5] = np.tile([1.1, -0.9], 20)  # 0.1, with a standard error of 0.16
    verdict = _decide([scores])
    assert verdict.candidates == (CANDIDATES[5], CANDIDATES[5])
    assert verdict.gain.value == pytest.approx(0.1)
    assert verdict.gain.standard_error == pytest.approx(1.0 / np.sqrt(39))
    assert not verdict.is_accepted
    assert "not more than one standard error" in verdict.reason


def test_scores_that_are_no_numbers_are_never_chosen():
    scores = np.zeros((len(CANDIDATES), 40))
    scores[2:] = np.nan
    scores[3] = -np.inf
    verdict = _decide([scores])
    assert not verdict.is_accepted
    assert verdict.candidates == (CANDIDATES[0], CANDIDATES[0])


@pytest.mark.parametrize("tolerance", [0.0, 2.0])
def test_the_nested_score_never_falls(tolerance):
    """Whatever the scores are: what is sampled from scores at least as well as the pre-sampler's own rows."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        scores = [_noise(rng) * rng.gamma(1.0, size=(len(CANDIDATES), 1)) for _ in range(2)]
        scores[1][0] = scores[0][0]
        verdict = _decide(scores, checks=(0, 1), tolerance=tolerance)
        assert verdict.scores.mean() >= scores[0][0].mean()


@pytest.mark.parametrize("tolerance", [0.0, 2.0])
def test_noise_is_accepted_about_as_often_as_one_standard_error_says(tolerance):
    """No candidate has anything to give: a nested test at one standard error lets 16 % of them through."""
    rng = np.random.default_rng(2)
    parts = np.arange(100) % 5
    accepted = [
        _decide(
            [_noise(rng, 100)], checks=[0] * 5, parts=parts, final=[0] * 5, tolerance=tolerance
        ).is_accepted
        for _ in range(400)
    ]
    assert 0.05 < np.mean(accepted) < 0.22


def test_a_single_member_is_fooled_as_seldom():
    """Each half of the rows tests what the other half has chosen."""
    rng = np.random.default_rng(3)
    parts = np.arange(200) % 2
    accepted = [
        _decide([_noise(rng, 200)], parts=parts, final=[0], tolerance=2.0).is_accepted for _ in range(400)
    ]
    assert 0.05 < np.mean(accepted) < 0.22


def test_the_table_holds_every_candidate():
    scores = np.zeros((len(CANDIDATES), 40))
    scores[4] = 2.0
    table = _decide([scores]).table
    assert len(table) == len(CANDIDATES)
    assert table["gain"].tolist() == [2.0 if i == 4 else 0.0 for i in range(len(CANDIDATES))]
