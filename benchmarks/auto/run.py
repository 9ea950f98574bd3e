"""Does AutoOverSampler harm? Its average precision against that of adding nothing; writes results.csv.

    python run.py FILE.parquet ...     # tables whose target is the column "target"; embedded ones first

The rarest class of at least 25 rows is judged against the rest, of which at most 3,000 rows are taken.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from imbgen import AutoOverSampler, compare, list_datasets, load_dataset

HERE = Path(__file__).parent
FEWEST, MOST_RARE, MOST_OTHERS = 25, 300, 3000
ARMS = ("auto", "SMOTE", "GMM")
CLASSIFIERS = ("linear", "forest", "boosting")


def tables(files: list[Path]) -> Iterator[tuple[str, pd.DataFrame, pd.Series]]:
    for info in list_datasets():
        yield info.name, *load_dataset(info.name)
    for path in files:
        table = pd.read_parquet(path)
        yield path.stem, table.drop(columns="target"), table["target"]


def thin(X: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, np.ndarray]:
    """The rare class against the rest, both of at most so many rows."""
    sizes = y.astype(str).value_counts()
    rare = (y.astype(str) == sizes[sizes >= FEWEST].index[-1]).to_numpy()
    rng = np.random.default_rng(0)
    parts = ((rare, MOST_RARE), (~rare, MOST_OTHERS))
    kept = np.sort(np.concatenate([rng.permutation(np.flatnonzero(mask))[:most] for mask, most in parts]))
    return X.iloc[kept].reset_index(drop=True), rare[kept]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="*", metavar="FILE.parquet")
    parser.add_argument("--n_jobs", type=int, default=-1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    records = []
    for name, X, y in tables(options.data):
        X, rare = thin(X, y)
        result = compare(
            X,
            rare,
            {"auto": AutoOverSampler()},
            classifiers=CLASSIFIERS,
            metrics=["average_precision"],
            fidelity=False,
            n_jobs=options.n_jobs,
            random_state=0,
        )
        found = result.tests.query("classifier == 'mean' and reference == 'nothing'").set_index("arm")
        added = result.runs.query("arm == 'auto'")["n_synthetic"]
        records.append(
            {
                "table": name,
                "rare": int(rare.sum()),
                **{f"{arm} {key}": found.loc[arm, key] for arm in ARMS for key in ("difference", "high")},
                "folds with rows": int((added > 0).sum()),
                "seconds": result.runs.query("arm == 'auto'")["resample_seconds"].mean(),
            }
        )
        print(pd.DataFrame(records).round(3).tail(1).to_string(header=len(records) == 1), flush=True)
        pd.DataFrame(records).round(4).to_csv(HERE / "results.csv", index=False)
    table = pd.DataFrame(records)
    for arm in ARMS:
        gaps = table[f"{arm} difference"]
        harmed = int((table[f"{arm} high"] < -0.01).sum())
        print(f"{arm}: mean {gaps.mean():+.4f}, worst {gaps.min():+.4f}, harmed {harmed} of {len(table)}")


if __name__ == "__main__":
    main()
