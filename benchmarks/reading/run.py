"""Memory that reading one class takes, against reading the whole table and dropping the rest.

    python run.py [--rows 500000]

Writes a table of 12 columns, of which one row in 200 is of the rare class, as CSV, Parquet and Feather to a
temporary folder, reads each file both ways in a process of its own, and prints by how much its peak grows
(resident memory as Linux tells it).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from imbgen.tables import write_table

PROGRAM = """
import re, sys
from pathlib import Path
from imbgen.tables import read_class, read_table
path, way = sys.argv[1:]
peak = lambda: int(re.search("VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = peak()
if way == "whole":
    table = read_table(path)
    rows = table[table["y"] == "rare"].reset_index(drop=True)
else:
    rows = read_class(path, "y").frame
print(len(rows), peak() - before)
"""


def make_table(n_rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = {f"number{i}": rng.normal(size=n_rows).round(4) for i in range(8)}
    columns |= {f"count{i}": rng.poisson(3, n_rows) for i in range(2)}
    columns |= {f"level{i}": rng.choice(["north", "south", "west"], n_rows) for i in range(2)}
    return pd.DataFrame(columns).assign(y=np.where(np.arange(n_rows) % 200 == 0, "rare", "common"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000)
    n_rows = parser.parse_args().rows
    table = make_table(n_rows)
    print(f"{n_rows:,} rows, {table.shape[1]} columns: MiB at the peak beyond the imports")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".csv", ".parquet", ".feather"):
            path = Path(folder) / f"table{suffix}"
            write_table(table, path)
            peaks = {}
            for way in ("whole", "class"):
                command = [sys.executable, "-c", PROGRAM, str(path), way]
                run = subprocess.run(command, check=True, capture_output=True, text=True)
                n_read, peaks[way] = map(float, run.stdout.split())
                assert n_read == -(-n_rows // 200)
            print(f"{suffix:<9} whole table {peaks['whole']:5.0f}, one class {peaks['class']:5.0f}")


if __name__ == "__main__":
    main()
