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
# # Hybrid: SMOTE first, then a network, and only if it helps
#
# SMOTE draws rows on the lines between neighbours. That is robust from a handful of rows up, but the rows hug these
# lines: they vary too little, levels become too uniform, and many lie next to a training row. A network alone has to
# learn everything from nothing. A hybrid starts from SMOTE's rows and lets a network move them, a little and with
# noise, to where the real rows are. A gate lets its rows through only if rows that it has not seen say so.

# %% tags=["parameters"]
n_updates = 2000  # most updates of the refiner; training usually stops earlier
n_folds = None  # None: 5 for a class of this size
seed = 0

# %% [markdown]
# ## Load

# %%
# %matplotlib inline

from imbgen import load_dataset
from imbgen.plots import class_distribution, correlations, marginals, projection, training_curve

X, y = load_dataset("hypothyroid")
minority, others = X[y == "hypothyroid"], X[y != "hypothyroid"]
class_distribution(y).figure

# %% [markdown]
# ## Fit
#
# The rows are split into folds. For each one SMOTE and a refiner are fitted without it. `plausibility="report"`
# asks forests which rows look like the other class; that is the only thing here that looks at the other class, since
# SMOTE does so only for tables without numbers.

# %%
from imbgen import HybridGenerator, SMOTEGenerator

generator = HybridGenerator(
    presampler=SMOTEGenerator(n_neighbors=5),
    n_updates=n_updates,
    n_folds=n_folds,
    plausibility="report",
    random_state=seed,
).fit(minority, others=others)
print(generator.reason_)
print(generator.stop_reason_)
print("other classes:", generator.plausibility_)

# %% [markdown]
# Every check of the training is scored against a Gaussian mixture, which is 0.

# %%
training_curve(generator.history_).figure

# %% [markdown]
# ## What the gate was offered
#
# The first row is the pre-sampler's own frame, which needs no network. A scale of 0 is a network that moves nothing:
# its rows only get the marginals of the class. `gain` is in nats per held-out row. The largest of these figures is no
# honest one, for it is a maximum; the honest one is nested: chosen on some folds, tested on the others.

# %%
generator.candidates_.round(3)

# %%
import pandas as pd

pd.DataFrame(
    {
        "over a Gaussian mixture": [str(generator.presampler_skill_), str(generator.skill_)],
        "over SMOTE": ["0", str(generator.gain_)],
    },
    index=["SMOTE's own rows", "what is sampled"],
)

# %% [markdown]
# ## Look
#
# The same seed gives SMOTE's own rows and what became of them.

# %%
frames = {
    "real": minority,
    "SMOTE": generator.presampler_.sample(1000, random_state=seed),
    "hybrid": generator.sample(1000, random_state=seed),
}
marginals(frames, columns=["age", "TSH", "T3", "TT4", "FTI", "sex"])

# %%
projection(frames, method="rank-pca").figure

# %%
columns = ["age", "TSH", "T3", "TT4", "T4U", "FTI", "sex", "on_thyroxine"]
correlations(minority, frames["hybrid"], columns=columns)

# %% [markdown]
# ## Another pre-sampler
#
# Any generator will do, and any object with `fit` and `sample`. The mixture's marginals are right already, so there is
# less to gain; if there is nothing, the rows are the mixture's own, bit by bit.

# %%
from imbgen import GMMGenerator

mixture = HybridGenerator(
    presampler=GMMGenerator(), n_updates=n_updates, n_folds=n_folds, random_state=seed
).fit(minority)
print(mixture.reason_)
alone = GMMGenerator(random_state=seed).fit(minority)
same = mixture.sample(500, random_state=seed).equals(alone.sample(500, random_state=seed))
print("refined:", mixture.refined_, "- the mixture's own rows:", same)

# %% [markdown]
# ## Balance
#
# In `OverSampler` a hybrid is a generator like any other; parameters of the pre-sampler have names with two
# underscores, as everywhere in scikit-learn.

# %%
from imbgen import OverSampler

sampler = OverSampler(generator, sampling_strategy=0.2, random_state=seed)
sampler.set_params(
    generator__plausibility="off", generator__presampler__n_neighbors=3, generator__n_updates=n_updates
)
X_new, y_new = sampler.fit_resample(X, y)
class_distribution(y_new, synthetic_mask=sampler.synthetic_mask_).figure
