from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    RandomOverSampler,
)
from imblearn.under_sampling import ClusterCentroids, NearMiss, RandomUnderSampler, TomekLinks
from pandas.testing import assert_frame_equal

from imbgen import GMMGenerator, OverSampler, load_dataset, resample
from imbgen.errors import DataError, ParameterError

OVER = [
    SMOTE(),
    ADASYN(),
    BorderlineSMOTE(),
    SVMSMOTE(),
    KMeansSMOTE(cluster_balance_threshold=0.1),
    SMOTEN(),
    RandomOverSampler(),
    RandomOverSampler(shrinkage=0.5),
    OverSampler(),
]
MIXED = [
    SMOTENC("auto"),
    SMOTENC(["city", "ward", "zip", "smoker"]),
    SMOTENC([0, 9, 10]),
    SMOTEN(),
    RandomOverSampler(),
    OverSampler(),
]
FEWER = [SMOTEENN(), SMOTETomek(), RandomUnderSampler(), TomekLinks(), NearMiss(), ClusterCentroids()]


def name_of(sampler):
    return type(sampler).__name__


def check_table(new, X, y):
    """What every sampler promises: columns, dtypes, and original rows as they were."""
    assert list(new.X.columns) == list(X.columns)
    assert new.X.dtypes.to_dict() == X.dtypes.to_dict()
    assert new.X.index.equals(pd.RangeIndex(len(new.X)))
    assert (new.y.dtype, new.y.name) == (y.dtype, y.name)
    assert len(new.X) == len(new.y) == len(new.synthetic_mask)
    kept = new.X[~new.synthetic_mask].assign(label=new.y[~new.synthetic_mask])
    given = X.assign(label=y.to_numpy())
    found = kept.merge(given.drop_duplicates(), how="left", indicator=True)
    assert (found["_merge"] == "both").all()


def check_new_numbers(new, X):
    made = new.X[new.synthetic_mask]
    assert len(made) > 0
    for name in ("age", "children", "visits"):
        values = made[name].to_numpy(dtype=float)
        assert np.array_equal(values, np.rint(values)), name
        assert values.min() >= X[name].min(), name
        assert values.max() <= X[name].max(), name
    assert (made["always"] == 7).all()
    assert (made["seen"] == made["seen"].dt.normalize()).all()
    assert made["seen"].between(X["seen"].min(), X["seen"].max()).all()


@pytest.mark.parametrize("sampler", OVER, ids=name_of)
def test_over_samplers_on_numbers(sampler, numbers, labels):
    new = resample(numbers, labels, sampler, random_state=0)
    check_table(new, numbers, labels)
    check_new_numbers(new, numbers)
    assert_frame_equal(new.X[:100], numbers)
    assert new.synthetic_mask.tolist() == [i >= 100 for i in range(len(new.y))]
    assert (new.y[100:] == "yes").all()


@pytest.mark.parametrize("sampler", MIXED, ids=name_of)
def test_over_samplers_on_mixed_columns(sampler, mixed, labels):
    new = resample(mixed, labels, sampler, random_state=0)
    check_table(new, mixed, labels)
    check_new_numbers(new, mixed)
    assert_frame_equal(new.X[:100], mixed)
    assert new.y.value_counts().tolist() == [75, 75]
    for name in ("city", "ward", "zip"):
        assert set(new.X[name]) <= set(mixed[name])


@pytest.mark.parametrize("sampler", FEWER, ids=name_of)
def test_samplers_that_remove_rows(sampler, numbers, labels):
    before = numbers.copy()
    new = resample(numbers, labels, sampler, random_state=0)
    check_table(new, numbers, labels)
    assert 0 < (~new.synthetic_mask).sum() < 100
    assert new.synthetic_mask.any() == isinstance(sampler, SMOTEENN | SMOTETomek | ClusterCentroids)
    assert_frame_equal(numbers, before)


def test_decimals_keep_their_grid():
    rng = np.random.default_rng(0)
    price, ratio = rng.normal(20, 5, 40).round(2), rng.normal(size=40)
    X = pd.DataFrame({"price": price, "ratio": ratio})
    made = resample(X, [0] * 30 + [1] * 10, SMOTE(random_state=0)).X[40:]
    np.testing.assert_array_equal(made["price"], made["price"].round(2))
    assert (made["ratio"] != made["ratio"].round(6)).all()


def test_whole_numbers_are_rounded_where_imbalanced_learn_truncates():
    X = pd.DataFrame({"x": [0, 10, 20, 30, 0, 1], "z": [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]})
    new = resample(X, [0, 0, 0, 0, 1, 1], SMOTE(sampling_strategy={1: 4}, k_neighbors=1), random_state=0)
    made = new.X[new.synthetic_mask]
    assert made["x"].dtype == np.int64
    plain, _ = SMOTE(sampling_strategy={1: 4}, k_neighbors=1, random_state=0).fit_resample(
        X.astype(float), [0, 0, 0, 0, 1, 1]
    )
    assert made["x"].tolist() == plain["x"][6:].round().astype(int).tolist()
    assert made["z"].isin([0.0, 1.0]).all()


def test_the_rows_are_those_of_imbalanced_learn(labels):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 3)), columns=list("abc"))
    new = resample(X, labels, ADASYN(random_state=5))
    expected, expected_labels = ADASYN(random_state=5).fit_resample(X, labels)
    assert_frame_equal(new.X, expected)
    assert new.y.tolist() == expected_labels.tolist()


def test_a_repeated_row_is_new_from_its_second_copy_on():
    X = pd.DataFrame({"x": [1, 1, 2, 5, 5, 5]})
    y = ["a", "a", "a", "b", "b", "b"]

    class Twice:
        def fit_resample(self, X, y):
            rows = [5, 0, 0, 0, 3]
            return X.iloc[rows], [y[row] for row in rows]

    new = resample(X, y, Twice())
    assert new.X["x"].tolist() == [5, 1, 1, 1, 5]
    assert new.synthetic_mask.tolist() == [False, False, False, True, False]


def test_rows_that_a_sampler_scaled_are_given_back_untouched(numbers, labels):
    class Scaling(SMOTE):
        def _fit_resample(self, X, y):
            X_new, y_new = super()._fit_resample(X / 3.0, y)
            return X_new * 3.0, y_new

    new = resample(numbers, labels, Scaling(), random_state=0)
    assert_frame_equal(new.X[:100], numbers)
    assert new.synthetic_mask.sum() == 50


def test_whole_numbers_beyond_the_precision_of_floats_are_kept():
    X = pd.DataFrame({"id": [2**60 + i for i in range(6)], "x": [0, 1, 2, 3, 4, 5]})
    new = resample(X, [0, 0, 0, 0, 1, 1], RandomOverSampler(), random_state=0)
    assert set(new.X["id"]) == set(X["id"])
    assert_frame_equal(new.X[:6], X)


def test_missing_values_are_copied(mixed, labels):
    mixed.loc[::3, ["age", "city", "seen"]] = None
    mixed["visits"] = mixed["visits"].mask(mixed.index % 5 == 0)
    for sampler in (RandomOverSampler(), OverSampler()):
        new = resample(mixed, labels, sampler, random_state=0)
        check_table(new, mixed, labels)
        assert new.X["city"].isna()[100:].any()


def test_containers_come_back():
    X, y = [[i, i % 3] for i in range(12)], [0] * 8 + [1] * 4
    array = resample(np.array(X, dtype=np.float32), np.array(y), SMOTE(k_neighbors=2), random_state=0)
    assert (type(array.X), array.X.dtype, type(array.y)) == (np.ndarray, np.float32, np.ndarray)
    frame = pl.DataFrame({"a": [row[0] for row in X], "b": [bool(row[1]) for row in X]})
    polars = resample(frame, pl.Series("y", y), SMOTE(k_neighbors=2), random_state=0)
    assert polars.X.schema == frame.schema
    assert polars.X[:12].equals(frame)
    assert polars.y.to_list() == array.y.tolist() == [0] * 8 + [1] * 8
    texts = np.array([["1", "x"], ["2", "y"], ["3", "x"], ["4", "y"]], dtype=object)
    assert resample(texts, list("aaab"), RandomOverSampler()).X.dtype == object


@pytest.mark.parametrize("labels", [[1, 2], [True, False], ["1", "2"], [0.0, 1.0]])
def test_labels_keep_their_type(labels):
    y = pd.Series([labels[0]] * 6 + [labels[1]] * 3)
    new = resample(pd.DataFrame({"x": range(9)}), y, SMOTE(k_neighbors=2), random_state=0)
    assert new.y.dtype == y.dtype
    assert new.y.tolist() == [labels[0]] * 6 + [labels[1]] * 6


def test_column_names_that_are_no_text(labels):
    for names in (["a", 7], ["7", 7], ["", "label"], [0, 1]):
        X = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 2)), columns=names)
        for sampler in (SMOTE(), OverSampler(), SMOTETomek()):
            new = resample(X, labels, sampler, random_state=0)
            assert list(new.X.columns) == names
            check_table(new, X, labels)


def test_a_wide_table_is_resampled_without_a_complaint_of_pandas(labels):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 200)), dtype=float)
    X = pd.concat([X.iloc[:, [i]] for i in range(200)], axis="columns")  # in 200 blocks
    assert resample(X, labels, SMOTE(), random_state=0).X.shape[1] == 200


def test_the_same_seed_gives_the_same_rows(numbers, labels):
    for sampler in (SMOTE(), SMOTEENN(smote=SMOTE()), OverSampler()):
        first, second, other = (resample(numbers, labels, sampler, random_state=i) for i in (0, 0, 1))
        assert_frame_equal(first.X, second.X)
        assert not first.X.equals(other.X)
        seeded = type(sampler)(**sampler.get_params(deep=False) | {"random_state": 0})
        if not isinstance(sampler, SMOTEENN):
            assert_frame_equal(resample(numbers, labels, seeded, random_state=1).X, first.X)


def test_the_sampler_is_not_changed(numbers, labels):
    sampler = SMOTE()
    resample(numbers, labels, sampler, random_state=0)
    assert vars(sampler) == vars(SMOTE())


def test_kinds_overrule_the_inference(numbers, labels):
    kinds = {"age": "categorical"}
    new = resample(numbers, labels, SMOTENC("auto"), schema=kinds, random_state=0)
    rare = numbers["age"][(labels == "yes").to_numpy()]
    assert set(new.X["age"][new.synthetic_mask]) <= set(rare)
    with pytest.raises(DataError, match="'age' is text or categories"):
        resample(numbers, labels, SMOTE(), schema=kinds)
    new = resample(numbers, labels, OverSampler(), schema=kinds, random_state=0)
    assert set(new.X["age"][new.synthetic_mask]) <= set(rare)
    new = resample(numbers, labels, SMOTE(), schema={"children": "continuous"}, random_state=0)
    assert (new.X["children"] % 1 != 0).any()


@pytest.mark.parametrize(
    ("sampler", "part"),
    [
        (SMOTE, r"Make one of the class: SMOTE\(\)"),
        (GMMGenerator(), r"Wrap it: imbgen.OverSampler\(GMMGenerator\(\)\)"),
        ("SMOTE", "Pass a sampler such as"),
    ],
)
def test_what_is_no_sampler(numbers, labels, sampler, part):
    with pytest.raises(ParameterError, match=part):
        resample(numbers, labels, sampler)


@pytest.mark.parametrize(
    ("y", "part"),
    [
        (["a"] * 100, "all 100 rows are 'a'"),
        (["a", "b"], r"its shape is \(2,\)"),
        (np.zeros((100, 1)), r"its shape is \(100, 1\)"),
        (["a"] * 60 + [None] * 40, "40 of 100 rows have none"),
    ],
)
def test_bad_labels(numbers, y, part):
    with pytest.raises(DataError, match=part):
        resample(numbers, y, SMOTE())


def test_a_sampler_must_keep_the_columns(numbers, labels):
    class Cutting:
        def fit_resample(self, X, y):
            return X.iloc[:, :2], y

    with pytest.raises(DataError, match="was given 8 and gave 2"):
        resample(numbers, labels, Cutting())


def test_our_own_errors_pass():
    X, y = load_dataset("ecoli")
    rows = y.isin(["cp", "omL"]).to_numpy() & ~(y.duplicated() & (y == "omL")).to_numpy()
    with pytest.raises(DataError, match="A class that needs rows must have at least 2"):
        resample(X[rows], y[rows], OverSampler())
