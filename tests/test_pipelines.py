"""`OverSampler` inside what scikit-learn and imbalanced-learn build around it."""

import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.preprocessing import OneHotEncoder

from imbgen import (
    CopulaGenerator,
    FlowGenerator,
    GANGenerator,
    GMMGenerator,
    InterpolationGenerator,
    KernelGenerator,
    OverSampler,
    SMOTEGenerator,
    VAEGenerator,
    load_dataset,
)

NETWORK = {"n_updates": 2, "check_every": 1, "n_folds": 2, "d_hidden": 8, "batch_size": 8}
QUICK = GMMGenerator(max_components=2)
OTHERS = (
    InterpolationGenerator(),
    CopulaGenerator(),
    KernelGenerator(),
    SMOTEGenerator(),
    GANGenerator(**NETWORK),
    VAEGenerator(**NETWORK, codes="posterior"),
    FlowGenerator(**NETWORK),
)
EVERY = pytest.mark.parametrize(
    "generator",
    [QUICK, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)],
    ids=lambda each: type(each).__name__,
)


@pytest.fixture(scope="module")
def table():
    """A mixed table with gaps, 90 of 600 rows rare."""
    X, y = load_dataset("hypothyroid")
    rare = np.flatnonzero(y == "hypothyroid")[:90]
    rows = np.sort(np.r_[rare, np.flatnonzero(y != "hypothyroid")[:510]])
    return X.iloc[rows], y.iloc[rows]


def _pipeline(generator):
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
        remainder=SimpleImputer(keep_empty_features=True),
    )
    return make_pipeline(
        OverSampler(generator, random_state=0), encode, LogisticRegression(max_iter=4000, C=0.1)
    )


@EVERY
def test_a_fitted_pipeline_pickles(generator, table):
    X, y = table
    model = _pipeline(generator).fit(X, y)
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(file)):
        np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
        [own], [other] = (list(each[0].generators_.values()) for each in (model, copy))
        pd.testing.assert_frame_equal(own.sample(5, random_state=1), other.sample(5, random_state=1))


@EVERY
def test_a_search_over_ratios_and_generators(generator, table):
    grid = {
        "oversampler__sampling_strategy": [0.4, 1.0],
        "oversampler__generator": [generator, InterpolationGenerator()],
    }
    search = GridSearchCV(_pipeline(generator), grid, cv=2, error_score="raise").fit(*table)
    assert len(set(search.cv_results_["mean_test_score"])) > 1


@EVERY
def test_processes_give_the_same_scores(generator, table):
    scores = [
        cross_validate(_pipeline(generator), *table, cv=2, n_jobs=n, error_score="raise")["test_score"]
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(*scores)


@EVERY
def test_calibrated_and_held_out_probabilities(generator, table):
    X, y = table
    calibrated = CalibratedClassifierCV(_pipeline(generator), cv=2).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    held_out = cross_val_predict(_pipeline(generator), X, y, cv=2, method="predict_proba")
    assert held_out.shape == (600, 2)


def test_metadata_is_routed_past_the_sampler(table):
    """Weights of test rows reach the score, though the sampler takes none."""
    X, y = table
    with config_context(enable_metadata_routing=True):
        model = _pipeline(QUICK)
        model[-1].set_score_request(sample_weight=True)
        fitted = model.fit(X, y)
        weights = (y == "hypothyroid").to_numpy() * 1.0
        recall = (fitted.predict(X)[weights > 0] == "hypothyroid").mean()
        assert fitted.score(X, y, sample_weight=weights) == pytest.approx(recall)
