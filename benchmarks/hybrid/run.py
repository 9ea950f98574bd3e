"""Is a refined sample better than the pre-sampler's own? Appends to results.csv, prints the README's tables.

    python run.py FILE.parquet ...                       # both pre-samplers, seed 0
    python run.py --seeds 2 --presamplers SMOTEGenerator FILE.parquet ...
    python run.py --null 20 3 FILE.parquet ...           # how often the gate accepts what has nothing to give

Splits and scores are those of the judge, a folder with `judge.py`. For every fit it is asserted that the
nested validation score is not below the pre-sampler's, and that rows are bit-identical where nothing was
accepted. What the results already hold is not computed again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from pathlib import Path
from types import ModuleType

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is imported

sys.path.insert(0, str(Path(__file__).parents[1]))

import pandas as pd
from judging import JUDGE, judge_module, markdown
from null import null_runs

import imbgen
from imbgen import HybridGenerator

HERE = Path(__file__).parent
KEY = ["dataset", "seed", "presampler"]
FIGURES = ("c2st", "coverage", "copy_auc")


def judge_fit(judge: ModuleType, path: Path, seed: int, presampler: str, utility: bool) -> dict:
    """Return one row of the results: a fit at its defaults, and its pre-sampler's own rows beside it."""
    X, y = judge.load(str(path))
    X_train, X_test, y_train, y_test = judge.split(X, y, seed)
    X_min = X_train[y_train == 1].reset_index(drop=True)
    n = min(int((y_train == 0).sum() - (y_train == 1).sum()), 8500)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # small classes fall back, which the results say
        template = getattr(imbgen, presampler)()
        hybrid = HybridGenerator(presampler=template, random_state=seed).fit(X_min)
        seconds = time.perf_counter() - start
        alone = getattr(imbgen, presampler)(random_state=seed).fit(X_min)
    rows, own = hybrid.sample(n, random_state=seed), alone.sample(n, random_state=seed)
    check(hybrid, rows, own)
    row = {"dataset": path.stem, "seed": seed, "presampler": presampler, "n_min": len(X_min)}
    row |= describe(hybrid) | {"secs": seconds}
    samples = {"real": X_min, "presampled": own, "hybrid": rows}
    for name, sample in samples.items():
        sample = judge.harmonise(sample, X_train)
        found = judge.fidelity(X_min, X_test[y_test == 1], sample, seed)
        row |= {f"{figure}_{name}": found.get(figure) for figure in FIGURES}
        if utility:
            added = X_train.iloc[:0] if name == "real" else sample
            scores = judge.utility(X_train, y_train, X_test, y_test, added, seed)
            row[f"ap_{'none' if name == 'real' else name}"] = (
                sum(scores[f"ap_{model}"] for model in ("lr", "rf", "lgbm")) / 3
            )
    return row


def check(hybrid: HybridGenerator, rows: pd.DataFrame, own: pd.DataFrame) -> None:
    """Assert what holds for every fit."""
    if hybrid.fallback_ is None:
        assert hybrid.skill_.value >= hybrid.presampler_skill_.value, "the nested score fell"
    if not hybrid.refined_:
        pd.testing.assert_frame_equal(rows, own)


def describe(hybrid: HybridGenerator) -> dict:
    """Return what the gate decided."""
    if hybrid.fallback_ is not None:
        return {"refined": False, "fallback": True}
    return {
        "refined": hybrid.refined_,
        "fallback": False,
        "gain": hybrid.gain_.value,
        "gain_se": hybrid.gain_.standard_error,
        "skill": hybrid.skill_.value,
        "skill_presampler": hybrid.presampler_skill_.value,
        "scale": hybrid.scale_.mean(),
        "weight": hybrid.weight_.mean(),
        "thinned": hybrid.thinned_.mean(),
        "n_updates": hybrid.n_updates_.mean(),
    }


def append(out: Path, row: dict) -> None:
    """Append a row and print it."""
    known = pd.read_csv(out) if out.exists() else pd.DataFrame()
    table = pd.concat([known, pd.DataFrame([row])], ignore_index=True)
    whole = out.with_name(f"{out.name}.tmp")
    table.to_csv(whole, index=False, float_format="%.5g", lineterminator="\n")
    whole.replace(out)
    print({name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()}, flush=True)


def report(out: Path) -> None:
    """Print the tables of the README."""
    runs = pd.read_csv(out)
    for name in ("presampled", "hybrid"):
        runs[f"excess_{name}"] = runs[f"c2st_{name}"] - runs["c2st_real"]
    columns = ["n_min", "refined", "gain", "excess_presampled", "excess_hybrid"]
    columns += ["copy_auc_presampled", "copy_auc_hybrid"]
    columns += [name for name in ("ap_none", "ap_presampled", "ap_hybrid") if name in runs]
    for presampler, group in runs.groupby("presampler"):
        means = group.groupby("dataset")[columns].mean().sort_values("n_min")
        fits = group[~group["fallback"].astype(bool)]
        change = (fits["excess_hybrid"] - fits["excess_presampled"]).groupby(fits["dataset"]).mean()
        print(f"\n{presampler}: {len(group)} fits, {int(group['refined'].sum())} refined")
        print(markdown(means, "data set"))
        print(
            f"\nc2st_excess below the pre-sampler's or within 0.03 of it on {(change <= 0.03).mean():.0%} of"
            f" the sets without fall-back, better on {(change < 0).mean():.0%}; copy_auc"
            f" {group['copy_auc_hybrid'].mean():.3f} against {group['copy_auc_presampled'].mean():.3f}"
        )
        if "ap_hybrid" in runs:
            gain = (group["ap_hybrid"] - group["ap_presampled"]).dropna()
            print(f"AP minus the pre-sampler's: {gain.mean():+.4f} ± {gain.sem():.4f}")


def report_null(out: Path, runs: list[dict]) -> None:
    """Write the runs and print the acceptance rates."""
    table = pd.DataFrame(runs)
    table.to_csv(out, index=False, float_format="%.5g", lineterminator="\n")
    rates = table.groupby(["null", "dataset"])["accepted"].agg(["mean", "size"]).reset_index(level=1)
    print(markdown(rates, "null"))
    for null, group in table.groupby("null"):
        print(f"{null}: {group['accepted'].mean():.0%} of {len(group)} accepted")


def parse_arguments() -> argparse.Namespace:
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    parser.add_argument("--judge", type=Path, default=JUDGE, metavar="DIR", help="folder with judge.py")
    parser.add_argument(
        "--presamplers", nargs="+", default=["SMOTEGenerator", "GMMGenerator"], metavar="NAME"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0 to N - 1")
    parser.add_argument("--no_utility", action="store_true", help="leave the classifiers out")
    null = "instead, M and N runs that have nothing to gain: redraws, and refiners trained on noise labels"
    parser.add_argument("--null", type=int, nargs=2, metavar=("M", "N"), help=null)
    parser.add_argument("--out", type=Path, default=HERE / "results.csv", metavar="FILE.csv")
    parser.add_argument("data", type=Path, nargs="+", metavar="FILE.parquet")
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    judge = judge_module(options.judge, "judge")
    if options.null:
        report_null(
            HERE / "null.csv", [run for path in options.data for run in null_runs(judge, path, *options.null)]
        )
        return
    for path in options.data:
        for seed in range(options.seeds):
            for presampler in options.presamplers:
                done = pd.read_csv(options.out)[KEY] if options.out.exists() else pd.DataFrame(columns=KEY)
                if (done == [path.stem, seed, presampler]).all(axis=1).any():
                    continue
                append(options.out, judge_fit(judge, path, seed, presampler, not options.no_utility))
    report(options.out)


if __name__ == "__main__":
    main()
