"""Does `log_score` put samples of known worth in the right order? Writes results.csv and prints the tables.

    python run.py                                    # the embedded data sets
    python run.py --data FILE.parquet FILE.parquet:LABEL ...     # and more tables

A file's last column, or the one named "target", is its target; without a label the rarest class of at
least 25 rows is taken.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from candidates import CHEAP, NETWORKS
from scipy.stats import mannwhitneyu, spearmanr
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from imbgen import load_dataset
from imbgen.encoding import TableEncoder
from imbgen.metrics import LogScorer, paired_skill
from imbgen.schema import Schema

EMBEDDED = {
    "hypothyroid": ("hypothyroid",),
    "ecoli": ("imU", "pp", "im", "cp"),
    "car_evaluation": ("vgood", "good", "acc"),
}
HERE = Path(__file__).parent
N_SAMPLE = 1000
MOST_ROWS = 1500
FEWEST_FOR_NETWORKS = 30
FEW = (5, 10, 20)
COPIES = ("smote", "near_copies", "bootstrap")


def embedded() -> Iterator[tuple[str, pd.DataFrame]]:
    for name, labels in EMBEDDED.items():
        features, target = load_dataset(name)
        for label in labels:
            yield (name if len(labels) == 1 else f"{name}: {label}"), features[target == label]


def from_file(argument: str) -> tuple[str, pd.DataFrame]:
    path, _, label = argument.partition(":")
    table = pd.read_parquet(path)
    name = "target" if "target" in table.columns else table.columns[-1]
    sizes = table[name].value_counts()
    minority = next(v for v in sizes.index if str(v) == label) if label else sizes[sizes >= 25].index[-1]
    return f"{Path(path).stem}: {minority}", table[table[name] == minority].drop(columns=name)


def study(name: str, rows: pd.DataFrame) -> tuple[list[dict], list[pd.DataFrame]]:
    """Return one record per split, size and candidate; and per split the row scores of all candidates."""
    rows = rows.sample(min(len(rows), MOST_ROWS), random_state=0).reset_index(drop=True)
    schema = Schema.infer(rows)
    records, scores = [], []
    for seed in range(6 if len(rows) < 100 else 2):
        order = np.random.default_rng(seed).permutation(len(rows))
        reference, held_out, other = (
            rows.iloc[part].reset_index(drop=True) for part in np.array_split(order, 3)
        )
        makers = CHEAP | (NETWORKS if len(reference) >= FEWEST_FOR_NETWORKS else {})
        samples = {label: make(reference, schema, 2 * N_SAMPLE, seed) for label, make in makers.items()}
        scorer = LogScorer(reference, schema=schema)
        equal = score_all(scorer, held_out, samples | {"real": other}, len(other))
        usual = score_all(scorer, held_out, samples, N_SAMPLE)
        scores.append(pd.DataFrame(usual))
        checks = {
            label: outside_checks(schema, reference, held_out, s)
            for label, s in (samples | {"real": other}).items()
        }
        for rows_in_sample, table in ((len(other), equal), (N_SAMPLE, usual)):
            for label, values in table.items():
                records.append(
                    {"table": name, "split": seed, "n_reference": len(reference), "n_sample": rows_in_sample}
                    | {"size": "equal" if "real" in table else "usual", "candidate": label}
                    | compare(values, table)
                    | checks[label]
                )
    return records, scores


def score_all(
    scorer: LogScorer, held_out: pd.DataFrame, samples: dict[str, pd.DataFrame], n_rows: int
) -> dict[str, np.ndarray]:
    """Row scores of each candidate on samples of so many rows, averaged over up to four samples."""
    scores = {}
    for label, sample in samples.items():
        starts = range(0, len(sample) - n_rows + 1, n_rows)[:4]
        scores[label] = np.mean(
            [scorer.row_scores(held_out, sample.iloc[start : start + n_rows]) for start in starts], axis=0
        )
    return scores


def compare(values: np.ndarray, table: dict[str, np.ndarray]) -> dict[str, float]:
    gain = paired_skill(values, table["gmm"])
    found = {"score": values.mean(), "gain": gain.value, "gain_se": gain.standard_error}
    if "real" in table:
        lead = paired_skill(table["real"], values)
        found |= {"real_lead": lead.value, "real_lead_se": lead.standard_error}
    return found


def outside_checks(
    schema: Schema, reference: pd.DataFrame, held_out: pd.DataFrame, sample: pd.DataFrame
) -> dict[str, float]:
    """Judges that owe nothing to the score: a forest telling real from made, nearness to training rows."""
    encoder = TableEncoder(schema).fit(pd.concat([reference, held_out, sample], ignore_index=True))
    near, real, made = (encoder.encode(frame, 0) for frame in (reference, held_out, sample))
    n_rows = min(len(real), len(made))
    features = np.vstack([real[:n_rows], made[:n_rows]])
    labels = np.repeat([0, 1], n_rows)
    forest = RandomForestClassifier(50, min_samples_leaf=3, random_state=0)
    guess = cross_val_predict(forest, features, labels, cv=5, method="predict_proba")[:, 1]
    to_training = mannwhitneyu(nearest(real, near), nearest(made, near)).statistic
    return {"c2st": roc_auc_score(labels, guess), "copying": to_training / (len(real) * len(made))}


def nearest(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.array([((others - row) ** 2).sum(axis=1).min() for row in rows])


def agreement(scores: list[pd.DataFrame], rng: np.random.Generator) -> dict[str, float]:
    """Rank agreement of candidates on few rows, pooled over splits, with the ranks on all other rows."""
    pooled = pd.concat(scores, ignore_index=True)
    found = {}
    for group, table in {"all": pooled, "no copies": pooled.drop(columns=list(COPIES))}.items():
        for n_rows in FEW:
            values = []
            for _ in range(100):
                few = rng.choice(len(table), n_rows, replace=False)
                values.append(spearmanr(table.iloc[few].mean(), table.drop(index=few).mean()).statistic)
            found[f"{group}, {n_rows} rows"] = float(np.mean(values))
    return found


def best_other(results: pd.DataFrame) -> pd.DataFrame:
    """Return by how much other real rows lead the best candidate, per table."""
    equal = results[(results["size"] == "equal") & (results["candidate"] != "real")]
    best = equal.loc[equal.groupby("table", sort=False)["real_lead"].idxmin()].set_index("table")
    return best[["real_lead", "real_lead_se"]].assign(z=best["real_lead"] / best["real_lead_se"])


def markdown(table: pd.DataFrame) -> str:
    lines = [["table", *map(str, table.columns)], ["---"] * (table.shape[1] + 1)]
    lines += [
        [str(name), *("" if np.isnan(v) else f"{v:.2f}" for v in row)]
        for name, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds_per_call() -> float:
    """A call on hypothyroid: 1,000 synthetic rows, 151 held out, 33 encoded dimensions or so."""
    _, rows = next(iter(embedded()))
    scorer, sample = LogScorer(rows), CHEAP["gmm"](rows, Schema.infer(rows), N_SAMPLE, 0)
    times = []
    for _ in range(10):
        start = process_time()
        scorer.row_scores(rows, sample)
        times.append(process_time() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="*", default=[], metavar="FILE.parquet[:LABEL]")
    parser.add_argument("--out", type=Path, default=HERE / "results.csv")
    arguments = parser.parse_args()
    records, ranks = [], {}
    for name, rows in [*embedded(), *map(from_file, arguments.data)]:
        found, scores = study(name, rows)
        records += found
        ranks[name] = agreement(scores, np.random.default_rng(0))
        print(name, len(rows), flush=True)
    results = pd.DataFrame(records)
    columns = ["table", "n_reference", "size", "n_sample", "candidate"]
    results = results.drop(columns="split").groupby(columns, sort=False).mean().round(3).reset_index()
    results.to_csv(arguments.out, index=False, lineterminator="\n")
    order = ["real", "copula", "gmm", *reversed(NETWORKS), *list(CHEAP)[2:]]
    for size in ("equal", "usual"):
        for value in ("gain", "c2st", "copying") if size == "usual" else ("gain",):
            table = results[results["size"] == size].pivot(index="table", columns="candidate", values=value)
            table = table.reindex(columns=[c for c in order if c in table])
            print(f"\n{value}, {size} size", markdown(table), sep="\n")
    print("\nlead of other real rows over the best sample", markdown(best_other(results)), sep="\n")
    print("\nagreement of ranks", markdown(pd.DataFrame(ranks).T), sep="\n")
    print(f"\nseconds per call: {seconds_per_call():.3f}")


if __name__ == "__main__":
    main()
