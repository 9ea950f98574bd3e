# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A rare class, seen through a Gaussian mixture
#
# A Gaussian mixture is the baseline that every other generator has to beat. It is also a way to look at a class:
# does it have sub-populations, which rows lie between them, how many can the data tell apart?
#
# The class here: 151 patients with hypothyroidism. First their laboratory values alone, then the whole rows.

# %% tags=["parameters"]
seed = 0
n_subsets = 20  # that show how firm a choice is
n_folds = 5  # of the comparison at the end
n_trees = 100  # of its classifier

# %% [markdown]
# ## Load

# %%
# %matplotlib inline

from imbgen import load_dataset

X, y = load_dataset("hypothyroid")
patients = X[y == "hypothyroid"].reset_index(drop=True)
labs = patients[["TSH", "TT4", "T4U", "FTI"]].dropna()
len(patients), len(labs)

# %% [markdown]
# One patient has no TSH and is left out for now. The untreated disease shows as high TSH, the hormone that asks the
# thyroid for more, and as low TT4 and FTI, which tell how much there is.
#
# ## What rank space does
#
# Laboratory values are skewed. A sum of a few bell curves has a hard time with TSH and TT4:

# %%
from imbgen.plots import marginals

marginals({"real": labs})

# %% [markdown]
# `GMMGenerator` replaces each value by the normal score of its rank: the median becomes 0, the 97.5th percentile
# about 2. Each column alone is then a bell curve, and what the mixture has left to learn is how they go together.
# `encode` shows the rows as the mixture sees them.

# %%
import pandas as pd

from imbgen import GMMGenerator

mixture = GMMGenerator(random_state=seed).fit(labs)
scores = mixture.encode(labs)
pd.DataFrame({"skewness of values": labs.skew(), "of normal scores": scores.skew()}).round(2)

# %%
pd.concat({"values": labs, "scores": scores.set_axis(labs.index).round(2)}, axis=1).head()

# %% [markdown]
# ## How many components?
#
# Every number of components and every covariance type is a candidate. More components always fit the training rows
# better, so the fit is charged for its parameters: BIC charges ln(150) = 5.0 for each, AIC charges 2.

# %%
from matplotlib.figure import Figure

from imbgen.plots import criterion_curve

figure = Figure(figsize=(12, 4.5), layout="constrained")
for ax, criterion in zip(figure.subplots(1, 2), ["bic", "aic"], strict=True):
    criterion_curve(mixture.criterion_table_, criterion=criterion, ax=ax)
figure

# %%
import numpy as np

table = mixture.criterion_table_.query("covariance_type == 'full'").set_index("n_components")
parameters = (table["bic"] - table["aic"]) / (np.log(len(labs)) - 2)
pd.DataFrame({"parameters": parameters, **table[["bic", "aic", "log_likelihood"]]}).round(1)

# %% [markdown]
# One more component of type `full` has 15 parameters, so it must gain 37.6 nats over all rows to lower BIC, and 15 to
# lower AIC. BIC stops at 3, AIC at 6. Neither is wrong: BIC looks for the number that is there, and leans to few when
# rows are few; AIC looks for good prediction, and leans to many.
#
# The types differ in what they may bend: `spherical` a radius, `diag` an axis-parallel ellipse, `tied` one ellipse
# shared by all components, `full` an ellipse for each. These columns are correlated (FTI is computed from TT4 and T4U),
# so the axis-parallel types need many components to build a slanted cloud, and lose.
#
# ## Held-out rows decide better than either
#
# The log-likelihood of rows that the fit has not seen, in nats per row, charges for nothing. Ten splits:

# %%
from sklearn.model_selection import RepeatedKFold

splits = list(RepeatedKFold(n_splits=5, n_repeats=2, random_state=seed).split(labs))


def mean_log_likelihoods(n_components):
    fits = [
        (GMMGenerator(n_components=n_components, covariance_types=["full"], random_state=seed), *split)
        for split in splits
    ]
    return [
        (
            gmm.fit(labs.iloc[train]).log_likelihood_,
            gmm.log_likelihood(labs.iloc[test]).mean(),
            gmm.silhouette_,
        )
        for gmm, train, test in fits
    ]


records = {k: mean_log_likelihoods(k) for k in range(1, 8)}
columns = ["training rows", "held-out rows", "silhouette"]
held_out = pd.DataFrame({k: np.mean(record, axis=0) for k, record in records.items()}, index=columns).T
held_out.rename_axis("components").round(2)

# %% [markdown]
# On the training rows more is always better. On held-out rows the gain ends at 4 or 5 components, between the choices
# of BIC and AIC, and the table is flat there: it cannot tell 4 from 5.
#
# The **silhouette** asks something else: whether components are islands. Around 0.2 to 0.3 they are not. They are
# neighbouring stretches of one cloud, and where one ends is a convention.
#
# How firm is the choice itself? Twenty random subsets of 80 % of the rows:

# %%
choices = [
    GMMGenerator(random_state=seed).fit(labs.sample(frac=0.8, random_state=turn)) for turn in range(n_subsets)
]
pd.Series([f"{gmm.n_components_}, {gmm.covariance_type_}" for gmm in choices]).value_counts()

# %% [markdown]
# Half of them choose three, the others one, two or four. Three is a summary of these rows, not a fact about them.
#
# ## Who belongs where
#
# Each row has a probability for each component. Its colour fades where they come close.

# %%
from imbgen.plots import mixture_ellipses

parts = mixture.means_, mixture.covariances_, mixture.weights_
figure = Figure(figsize=(13, 5), layout="constrained")
left, right = figure.subplots(1, 2)
mixture_ellipses(scores, *parts, ax=left)
mixture_ellipses(scores, *parts, dimensions=["TSH", "FTI"], ax=right)
figure

# %% [markdown]
# On the left, the plane on which the components part best; the axes name the columns that weigh most. On the right,
# two columns as they are: FTI does most of the parting, TSH less.

# %%
probability = pd.DataFrame(mixture.predict_proba(labs), index=labs.index)
surest = probability.max(axis=1)
print(f"{(surest < 0.9).sum()} of {len(labs)} rows belong to no component with 90 % probability")
labs.join(probability.round(2)).loc[surest.nsmallest(5).index]

# %% [markdown]
# ## Sub-populations, in the units of the table

# %%
mixture.describe_components(labs).T.round(2)

# %% [markdown]
# Three degrees of one disease: a mild part, a middle part, and a small severe one with almost no hormone left. TSH
# rises as TT4 and FTI fall.
#
# A test of such a reading is a column that the mixture was not given:

# %%
component = pd.Series(mixture.predict(labs), index=labs.index, name="component")
patients.loc[labs.index].groupby(component)[["T3", "age"]].agg(["median", "count"])

# %% [markdown]
# T3, another thyroid hormone, falls in the same order. The severe patients are younger here, but there are nine of
# them with a known age.
#
# ## The whole rows
#
# Now all columns: numbers, flags, missing values. A flag enters as a column of zeros and ones.

# %%
whole = GMMGenerator(random_state=seed).fit(patients)
print(
    f"{whole.n_components_} components, {whole.covariance_type_}, in {whole.encode(patients).shape[1]} dimensions"
)
summary = whole.describe_components(patients)
summary[["weight", "rows", "sick", "TSH_measured", "T3_measured", "TBG_measured"]].round(2)

# %% [markdown]
# These are no sub-populations of a disease. A component that holds the two patients marked `sick`, or the one without
# TSH, has next to no variance in that flag, so its density there is high, and BIC rewards it: zeros and ones are not
# bell curves, and a criterion that believes in densities counts rare patterns of flags. Read components of numbers;
# distrust those of mixed rows.
#
# Nor is the choice the best for sampling, as held-out rows tell:

# %%
from sklearn.model_selection import KFold

from imbgen.metrics import LogScorer, paired_skill

settings = {
    "default (the baseline)": {},
    "one component, diag": {"n_components": 1, "covariance_types": ["diag"]},
    "one component, full": {"n_components": 1, "covariance_types": ["full"]},
    "full only, by BIC": {"covariance_types": ["full"]},
}
row_scores = {name: [] for name in settings}
for train, test in KFold(5, shuffle=True, random_state=seed).split(patients):
    reference, unseen = patients.iloc[train], patients.iloc[test]
    scorer = LogScorer(reference)
    for name, setting in settings.items():
        rows = GMMGenerator(random_state=seed, **setting).fit(reference).sample(1000, random_state=seed)
        row_scores[name].append(scorer.row_scores(unseen, rows))
baseline = np.concatenate(row_scores["default (the baseline)"])
for name, parts_of in row_scores.items():
    print(f"{name:24}", paired_skill(np.concatenate(parts_of), baseline))

# %% [markdown]
# **Skill** is the mean log density that 1,000 synthetic rows give to real rows held out, minus that of the default
# mixture. The default's own is 0 by definition. Here one full covariance beats it: axis-parallel components that were
# spent on flags hold little of the correlations of the numbers. So a positive skill on this table is no proof of more
# than a mixture can do.
#
# ## Sample, and compare

# %%
better = GMMGenerator(covariance_types=["full"], random_state=seed).fit(patients)
synthetic = better.sample(1000, random_state=seed)
numbers = ["age", "TSH", "T3", "TT4", "T4U", "FTI"]
marginals({"real": patients, "synthetic": synthetic}, columns=[*numbers, "sex", "goitre", "on_thyroxine"])

# %% [markdown]
# Marginals agree because they are calibrated; that says nothing of the fit. Correlations are what was learned:

# %%
from imbgen.plots import correlations

correlations(patients, synthetic, columns=numbers)

# %%
sources = {
    "real": patients,
    "mixture of whole rows": synthetic,
    "mixture of the four": mixture.sample(1000, random_state=seed),
}
pd.Series({name: rows["TT4"].corr(rows["FTI"], method="spearman") for name, rows in sources.items()}).round(2)

# %%
pd.DataFrame({"weight": better.weights_, "shrinkage": better.shrinkage_}).round(2)

# %% [markdown]
# Strong correlations come out weaker. With few rows and many dimensions a covariance is mostly noise, so each one is
# shrunk towards its diagonal, by one amount for noise and signal alike. The mixture of the four columns shrinks less and
# keeps them. Each further column is paid for by the others.
#
# ## What the mixture cannot do

# %%
rules = {
    "TSH is missing exactly where TSH_measured is n": lambda t: t["TSH"].isna() == (t["TSH_measured"] == "n"),
    "T3 is missing exactly where T3_measured is n": lambda t: t["T3"].isna() == (t["T3_measured"] == "n"),
    "FTI is 100 TT4 / T4U, to 15 %": lambda t: (t["FTI"] / (t["TT4"] / t["T4U"]) - 1).abs() < 0.15,
}
both = {"real": patients, "synthetic": synthetic}
pd.DataFrame(
    {name: {rule: holds(t).mean() for rule, holds in rules.items()} for name, t in both.items()}
).round(3)

# %% [markdown]
# A rule that ties columns exactly is a surface without thickness, and a sum of bells is never that thin: FTI is
# computed from TT4 and T4U in the real rows and only roughly follows them in the synthetic ones. A missing bit and the
# flag that explains it can part company. Nor can a mixture of a small class invent a sub-population that it was not
# shown.
#
# ## Does it help a classifier?
#
# The plane of all real rows, before and after bringing the class to a third of the other one:

# %%
from imbgen import OverSampler
from imbgen.plots import before_after

sampler = OverSampler(GMMGenerator(covariance_types=["full"]), sampling_strategy=1 / 3, random_state=seed)
before_after(X, y, *sampler.fit_resample(X, y), method="rank-pca")

# %% [markdown]
# Most new rows lie where the class lies; a few fall into the other one. Five folds, over-sampling inside the training
# part only, beside two rivals that cost nothing: leaving the table alone, and moving the threshold.

# %%
from imblearn.pipeline import make_pipeline
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, cross_validate
from sklearn.preprocessing import OrdinalEncoder

codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
encode = make_column_transformer(
    (codes, make_column_selector(dtype_exclude="number")), remainder="passthrough"
)
forest = RandomForestClassifier(n_trees, min_samples_leaf=2, random_state=seed)
plain = make_pipeline(encode, forest)
arms = {
    "nothing": plain,
    "threshold tuned": TunedThresholdClassifierCV(plain, scoring="f1", cv=3, random_state=seed),
    "mixture": make_pipeline(sampler, encode, forest),
}
folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
metrics = ["average_precision", "f1", "precision", "recall"]
results = {
    name: pd.DataFrame(cross_validate(arm, X, y == "hypothyroid", cv=folds, scoring=metrics))
    for name, arm in arms.items()
}
pd.DataFrame({name: result.filter(like="test_").mean() for name, result in results.items()}).T.round(3)

# %% [markdown]
# The gain over "nothing" fold by fold, and its standard error:

# %%
gain = results["mixture"] - results["nothing"]
gain.filter(like="test_").agg(["mean", "sem"]).T.round(3)

# %% [markdown]
# Recall rises and precision falls, as they do when the threshold is moved. F1 stays where it was within its error, and
# the ranking, which average precision measures, gains about a hundredth. Five folds share most of their training rows, so
# the true errors are larger than these.
#
# ## When not to augment
#
# - When the classifier ranks well already, as here: move the threshold instead.
# - When probabilities are what you need: over-sampling shifts them towards the rare class.
# - When columns are tied by rules that a synthetic row must not break: check them as above, and drop what breaks them.
# - When the class is a handful of rows: below 40 the mixture has one component, and no model of them knows more than
#   they do.
#
# What remains is what a mixture is good at: a first look at a class, a baseline that says how much more a network has to
# know, and rows for classifiers that need balance.
