"""The gate: what of a refinement is kept, chosen on some held-out rows and tested on the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbgen.metrics import Skill, paired_skill
from imbgen.metrics.log_score import as_good_as_best

__all__ = ["CANDIDATES", "Candidate", "Verdict", "decide"]

_SCALES = (0.0, 0.25, 0.5, 0.75, 1.0)
_WEIGHTS = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to make rows of pre-samples.

    Parameters
    ----------
    weight : float
        Share of the rows that are refined; the others are the pre-sampler's own.
    scale : float
        Share of the residual; 0 is the network that moves nothing, whose rows are calibrated all the same.
    is_thinned : bool
        Whether pre-samples are drawn five times as many and kept by their density ratio.
    """

    weight: float = 0.0
    scale: float = 0.0
    is_thinned: bool = False


#: All candidates, the most refined last. The first is the pre-sampler's own frame, and wins ties.
CANDIDATES: tuple[Candidate, ...] = (
    Candidate(),
    Candidate(is_thinned=True),
    *sorted(
        (Candidate(weight, scale) for weight in _WEIGHTS for scale in _SCALES),
        key=lambda candidate: (candidate.weight * candidate.scale, candidate.weight),
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate decided.

    Parameters
    ----------
    is_accepted : bool
    checks : ndarray of int64, shape (n_members,)
        Check whose weights each member takes.
    candidates : tuple of Candidate
        What each member does.
    scores : ndarray of float64, shape (n_scored,)
        Row scores of what is sampled from: of the refined rows if they were accepted, each row scored by
        what was chosen without it; else of the pre-sampler's own.
    own : ndarray of float64, shape (n_scored,)
        Row scores of the pre-sampler's own rows.
    gain : Skill
        Of the refined rows, chosen in this way, on the pre-sampler's own; accepted or not.
    table : DataFrame
        `weight`, `scale`, `thinned`, `gain` and `gain_se` of every candidate, for reading: a maximum over
        them is no honest figure.
    """

    is_accepted: bool
    checks: np.ndarray
    candidates: tuple[Candidate, ...]
    scores: np.ndarray
    own: np.ndarray
    gain: Skill
    table: pd.DataFrame

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        gain = f"{self.gain.value:+.3f} ± {self.gain.standard_error:.3f} nats per row"
        if self.is_accepted:
            return f"Rows are refined: held-out rows gain {gain} on the pre-sampler's own."
        if not any(candidate != CANDIDATES[0] for candidate in self.candidates):
            return "Rows are the pre-sampler's own: held-out rows prefer no candidate to them."
        return (
            f"Rows are the pre-sampler's own: held-out rows gain {gain} by refinement, not more than one"
            " standard error."
        )


def decide(
    scores_at: Callable[[int], np.ndarray],
    checks: np.ndarray,
    parts: np.ndarray,
    final: np.ndarray,
    *,
    tolerance: float = 0.0,
) -> Verdict:
    """Choose candidates on some parts of the held-out rows, and test them on the others.

    Part p has a check that was chosen without its rows. The candidate that is best at this check on the rows
    of all other parts is tested on the rows of part p. If what is gained on candidate 0, over all parts,
    exceeds one standard error of the paired difference, refinement is accepted.

    Parameters
    ----------
    scores_at : callable
        Takes a check, returns the row scores of all candidates, shape (n_candidates, n_scored).
    checks : ndarray of int64, shape (n_parts,)
        Check chosen for each part without it.
    parts : ndarray of int64, shape (n_scored,)
        Part of each held-out row.
    final : ndarray of int64, shape (n_members,)
        Check of each member that will be sampled from: those of the parts, or, of a single member, one that
        all rows have chosen.
    tolerance : float
        Of candidates that gain more than one standard error on candidate 0, and are not worse than the best
        by more than so many standard errors, the most refined is taken; 0: the best.

    Returns
    -------
    verdict : Verdict

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.generators.gate import CANDIDATES, decide
    >>> scores = np.zeros((len(CANDIDATES), 8))
    >>> scores[3] = [0.9, 1.1, 1.0, 1.0, 1.2, 0.8, 1.1, 0.9]
    >>> parts = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> verdict = decide(lambda check: scores, np.array([4, 4]), parts, np.array([4, 4]))
    >>> verdict.reason
    "Rows are refined: held-out rows gain +1.000 ± 0.046 nats per row on the pre-sampler's own."
    >>> verdict.candidates[0]
    Candidate(weight=1.0, scale=0.0, is_thinned=False)
    """
    known: dict[int, np.ndarray] = {}

    def scores_of(check: int) -> np.ndarray:
        if check not in known:
            scores = np.asarray(scores_at(check), dtype=np.float64)
            known[check] = np.where(np.isnan(scores), -np.inf, scores)  # no number is no praise
        return known[check]

    own = scores_of(int(checks[0]))[0]
    honest = np.empty(len(parts))
    chosen = []
    for part, check in enumerate(checks.tolist()):
        scores, mine = scores_of(check), parts == part
        chosen.append(_choose(scores[:, ~mine], tolerance))
        honest[mine] = scores[chosen[-1], mine]
    with np.errstate(invalid="ignore"):
        gain = paired_skill(honest, own)
    if len(final) != len(checks):
        chosen = [_choose(scores_of(check), tolerance) for check in final.tolist()]
    is_accepted = bool(gain.value > gain.standard_error) and any(chosen)
    return Verdict(
        is_accepted=is_accepted,
        checks=final,
        candidates=tuple(CANDIDATES[choice] for choice in chosen),
        scores=honest if is_accepted else own,
        own=own,
        gain=gain,
        table=_table({check: known[check] for check in checks.tolist()}, checks[parts]),
    )


def _choose(scores: np.ndarray, tolerance: float) -> int:
    """Return the last good candidate of a sure gain, else the best; scores (n_candidates, n_rows)."""
    with np.errstate(invalid="ignore"):
        gains = [paired_skill(candidate, scores[0]) for candidate in scores]
    sure = np.array([gain.value > gain.standard_error for gain in gains])
    good = np.flatnonzero(as_good_as_best(scores, tolerance) & sure)
    return int(good[-1]) if len(good) else int(scores.mean(axis=1).argmax())


def _table(scores: Mapping[int, np.ndarray], check_of_row: np.ndarray) -> pd.DataFrame:
    """Gain of each candidate on the first, each row at the check that was chosen without it."""
    by_row = np.stack([scores[check][:, i] for i, check in enumerate(check_of_row.tolist())], axis=1)
    records = []
    for candidate, row_scores in zip(CANDIDATES, by_row, strict=True):
        with np.errstate(invalid="ignore"):
            gain = paired_skill(row_scores, by_row[0])
        records.append(
            {
                "weight": candidate.weight,
                "scale": candidate.scale,
                "thinned": candidate.is_thinned,
                "gain": gain.value,
                "gain_se": gain.standard_error,
            }
        )
    return pd.DataFrame.from_records(records)
