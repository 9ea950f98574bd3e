"""Does `log_score` on few held-out rows rank generators and checkpoints as a forest does on many?

    python checkpoints.py FILE.parquet ... [--judge DIR]        # about five minutes a table

A table is split as the judge splits it (seed 0). Generators learn at most 600 rows of the class; networks
learn four fifths of these, for so many updates, with nothing chosen. Half of the judge's test rows, at most
100, are for `log_score`; the others tell how well a forest finds the 1,000 sampled rows. Copies have no
place here: a forest forgives them. Writes checkpoints.csv and prints the rank correlations.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
import pandas as pd
from judging import judge_and_files
from scipy.stats import spearmanr

from imbgen import (
    CopulaGenerator,
    FlowGenerator,
    GANGenerator,
    GMMGenerator,
    InterpolationGenerator,
    KernelGenerator,
    VAEGenerator,
)
from imbgen.errors import FallbackWarning
from imbgen.metrics import LogScorer

HERE = Path(__file__).parent
MOST_ROWS, N_SAMPLE, MOST_HELD_OUT, MOST_TESTED = 600, 1000, 100, 400
FEW = 20
NETWORKS = {"vae": VAEGenerator, "gan": GANGenerator, "flow": FlowGenerator}
FIXED = {"vae": {"codes": "posterior"}, "gan": {}, "flow": {}}
UPDATES = (100, 400, 1500)


def candidates() -> dict[str, object]:
    cheap = {
        "gmm": GMMGenerator(random_state=0),
        "copula": CopulaGenerator(random_state=0),
        "kernel": KernelGenerator(random_state=0),
        "interpolation": InterpolationGenerator(random_state=0),
    }
    networks = {
        f"{name} {n}": network(n_updates=n, check_every=n, n_folds=1, random_state=0, **FIXED[name])
        for n in UPDATES
        for name, network in NETWORKS.items()
    }
    return cheap | networks


def study(judge, path: Path) -> pd.DataFrame:
    """One row per candidate: what the forest sees, and its gain on the GMM in `log_score`."""
    features, target = judge.load(str(path))
    train, test, train_target, test_target = judge.split(features, target, 0)
    rows = train[train_target == 1].iloc[:MOST_ROWS].reset_index(drop=True)
    judged = test[test_target == 1].sample(frac=1, random_state=0).iloc[: 2 * MOST_TESTED]
    n_held_out = min(MOST_HELD_OUT, len(judged) // 2)
    held_out, other = judged.iloc[:n_held_out], judged.iloc[n_held_out:]
    with patch("imbgen.generators.deep._check_learned"):  # one that copies is to be ranked, not replaced
        samples = {
            name: judge.harmonise(generator.fit(rows).sample(N_SAMPLE, random_state=0), rows)
            for name, generator in candidates().items()
        }
    encode = judge.prep(rows).fit(pd.concat([rows, judged])).transform
    scorer = LogScorer(rows)
    scores = {name: scorer.row_scores(held_out, sample) for name, sample in samples.items()}
    records = []
    for name, sample in samples.items():
        gain = scores[name] - scores["gmm"]
        n = min(len(other), MOST_TESTED)
        records.append(
            {
                "table": path.stem,
                "n_rows": len(rows),
                "n_held_out": n_held_out,
                "candidate": name,
                "c2st": judge.c2st(encode(other), encode(sample), n, 0, draws=3),
                "gain": gain.mean(),
                "gain_few": gain[:FEW].mean(),
            }
        )
    return pd.DataFrame(records)


def agreement(found: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations (Spearman) of the gain with minus what the forest sees, per table."""

    def correlate(table: pd.DataFrame) -> pd.Series:
        networks = table[table["candidate"].str.split().str[0].isin(list(NETWORKS))]
        return pd.Series(
            {
                "rows": table["n_rows"].iloc[0],
                "held out": table["n_held_out"].iloc[0],
                "all": spearmanr(-table["c2st"], table["gain"]).statistic,
                f"all, {FEW} held out": spearmanr(-table["c2st"], table["gain_few"]).statistic,
                "networks": spearmanr(-networks["c2st"], networks["gain"]).statistic,
                f"networks, {FEW} held out": spearmanr(-networks["c2st"], networks["gain_few"]).statistic,
                "c2st spread": np.ptp(table["c2st"]),
            }
        )

    return found.groupby("table").apply(correlate, include_groups=False).round(2)


def main() -> None:
    judge, paths = judge_and_files(__doc__)
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", FallbackWarning)  # a class too small has no networks to rank
    found = []
    for path in paths:
        found.append(study(judge, path))
        print(found[-1].round(3).to_string(index=False), flush=True)
    table = pd.concat(found)
    table.round(4).to_csv(HERE / "checkpoints.csv", index=False)
    print(agreement(table).to_string())


if __name__ == "__main__":
    main()
