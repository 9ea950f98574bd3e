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
# # Quickstart: a rare class, a GAN, and whether it is any good
#
# A table of 3,163 patients, 151 of them with hypothyroidism. We train a generator on these 151 rows alone, ask how
# good it is, look at what it makes, and balance a training set with it.

# %% tags=["parameters"]
n_updates = 2000  # most updates of the networks; training usually stops earlier
seed = 0

# %% [markdown]
# ## Load

# %%
# %matplotlib inline

from imbgen import load_dataset

X, y = load_dataset("hypothyroid")
minority = X[y == "hypothyroid"]
y.value_counts()

# %%
minority.head()

# %% [markdown]
# Numbers, flags, and missing values that depend on flags: `TSH` is missing just where `TSH_measured` is `n`.

# %%
from imbgen.plots import class_distribution, correlations, marginals, projection, training_curve

class_distribution(y).figure

# %% [markdown]
# ## Fit
#
# The generator sees the rare rows and nothing else. They are split into folds; one network per fold is trained
# without it and scored on it, against a Gaussian mixture fitted on the same rows. That score, the **skill**, stops
# the training. It is in nats per row, and 0 means "no better than the mixture".

# %%
from imbgen import GANGenerator

generator = GANGenerator(n_updates=n_updates, random_state=seed).fit(minority)
print(generator.stop_reason_)
print("out-of-fold skill:", generator.skill_)

# %%
training_curve(generator.history_).figure

# %% [markdown]
# ## Sample
#
# Same columns, same dtypes, missing values in their share. The same seed gives the same rows.

# %%
synthetic = generator.sample(1000, random_state=seed)
synthetic.head()

# %%
marginals({"real": minority, "synthetic": synthetic}, columns=["age", "TSH", "T3", "TT4", "FTI", "sex"])

# %% [markdown]
# Marginals are calibrated, so they have to agree. What a generator has to learn is how columns go together:

# %%
correlations(minority, synthetic, columns=["age", "TSH", "T3", "TT4", "T4U", "FTI", "sex", "on_thyroxine"])

# %%
projection({"real": minority, "synthetic": synthetic}, method="rank-pca").figure

# %% [markdown]
# ## Balance a training set
#
# `OverSampler` is an imbalanced-learn sampler. In a pipeline it acts on training rows only, so the test rows stay
# what they are.

# %%
from imbgen import OverSampler

sampler = OverSampler(GANGenerator(n_updates=n_updates), sampling_strategy=0.5, random_state=seed)
X_new, y_new = sampler.fit_resample(X, y)
class_distribution(y_new, synthetic_mask=sampler.synthetic_mask_).figure

# %% [markdown]
# ## Does it help?
#
# Often not, and one split proves little. Here is an honest look all the same: one untouched test set, with and
# without augmentation, judged by average precision (does the ranking improve?) and by recall at the default
# threshold (does the decision shift?).

# %%
import pandas as pd
from imblearn.pipeline import make_pipeline
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OrdinalEncoder

from imbgen import GMMGenerator

X_train, X_test, y_train, y_test = train_test_split(X, y == "hypothyroid", stratify=y, random_state=seed)
arms = {
    "nothing": None,
    "GMM": OverSampler(GMMGenerator(), sampling_strategy=0.5, random_state=seed),
    "GAN": OverSampler(GANGenerator(n_updates=n_updates), sampling_strategy=0.5, random_state=seed),
}
scores = {}
for name, arm in arms.items():
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    flags = make_column_selector(dtype_exclude="number")
    encode = make_column_transformer((codes, flags), remainder="passthrough")
    forest = RandomForestClassifier(200, min_samples_leaf=2, random_state=seed)
    model = make_pipeline(*([arm] if arm else []), encode, forest).fit(X_train, y_train)
    probability = model.predict_proba(X_test)[:, 1]
    scores[name] = {
        "average precision": average_precision_score(y_test, probability),
        "recall at 0.5": recall_score(y_test, probability > 0.5),
    }
pd.DataFrame(scores).T.round(3)

# %% [markdown]
# If the ranking is no better, moving the decision threshold does what augmentation does, at no cost.
#
# ## Keep the model
#
# Weights as safetensors, the rest as JSON. Loading runs no code from the folder.

# %%
import tempfile

from imbgen import load_generator

with tempfile.TemporaryDirectory() as folder:
    loaded = load_generator(generator.save(f"{folder}/model"))
loaded.sample(3, random_state=seed).equals(generator.sample(3, random_state=seed))
