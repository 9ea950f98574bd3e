"""The judge whose splits and scores the benchmarks share: a folder with `judge.py`, not kept here."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

JUDGE = Path(__file__).parents[1] / "../shared/judge"


def judge_module(folder: Path, name: str) -> ModuleType:
    """Return a module of the judge by its path: its names are common ones."""
    path = folder / f"{name}.py"
    if not path.is_file():
        raise SystemExit(f"--judge must be the judge's folder, however: no {path}. Give its path.")
    specification = spec_from_file_location(f"judge_{name}", path)
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def judge_and_files(description: str) -> tuple[ModuleType, list[Path]]:
    """Return the judge and the tables that the command line names."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--judge", type=Path, default=JUDGE, metavar="DIR", help="folder with judge.py")
    parser.add_argument("data", type=Path, nargs="+", metavar="FILE.parquet")
    arguments = parser.parse_args()
    return judge_module(arguments.judge, "judge"), arguments.data


def judge_samples(
    judge: ModuleType,
    paths: Sequence[Path],
    noun: str,
    alternatives: Sequence[str],
    generate: Callable[[str, pd.DataFrame, int], pd.DataFrame],
    out: Path,
) -> None:
    """Judge what alternatives draw from the rare class of each table, and write and print the figures."""
    records = []
    for path in paths:
        X_train, X_test, y_train, y_test = judge.split(*judge.load(str(path)), 0)
        rows, judged = X_train[y_train == 1].reset_index(drop=True), X_test[y_test == 1]
        floor = judge.fidelity(rows, judged, judge.harmonise(judge.real(rows, 0, 0, None, None), X_train), 0)
        for name in alternatives:
            sample = judge.harmonise(generate(name, rows, 3000), X_train)
            found = judge.fidelity(rows, judged, sample, 0)
            record = {
                "table": path.stem,
                noun: name,
                "c2st_excess": found["c2st"] - floor["c2st"],
                "coverage_gap": found["coverage"] - floor["coverage"],
                "copy_auc": found["copy_auc"],
                "w1": found["w1"],
            }
            records.append(record)
            print({key: round(v, 3) if isinstance(v, float) else v for key, v in record.items()}, flush=True)
            pd.DataFrame(records).round(4).to_csv(out, index=False, lineterminator="\n")
    table = pd.DataFrame(records).pivot(index="table", columns=noun, values="c2st_excess")
    print(table[list(alternatives)].round(3).to_string())


def markdown(table: pd.DataFrame, corner: str = "") -> str:
    """Return a table as Markdown, floats with three decimals."""

    def text(value: object) -> str:
        if isinstance(value, float):
            return "" if np.isnan(value) else f"{value:.3f}"
        return str(value)

    lines = [[corner, *map(str, table.columns)], ["---"] * (table.shape[1] + 1)]
    lines += [[str(name), *map(text, row)] for name, *row in table.itertuples(name=None)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
