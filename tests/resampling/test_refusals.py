from __future__ import annotations

import pytest
from imblearn.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC, KMeansSMOTE, RandomOverSampler

from imbgen import load_dataset, resample
from imbgen.errors import DataError


def refusal(X, y, sampler):
    with pytest.raises(DataError) as caught:
        resample(X, y, sampler, random_state=0)
    return str(caught.value)


@pytest.mark.parametrize("sampler", [SMOTE(), ADASYN(), RandomOverSampler(shrinkage=1.0)])
def test_text_is_named_with_a_remedy(mixed, labels, sampler):
    text = refusal(mixed, labels, sampler)
    assert f"`{type(sampler).__name__}` takes numbers only" in text
    assert "'city', 'ward', 'zip' are text or categories" in text
    assert 'Use SMOTENC(categorical_features="auto"), or imbgen.OverSampler' in text


def test_text_that_looks_like_numbers_is_still_text(numbers, labels):
    numbers["zip"] = ["01", "02"] * 50
    assert "'zip' is text or categories" in refusal(numbers, labels, SMOTE())


def test_missing_values_are_named_with_a_remedy(numbers, mixed, labels):
    numbers.loc[3, ["dose", "age"]] = None
    text = refusal(numbers, labels, ADASYN())
    assert "`ADASYN` takes no missing values, however: there are some in 'age', 'dose'." in text
    mixed.loc[3, "city"] = None
    assert "there are some in 'city'" in refusal(mixed, labels, SMOTEN())


def test_to_smotenc_a_missing_level_is_a_level(mixed, labels):
    mixed.loc[(labels == "yes").to_numpy(), "city"] = None
    new = resample(mixed, labels, SMOTENC("auto"), random_state=0)
    assert new.X["city"][new.synthetic_mask].isna().all()


def test_text_and_missing_values_are_told_together(mixed, labels):
    mixed.loc[3, "dose"] = None
    text = refusal(mixed, labels, ADASYN())
    assert "are text or categories, and there are missing values in 'dose'" in text
    assert "SMOTENC" not in text


def test_smotenc_without_all_its_categories(mixed, labels):
    assert 'Set `categorical_features` to "auto"' in refusal(mixed, labels, SMOTENC(["city"]))


def test_smotenc_where_there_is_nothing_for_it(numbers, mixed, labels):
    assert refusal(numbers.drop(columns="smoker"), labels, SMOTENC("auto")).endswith("Use SMOTE.")
    assert refusal(mixed[["city", "zip"]], labels, SMOTENC("auto")).endswith("Use SMOTEN.")


@pytest.mark.parametrize(
    ("sampler", "parts"),
    [
        (SMOTE(), ["`k_neighbors`, 5", "has 2. Set `k_neighbors` to 1, or use"]),
        (ADASYN(n_neighbors=4), ["`n_neighbors`, 4", "has 2. Set `n_neighbors` to 1, or use"]),
        (SMOTE(sampling_strategy={"omL": 9}), ["class 'omL' has 5. Set `k_neighbors` to 4 or less"]),
    ],
)
def test_too_few_rows_for_the_neighbours(sampler, parts):
    text = refusal(*load_dataset("ecoli"), sampler)
    assert [part for part in parts if part not in text] == [], text


def test_the_largest_number_of_neighbours_that_is_named_works():
    X, y = load_dataset("ecoli")
    for sampler in (SMOTE(k_neighbors=4), ADASYN(n_neighbors=4)):
        sampler.set_params(sampling_strategy={"omL": 9})
        assert (resample(X, y, sampler, random_state=0).y == "omL").sum() > 5


def test_one_row_has_no_neighbour():
    X, y = load_dataset("ecoli")
    keep = (y != "imL") | ~y.duplicated()
    text = refusal(X[keep], y[keep], SMOTE(sampling_strategy={"imL": 5}))
    assert "class 'imL' has 1. Use imbgen.OverSampler" in text


def test_what_a_sampler_says_otherwise_is_passed_on(numbers, labels):
    text = refusal(numbers, labels, SMOTE(sampling_strategy=0.1))
    assert "however it refuses: The specified ratio required to remove samples" in text
    assert "Change its arguments" in text
    assert "No clusters found" in refusal(numbers, labels, KMeansSMOTE(cluster_balance_threshold=1.0))
