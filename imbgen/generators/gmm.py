"""`GMMGenerator`: a Gaussian mixture in rank space. The baseline every other generator is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.errors import ParameterError
from imbgen.frames import to_frame
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator
from imbgen.generators.checks import check_choice, check_number
from imbgen.generators.components import dimension_names, dims_without_last_level, summarise_components
from imbgen.generators.mixture import Mixture, choose_mixture, shrink_to_diagonal
from imbgen.generators.storage import prefixed, unprefixed
from imbgen.memory import check_memory

__all__ = ["GMMGenerator"]

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
_ROWS_PER_COMPONENT = 20
_SILHOUETTE_ROWS = 2000
# Of the covariances that are held at a time: theirs, their roots, a proposal.
_COPIES = 3


class GMMGenerator(BaseGenerator):
    """Gaussian mixture over the encoded rows of a class.

    Numbers enter as normal scores, levels as one-hots (their last level left out); every dimension is
    standardised. The number of components and the covariance type minimise BIC or AIC; covariances
    are then shrunk towards their diagonal. Sampled scores are calibrated (`MarginalCalibration`), so that
    marginals are those of the training rows.

    Parameters
    ----------
    n_components : int or None
        None chooses 1 .. `max_components` by `criterion`, with at least 20 rows to a component.
    max_components : int
        Upper end of that choice.
    covariance_types : sequence of {"full", "tied", "diag", "spherical"}
        Candidates.
    criterion : {"bic", "aic"}
        What the choice minimises.
    shrinkage : "auto" or float in [0, 1]
        Weight of the diagonal in each full or tied covariance. "auto" takes the analytic optimum for
        correlations of Schäfer and Strimmer.
    regularization : float
        Added to the variances, in units of each dimension's own variance.
    schema : mapping of column to kind or mapping, optional
        What overrules the inference: kinds, orders of levels, bounds; see `Schema.infer`.
    rules : list of mappings, optional
        What every new row obeys, such as ``{"ordered": ["start", "end"]}``; see `read_rules`.
    random_state : int, optional
        Seed.

    Attributes
    ----------
    criterion_table_ : DataFrame
        One row per candidate: `n_components`, `covariance_type`, `bic`, `aic`, `log_likelihood` (nats
        per row). Candidates that no likelihood could make the best are not fitted and not listed.
    n_components_ : int
        Components chosen.
    covariance_type_ : str
        Type chosen.
    means_, covariances_, weights_ : ndarray
        Of the mixture, shapes (k, d), (k, d, d), (k,), in standardised encoded space.
    shrinkage_ : ndarray of shape (k,)
        Shrinkage used for each component.
    log_likelihood_ : float
        Of the training rows, nats per row, in encoded space.
    silhouette_ : float
        Mean silhouette of the hard assignment; NaN for one component.

    References
    ----------
    J. Schäfer, K. Strimmer (2005), "A shrinkage approach to large-scale covariance matrix estimation",
    Statistical Applications in Genetics and Molecular Biology 4(1), target D.

    Examples
    --------
    >>> from imbgen import GMMGenerator, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> generator = GMMGenerator(random_state=0).fit(X[y == "om"])
    >>> generator.sample(3).shape
    (3, 7)
    """

    def __init__(
        self,
        *,
        n_components: int | None = None,
        max_components: int = 10,
        covariance_types: Sequence[str] = COVARIANCE_TYPES,
        criterion: str = "bic",
        shrinkage: float | str = "auto",
        regularization: float = 0.01,
        schema: Mapping[Any, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.max_components = max_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.shrinkage = shrinkage
        self.regularization = regularization
        self.schema = schema
        self.rules = rules
        self.random_state = random_state

    def encode(self, X: Any) -> pd.DataFrame:
        """Rows in the space of `means_` and `covariances_`.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_rows, n_columns)
            Rows of the columns given to `fit`.

        Returns
        -------
        encoded : DataFrame of shape (n_rows, d)
            Standardised; one column per dimension, in the order of `means_`: ``"age"`` is the normal score
            of a number, ``"age present"`` whether it is there, ``"sex=F"`` whether this level is. The last
            level of a column is one minus the others and has no dimension.
        """
        rows = self._standardise(self._rows(X))
        names = dimension_names(self._encoder)
        return pd.DataFrame(rows, columns=[names[dim] for dim in self._kept])

    def log_likelihood(self, X: Any) -> np.ndarray:
        """Log density of rows in standardised encoded space, nats, shape (n_rows,)."""
        return self._mixture.log_density(self._standardise(self._rows(X)))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Soft assignment of rows to components, shape (n_rows, n_components_)."""
        return self._mixture.responsibilities(self._standardise(self._rows(X)))

    def predict(self, X: Any) -> np.ndarray:
        """Most responsible component of each row, int of shape (n_rows,)."""
        return self.predict_proba(X).argmax(axis=1)

    def describe_components(self, X: Any) -> pd.DataFrame:
        """Summarise the rows of each component in the units of the table.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_rows, n_columns)
            Rows to summarise, usually those given to `fit`; each counts for its most responsible component.

        Returns
        -------
        summary : DataFrame of n_components_ rows
            Columns are pairs (column, statistic): "mean" and "median" of numbers and dates, "mode" and its
            "share" of the rows for levels, the share "missing" where `X` has gaps. First come
            ("weight", "") of the mixture and ("rows", ""). A component without rows has no statistics.

        Examples
        --------
        >>> from imbgen import GMMGenerator, load_dataset
        >>> X, y = load_dataset("ecoli")
        >>> generator = GMMGenerator(n_components=2, random_state=0).fit(X[y == "im"])
        >>> summary = generator.describe_components(X[y == "im"])
        >>> int(summary["rows"].sum()), summary["mcg"].columns.tolist()
        (77, ['mean', 'median'])
        """
        rows = self._rows(X)
        return summarise_components(rows, self.schema_, self.predict(X), self.weights_)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_choice("criterion", self.criterion, ("bic", "aic"))
        if isinstance(self.covariance_types, str) or not isinstance(self.covariance_types, Sequence):
            raise ParameterError(
                "`covariance_types` must be a list of types, however: "
                f"covariance_types={self.covariance_types!r}. Write it as a list, e.g. ['full']."
            )
        for kind in self.covariance_types:
            check_choice("covariance_types", kind, COVARIANCE_TYPES)
        if not self.covariance_types:
            raise ParameterError(
                "`covariance_types` must name at least one type, however: it is empty. Name one, e.g. 'full'."
            )
        if self.n_components is not None:
            check_number("n_components", self.n_components, low=1, whole=True)
        check_number("max_components", self.max_components, low=1, whole=True)
        check_number("regularization", self.regularization, low=1e-6)
        check_number("shrinkage", self.shrinkage, low=0, high=1, word="auto")

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self._encoder = TableEncoder(self.schema_).fit(frame)
        self._encode_seed = int(rng.integers(2**31))
        self._kept = dims_without_last_level(self._encoder)
        encoded = self._kept_scores(frame)
        self._centre = encoded.mean(axis=0)
        self._scale = np.maximum(encoded.std(axis=0), 1e-3)
        if encoded.shape[1]:
            self._fit_mixture((encoded - self._centre) / self._scale, int(rng.integers(2**31)))
        else:
            self._fit_nothing()
        self._calibration = MarginalCalibration.fit(self._raw_block(rng), self._encoder)

    def _fit_nothing(self) -> None:
        """Take a mixture of no dimensions: no column varies, so there is nothing to learn."""
        mixture = Mixture(np.ones(1), np.zeros((1, 0)), np.zeros((1, 0, 0)))
        self._take_mixture(mixture, self.covariance_types[0], np.zeros(1))
        columns = ["n_components", "covariance_type", "bic", "aic", "log_likelihood"]
        self.criterion_table_ = pd.DataFrame(columns=columns)
        self.log_likelihood_, self.silhouette_ = 0.0, float("nan")

    def _check_memory(self, n_components: int, n_dims: int) -> None:
        matrices = n_components if "full" in self.covariance_types else 1
        check_memory(
            _COPIES * 8 * matrices * n_dims**2,
            f"Covariances of {n_components} components in {n_dims:,} dimensions",
            'Lower `max_components`, leave "full" out of `covariance_types`, or drop columns.',
        )

    def _fit_mixture(self, rows: np.ndarray, seed: int) -> None:
        self._check_memory(max(self._candidates(len(rows))), rows.shape[1])
        chosen, self.criterion_table_ = choose_mixture(
            rows,
            n_components=self._candidates(len(rows)),
            covariance_types=self.covariance_types,
            criterion=self.criterion,
            regularization=self.regularization,
            seed=seed,
        )
        full = _full_covariances(chosen)
        weights = chosen.predict_proba(rows)
        tied = chosen.covariance_type == "tied"
        own_rows = (
            rows - weights @ chosen.means_ if tied else rows
        )  # a tied covariance is one within components
        wanted = self.shrinkage if tied or chosen.covariance_type == "full" else 0.0
        shrunk, used = [], []
        for j, covariance in enumerate(full):
            share = np.ones(len(rows)) if tied else weights[:, j]
            matrix, amount = shrink_to_diagonal(covariance, own_rows, share, wanted)
            shrunk.append(matrix)
            used.append(amount)
        mixture = Mixture(chosen.weights_, chosen.means_, np.array(shrunk))
        self._take_mixture(mixture, chosen.covariance_type, np.array(used))
        self.log_likelihood_ = float(mixture.log_density(rows).mean())
        self.silhouette_ = _silhouette(rows, mixture.log_joint(rows).argmax(axis=1), seed)

    def _take_mixture(self, mixture: Mixture, covariance_type: str, shrinkage: np.ndarray) -> None:
        self._mixture = mixture
        self.weights_, self.means_, self.covariances_ = mixture.weights, mixture.means, mixture.covariances
        self.n_components_, self.covariance_type_, self.shrinkage_ = (
            len(mixture.weights),
            covariance_type,
            shrinkage,
        )

    def _candidates(self, n_rows: int) -> Sequence[int]:
        if self.n_components is None:
            return range(1, min(self.max_components, max(1, n_rows // _ROWS_PER_COMPONENT)) + 1)
        if self.n_components > n_rows:
            raise ParameterError(
                f"`n_components` must be at most the number of rows, however: "
                f"n_components={self.n_components}, n_rows={n_rows}. Lower it or add rows."
            )
        return [self.n_components]

    def _rows(self, X: Any) -> pd.DataFrame:
        check_is_fitted(self)
        return self.schema_.check(to_frame(X)[0])

    def _kept_scores(self, frame: pd.DataFrame) -> np.ndarray:
        return self._encoder.encode(frame, self._encode_seed)[:, self._kept].astype(np.float64)

    def _standardise(self, frame: pd.DataFrame) -> np.ndarray:
        return (self._kept_scores(frame) - self._centre) / self._scale

    def _raw_block(self, rng: np.random.Generator) -> np.ndarray:
        """Scores of one block before calibration, shape (BLOCK_ROWS, d_encoded)."""
        raw = np.zeros((BLOCK_ROWS, self._encoder.d_encoded))
        raw[:, self._kept] = self._mixture.sample(BLOCK_ROWS, rng) * self._scale + self._centre
        for block in self._encoder.blocks:
            if block.kind != "number":
                last = block.start + block.width - 1
                raw[:, last] = 1.0 - raw[:, block.start : last].sum(axis=1)
        return raw.astype(np.float32)

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        return self._encoder.decode(self._calibration.apply(self._raw_block(rng), self._encoder))

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        encoder, arrays = self._encoder.get_state()
        state = {
            "encoder": encoder,
            "encode_seed": self._encode_seed,
            "covariance_type": self.covariance_type_,
            "log_likelihood": self.log_likelihood_,
            "silhouette": None if np.isnan(self.silhouette_) else self.silhouette_,
            "criterion_table": self.criterion_table_.to_dict("list"),
        }
        own = {
            "weights": self.weights_,
            "means": self.means_,
            "covariances": self.covariances_,
            "shrinkage": self.shrinkage_,
            "centre": self._centre,
            "scale": self._scale,
            **self._calibration.to_arrays(),
        }
        return state, own | prefixed("encoder", arrays)

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self._encoder = TableEncoder.from_state(state["encoder"], unprefixed("encoder", arrays))
        self._encode_seed = state["encode_seed"]
        self._kept = dims_without_last_level(self._encoder)
        self._centre, self._scale = arrays["centre"], arrays["scale"]
        mixture = Mixture(arrays["weights"], arrays["means"], arrays["covariances"])
        self._take_mixture(mixture, state["covariance_type"], arrays["shrinkage"])
        self._calibration = MarginalCalibration.from_arrays(arrays)
        self.criterion_table_ = pd.DataFrame(state["criterion_table"])
        self.log_likelihood_ = state["log_likelihood"]
        self.silhouette_ = float("nan") if state["silhouette"] is None else state["silhouette"]


def _silhouette(rows: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Mean silhouette, over a sample of a large class: its cost grows with the square of the rows."""
    if len(rows) > _SILHOUETTE_ROWS:
        chosen = np.random.default_rng(seed).choice(len(rows), _SILHOUETTE_ROWS, replace=False)
        rows, labels = rows[chosen], labels[chosen]
    several = 1 < len(np.unique(labels)) < len(rows)
    return float(silhouette_score(rows, labels)) if several else float("nan")


def _full_covariances(mixture: GaussianMixture) -> np.ndarray:
    """Covariances as matrices, shape (k, d, d), whatever the type."""
    n_components, n_dims = mixture.means_.shape
    match mixture.covariance_type:
        case "full":
            return mixture.covariances_
        case "tied":
            return np.repeat(mixture.covariances_[None], n_components, axis=0)
        case "diag":
            return np.stack([np.diag(variances) for variances in mixture.covariances_])
        case _:
            return np.stack([np.eye(n_dims) * variance for variance in mixture.covariances_])
