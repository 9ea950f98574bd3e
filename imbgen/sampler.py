"""`OverSampler`: any generator as an imbalanced-learn sampler."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import narwhals as nw
import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from imbgen.errors import DataError, warnings_about
from imbgen.frames import Container, to_frame
from imbgen.generators.base import BaseGenerator
from imbgen.generators.gmm import GMMGenerator
from imbgen.labels import LabelContainer, plain_label, to_labels
from imbgen.sampling_strategy import count_new_rows
from imbgen.schema import check_unique

__all__ = ["OverSampler"]


class OverSampler(BaseOverSampler):
    """Balances classes with rows drawn from a generator.

    One clone of the generator is fitted for each class that needs rows, on the rows of that class alone.
    Original rows come first and untouched, new rows are appended.

    Parameters
    ----------
    generator : BaseGenerator, optional
        None means `GMMGenerator()`. It is cloned, never fitted itself.
    sampling_strategy : float, str, dict, list or callable
        Which classes get rows, and how many. "auto" brings every class but the largest up to it, and so do
        "not majority" and "all"; "minority" only the smallest one, "not minority" all but that one; a list
        the classes it names. A float is the wanted ratio of the smaller of two classes to the larger one,
        to the nearest row. A dict gives the wanted number of rows per class, a function of the labels such
        a dict.
    random_state : int, RandomState or None
        From it a seed is spawned for every class (in sorted order), which overrides the generator's own.

    Attributes
    ----------
    generators_ : dict of label to BaseGenerator
        Fitted generator of each class that needed rows.
    synthetic_mask_ : ndarray of bool, shape (n_rows_new,)
        Which rows of the result are new.
    sampling_strategy_ : dict of label to int
        Rows added to each class.

    Raises
    ------
    DataError
        A class that needs rows has fewer than 2; rows and labels differ in number; a label is missing; labels
        are of several types, of one class only, or measurements; names of columns repeat, or are of several
        types.
    ParameterError
        A strategy that does not fit the labels.

    Examples
    --------
    >>> from imblearn.pipeline import make_pipeline
    >>> from sklearn.linear_model import LogisticRegression
    >>> from imbgen import OverSampler, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> X, y = X[y.isin(["cp", "om"])], y[y.isin(["cp", "om"])]
    >>> sampler = OverSampler(random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> y_new.value_counts().to_dict(), int(sampler.synthetic_mask_.sum())
    ({'cp': 143, 'om': 143}, 123)
    >>> model = make_pipeline(OverSampler(random_state=0), LogisticRegression()).fit(X, y)
    """

    # What `resample` and `compare` go by: a table of any dtypes is taken as it is, and needs no numbers made.
    takes_tables: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "sampling_strategy": [*BaseOverSampler._parameter_constraints["sampling_strategy"], list, tuple],
        "generator": [BaseGenerator, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        generator: BaseGenerator | None = None,
        *,
        sampling_strategy: float | str | Mapping[Any, int] | Sequence[Any] | Callable[..., Any] = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.generator = generator
        self.random_state = random_state

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check rows and labels, and count what each class needs; `fit_resample` does the work.

        Parameters
        ----------
        X, y
            As for `fit_resample`.

        Returns
        -------
        self : OverSampler
        """
        self._prepare(X, y)
        return self

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Fit the generators and append their rows.

        Parameters
        ----------
        X : DataFrame, ndarray or list of shape (n_rows, n_columns)
            pandas, polars or Arrow frame, or array; missing values are legal.
        y : Series, ndarray or list of shape (n_rows,)
            Labels; one-vs-all indicators of shape (n_rows, n_classes) are legal.

        Returns
        -------
        X_new : the container given, n_rows_new rows
        y_new : the container given, n_rows_new labels
        """
        rows, labels, container = self._prepare(X, y)
        rows, labels_new = self._fit_resample(rows, labels)
        if isinstance(X, list):
            rows = rows.tolist()
        return container.restore(rows) if container else rows, LabelContainer(y).restore(labels_new)

    def _prepare(self, X: Any, y: Any) -> tuple[Any, np.ndarray, Container | None]:
        """Return rows as a pandas frame or array, labels, and the container of a frame of another library."""
        self._validate_params()
        labels = to_labels(y)
        frame, container = to_frame(X) if _is_other_frame(X) else (X, None)
        rows = self._check_rows(frame, len(labels))
        self.sampling_strategy_ = count_new_rows(self.sampling_strategy, labels)
        return rows, labels, container

    def _check_rows(self, X: Any, n_labels: int) -> Any:
        if isinstance(X, pd.DataFrame):
            _check_names(to_frame(X.iloc[:0])[0])
            validate_data(self, X=X, reset=True, skip_check_array=True)
        else:
            X = validate_data(self, X=X, reset=True, dtype=None, ensure_all_finite=False)
        if len(X) != n_labels:
            raise DataError(
                f"Each row needs a label, however: X has {len(X)} rows and y has {n_labels} labels. "
                "Pass both of the same rows."
            )
        return X

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        # For None scikit-learn would draw from NumPy's global state, which is not ours to advance.
        random = check_random_state(
            np.random.RandomState() if self.random_state is None else self.random_state
        )
        labels = np.unique(y)
        seeds = dict(zip(labels.tolist(), random.randint(2**31 - 1, size=len(labels)).tolist(), strict=True))
        self.generators_: dict[Any, BaseGenerator] = {}
        parts_X, parts_y = [X.copy()], [y]
        for label, n_new in self.sampling_strategy_.items():
            if n_new == 0:
                continue
            mine = y == label
            generator = self._fit_class(_take(X, mine), _take(X, ~mine), label, seeds[plain_label(label)])
            parts_X.append(generator.sample(int(n_new), random_state=seeds[plain_label(label)]))
            parts_y.append(np.full(n_new, label, dtype=y.dtype))
            self.generators_[label] = generator
        self.synthetic_mask_ = np.arange(sum(map(len, parts_y))) >= len(y)
        return _stack(parts_X), np.concatenate(parts_y)

    def _fit_class(self, rows: Any, others: Any, label: Any, seed: int) -> BaseGenerator:
        template = GMMGenerator() if self.generator is None else self.generator
        if len(rows) < 2:
            raise DataError(
                f"A class that needs rows must have at least 2, however: class {plain_label(label)!r} has "
                f"{len(rows)}. Add rows of it, drop the class, or leave it out of `sampling_strategy`."
            )
        generator = clone(template).set_params(random_state=seed)
        if (log_dir := generator.get_params(deep=False).get("log_dir")) is not None:
            generator.set_params(log_dir=Path(log_dir) / _folder_name(label))
        with warnings_about(f"Class {plain_label(label)!r}"):
            return generator.fit(rows, others=others if generator.uses_others else None)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.dataframe = True
        return tags


def _is_other_frame(X: Any) -> bool:
    """Tell frames of other libraries, which are resampled as pandas frames."""
    return nw.dependencies.is_into_dataframe(X) and not isinstance(X, pd.DataFrame)


def _check_names(X: pd.DataFrame) -> None:
    """Raise DataError for names that scikit-learn or a generator would fail over."""
    check_unique(X)
    names = list(X.columns)
    if len({isinstance(name, str) for name in names}) > 1:
        raise DataError(
            f"Column names must all be text or none, however: they are {names}. Rename them with"
            " `X.columns = X.columns.astype(str)`."
        )


def _folder_name(label: Any) -> str:
    """Name of a class's folder on any file system; where two are the same, a fit takes the next free one."""
    text = re.sub(r"[^\w .+-]", "_", str(plain_label(label)))
    return f"class-{text[:80]}".rstrip(". ")


def _take(X: Any, rows: np.ndarray) -> Any:
    return X.loc[rows] if isinstance(X, pd.DataFrame) else X[rows]


def _stack(parts: list[Any]) -> Any:
    if isinstance(parts[0], pd.DataFrame):
        dtypes = parts[0].dtypes.to_dict()
        return pd.concat(parts, ignore_index=True).astype(dtypes)
    return np.concatenate(parts).astype(parts[0].dtype, copy=False)
