"""`BorderSMOTEGenerator`: its rows are imbalanced-learn's, and where there is no border it is plain SMOTE."""

import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import ADASYN, SVMSMOTE, BorderlineSMOTE

from imbgen import BorderSMOTEGenerator, SMOTEGenerator, load_generator
from imbgen.errors import FallbackWarning, ParameterError

METHODS = ("borderline", "svm", "kmeans", "adasyn")


def _classes(n=40, n_others=120):
    """Two classes that overlap on one side."""
    rng = np.random.default_rng(0)
    names = ["x", "y"]
    mine = pd.DataFrame(rng.normal(size=(n, 2)), columns=names)
    others = pd.DataFrame(rng.normal([1.5, 0.0], 1.0, size=(n_others, 2)), columns=names)
    return mine, others


def _mixed(rows):
    rng = np.random.default_rng(1)
    count = pd.Series(rng.integers(0, 5, len(rows)), dtype="Int64").mask(rng.random(len(rows)) < 0.2)
    return rows.assign(level=rng.choice(["a", "b"], len(rows)), count=count)


@pytest.mark.parametrize("method", METHODS)
def test_the_other_classes_have_a_say(method):
    mine, others = _classes()
    near, far = (
        BorderSMOTEGenerator(method=method, random_state=0).fit(mine, others=rows)
        for rows in (others, others * [-1.0, 1.0])
    )
    assert near.uses_others
    assert near.fallback_ is None
    assert not near.sample(50, random_state=0).equals(far.sample(50, random_state=0))


@pytest.mark.parametrize(
    ("method", "sampler"), [("borderline", BorderlineSMOTE), ("svm", SVMSMOTE), ("adasyn", ADASYN)]
)
def test_rows_have_the_law_of_imbalanced_learn(method, sampler):
    mine, others = _classes()
    rows = BorderSMOTEGenerator(method=method, random_state=0).fit(mine, others=others).sample(4000)
    X, y = pd.concat([mine, others]).to_numpy(), np.repeat([1, 0], [40, 120])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the class becomes the larger one, on purpose
        theirs = sampler(sampling_strategy={1: 4040}, random_state=5).fit_resample(X, y)[0][160:]
    np.testing.assert_allclose(rows.mean(), theirs.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(rows.cov(), np.cov(theirs.T), atol=0.15)


def test_more_rows_are_drawn_near_the_border():
    mine, others = _classes()
    border = BorderSMOTEGenerator(random_state=0).fit(mine, others=others).sample(2000, random_state=0)
    plain = SMOTEGenerator(random_state=0).fit(mine).sample(2000, random_state=0)
    assert border["x"].mean() > plain["x"].mean() + 0.2


@pytest.mark.parametrize("method", METHODS)
def test_levels_gaps_and_whole_numbers_come_back(method, tmp_path):
    mine, others = map(_mixed, _classes())
    others.loc[:5, "level"] = "never in the class"
    generator = BorderSMOTEGenerator(method=method, random_state=0).fit(mine, others=others)
    rows = generator.sample(500, random_state=0)
    assert rows.dtypes.equals(mine.dtypes)
    assert set(rows["level"]) <= {"a", "b"}
    if method != "kmeans":  # which may find a single cluster
        assert 0.02 < rows["count"].isna().mean() < 0.5
    loaded = load_generator(generator.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(500, random_state=0), rows)


def test_without_others_it_is_smote_in_the_open():
    mine, _ = _classes()
    with pytest.warns(FallbackWarning, match="`others` must be given") as caught:
        generator = BorderSMOTEGenerator(random_state=0).fit(mine)
    assert caught[0].filename == __file__
    assert isinstance(generator.fallback_, SMOTEGenerator)
    assert generator.sample(3).shape == (3, 2)


def test_without_a_border_it_is_smote_in_the_open():
    mine, others = _classes()
    with pytest.warns(FallbackWarning, match="'adasyn' must find rows near other classes"):
        generator = BorderSMOTEGenerator(method="adasyn", random_state=0).fit(mine, others=others + 100.0)
    assert generator.fallback_ is not None


def test_n_neighbors_is_no_dead_knob():
    mine, others = _classes()
    few, many = (BorderSMOTEGenerator(n_neighbors=k, random_state=0).fit(mine, others=others) for k in (1, 9))
    assert not few.sample(20, random_state=0).equals(many.sample(20, random_state=0))


def test_bad_parameters():
    with pytest.raises(ParameterError, match="Did you mean 'borderline'"):
        BorderSMOTEGenerator(method="border").fit(_classes()[0])
    with pytest.raises(ParameterError, match="n_neighbors=0"):
        BorderSMOTEGenerator(n_neighbors=0).fit(_classes()[0])
