"""Is a GPU worth it? Trains each network on a CPU and on a GPU, side by side; prints the README's table.

    python run.py                        # needs a GPU; writes results.csv

Seconds are those between the first and the last update, checks and encoding left out.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import lightning
import pandas as pd
import torch
from judging import markdown

from imbgen import FlowGenerator, GANGenerator, HybridGenerator, VAEGenerator, load_dataset

HERE = Path(__file__).parent
CLASSES = (("hypothyroid", "hypothyroid"), ("page_blocks0", "negative"))


class Clock(lightning.Callback):
    """Seconds from the end of the first training step to the end of the last, ten updates each."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        """Wait for the device and note the time."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.times.append(time.perf_counter())

    def milliseconds_per_update(self) -> float:
        return (self.times[-1] - self.times[0]) / (len(self.times) - 1) / 10 * 1000


def time_fit(generator: type, rows: pd.DataFrame, accelerator: str, n_updates: int) -> float:
    """Return milliseconds per update of one fit."""
    clock = Clock()
    trainer = {"accelerator": accelerator, "callbacks": [clock]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a network this short of training may be refused
        generator(n_updates=n_updates, check_every=n_updates, random_state=0, trainer=trainer).fit(rows)
    return clock.milliseconds_per_update()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n_updates", type=int, default=30, metavar="N")
    n_updates = parser.parse_args().n_updates
    if not torch.cuda.is_available():
        raise SystemExit(
            "The comparison needs a GPU, however: torch can use none here. Run it where there is one."
        )
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, one thread of the CPU")
    records = []
    for name, level in CLASSES:
        X, y = load_dataset(name)
        rows = X[y == level].reset_index(drop=True)
        for generator in (GANGenerator, VAEGenerator, FlowGenerator, HybridGenerator):
            cpu, gpu = (time_fit(generator, rows, kind, n_updates) for kind in ("cpu", "gpu"))
            record = {"class": f"{name}, {level}", "rows": len(rows)}
            record |= {"generator": generator.__name__, "cpu_ms": cpu, "gpu_ms": gpu, "ratio": cpu / gpu}
            records.append(record)
            print(record, flush=True)
            pd.DataFrame(records).round(3).to_csv(HERE / "results.csv", index=False, lineterminator="\n")
    print(markdown(pd.DataFrame(records).set_index("class"), "class"))


if __name__ == "__main__":
    main()
