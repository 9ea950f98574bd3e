"""Labels that `OverSampler` takes, and those that it refuses in a sentence."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from imbgen import GMMGenerator, OverSampler
from imbgen.errors import DataError

GMM = GMMGenerator(max_components=1)


def _data(counts=(45, 15)):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    X = pd.DataFrame({"x": rng.normal(y), "c": rng.choice(["a", "b"], len(y))}, index=rng.permutation(len(y)))
    return X, y


LABELS = {
    "text": ["neg", "pos"],
    "minus one and one": [-1, 1],
    "booleans": [False, True],
    "floats": [0.0, 1.0],
    "objects": np.array(["neg", "pos"], dtype=object),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels(kind):
    X, y = _data()
    y = np.asarray(LABELS[kind])[y]
    _, y_new = OverSampler(GMM, random_state=0).fit_resample(X, y)
    assert y_new.dtype == y.dtype
    np.testing.assert_array_equal(y_new[:60], y)
    assert (y_new[60:] == LABELS[kind][1]).all()


@pytest.mark.parametrize("dtype", ["category", "string", "Int64", "boolean", "int8"])
def test_a_series_of_labels_keeps_name_and_dtype(dtype):
    X, y = _data()
    values = np.where(y == 1, "pos", "neg") if dtype in ("category", "string") else y
    target = pd.Series(values, name="ill", index=X.index).astype(dtype)
    _, new = OverSampler(GMM, random_state=0).fit_resample(X, target)
    assert isinstance(new, pd.Series)
    assert new.dtype == target.dtype
    assert new.name == "ill"
    assert new.value_counts().tolist() == [45, 45]


@pytest.mark.parametrize("counts", [(30, 12), (30, 12, 20)])
@pytest.mark.parametrize("as_frame", [True, False])
@pytest.mark.parametrize("dtype", ["int64", "bool"])
def test_indicators_of_classes_come_back(counts, as_frame, dtype):
    X, y = _data(counts)
    given = np.eye(len(counts))[y].astype(dtype)
    if as_frame:
        given = pd.DataFrame(given, columns=[f"is_{i}" for i in range(len(counts))], index=X.index)
    X_new, new = OverSampler(GMM, random_state=0).fit_resample(X, given)
    assert type(new) is type(given)
    assert new.shape == (30 * len(counts), len(counts))
    expected = OverSampler(GMM, random_state=0).fit_resample(X, y)
    pd.testing.assert_frame_equal(X_new, expected[0])
    np.testing.assert_array_equal(np.asarray(new).argmax(axis=1), expected[1])
    assert (np.asarray(new).sum(axis=1) == 1).all()
    assert (new.dtypes if as_frame else pd.Series(new.dtype)).eq(dtype).all()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([None] * 15 + ["a"] * 45, "15 of 60 are missing"),
        ([np.nan] * 15 + [1.0] * 45, "15 of 60 are missing"),
        (pd.Series([pd.NA] * 15 + ["a"] * 45, dtype="string"), "15 of 60 are missing"),
        ([1] * 15 + ["a"] * 45, "Labels must be of one type, however: `y` holds int and str"),
        ([pd.Timestamp("2024-01-01")] * 15 + [1] * 45, "`y` holds Timestamp and int"),
        ([["a", "b"]] * 60, "a single 1, however: 60 of 60 have not"),
        (["a"] * 60, "needs to have more than 1 class, however: it holds only 'a'"),
        (np.zeros(60), "it holds only 0.0"),
        (np.linspace(0, 1, 60), "must hold labels of classes, however: Unknown label type: continuous"),
        (np.repeat([[1.5, 2.5]], 60, axis=0), "a single 1, however: 60 of 60 have not"),
    ],
)
def test_labels_that_cannot_be_told_apart(labels, message):
    labels = np.array(labels, dtype=object) if isinstance(labels, list) else labels
    with pytest.raises(DataError, match=message):
        OverSampler(GMM).fit_resample(_data()[0], labels)


def test_indicators_that_leave_a_class_out():
    X, y = _data((30, 12, 20))
    with pytest.raises(DataError, match="a single 1, however: 30 of 62 have not"):
        OverSampler(GMM).fit_resample(X, pd.get_dummies(y, drop_first=True))


def test_rows_of_labels_of_different_lengths():
    with pytest.raises(DataError, match="one label per row"):
        OverSampler(GMM).fit_resample(_data()[0], [[1], [0, 1]] * 30)


CONTAINERS = {
    "a list": lambda y: y.tolist(),
    "polars": lambda y: pl.Series("ill", y.tolist()),
    "a polars category": lambda y: pl.Series("ill", y.astype(str).tolist(), dtype=pl.Categorical),
    "small integers of polars": lambda y: pl.Series("ill", y.tolist(), dtype=pl.Int8),
    "Arrow": lambda y: pa.chunked_array([y.astype(str).tolist()]),
    "a frame of one column": lambda y: pd.DataFrame({"ill": y}, dtype="Int64"),
    "a polars frame of indicators": lambda y: pl.DataFrame({"no": (y == 0) * 1, "yes": (y == 1) * 1}),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_labels_come_back_in_their_container(name):
    X, y = _data()
    given = CONTAINERS[name](y)
    _, new = OverSampler(GMM, random_state=0).fit_resample(X, given)
    assert type(new) is type(given)
    for trait in ("dtype", "dtypes", "type", "name", "columns", "schema"):
        assert str(getattr(new, trait, None)) == str(getattr(given, trait, None)), trait
    assert len(new) == 90
    np.testing.assert_array_equal(np.asarray(new)[:60], np.asarray(given))


def test_polars_in_polars_out():
    X, y = _data()
    frame, labels = pl.from_pandas(X), pl.Series("ill", np.where(y == 1, "yes", "no"))
    X_new, y_new = OverSampler(GMM, random_state=0).fit_resample(frame, labels)
    assert X_new.schema == frame.schema
    assert X_new[:60].equals(frame)
    assert y_new[:60].equals(labels)
    assert (y_new[60:] == "yes").all()


def test_one_class_only():
    X, _ = _data()
    with pytest.raises(ValueError, match="more than 1 class"):
        OverSampler(GMM, random_state=0).fit_resample(X, np.zeros(60, dtype=int))


def test_a_class_is_named_as_the_user_names_it():
    X, _ = _data()
    with pytest.raises(DataError, match="class 1 has 1"):
        OverSampler(GMM, random_state=0).fit_resample(X, np.repeat([0, 1], [59, 1]))
