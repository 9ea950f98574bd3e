"""`AutoOverSampler`: generator and ratio by inner cross-validation, "add nothing" among the choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.base import BaseSampler
from sklearn.base import clone
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import StratifiedKFold

from imbgen.errors import ImbgenError, ParameterError, did_you_mean
from imbgen.evaluation.candidates import Choice, choose
from imbgen.evaluation.classifiers import resolve_classifiers, seeded
from imbgen.frames import to_frame
from imbgen.generators.base import BaseGenerator, give_schema, one_thread
from imbgen.generators.checks import check_number
from imbgen.generators.gmm import GMMGenerator
from imbgen.generators.interpolation import InterpolationGenerator
from imbgen.generators.kernel import KernelGenerator
from imbgen.labels import plain_label, to_labels
from imbgen.metrics.features import TrainingFeatures
from imbgen.sampler import OverSampler
from imbgen.schema import Schema

__all__ = ["AutoOverSampler"]

# What two folds choose has no other two to be tested on.
_FEWEST_FOLDS = 3


class AutoOverSampler(BaseSampler):
    """Over-samples if that pays on held-out rows, with the generator and ratio that pay most.

    Every generator is fitted on the training part of each inner fold, its rows are added at every ratio, and
    classifiers are scored on the rows left out, which stay as they are. Nothing is added unless the best of
    them gains more than one standard error, and unless what some folds choose gains on the others.

    Parameters
    ----------
    generators : sequence of BaseGenerator, optional
        Candidates; by default Gaussian mixture, kernels and interpolation at their defaults. More of them, or
        more ratios, need more rows to be told from luck.
    ratios : sequence of float
        Candidates: which part of the size that `sampling_strategy` asks for a class shall have. With two
        classes and "auto", rows of the rare class per row of the other.
    classifiers : mapping, classifier, or iterable of names and classifiers
        Those whose mean score counts, as for `imbgen.compare`.
    scoring : str or callable
        Score to choose by, one of scikit-learn's; the rare one of two classes is the positive one.
    n_folds : int
        Inner folds, at least 3 (4 for an honest score); fewer, where a class has fewer rows.
    caution : float
        Standard errors that the best must gain.
    sampling_strategy : float, str, dict or callable
        imbalanced-learn's.
    schema : mapping of column to kind or mapping, optional
        Kinds, orders of levels and bounds that overrule the inference, as of `GMMGenerator`; for classifiers,
        and for candidates that have no schema of their own.
    random_state : int, RandomState or None
        Seed of folds, generators and classifiers.

    Attributes
    ----------
    generator_ : BaseGenerator or None
        Chosen, as given; None: nothing was added.
    ratio_ : float or None
        Chosen.
    reason_ : str
        Why, in a sentence.
    score_ : float
        Honest score of the rule, "add nothing" included: on each fold, of what the other folds chose. NaN if
        there was no choice, and with 3 folds, two of which can choose nothing on their own. Given that rows
        are added it is a little high: the same folds decided that.
    baseline_score_ : float
        Mean score of adding nothing.
    candidates_ : DataFrame
        `generator`, `ratio`, `score` (mean over folds; NaN if it failed), `gain`.
    generators_ : dict of label to BaseGenerator
        Fitted generators of the classes that got rows.
    synthetic_mask_ : ndarray of bool, shape (n_rows_new,)
        Which rows of the result are new.

    Examples
    --------
    >>> from imbgen import AutoOverSampler, load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> sampler = AutoOverSampler(classifiers="linear", ratios=[1.0], n_folds=3, random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y == "imU")
    >>> sampler.generator_, sampler.ratio_, len(X_new) - len(X)
    (InterpolationGenerator(), 1.0, 266)
    """

    takes_tables: ClassVar[bool] = True
    _sampling_type = "over-sampling"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **OverSampler._parameter_constraints,
        "generators": ["array-like", None],
        "ratios": ["array-like"],
        "classifiers": [object],
        "scoring": [str, callable],
        "n_folds": [int],
        "caution": [float, int],
        "schema": [Mapping, None],
    }

    def __init__(
        self,
        generators: Sequence[BaseGenerator] | None = None,
        *,
        ratios: Sequence[float] = (0.3, 1.0),
        classifiers: Any = ("linear", "boosting"),
        scoring: Any = "average_precision",
        n_folds: int = 5,
        caution: float = 1.0,
        sampling_strategy: Any = "auto",
        schema: Mapping[Any, Any] | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.generators = generators
        self.ratios = ratios
        self.classifiers = classifiers
        self.scoring = scoring
        self.n_folds = n_folds
        self.caution = caution
        self.schema = schema
        self.random_state = random_state

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Choose, and append rows of what was chosen.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_rows, n_columns)
        y : Series or ndarray of shape (n_rows,)

        Returns
        -------
        X_new : the container given, n_rows_new rows
        y_new : Series or ndarray, n_rows_new labels
        """
        return self.fit(X, y)._fit_resample(X, y, **params)

    def _fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        seed = int(np.random.default_rng(_entropy(self.random_state)).integers(2**31 - 1))
        labels = to_labels(y)
        with one_thread():
            choice, n_ratios = self._choose(to_frame(X)[0], labels, seed)
        self.reason_, self.score_ = choice.reason, choice.score
        generator, wanted = None, {}
        self.generator_, self.ratio_ = None, None
        if choice.best is not None:
            self.generator_ = self._candidates()[choice.best // n_ratios]
            generator = self._with_schema(self.generator_)
            self.ratio_ = float(self.ratios[choice.best % n_ratios])
            wanted = _sizes_at(self.ratio_, self.sampling_strategy_, labels)
        sampler = OverSampler(generator, sampling_strategy=wanted, random_state=seed)
        X_new, y_new = sampler.fit_resample(X, y, **params)
        self.generators_, self.synthetic_mask_ = sampler.generators_, sampler.synthetic_mask_
        return X_new, y_new

    def fit(self, X: Any, y: Any, **params: Any) -> AutoOverSampler:
        """Check the table and what it is asked for; `fit_resample` does the work."""
        self._validate_params()
        self._check()
        checked = OverSampler(sampling_strategy=self.sampling_strategy).fit(X, y)
        self.sampling_strategy_ = checked.sampling_strategy_
        self.n_features_in_ = checked.n_features_in_
        if hasattr(checked, "feature_names_in_"):
            self.feature_names_in_ = checked.feature_names_in_
        return self

    def _check(self) -> None:
        for generator in self._candidates():
            if not isinstance(generator, BaseGenerator):
                raise ParameterError(
                    f"`generators` must be generators, however: one is {generator!r}. Pass objects such as"
                    " imbgen.GMMGenerator()."
                )
        for ratio in self.ratios:
            check_number("ratios", ratio, low=0.01, high=1.0)
        if not len(self.ratios):
            raise ParameterError(
                "`ratios` must have one at least, however: it is empty. Add one, such as 1.0."
            )
        check_number("n_folds", self.n_folds, low=_FEWEST_FOLDS, whole=True)
        check_number("caution", self.caution, low=0.0)
        resolve_classifiers(self.classifiers)
        if isinstance(self.scoring, str) and self.scoring not in get_scorer_names():
            raise ParameterError(
                f"`scoring` must be a score of scikit-learn, however: scoring={self.scoring!r}."
                f"{did_you_mean(self.scoring, get_scorer_names())} Correct the name."
            )

    def _candidates(self) -> list[Any]:
        if self.generators is None:
            return [GMMGenerator(), KernelGenerator(), InterpolationGenerator()]
        return list(self.generators)

    def _with_schema(self, generator: BaseGenerator) -> BaseGenerator:
        """Return a copy that knows the schema, if it has none of its own."""
        generator = clone(generator)
        give_schema(generator, None if self.schema is None else dict(self.schema))
        return generator

    def _choose(self, frame: pd.DataFrame, labels: np.ndarray, seed: int) -> tuple[Choice, int]:
        """Score every candidate on every inner fold."""
        n_ratios = len(self.ratios)
        names = [(repr(generator), float(ratio)) for generator in self._candidates() for ratio in self.ratios]
        counts = {label: int((labels == label).sum()) for label in self.sampling_strategy_}
        fewest = min((counts[label] for label, n_new in self.sampling_strategy_.items() if n_new), default=0)
        n_folds = min(self.n_folds, fewest // 2)  # a generator needs two rows of each training part
        self.candidates_ = pd.DataFrame(names, columns=["generator", "ratio"]).assign(
            score=np.nan, gain=np.nan
        )
        if n_folds < _FEWEST_FOLDS or not names:
            self.baseline_score_ = float("nan")
            return Choice(None, float("nan"), "the classes have too few rows to hold some out"), n_ratios
        schema = Schema.infer(frame, self.schema)
        target = _codes(labels)
        folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
        scores, nothing = np.full((len(names), n_folds), np.nan), np.zeros(n_folds)
        for i, (train, test) in enumerate(folds.split(frame, target)):
            fold = _Fold(self, frame, labels, target, schema, train, test, seed)
            nothing[i] = fold.score(frame.iloc[train], target[train])
            for j, generator in enumerate(self._candidates()):
                scores[j * n_ratios : (j + 1) * n_ratios, i] = fold.score_generator(generator)
        choice = choose(scores, nothing, self.caution)
        self.baseline_score_ = float(nothing.mean())
        means = scores.mean(axis=1)
        self.candidates_ = self.candidates_.assign(score=means, gain=means - nothing.mean())
        return choice, n_ratios

    def __sklearn_tags__(self) -> Any:
        return OverSampler().__sklearn_tags__()


class _Fold:
    """Scores training sets on the rows left out of one inner fold."""

    def __init__(
        self,
        sampler: AutoOverSampler,
        frame: pd.DataFrame,
        labels: np.ndarray,
        target: np.ndarray,
        schema: Schema,
        train: np.ndarray,
        test: np.ndarray,
        seed: int,
    ) -> None:
        self._sampler, self._seed = sampler, seed
        self._frame, self._labels, self._target = frame.iloc[train], labels[train], target[train]
        self._features = TrainingFeatures(self._frame, schema)
        self._test = self._features.transform(frame.iloc[test])
        self._test_target = target[test]
        self._share = len(train) / len(frame)
        self._scorer = get_scorer(sampler.scoring)

    def score(self, frame: pd.DataFrame, target: np.ndarray) -> float:
        X = self._features.transform(frame)
        models = resolve_classifiers(self._sampler.classifiers).values()
        fitted = (seeded(model, self._seed).fit(X, target) for model in models)
        return float(np.mean([self._scorer(model, self._test, self._test_target) for model in fitted]))

    def score_generator(self, generator: BaseGenerator) -> list[float]:
        """Return the score at each ratio; NaN where the generator fails."""
        try:
            made = {label: self._draw(generator, label) for label in self._sampler.sampling_strategy_}
        except (ImbgenError, ValueError, ArithmeticError):
            return [np.nan] * len(self._sampler.ratios)
        return [self._score_at(float(ratio), made) for ratio in self._sampler.ratios]

    def _wanted(self, ratio: float) -> dict[Any, int]:
        asked = self._sampler.sampling_strategy_
        counts = {label: int((self._labels == label).sum()) for label in asked}
        in_fold = {label: round(n_new * self._share) for label, n_new in asked.items()}
        sizes = _sizes(ratio, in_fold, counts)
        return {label: size - counts[label] for label, size in sizes.items()}

    def _draw(self, generator: BaseGenerator, label: Any) -> pd.DataFrame:
        n_new = max(self._wanted(float(ratio))[label] for ratio in self._sampler.ratios)
        if n_new == 0:
            return self._frame.iloc[:0]
        mine = self._labels == label
        fitted = self._sampler._with_schema(generator).set_params(random_state=self._seed)
        fitted.fit(self._frame[mine], others=self._frame[~mine] if fitted.uses_others else None)
        return fitted.sample(n_new, self._seed)

    def _score_at(self, ratio: float, made: Mapping[Any, pd.DataFrame]) -> float:
        frames, targets = [self._frame], [self._target]
        for label, n_new in self._wanted(ratio).items():
            code = self._target[self._labels == label][0]
            frames.append(made[label].iloc[:n_new])
            targets.append(np.full(n_new, code))
        joined = pd.concat(frames, ignore_index=True).astype(self._frame.dtypes.to_dict())
        return self.score(joined, np.concatenate(targets))


def _entropy(random_state: Any) -> int | None:
    """Seed from an int or RandomState; None stays None, for fresh entropy."""
    if random_state is None or isinstance(random_state, int):
        return random_state
    return int(random_state.randint(2**31 - 1)) if hasattr(random_state, "randint") else int(random_state)


def _codes(labels: np.ndarray) -> np.ndarray:
    """Labels as 0 .. K - 1; of two, the rarer one is 1."""
    values, codes = np.unique(labels, return_inverse=True)
    if len(values) == 2 and (labels == values[0]).sum() < (labels == values[1]).sum():
        codes = 1 - codes
    return codes


def _sizes(ratio: float, asked: Mapping[Any, int], counts: Mapping[Any, int]) -> dict[Any, int]:
    """Return the size of each class at a ratio of what was asked; never below what it has."""
    return {
        label: max(counts[label], round(ratio * (counts[label] + n_new))) for label, n_new in asked.items()
    }


def _sizes_at(ratio: float, asked: Mapping[Any, int], labels: np.ndarray) -> dict[Any, int]:
    counts = {label: int((labels == label).sum()) for label in asked}
    sizes = _sizes(ratio, asked, counts)
    return {plain_label(label): size for label, size in sizes.items()}
