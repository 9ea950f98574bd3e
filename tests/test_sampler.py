"""`OverSampler`: imbalanced-learn's contract, and the law that the majority has no say in the new rows."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import parametrize_with_checks
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.utils.validation import check_is_fitted

from imbgen import (
    BorderSMOTEGenerator,
    CopulaGenerator,
    FlowGenerator,
    GANGenerator,
    GMMGenerator,
    HybridGenerator,
    InterpolationGenerator,
    KernelGenerator,
    OverSampler,
    SMOTEGenerator,
    VAEGenerator,
)
from imbgen.errors import DataError, FallbackWarning

GMM = GMMGenerator(max_components=1)
FEW_UPDATES = {"n_updates": 2, "check_every": 2, "n_folds": 2, "d_hidden": 16, "batch_size": 4}
GAN, VAE = GANGenerator(**FEW_UPDATES), VAEGenerator(**FEW_UPDATES, codes="posterior")
FLOW, HYBRID = FlowGenerator(**FEW_UPDATES), HybridGenerator(**FEW_UPDATES, presampler=GMM)
# SMOTE looks at the other rows only where all columns are levels.
NEIGHBOURS = (SMOTEGenerator(), InterpolationGenerator(), KernelGenerator())


def _data(counts=(45, 15), seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(counts)), counts)
    n = len(y)
    X = pd.DataFrame(
        {
            "x": rng.normal(y),
            "i": rng.integers(0, 9, n).astype("int16"),
            "f": rng.normal(size=n).astype("float32"),
            "c": pd.Categorical(rng.choice(["a", "b"], n), categories=["z", "b", "a"]),
            "flag": rng.random(n) < 0.5,
            "text": rng.choice(["u", "v"], n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
            "gaps": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        }
    )
    order = rng.permutation(n)
    return X.iloc[order], y[order]  # with a shuffled index


FEWEST_UPDATES = {"n_updates": 1, "check_every": 1, "n_folds": 2, "d_hidden": 4, "batch_size": 4}
DEEP = (
    GANGenerator(**FEWEST_UPDATES),
    VAEGenerator(**FEWEST_UPDATES, codes="posterior"),
    FlowGenerator(**FEWEST_UPDATES, n_steps=1),
    HybridGenerator(**FEWEST_UPDATES),
)


def _checks():
    """Cases of `parametrize_with_checks`; those of most generators are slow."""
    samplers = [
        OverSampler(each, random_state=0)
        for each in (GMM, CopulaGenerator(), BorderSMOTEGenerator(), *NEIGHBOURS, *DEEP)
    ]
    mark = parametrize_with_checks(samplers)
    cases = [
        pytest.param(
            *case, marks=[pytest.mark.slow] * (type(case[0].generator) not in (GMMGenerator, SMOTEGenerator))
        )
        for case in mark.args[1]
    ]
    return pytest.mark.parametrize(mark.args[0], cases, **mark.kwargs)


@pytest.mark.filterwarnings("ignore::imbgen.errors.FallbackWarning")
@_checks()
def test_imbalanced_learns_own_checks(estimator, check, request):
    state = np.random.get_state()  # noqa: NPY002 - some checks draw from the global one
    request.addfinalizer(lambda: np.random.set_state(state))  # noqa: NPY002
    check(estimator)


def test_originals_come_first_bit_for_bit():
    X, y = _data()
    before = X.copy()
    sampler = OverSampler(GMM, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    assert X_new.dtypes.equals(X.dtypes)
    pd.testing.assert_frame_equal(X_new.iloc[:60], X.reset_index(drop=True))
    np.testing.assert_array_equal(y_new[:60], y)
    np.testing.assert_array_equal(sampler.synthetic_mask_, np.arange(90) >= 60)
    assert (y_new[60:] == 1).all()
    assert list(X_new.index) == list(range(90))
    pd.testing.assert_frame_equal(X, before)


def test_new_rows_are_those_of_the_generator_of_the_class():
    X, y = _data()
    sampler = OverSampler(GMM, random_state=3)
    X_new, _ = sampler.fit_resample(X, y)
    seeds = np.random.RandomState(3).randint(2**31 - 1, size=2)
    generator = clone(GMM).set_params(random_state=int(seeds[1])).fit(X[y == 1])
    pd.testing.assert_frame_equal(
        X_new.iloc[60:].reset_index(drop=True), generator.sample(30, random_state=int(seeds[1]))
    )


def test_the_default_is_a_gmm():
    sampler = OverSampler(random_state=0)
    sampler.fit_resample(*_data())
    assert isinstance(sampler.generators_[1], GMMGenerator)
    assert sampler.generators_[1].get_params(deep=False) == {
        **GMMGenerator().get_params(),
        "random_state": sampler.generators_[1].random_state,
    }


def test_the_generator_passed_stays_as_it_is():
    generator = GMMGenerator(max_components=1, random_state=7)
    sampler = OverSampler(generator, random_state=0)
    sampler.fit_resample(*_data())
    with pytest.raises(NotFittedError):
        check_is_fitted(generator)
    assert sampler.generator is generator
    assert generator.random_state == 7
    check_is_fitted(sampler.generators_[1])


@pytest.mark.parametrize(
    "generator",
    [
        GMM,
        CopulaGenerator(),
        GAN,
        pytest.param(VAE, marks=pytest.mark.slow),
        pytest.param(FLOW, marks=pytest.mark.slow),
        pytest.param(HYBRID, marks=pytest.mark.slow),
        *NEIGHBOURS,
    ],
    ids=lambda each: type(each).__name__,
)
@pytest.mark.parametrize("change", ["permuted", "replaced", "fewer", "more"])
def test_the_majority_has_no_say(generator, change):
    """Whatever becomes of the majority rows, the synthetic rows stay the same, bit for bit."""
    X, y = _data((45, 32))
    majority, minority = X[y == 0], X[y == 1]
    rng = np.random.default_rng(1)
    altered = {
        "permuted": majority.iloc[rng.permutation(45)],
        "replaced": majority.assign(
            x=1e6,
            c=pd.Categorical(["z"] * 45, categories=["z", "b", "a"]),
            text="w",
            day=pd.Timestamp("1999-01-01"),
            gaps=np.nan,
        ),
        "fewer": majority.head(5),
        "more": pd.concat([majority] * 3),
    }[change]
    results = []
    for others in (majority, altered):
        sampler = OverSampler(generator, sampling_strategy={1: 50}, random_state=0)
        target = np.repeat([0, 1], [len(others), len(minority)])
        rows, _ = sampler.fit_resample(pd.concat([others, minority]), target)
        results.append(rows[sampler.synthetic_mask_].reset_index(drop=True))
    assert len(results[0]) == 18
    pd.testing.assert_frame_equal(results[0], results[1], check_exact=True)


def test_a_generator_that_uses_others_gets_them():
    class Curious(GMMGenerator):
        uses_others = True

        def _fit(self, frame, rng, others):
            self.seen_ = others
            super()._fit(frame, rng, others)

    X, y = _data()
    sampler = OverSampler(Curious(max_components=1), random_state=0)
    sampler.fit_resample(X, y)
    pd.testing.assert_frame_equal(sampler.generators_[1].seen_, X[y == 0].reset_index(drop=True))


def test_arrays_come_back_as_arrays():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)).astype("float32"), np.repeat([0, 1], [30, 10])
    X_new, y_new = OverSampler(GMM, random_state=0).fit_resample(X, y)
    assert X_new.dtype == np.float32
    assert X_new.shape == (60, 3)
    np.testing.assert_array_equal(X_new[:40], X)
    assert (y_new[40:] == 1).all()


@pytest.mark.parametrize("library", ["polars", "arrow"])
def test_other_frames_come_back(library):
    X, y = _data()
    table = pl.from_pandas(X[["x", "i", "text"]])
    table = table if library == "polars" else table.to_arrow()
    X_new, _ = OverSampler(GMM, random_state=0).fit_resample(table, y)
    assert type(X_new) is type(table)


def test_the_seed_decides():
    X, y = _data()
    first, again, other = (
        OverSampler(GMM, random_state=seed).fit_resample(X, y)[0] for seed in (0, np.random.RandomState(0), 1)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_without_a_seed_the_global_random_state_is_left_alone():
    state = np.random.get_state()  # noqa: NPY002
    OverSampler(GMM).fit_resample(*_data())
    now = np.random.get_state()  # noqa: NPY002
    np.random.set_state(state)  # noqa: NPY002
    np.testing.assert_array_equal(now[1], state[1])
    assert now[2] == state[2]


def test_classes_have_seeds_of_their_own():
    """Two classes with the same rows do not get the same new rows."""
    rows = pd.DataFrame({"x": np.random.default_rng(0).normal(size=10)})
    X, y = pd.concat([rows, rows, pd.DataFrame({"x": np.arange(30.0)})]), np.repeat([0, 1, 2], [10, 10, 30])
    X_new, y_new = OverSampler(GMM, random_state=0).fit_resample(X, y)
    assert not np.array_equal(X_new["x"][50:][y_new[50:] == 0], X_new["x"][50:][y_new[50:] == 1])


def test_columns_of_the_table_are_remembered():
    X, y = _data()
    sampler = OverSampler(GMM, random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.n_features_in_ == 8
    assert list(sampler.feature_names_in_) == list(X.columns)


def test_a_class_with_one_row_is_named():
    X, _ = _data()
    with pytest.raises(DataError, match="class 'rare' has 1"):
        OverSampler(GMM, random_state=0).fit_resample(X, np.array(["often"] * 59 + ["rare"], dtype=object))


def test_a_class_with_one_row_may_be_left_out():
    X, _ = _data()
    y = np.repeat([0, 1, 2], [40, 19, 1])
    _, y_new = OverSampler(GMM, sampling_strategy={1: 40}, random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(np.bincount(y_new), [40, 40, 1])


@pytest.mark.parametrize("container", [pd.DataFrame, np.asarray])
def test_infinite_values(container):
    X = np.random.default_rng(0).normal(size=(30, 2))
    X[-1, 0] = np.inf
    with pytest.raises(DataError, match="holds 1 infinite"):
        OverSampler(GMM, random_state=0).fit_resample(container(X), np.repeat([0, 1], [20, 10]))


def test_missing_values_of_arrays_come_out_in_their_share():
    X = np.random.default_rng(0).normal(size=(400, 2))
    X[::4, 0] = np.nan
    X_new, _ = OverSampler(GMM, random_state=0).fit_resample(X, np.repeat([0, 1], [300, 100]))
    assert np.isnan(X_new[400:, 0]).mean() == pytest.approx(0.25, abs=0.1)
    assert not np.isnan(X_new[:, 1]).any()


def test_sparse_matrices_are_refused():
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        OverSampler(GMM, random_state=0).fit_resample(csr_array(np.eye(9)), np.repeat([0, 1], [6, 3]))


@pytest.mark.parametrize("generator", ["GMM", GMMGenerator, 3])
def test_something_else_than_a_generator(generator):
    with pytest.raises(ValueError, match="'generator' parameter of OverSampler must be"):
        OverSampler(generator).fit_resample(*_data())


def test_every_parameter_has_a_constraint():
    assert OverSampler._parameter_constraints.keys() == OverSampler().get_params(deep=False).keys()


def test_in_a_pipeline():
    X, y = _data((60, 12))
    model = make_pipeline(OverSampler(GMM, random_state=0), LogisticRegression())
    model.fit(X[["x", "f"]], y)
    resampled = OverSampler(GMM, random_state=0).fit_resample(X[["x", "f"]], y)
    np.testing.assert_array_equal(
        model.predict_proba(X[["x", "f"]]),
        LogisticRegression().fit(*resampled).predict_proba(X[["x", "f"]]),
    )


def test_a_grid_over_the_generators_parameters():
    X, y = _data((70, 64))
    pipeline = make_pipeline(OverSampler(GAN, random_state=0), LogisticRegression())
    grid = GridSearchCV(pipeline, {"oversampler__generator__d_latent": [2, 3]}, cv=2, error_score="raise")
    grid.fit(X[["x", "f"]], y)
    best = grid.best_estimator_.named_steps["oversampler"]
    assert best.generators_[1].d_latent == grid.best_params_["oversampler__generator__d_latent"]
    assert best.generators_[1].fallback_ is None
    assert GAN.d_latent is None


def test_a_small_class_falls_back_and_says_so():
    X, y = _data((20, 10))
    with pytest.warns(FallbackWarning, match="^Class 1: .*n_rows=10") as caught:
        _, y_new = OverSampler(GAN, random_state=0).fit_resample(X, y)
    assert (y_new == 1).sum() == 20
    assert [warning.filename for warning in caught] == [__file__]


def test_other_warnings_of_a_generator_are_given_as_they_are():
    class Warning_(GMMGenerator):
        def fit(self, X, *, others=None):
            warnings.warn("something else", UserWarning, stacklevel=1)
            return super().fit(X, others=others)

    X, y = _data((20, 10))
    with pytest.warns(UserWarning, match="^something else$"):
        OverSampler(Warning_(), random_state=0).fit_resample(X, y)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(2, 12), min_size=2, max_size=4), st.integers(0, 3))
def test_any_counts_are_balanced(counts, seed):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    X = pd.DataFrame({"x": rng.normal(size=len(y)), "c": rng.choice(["a", "b"], len(y))})
    X_new, y_new = OverSampler(GMM, random_state=seed).fit_resample(X, y)
    np.testing.assert_array_equal(np.bincount(y_new), max(counts))
    pd.testing.assert_frame_equal(X_new.iloc[: len(y)], X)
    for label in range(len(counts)):
        assert set(X_new["c"][y_new == label]) == set(X["c"][y == label])


def test_each_class_logs_to_a_folder_of_its_own(tmp_path):
    rows = np.random.default_rng(0).normal(size=(160, 2))
    labels = np.repeat(["a", "b", "../c"], [90, 35, 35])
    generator = GANGenerator(n_updates=1, n_folds=2, d_hidden=4, log_dir=tmp_path)
    OverSampler(generator, random_state=0).fit_resample(rows, labels)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class-.._c", "class-b"]


@pytest.mark.parametrize("as_frame", [True, False])
def test_rows_and_labels_must_be_as_many(as_frame):
    X = pd.DataFrame({"a": np.arange(12.0), "b": np.arange(12.0) ** 2})
    with pytest.raises(DataError, match="X has 12 rows and y has 10 labels"):
        OverSampler().fit_resample(X if as_frame else X.to_numpy(), [0] * 7 + [1] * 3)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "a"], "Column labels must be unique, however: 'a' occurs twice"),
        (["a", 1], r"must all be text or none, however: they are \['a', 1\]"),
        (["a", np.nan], "must have names"),
    ],
)
def test_names_that_cannot_be_told_apart(names, message):
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=names)
    with pytest.raises(DataError, match=message):
        OverSampler(GMM).fit_resample(rows, [0] * 45 + [1] * 15)


@pytest.mark.parametrize("names", [[0, 1], [("a", 1), ("a", 2)]])
def test_names_that_are_not_text_come_back(names):
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=names)
    X_new, _ = OverSampler(GMM, random_state=0).fit_resample(rows, [0] * 45 + [1] * 15)
    assert list(X_new.columns) == names


def test_a_fit_runs_under_the_warning_filters_of_the_caller():
    """To record the warnings of a fit would replace, for all threads, what shows them."""
    seen = []

    class Looking(GMMGenerator):
        def fit(self, X, *, others=None):
            seen.append((warnings.filters[:], warnings.showwarning, warnings._showwarnmsg_impl))
            return super().fit(X, others=others)

    X, y = _data((20, 10))
    OverSampler(Looking(), random_state=0).fit_resample(X, y)
    assert seen == [(warnings.filters, warnings.showwarning, warnings._showwarnmsg_impl)]
