"""Prints the tables of results.csv beside the judge's peers, as Markdown.

python summary.py [FILE.csv] [--judge DIR]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
import pandas as pd
from judging import JUDGE, judge_module, markdown

HERE = Path(__file__).parent
FIGURES = ["c2st_excess", "coverage_gap", "copy_auc", "d_ap", "bacc", "secs"]
KEY = ["dataset", "seed"]
COPYING = 0.9  # a peer of a mean copy_auc above this copies
SMALL_TEST, SMALL_CLASS = 40, 50  # test minority rows; training minority rows
MOST_EXCESS = {"GANGenerator": 0.10, "VAEGenerator": 0.10, "FlowGenerator": 0.08}


@dataclass(frozen=True)
class Results:
    """Rows of ours and of the peers, on the data sets and seeds that ours hold."""

    runs: pd.DataFrame
    failed: pd.DataFrame  # ours only
    ours: list[str]
    rivals: list[str]  # peers that do not copy
    shared: pd.DataFrame  # the runs on data sets and seeds that the peers hold too

    def of(self, method: str) -> pd.DataFrame:
        return self.runs[self.runs["method"] == method]

    def shared_with(self, method: str) -> pd.DataFrame:
        """Return the shared runs of the data sets and seeds that the method has a fidelity on."""
        held = self.shared[(self.shared["method"] == method) & self.shared["c2st_excess"].notna()]
        return self.shared.merge(held[KEY])


def collect(judge: Path, path: Path) -> Results:
    own, peers = pd.read_csv(path), pd.read_csv(judge / "peers_dev.csv")
    # Ours come last: where both have `none`, `real` or `ros`, ours are kept.
    runs, failed = judge_module(judge, "summary").read([str(judge / "peers_dev.csv"), str(path)])
    runs = runs.merge(own[KEY].drop_duplicates())
    runs.loc[~runs["method"].isin(own["method"]), "secs"] = np.nan  # other machines'
    for count in ("n_min", "n_test_min"):
        runs[count] = runs["dataset"].map(own.groupby("dataset")[count].first())
    ours = [name for name in own["method"].unique() if name not in ("none", "real", "ros")]
    copying = peers.groupby("method")["copy_auc"].mean()
    return Results(
        runs=runs,
        failed=failed[failed["method"].isin(own["method"])],
        ours=ours,
        rivals=[name for name in copying.index[copying <= COPYING] if name not in ours],
        shared=runs.merge(peers[KEY].drop_duplicates()),
    )


def by_set(runs: pd.DataFrame, figure: str) -> pd.DataFrame:
    return runs.pivot_table(index="dataset", columns="method", values=figure)


def main_table(found: Results) -> pd.DataFrame:
    groups = found.runs.groupby("method")
    counts = pd.DataFrame({"sets": groups["dataset"].nunique(), "runs": groups.size()})
    counts = counts.join(found.failed.groupby("method").size().rename("failed"), how="outer")
    means = found.runs.groupby(["method", "dataset"])[FIGURES].mean().groupby("method").mean()
    return counts.fillna(0).astype(int).join(means).sort_values("c2st_excess")


def excess_table(found: Results) -> pd.DataFrame:
    wide = by_set(found.shared, "c2st_excess")
    peers = wide.reindex(columns=found.rivals).dropna(how="all")
    counts = found.shared.groupby("dataset")[["n_min", "n_test_min"]].first().astype(int)
    table = counts.loc[peers.index].join(wide.reindex(columns=found.ours))
    return table.assign(**{"best peer": peers.min(axis=1), "its name": peers.idxmin(axis=1)})


def leads(found: Results, method: str) -> tuple[pd.Series, pd.Series]:
    """Return by how much the method is above the best peer, per larger and smaller data set."""
    runs = found.shared_with(method)
    wide = by_set(runs, "c2st_excess").reindex(columns=[method, *found.rivals])
    above = (wide[method] - wide[found.rivals].min(axis=1)).dropna()
    large = runs.groupby("dataset")["n_test_min"].first().reindex(above.index) >= SMALL_TEST
    return above[large], above[~large]


def paired(runs: pd.DataFrame, method: str, other: str, figure: str) -> tuple[float, float]:
    """Return the mean difference over data sets and seeds, and its standard error."""
    wide = runs.pivot_table(index=KEY, columns="method", values=figure).reindex(columns=[method, other])
    gains = (wide[method] - wide[other]).dropna()
    return gains.mean(), gains.sem()


def checks(found: Results, method: str) -> Iterator[tuple[str, str]]:
    """Yield what is checked, and the figure with its verdict."""
    own, most = found.of(method), MOST_EXCESS.get(method)
    means = own.groupby("dataset")[FIGURES].mean().mean()
    large, small = leads(found, method)
    n_failed = int((found.failed["method"] == method).sum())
    ahead, worst = (large < 0).mean(), small.max()
    excess, gap, copying = means["c2st_excess"], means["coverage_gap"], means["copy_auc"]
    gain, error = paired(found.runs, method, "ros", "d_ap")
    yield "data sets, runs", f"{own['dataset'].nunique()}, {len(own)}"
    n_shared = len(found.shared_with(method)[KEY].drop_duplicates())
    yield "shared with the peers: data sets, runs", f"{len(large) + len(small)}, {n_shared}"
    yield "failed runs: none", verdict(n_failed, n_failed == 0, ".0f")
    goal = "mean c2st_excess at most 0.10 (GAN, VAE) or 0.08 (flow)"
    yield goal, verdict(excess, None if most is None else excess <= most)
    goal = f"share of sets below every peer at least 0.9, of {SMALL_TEST} test minority rows and more"
    yield goal, verdict(ahead, ahead >= 0.9, ".2f")
    yield "most above the best peer at most 0.05, smaller sets", verdict(worst, worst <= 0.05)
    yield "mean coverage_gap at least -0.03", verdict(gap, gap >= -0.03)
    yield "mean copy_auc from 0.4 to 0.6", verdict(copying, 0.4 <= copying <= 0.6)
    yield "d_ap minus that of ros at least -0.005", verdict(gain, gain >= -0.005, error=error)
    yield "mean bacc at least 0.831", verdict(means["bacc"], means["bacc"] >= 0.831)


def verdict(value: float, fine: bool | None, style: str = ".3f", error: float | None = None) -> str:
    if np.isnan(value):
        return "no figure"
    spread = "" if error is None or np.isnan(error) else f" ± {error:.3f}"
    return f"{value:{style}}{spread}" + ("" if fine is None else " yes" if fine else " **no**")


def check_table(found: Results) -> pd.DataFrame:
    return pd.DataFrame({method: dict(checks(found, method)) for method in found.ours})


def small_class_table(found: Results) -> pd.DataFrame:
    runs, lines = found.runs[found.runs["n_min"] < SMALL_CLASS], {}
    for method in ("ros", *found.ours):
        part = runs[(runs["method"] == method) & runs["ap"].notna()]
        line = {"sets": part["dataset"].nunique(), "runs": len(part)}
        for model in ("lr", "knn", "mlp"):
            gain, error = paired(runs, method, "none", f"ap_{model}")
            line[model] = verdict(gain, None, "+.3f", error)
        lines[method] = line
    return pd.DataFrame(lines).T


def report(judge: Path, path: Path) -> None:
    found = collect(judge, path)
    for (method, error), part in found.failed.groupby(["method", "error"]):
        print(f"{method} failed on {len(part)} runs: {error}")
    n_sets, n_runs = found.shared["dataset"].nunique(), len(found.shared[KEY].drop_duplicates())
    print("\n## Means over data sets\n", markdown(main_table(found), "method"), sep="\n")
    print(f"\n## c2st_excess, on the {n_sets} data sets and {n_runs} splits that the peers share\n")
    print(markdown(excess_table(found), "data set"))
    print("\n## Targets\n", markdown(check_table(found), "target"), sep="\n")
    print(f"\n## Average precision minus that of none, fewer than {SMALL_CLASS} minority rows\n")
    print(markdown(small_class_table(found), "method"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="?", default=HERE / "results.csv")
    parser.add_argument("--judge", type=Path, default=JUDGE, metavar="DIR")
    options = parser.parse_args()
    if not options.results.is_file():
        parser.error(f"the results must be a file, however: no {options.results}. Run run.py first.")
    report(options.judge, options.results)


if __name__ == "__main__":
    main()
