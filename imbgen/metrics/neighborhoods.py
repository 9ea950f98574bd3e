"""What distances between rows tell: density and coverage of a sample, and whether it copies."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Copying", "copying", "density_coverage"]

# Rows nearer than this are equal; features are standard deviations and one-hots.
_EQUAL = 1e-9


class Copying(NamedTuple):
    """Whether synthetic rows repeat training rows.

    Parameters
    ----------
    copy_auc : float
        Chance that a synthetic row lies nearer to a training row than a held-out row does; 0.5 is natural, 1
        is copying, below 0.5 keeps a distance.
    copies : float
        Share of synthetic rows that equal a training row.
    copies_real : float
        Share of held-out rows that do: what nature repeats.
    """

    copy_auc: float
    copies: float
    copies_real: float


def density_coverage(
    real: np.ndarray,
    synthetic: np.ndarray,
    *,
    n_neighbors: int = 5,
    most_rows: int = 500,
    random_state: int = 0,
) -> tuple[float, float]:
    """Density and coverage of a sample.

    Parameters
    ----------
    real, synthetic : ndarray of shapes (n_real, n_features), (n_synthetic, n_features)
        Held-out real rows and synthetic ones, as numbers (see `TrainingFeatures`); equal numbers are drawn.
    n_neighbors : int
        Neighbour whose distance is the radius around a real row.
    most_rows : int
        Rows of each kind at most.
    random_state : int
        Seed of the draw.

    Returns
    -------
    density : float
        Mean number of real rows' balls that a synthetic row lies in, over `n_neighbors`; about 1 is natural,
        less means rows where no real ones are.
    coverage : float
        Share of real rows with a synthetic row in their ball; about 0.97 is perfect. NaN, both, below 2 rows.

    References
    ----------
    M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo (2020), "Reliable fidelity and diversity metrics for
    generative models", ICML, https://arxiv.org/abs/2002.09797.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics import density_coverage
    >>> rng = np.random.default_rng(0)
    >>> real, same = rng.normal(size=(2, 200, 2))
    >>> density, coverage = density_coverage(real, same)
    >>> round(density, 1), coverage > 0.9
    (1.0, True)
    """
    from sklearn.metrics import pairwise_distances
    from sklearn.neighbors import NearestNeighbors

    n_rows = min(len(real), len(synthetic), most_rows)
    if n_rows < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(random_state)
    real, synthetic = (rows[rng.choice(len(rows), n_rows, replace=False)] for rows in (real, synthetic))
    k = min(n_neighbors, n_rows - 1)
    radius = NearestNeighbors(n_neighbors=k + 1).fit(real).kneighbors(real)[0][:, -1]
    inside = pairwise_distances(real, synthetic) <= radius[:, None]
    return float(inside.sum(axis=0).mean() / k), float(inside.any(axis=1).mean())


def copying(
    training: np.ndarray, held_out: np.ndarray, synthetic: np.ndarray, *, most_rows: int = 2000
) -> Copying:
    """Tell copies of training rows by the distances to them.

    Parameters
    ----------
    training, held_out, synthetic : ndarray of shape (n_rows, n_features)
        Real rows that were learned, real rows that were not, generated rows; as numbers (see
        `TrainingFeatures`).
    most_rows : int
        Synthetic rows at most.

    Returns
    -------
    copying : Copying

    References
    ----------
    C. Meehan, K. Chaudhuri, S. Dasgupta (2020), "A non-parametric test to detect data-copying in generative
    models", AISTATS, https://arxiv.org/abs/2004.05675.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.metrics import copying
    >>> rng = np.random.default_rng(0)
    >>> training, held_out = rng.normal(size=(2, 100, 3))
    >>> copying(training, held_out, training)
    Copying(copy_auc=1.0, copies=1.0, copies_real=0.0)
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.neighbors import NearestNeighbors

    if not min(len(training), len(held_out), len(synthetic)):
        return Copying(float("nan"), float("nan"), float("nan"))
    nearest = NearestNeighbors(n_neighbors=1).fit(training)
    some = np.random.default_rng(0).permutation(len(synthetic))[:most_rows]
    made, kept = (_distances(nearest, training, rows) for rows in (synthetic[some], held_out))
    is_made = np.repeat([1, 0], [len(made), len(kept)])
    auc = float(roc_auc_score(is_made, -np.r_[made, kept]))
    return Copying(auc, float((made == 0).mean()), float((kept == 0).mean()))


def _distances(nearest: Any, training: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Distances to the nearest training row, 0 for equal ones."""
    index = nearest.kneighbors(rows, return_distance=False)[:, 0]
    # Above 15 features scikit-learn's own are differences of squares, which leave 1e-7 between equal rows.
    distances = np.sqrt(((rows - training[index]) ** 2).sum(axis=1))
    return np.where(distances < _EQUAL, 0.0, distances)
