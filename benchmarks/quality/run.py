"""How good are the generators at their defaults? Appends to results.csv and prints the tables of summary.py.

    python run.py                                             # all methods on all data sets: hours
    python run.py --data FILE.parquet ... --methods GMMGenerator,none,real,ros --seeds 1
    python run.py --again VAEGenerator                        # once it has changed

Splits, scores and peers are those of the judge, a folder with `judge.py`, `summary.py` and `peers_dev.csv`.
What the results already hold is not computed again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is imported: one task, one thread

import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from summary import HERE, JUDGE, judge_module, report

GENERATORS = (
    "GANGenerator",
    "VAEGenerator",
    "FlowGenerator",
    "CopulaGenerator",
    "GMMGenerator",
    "KernelGenerator",
    "InterpolationGenerator",
    "SMOTEGenerator",
)
METHODS = ("none", "real", "ros", *GENERATORS)
PARTS = ("fidelity", "utility")
MODELS = ("lr", "rf", "lgbm", "knn", "mlp")  # the first three are the judge's
KEY = ("dataset", "seed", "method")
FIDELITY = ("c2st", "density", "coverage", "dcr", "copy_auc", "copies", "copies_test", "w1", "missing")
COLUMNS = (
    *KEY,
    *("parts", "n_min", "n_test_min", "n_add", "secs", "error"),
    *(f"{figure}_{model}" for model in MODELS for figure in ("ap", "auc", "bacc", "f1", "brier")),
    *FIDELITY,
)
Work = dict[tuple[str, ...], list[str]]  # the methods that lack these parts


def maker(judge: ModuleType, method: str) -> Callable | None:
    """Return the method as the judge calls it; no method gets settings."""

    def generate(X_min, n, seed, X_train, y_train):
        import imbgen

        return getattr(imbgen, method)(random_state=seed).fit(X_min).sample(n, random_state=seed)

    def repeat(X_min, n, seed, X_train, y_train):
        return X_min.sample(n, replace=True, random_state=seed)

    return {"none": None, "real": judge.real, "ros": repeat}.get(method, generate)


def load_judge(folder: Path) -> ModuleType:
    """Return the judge with two classifiers more, beside its mean; `lr` is its own."""
    judge = judge_module(folder, "judge")
    theirs = judge.models

    def models(X, seed):
        network = MLPClassifier((32,), solver="lbfgs", alpha=1.0, max_iter=50, random_state=seed)
        neighbours = KNeighborsClassifier(5)
        return theirs(X, seed) | {
            "knn": make_pipeline(judge.prep(X), neighbours),
            "mlp": make_pipeline(judge.prep(X), network),
        }

    judge.models = models
    return judge


class Rows(io.TextIOBase):
    """What the judge prints as lines of JSON becomes rows of the results."""

    def __init__(self, path: Path, more: dict) -> None:
        self.path, self.more = path, more

    def write(self, text: str) -> int:
        if text.strip():
            row = self.more | json.loads(text)
            line = io.StringIO()
            values = {k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()}
            csv.DictWriter(line, COLUMNS, lineterminator="\n").writerow(values)
            with self.path.open("a") as file:
                file.write(line.getvalue())  # one short write: rows of other processes stay apart
            outcome = row.get("error") or f"{row['secs']:.1f} s"
            print(*(row[k] for k in KEY), outcome, flush=True)
        return len(text)


def judge_task(folder: Path, out: Path, path: Path, seed: int, work: Work) -> None:
    """Append the rows of one data set and seed; all methods share its split."""
    judge = load_judge(folder)
    X, y = judge.load(str(path))
    n_test_min = int(judge.split(X, y, seed)[3].sum())
    for parts, methods in work.items():
        rows = Rows(out, {"parts": "+".join(parts), "n_test_min": n_test_min})
        makers = {method: maker(judge, method) for method in methods}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the MLP is stopped on purpose
            judge.run(str(path), makers, [seed], out=rows, parts=parts)


def read_rows(out: Path) -> pd.DataFrame:
    """Return the rows so far, as text."""
    if not out.exists():
        return pd.DataFrame(columns=COLUMNS, dtype=str)
    return pd.read_csv(out, dtype=str, keep_default_na=False)


def forget(out: Path, options: argparse.Namespace) -> None:
    """Remove the rows of the methods to do again."""
    rows, names = read_rows(out), [path.stem for path in options.data]
    seeds = [str(seed) for seed in range(options.seeds)]
    stale = rows["method"].isin(options.again) & rows["dataset"].isin(names) & rows["seed"].isin(seeds)
    if stale.any():
        whole = out.with_name(f"{out.name}.tmp")
        rows[~stale].to_csv(whole, index=False, lineterminator="\n")
        whole.replace(out)


def plan(options: argparse.Namespace) -> Iterator[tuple[Path, int, Work]]:
    done = defaultdict(set)
    for *key, parts in read_rows(options.out)[[*KEY, "parts"]].itertuples(index=False):
        done[tuple(key)] |= set(parts.split("+"))
    for path in options.data:
        for seed in range(options.seeds):
            work = defaultdict(list)
            for method in options.methods:
                had = done[path.stem, str(seed), method]
                work[tuple(part for part in options.parts if part not in had)].append(method)
            work.pop((), None)
            if work:
                yield path, seed, dict(work)


def names_among(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = list(dict.fromkeys(text.split(",")))
        if unknown := [name for name in names if name not in choices]:
            raise argparse.ArgumentTypeError(
                f"every name must be known, however: {', '.join(unknown)}. Choose from {', '.join(choices)}"
            )
        return names

    return parse


def parse_arguments() -> argparse.Namespace:
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    listed = {name: names_among(names) for name, names in (("methods", METHODS), ("parts", PARTS))}
    parser.add_argument("--judge", type=Path, default=JUDGE, metavar="DIR")
    parser.add_argument("--data", type=Path, nargs="+", metavar="FILE.parquet", help="default: DIR/../data/*")
    parser.add_argument("--methods", type=listed["methods"], default=list(METHODS), metavar="NAME,NAME")
    parser.add_argument("--parts", type=listed["parts"], default=list(PARTS), metavar="PART,PART")
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="seeds 0 to N - 1")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--out", type=Path, default=HERE / "results.csv", metavar="FILE.csv")
    again = "first remove the rows of these on the chosen data sets and seeds, all parts of them"
    parser.add_argument("--again", type=listed["methods"], default=[], metavar="NAME,NAME", help=again)
    options = parser.parse_args()
    options.data = options.data or sorted((options.judge.resolve().parent / "data").glob("*.parquet"))
    if problem := find_problem(options):
        parser.error(problem)
    return options


def find_problem(options: argparse.Namespace) -> str | None:
    if not find_spec("lightgbm"):
        return "the judge needs lightgbm, however: it is not installed. Install the judge's requirements.txt."
    absent = [str(path) for path in options.data if not path.is_file()]
    if not (options.judge / "judge.py").is_file():
        return f"--judge must be the folder of judge.py, however: {options.judge} has none. Give its path."
    if absent or not options.data:
        return f"--data must be files, however: {', '.join(absent) or 'none'} found. Give their paths."
    if options.out.suffix != ".csv" or read_rows(options.out).columns.tolist() != list(COLUMNS):
        return f"--out must be a CSV file with our columns, however: {options.out}. Give another name."
    if lacking := set(options.again) - set(options.methods):
        return f"--again must be among --methods, however: {', '.join(sorted(lacking))}. Name them in both."
    return None


def main() -> None:
    options = parse_arguments()
    if not options.out.exists():
        options.out.write_text(",".join(COLUMNS) + "\n")
    forget(options.out, options)
    # The networks are imported first, so that no method's seconds hold that.
    begin = {"initializer": import_module, "initargs": ("imbgen.models",)}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"), **begin) as pool:
        tasks = [pool.submit(judge_task, options.judge, options.out, *task) for task in plan(options)]
        for task in as_completed(tasks):
            task.result()
    report(options.judge, options.out)


if __name__ == "__main__":
    main()
