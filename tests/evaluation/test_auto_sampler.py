from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import parametrize_with_checks
from sklearn.linear_model import LogisticRegression

from imbgen import AutoOverSampler, CopulaGenerator, GMMGenerator, KernelGenerator, compare
from imbgen.errors import DataError, ParameterError
from imbgen.schema import Schema

CHEAP = {
    "generators": [GMMGenerator(max_components=1)],
    "ratios": [1.0],
    "classifiers": "linear",
    "n_folds": 3,
}


def _checks():
    """The checks as a list, which pytest wants."""
    mark = parametrize_with_checks([AutoOverSampler(**CHEAP, random_state=0)])
    return pytest.mark.parametrize(mark.args[0], list(mark.args[1]), **mark.kwargs)


@pytest.mark.slow
@_checks()
def test_imbalanced_learns_own_checks(estimator, check, request):
    state = np.random.get_state()  # noqa: NPY002 - some checks draw from the global one
    request.addfinalizer(lambda: np.random.set_state(state))  # noqa: NPY002
    check(estimator)


@pytest.fixture(scope="module")
def tilted():
    """Few rows of a ring around the others: a line cannot tell them, whatever is added."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, size=40)
    ring = 3 * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.1, size=(40, 2))
    X = np.vstack([rng.normal(size=(400, 2)), ring])
    return pd.DataFrame(X, columns=["a", "b"]), np.repeat(["no", "yes"], [400, 40])


def test_what_pays_is_chosen(table):
    sampler = AutoOverSampler(
        [GMMGenerator()],
        classifiers="linear",
        scoring="balanced_accuracy",
        schema={"a": {"low": -99}},
        random_state=0,
    )
    X_new, y_new = sampler.fit_resample(*table)
    assert isinstance(sampler.generator_, GMMGenerator)
    assert sampler.score_ > sampler.baseline_score_
    assert (y_new == "yes").sum() == round(sampler.ratio_ * 200)
    assert sampler.synthetic_mask_.sum() == len(X_new) - 230
    pd.testing.assert_frame_equal(X_new[:230], table[0])
    assert list(sampler.generators_) == ["yes"]
    assert sampler.generators_["yes"].schema_.column("a").low == -99
    assert sampler.generator_.schema is None  # as given


def test_what_does_not_pay_is_not_added(tilted):
    sampler = AutoOverSampler(classifiers="linear", random_state=0)
    X_new, y_new = sampler.fit_resample(*tilted)
    assert sampler.generator_ is sampler.ratio_ is None
    assert len(X_new) == len(y_new) == 440
    assert not sampler.synthetic_mask_.any()
    assert len(sampler.candidates_) == 6
    assert sampler.candidates_["gain"].notna().all()


def test_each_parameter_is_heeded(table):
    def candidates(**changes):
        sampler = AutoOverSampler(**CHEAP | {"random_state": 0} | changes)
        sampler.fit_resample(*table)
        return sampler

    base = candidates()
    assert not base.candidates_.equals(candidates(generators=[KernelGenerator()]).candidates_)
    assert len(candidates(ratios=[0.2, 0.5]).candidates_) == 2
    for change in (
        {"classifiers": "boosting"},
        {"scoring": "roc_auc"},
        {"n_folds": 4},
        {"random_state": 1},
        {"sampling_strategy": 0.3},
    ):
        assert not base.candidates_.equals(candidates(**change).candidates_), change
    decided = {"scoring": "balanced_accuracy", "n_folds": 5}
    assert candidates(**decided).generator_ is not None
    assert candidates(**decided, caution=1000.0).generator_ is None
    assert base.sampling_strategy_ == {"yes": 170}


def test_a_candidate_that_fails_is_not_chosen(table):
    class Failing(CopulaGenerator):
        def _sample_block(self, rng):
            raise ValueError("no")

    sampler = AutoOverSampler([Failing()], ratios=[1.0], classifiers="linear", random_state=0)
    sampler.fit_resample(*table)
    assert sampler.generator_ is None
    assert sampler.candidates_["score"].isna().all()


def test_too_few_rows_to_choose(table):
    X, y = table
    sampler = AutoOverSampler(random_state=0)
    X_new, _ = sampler.fit_resample(X[:202], y[:202].mask(y.index[:202] >= 200, "yes"))
    assert len(X_new) == 202
    assert sampler.reason_ == "the classes have too few rows to hold some out"


def test_it_goes_into_pipelines_and_comparisons(table):
    model = make_pipeline(AutoOverSampler(**CHEAP, random_state=0), LogisticRegression()).fit(*table)
    assert model.predict_proba(table[0]).shape == (230, 2)
    options = {"classifiers": "linear", "metrics": ["average_precision"], "fidelity": False, "cv": 2}
    result = compare(*table, AutoOverSampler(**CHEAP), random_state=0, **options)
    runs = result.runs.query("arm == 'AutoOverSampler'")
    assert (runs["status"] == "ok").all()
    n_adding = (runs["n_synthetic"] > 0).sum()
    assert f"data: AutoOverSampler chose to add rows in {n_adding} of {len(runs)} fits." in result.notices


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"generators": [3]}, "`generators` must be generators"),
        ({"ratios": [2.0]}, "`ratios`"),
        ({"n_folds": 2}, "`n_folds`"),
        ({"scoring": "average_precison"}, "Did you mean 'average_precision'"),
        ({"classifiers": "tree"}, "`classifiers` must be"),
        ({"caution": -1.0}, "`caution`"),
    ],
)
def test_bad_parameters(table, parameters, message):
    with pytest.raises(ParameterError, match=message):
        AutoOverSampler(**parameters).fit_resample(*table)


class Spy(AutoOverSampler):
    """Keeps the tables that it is shown, and its copies keep them in the same place."""

    shown: ClassVar[list[tuple[AutoOverSampler, pd.DataFrame]]] = []

    def fit_resample(self, X, y, **params):
        self.shown.append((self, X))
        return super().fit_resample(X, y, **params)


class SchemaSpy(GMMGenerator):
    """Keeps the schemas that it is fitted with."""

    seen: ClassVar[list[Schema]] = []

    def fit(self, X, *, others=None):
        fitted = super().fit(X, others=others)
        self.seen.append(self.schema_)
        return fitted


def test_a_comparison_shows_it_the_users_table(mixed):
    """Not the numbers and categories that imbalanced-learn's samplers are handed."""
    X, y = mixed
    X = X.assign(day=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(X)), "D"))
    schema = {
        "level": {"kind": "ordinal", "levels": ["z", "x", "y"]},
        "b": {"low": -9, "high": 9},
        "count": "categorical",
    }
    Spy.shown.clear()
    SchemaSpy.seen.clear()
    options = {"classifiers": "linear", "metrics": ["average_precision"], "fidelity": False, "cv": 2}
    arm = Spy([SchemaSpy(max_components=1)], ratios=[1.0], classifiers="linear", n_folds=3)
    result = compare(X, y, {"auto": arm}, schema=schema, random_state=0, **options)
    assert (result.runs["status"] == "ok").all(), result.runs["message"].tolist()
    assert len(Spy.shown) == 2
    for sampler, shown in Spy.shown:
        assert shown.dtypes.equals(X.dtypes)
        assert sampler.schema["level"] == schema["level"]
    assert len(SchemaSpy.seen) >= 6
    for seen in SchemaSpy.seen:
        levels = seen.column("level").levels
        assert list(levels) == [level for level in ("z", "x", "y") if level in levels]
        assert (seen.column("b").low, seen.column("b").high) == (-9, 9)
        assert (seen.column("count").kind, seen.column("day").kind) == ("categorical", "datetime")


def test_a_schema_goes_to_candidates_that_have_none_and_to_classifiers(mixed):
    X, y = mixed
    SchemaSpy.seen.clear()
    own = SchemaSpy(max_components=1, schema={"count": "integer"})
    options = CHEAP | {"random_state": 0, "generators": [SchemaSpy(max_components=1), own]}
    sampler = AutoOverSampler(**options, schema={"count": "categorical"})
    sampler.fit_resample(X, y)
    kinds = [str(schema.column("count").kind) for schema in SchemaSpy.seen]
    assert kinds[:6] == ["categorical", "integer"] * 3
    plain = AutoOverSampler(**options)
    plain.fit_resample(X, y)
    assert plain.baseline_score_ != sampler.baseline_score_
    with pytest.raises(DataError, match="Did you mean 'count'"):
        AutoOverSampler(**options, schema={"coumt": "categorical"}).fit_resample(X, y)


def test_with_three_folds_there_is_no_honest_score(table):
    three, four = (AutoOverSampler(**CHEAP | {"n_folds": n}, random_state=0) for n in (3, 4))
    for sampler in (three, four):
        sampler.fit_resample(*table)
    assert np.isnan(three.score_)
    assert three.candidates_["score"].notna().all()
    assert 0 < four.score_ < 1
