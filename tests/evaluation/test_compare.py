from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTENC, RandomOverSampler
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import GroupKFold, RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from imbgen import Comparison, InterpolationGenerator, OverSampler, compare
from imbgen.errors import DataError, ModelFileError, ParameterError
from imbgen.evaluation.jobs import thin_predictions
from imbgen.evaluation.task import open_task
from imbgen.schema import Schema

QUICK = {"classifiers": "linear", "fidelity": False, "random_state": 0, "cv": 3, "threshold_folds": 2}
ALWAYS = ["nothing", "class weight", "tuned threshold", "random over-sampling", "SMOTE", "GMM"]


@pytest.fixture(scope="module")
def result(table):
    """A comparison with one of each kind of arm, two repeats, two classifiers."""
    rows = table[0][table[1] == "yes"].sample(40, replace=True, random_state=0)
    arms = {"near": InterpolationGenerator(), "ADASYN": ADASYN(), "mine": rows + 0.01}
    models = {"linear": LogisticRegression(), "bayes": GaussianNB()}
    return compare(*table, arms, n_repeats=2, **QUICK | {"cv": 2, "classifiers": models})


@pytest.fixture(scope="module")
def judged(table):
    """The same arms once, with their rows judged."""
    rows = table[0][table[1] == "yes"].sample(40, replace=True, random_state=0)
    arms = {"near": InterpolationGenerator(), "ADASYN": ADASYN(), "mine": rows + 0.01}
    return compare(*table, arms, **QUICK | {"cv": 2, "fidelity": True, "metrics": ["average_precision"]})


def test_every_fit_has_its_rows(result):
    keys = ["arm", "repeat", "fold", "seed", "classifier", "metric"]
    assert not result.results.duplicated(keys).any()
    assert len(result.results) == 9 * 4 * 2 * 14
    assert (result.results["status"] == "ok").all()
    assert result.results["value"].notna().all()
    assert list(result.arms["arm"]) == [*ALWAYS, "near", "ADASYN", "mine"]
    assert len(result.runs) == 9 * 4
    assert (result.runs["resample_seconds"] >= 0).all()


def test_seeds_are_averaged_before_anything_is_tested(table):
    result = compare(*table, n_seeds=2, **QUICK | {"cv": 2, "metrics": ["average_precision"]})
    scores = result.results.query("arm == 'GMM'")
    assert scores.groupby(["fold", "seed"]).ngroups == 4
    assert scores.groupby("fold")["value"].nunique().max() == 2
    row = result.summary.query("arm == 'GMM' and classifier == 'linear'").iloc[0]
    assert row["n_folds"] == 2
    assert row["sd"] == pytest.approx(scores.groupby("fold")["value"].mean().std())


def test_metrics_are_those_of_the_probabilities(result):
    """Independent of the package: recomputed from what is kept."""
    kept = result.predictions
    assert not kept.duplicated(["arm", "classifier", "row"]).any()
    first = result.results.query("repeat == 0 and seed == 0")
    keys = ["arm", "classifier", "fold"]
    for key, part in kept.groupby(keys):
        mine = first[(first[keys] == list(key)).all(axis=1)]
        values = mine.set_index("metric")["value"]
        precision = average_precision_score(part["label"], part["probability"])
        assert values["average_precision"] == pytest.approx(precision, abs=1e-3)
        assert values["f1"] == pytest.approx(f1_score(part["label"], part["probability"] >= 0.5))
        brier = np.mean((part["corrected"] - part["label"]) ** 2)
        assert values["brier_corrected"] == pytest.approx(brier, abs=1e-4)


def test_a_tuned_threshold_changes_decisions_alone(result):
    means = result.summary.query("classifier == 'mean'").pivot(index="metric", columns="arm", values="mean")
    nothing, tuned = means["nothing"], means["tuned threshold"]
    same = ["average_precision", "roc_auc", "brier", "log_loss"]
    assert tuned[same].equals(nothing[same])
    for metric in ("f1", "mcc", "balanced_accuracy"):
        assert tuned[metric] == nothing[f"{metric}_tuned"]
    assert tuned["balanced_accuracy"] > nothing["balanced_accuracy"]


def test_correcting_the_prior_mends_what_resampling_does_to_probabilities(result):
    means = result.summary.query("classifier == 'linear'").pivot(index="metric", columns="arm", values="mean")
    for arm in ("class weight", "random over-sampling", "near"):
        assert means.loc["brier", arm] > 1.3 * means.loc["brier_corrected", arm]
    assert means.loc["brier", "nothing"] == pytest.approx(means.loc["brier_corrected", "nothing"])


def test_fidelity_exposes_copies_and_scores_skill(judged):
    means = judged.summary.query("classifier == ''").pivot(index="metric", columns="arm", values="mean")
    assert means.loc["copies", "random over-sampling"] == 1.0
    assert means.loc["copy_auc", "random over-sampling"] > 0.95
    assert means.loc["copies", "near"] == 0.0
    assert means.loc["skill", "GMM"] == 0.0
    assert means.loc["skill", "random over-sampling"] < -1
    assert means.loc["skill", "near"] > means.loc["skill", "random over-sampling"] + 1
    assert {"real rows", "mine", "ADASYN"} <= set(means.columns)


def test_json_holds_all_of_it(judged, tmp_path):
    result = judged
    text = result.to_json(tmp_path / "comparison.json")
    for source in (text, tmp_path / "comparison.json", str(tmp_path / "comparison.json")):
        again = Comparison.from_json(source)
        assert again.to_json() == text
    for name in ("results", "fidelity", "runs", "predictions", "summary", "tests", "arms", "datasets"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name))
    pd.testing.assert_frame_equal(again.samples[-1].rows, result.samples[-1].rows)
    assert again.verdict == result.verdict


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"format": "imbgen.Comparison", "format_version": 99}', "no.json"]
)
def test_other_json_is_refused(text):
    with pytest.raises(ModelFileError, match="A comparison must be"):
        Comparison.from_json(text)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures_in_any_number_of_processes(table):
    options = QUICK | {"metrics": ["average_precision"], "cv": 2}
    first, second = (compare(*table, **options, n_jobs=n_jobs) for n_jobs in (1, 2))
    pd.testing.assert_frame_equal(first.results, second.results)
    other = compare(*table, **options | {"random_state": 1})
    assert not first.results["value"].equals(other.results["value"])


def test_samples_are_real_and_synthetic_rows_of_the_first_fold(result, table):
    X, y = table
    origins = {(sample.arm, sample.origin) for sample in result.samples}
    assert {("", "training"), ("", "held out"), ("near", "synthetic"), ("mine", "synthetic")} <= origins
    real = pd.concat([sample.rows for sample in result.samples if not sample.arm])
    assert sorted(real["a"]) == sorted(X[y == "yes"]["a"])


def test_mixed_tables_with_gaps_go_through_every_kind_of_arm(mixed):
    arms = [ADASYN(), SMOTENC(categorical_features="auto"), RandomOverSampler(), SMOTEENN(), OverSampler()]
    result = compare(*mixed, arms, metrics=["average_precision"], **QUICK)
    assert (result.runs["status"] == "ok").all(), result.runs["message"].tolist()
    made = {sample.arm: sample.rows for sample in result.samples if sample.origin == "synthetic"}
    assert len(made) == 8
    for rows in made.values():
        assert rows.dtypes.equals(mixed[0].dtypes)
        assert set(rows["level"].dropna()) <= {"x", "y", "z"}


def test_over_samplers_never_see_test_rows(table):
    """An arm that remembers what it was shown."""
    seen = []

    class Spy:
        def fit_resample(self, X, y):
            seen.append(set(X["a"]))
            return X, y

    result = compare(*table, {"spy": Spy()}, metrics=["average_precision", "f1_tuned"], **QUICK)
    folds = result.predictions.query("arm == 'spy'").groupby("fold")["row"]
    tested = [set(table[0]["a"].iloc[rows]) for _, rows in folds]
    assert len(seen) == 3 * 3  # each fold, and two inner ones for the threshold
    for i, rows in enumerate(seen):
        assert not rows & tested[i // 3]


def test_ratios_are_what_arms_reach(table):
    result = compare(
        *table, InterpolationGenerator(), ratios=[0.1, 0.5, 1.0], metrics=["average_precision"], **QUICK
    )
    runs = result.runs.query("arm == 'Interpolation' and fold == 0").set_index("ratio")
    n_others = int(runs["n_train"].iloc[0] - runs["n_minority"].iloc[0])
    reached = (runs["n_minority"] + runs["n_synthetic"]) / n_others
    assert reached[0.5] == pytest.approx(0.5, abs=0.01)
    assert reached[1.0] == 1.0
    assert runs.loc[0.1, "n_synthetic"] == 0  # there are more already
    assert result.summary.query("arm == 'nothing'")["ratio"].isna().all()


def test_sizes_thin_the_training_part_alone(table):
    result = compare(*table, minority_sizes=[5, 10, 500], metrics=["average_precision"], **QUICK)
    assert sorted(result.runs["minority_size"].unique()) == [5, 10]
    assert (result.runs["n_minority"] == result.runs["minority_size"]).all()
    assert any("500" in notice for notice in result.notices)
    assert result.predictions.query("arm == 'nothing'")["label"].sum() == 30
    with pytest.raises(DataError, match="The largest that works is 20"):
        compare(*table, minority_sizes=[400], **QUICK)


def test_several_data_sets(table, mixed):
    result = compare({"plain": table, "mixed": mixed}, metrics=["average_precision"], **QUICK)
    assert set(result.verdicts) == {"plain", "mixed"}
    assert set(result.ranks["arm"]) == set(ALWAYS)
    row = result.across.query("arm == 'SMOTE' and reference == 'nothing'").iloc[0]
    assert row["wins"] + row["ties"] + row["losses"] == row["n_datasets"] == 2
    assert row["p_better"] + row["p_equivalent"] + row["p_worse"] == pytest.approx(1)


def test_splitters_groups_and_own_pairs(table):
    X, y = table
    groups = np.arange(len(X)) % 10
    result = compare(X, y, groups=groups, metrics=["average_precision"], **QUICK)
    folds = result.predictions.query("arm == 'nothing'").assign(group=lambda f: groups[f["row"]])
    assert (folds.groupby("group")["fold"].nunique() == 1).all()
    options = QUICK | {"metrics": ["average_precision"]}
    repeated = compare(
        X, y, **options | {"cv": RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)}
    )
    assert repeated.runs[["repeat", "fold"]].drop_duplicates().to_numpy().tolist() == [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
    ]
    by_group = compare(X, y, groups=groups, **options | {"cv": GroupKFold(2)})
    assert by_group.runs["fold"].nunique() == 2
    pairs = [(np.arange(1, 229), np.array([0, 229])), (np.arange(2, 229), np.array([1, 229]))]
    with pytest.raises(DataError, match="Each part must hold rows of both classes"):
        compare(X, y, **options | {"cv": [(pairs[0][0], np.array([0]))]})
    with pytest.raises(DataError, match="must not be a training row, however: 1 of 2"):
        compare(X, y, **options | {"cv": [(np.arange(1, 230), pairs[0][1])]})
    assert compare(X, y, **options | {"cv": pairs}).runs["repeat"].nunique() == 2


def test_groups_are_not_parted_where_thresholds_are_tuned_either(table):
    X, y = table
    groups = np.arange(len(X)) % 10
    seen = []

    class Spy:
        def fit_resample(self, X, y):
            seen.append(X["a"].tolist())
            return X, y

    compare(X, y, {"spy": Spy()}, groups=groups, **QUICK | {"metrics": ["f1_tuned"], "cv": 2})
    place = dict(zip(X["a"], groups, strict=True))
    sizes = pd.Series(groups).value_counts()
    for rows in seen:
        shown = pd.Series([place[a] for a in rows]).value_counts()
        assert (shown == sizes[shown.index]).all()


def test_classifiers_may_take_the_table_as_it_is(table):
    models = {"own": make_pipeline(StandardScaler(), LogisticRegression())}
    result = compare(*table, preprocess=False, **QUICK | {"classifiers": models})
    assert (result.results["status"] == "ok").all()


def test_the_first_metric_decides(table):
    result = compare(*table, metrics=["balanced_accuracy", "average_precision"], **QUICK)
    assert "balanced accuracy" in " ".join(result.verdict.reasons)


BAD = [
    ({"metrics": ["average_precison"]}, ParameterError, "Did you mean 'average_precision'"),
    ({"classifiers": {"svm": LinearSVC()}}, ParameterError, "has no `predict_proba`. Wrap it"),
    ({"classifiers": "forrest"}, ParameterError, "Did you mean 'forest'"),
    ({"cv": 31}, DataError, "has 30 rows and cv=31. The largest number that works is cv=30"),
    ({"cv": "five"}, ParameterError, "`cv` must be a number of folds"),
    ({"minority": "maybe"}, DataError, "`minority` must be a label"),
    ({"arms": {"GMM": InterpolationGenerator()}}, ParameterError, "'GMM' is taken"),
    ({"arms": InterpolationGenerator}, ParameterError, "InterpolationGenerator()"),
    ({"arms": [3]}, ParameterError, "An arm must be an over-sampler"),
    ({"groups": [1, 2]}, DataError, "Each row needs a group"),
    ({"ratios": [-1]}, ParameterError, "`ratios`"),
    ({"threshold_folds": 1}, ParameterError, "`threshold_folds`"),
]


@pytest.mark.parametrize(("options", "error", "message"), BAD, ids=range(len(BAD)))
def test_bad_input_is_told_before_anything_is_fitted(table, options, error, message):
    with pytest.raises(error) as caught:
        compare(*table, **QUICK | options)
    assert message in str(caught.value)


def test_labels_are_needed_unless_there_is_a_mapping(table):
    with pytest.raises(DataError, match="y=None"):
        compare(table[0])
    with pytest.raises(DataError, match="arms as `arms=`"):
        compare({"one": table}, {"mine": table[0]})
    with pytest.raises(DataError, match=r"pairs \(X, y\)"):
        compare({"a": table[0]})


def test_duplicates_across_a_split_are_counted(table):
    X, y = table
    X, y = pd.concat([X, X[:20]]), pd.concat([y, y[:20]])
    with pytest.warns(UserWarning, match=r"of 83 rows of a test part equal a training row"):
        result = compare(X, y, metrics=["average_precision"], **QUICK)
    assert 5 < result.datasets["n_duplicates_across"].iloc[0] < 20
    assert "equal a training row" in result.notices[0]


def test_a_thinned_class_is_as_rare_in_the_test_parts_as_before(table):
    """Thinned to 6 of 20 rows: corrected probabilities have the mean of the test parts, 0.13, not a third."""
    options = {"classifiers": "linear", "metrics": ["average_precision"], "fidelity": False, "cv": 3}
    result = compare(*table, minority_sizes=[6], random_state=0, **options)
    means = result.predictions.groupby("arm")["corrected"].mean()
    assert means.between(0.08, 0.2).all(), means


def test_orders_of_levels_and_bounds_reach_the_generators(mixed):
    X, y = mixed
    schema = {
        "level": {"kind": "ordinal", "levels": ["z", "y", "x"]},
        "b": {"kind": "continuous", "low": -9.0},
    }
    task = open_task("mixed", X, y, schema=schema)
    again = Schema.infer(X, task.kinds)
    assert again.column("level").levels == ("z", "y", "x")
    assert again.column("b").low == -9.0


def test_ratios_that_add_no_rows_are_told(table):
    with pytest.raises(ParameterError, match=r"`ratios` must be above .* 0\.15 rows per other row"):
        compare(*table, ratios=[0.1], **QUICK)
    result = compare(*table, ratios=[0.1, 1.0], metrics=["average_precision"], **QUICK)
    assert any("ratios 0.1 add no rows" in notice for notice in result.notices)


def test_arrays_are_lists(table):
    """What numpy gives has no truth value."""
    options = QUICK | {"cv": 2, "metrics": ["average_precision"]}
    result = compare(*table, ratios=np.array([0.5]), minority_sizes=np.array([5, 10]), **options)
    assert result.settings["ratios"] == [0.5]
    assert result.settings["minority_sizes"] == [5, 10]


@pytest.mark.parametrize("leaks", [False, True])
def test_rows_of_test_parts_in_a_file_are_told(table, leaks):
    X, y = table
    rows = X[y == "yes"] + (0.0 if leaks else 0.01)
    options = QUICK | {"cv": 2, "metrics": ["average_precision"]}
    result = compare(X, y, {"mine": rows}, **options)
    assert (result.runs.query("arm == 'mine'")["n_seen"] > 0).all() == leaks
    assert any("rows of a test part are among them: the arm" in notice for notice in result.notices) == leaks
    said = "mine holds rows of test parts, and was not considered."
    assert (said in result.verdict.reasons) == leaks


def test_it_says_in_a_line_what_it_is(table):
    result = compare(*table, metrics=["average_precision"], **QUICK)
    assert repr(result).startswith(f"<Comparison of {len(result.arms)} arms on 1 data set: ")
    assert "\n" not in repr(result)


def test_predictions_of_a_large_test_part_are_thinned_and_keep_their_curve():
    rng = np.random.default_rng(0)
    labels = (rng.random(30_000) < 0.02).astype(int)
    probabilities = 1 / (1 + np.exp(-rng.normal(2.5 * labels - 3)))
    kept, weights = thin_predictions(labels, probabilities)
    assert len(kept) == labels.sum() + 2 * 2000
    assert weights.sum() == pytest.approx(30_000)
    whole = average_precision_score(labels, probabilities)
    thinned = average_precision_score(labels[kept], probabilities[kept], sample_weight=weights)
    assert thinned == pytest.approx(whole, abs=0.002)
    few, ones = thin_predictions(labels[:500], probabilities[:500])
    assert (len(few), ones.sum()) == (500, 500)


def test_repeats_of_given_splits_are_refused(table):
    splitter = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    with pytest.raises(ParameterError, match=r"`n_repeats` must be 1 .* n_repeats=3"):
        compare(*table, n_repeats=3, **QUICK | {"cv": splitter})
