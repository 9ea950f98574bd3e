"""The judge whose splits and scores the benchmarks share: a folder with `judge.py`, not kept here."""

from __future__ import annotations

import argparse
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


def markdown(table: pd.DataFrame, corner: str = "") -> str:
    """Return a table as Markdown, floats with three decimals."""

    def text(value: object) -> str:
        if isinstance(value, float):
            return "" if np.isnan(value) else f"{value:.3f}"
        return str(value)

    lines = [[corner, *map(str, table.columns)], ["---"] * (table.shape[1] + 1)]
    lines += [[str(name), *map(text, row)] for name, *row in table.itertuples(name=None)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
