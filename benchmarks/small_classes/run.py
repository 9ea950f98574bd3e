"""Which generator suits a class of a few tens of rows? Writes results.csv and prints the tables.

    python run.py                                                 # the embedded data sets
    python run.py --data FILE.parquet FILE.parquet:LABEL ...      # and more tables

Of each class so many rows are learned; up to 300 others judge. A file's target is its column "target", else
the last one; without a label the rarest class of at least 60 rows is taken.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

import imbgen
from imbgen.errors import FallbackWarning
from imbgen.metrics import LogScorer
from imbgen.schema import Schema

HERE = Path(__file__).parent
EMBEDDED = {
    "car_evaluation": "vgood",
    "ecoli": "im",
    "hypothyroid": "hypothyroid",
    "page_blocks0": "positive",
}
GENERATORS = ("GMMGenerator", "KernelGenerator", "InterpolationGenerator", "SMOTEGenerator", "VAEGenerator")
SIZES = (22, 100)
N_SAMPLE = 1000
MOST_JUDGES, FEWEST_JUDGES = 300, 30
FEWEST_FOR_NETWORKS = 30


def embedded() -> Iterator[tuple[str, pd.DataFrame]]:
    for name, label in EMBEDDED.items():
        features, target = imbgen.load_dataset(name)
        yield name, features[target == label]


def from_file(argument: str) -> tuple[str, pd.DataFrame]:
    path, _, label = argument.partition(":")
    table = pd.read_parquet(path)
    name = "target" if "target" in table.columns else table.columns[-1]
    sizes = table[name].value_counts()
    minority = next(v for v in sizes.index if str(v) == label) if label else sizes[sizes >= 60].index[-1]
    return Path(path).stem, table[table[name] == minority].drop(columns=name)


def study(name: str, rows: pd.DataFrame, n_seeds: int) -> Iterator[dict]:
    """One record per size, seed and generator."""
    schema = Schema.infer(rows)
    for size in SIZES:
        if len(rows) < size + FEWEST_JUDGES:
            continue
        for seed in range(n_seeds):
            order = np.random.default_rng(seed).permutation(len(rows))
            training = rows.iloc[order[:size]].reset_index(drop=True)
            judges = rows.iloc[order[size : size + MOST_JUDGES]].reset_index(drop=True)
            scorer = LogScorer(training, schema=schema)
            for kind in GENERATORS:
                if kind == "VAEGenerator" and size < FEWEST_FOR_NETWORKS:
                    continue
                generator = getattr(imbgen, kind)(random_state=seed).fit(training)
                synthetic = generator.sample(N_SAMPLE, random_state=seed)
                yield {
                    "table": name,
                    "rows": size,
                    "seed": seed,
                    "generator": kind.removesuffix("Generator"),
                    "log_score": scorer.row_scores(judges, synthetic).mean(),
                    "auc": two_sample_auc(judges, synthetic.head(len(judges)), seed),
                }


def two_sample_auc(real: pd.DataFrame, synthetic: pd.DataFrame, seed: int) -> float:
    """AUC of a cross-validated forest that tells real rows from synthetic ones; 0.5: it cannot."""
    both = pd.concat([real, synthetic], ignore_index=True)
    numbers = both.select_dtypes("number")
    texts = both.drop(columns=numbers.columns).astype(object).fillna("missing").astype(str)
    gaps = numbers.isna().astype(float).add_prefix("missing ")
    filled = numbers.fillna(numbers.median().fillna(0))
    features = pd.get_dummies(pd.concat([filled, gaps, texts], axis=1)).to_numpy(float)
    labels = np.repeat([0, 1], [len(real), len(synthetic)])
    forest = RandomForestClassifier(100, min_samples_leaf=2, random_state=seed)
    chance = cross_val_predict(forest, features, labels, cv=5, method="predict_proba")[:, 1]
    return float(roc_auc_score(labels, chance))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", default=[], metavar="FILE[:LABEL]")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore", FallbackWarning)
    tables = [*embedded(), *map(from_file, options.data)]
    records = pd.DataFrame([record for name, rows in tables for record in study(name, rows, options.seeds)])
    records.round(4).to_csv(HERE / "results.csv", index=False)
    for size, part in records.groupby("rows"):
        for figure in ("auc", "log_score"):
            wide = part.pivot_table(index="table", columns="generator", values=figure)
            print(f"\n{figure}, {size} rows\n{pd.concat([wide, wide.mean().to_frame('mean').T]).round(3)}")


if __name__ == "__main__":
    main()
