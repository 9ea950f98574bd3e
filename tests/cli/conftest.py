from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imbgen.cli import main
from imbgen.tables import write_table


@pytest.fixture(scope="session")
def root():
    """Folder of the project."""
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def train():
    """Train by the command line and return the run folder."""

    def run(output, *options):
        assert main(["train", *map(str, options), "--output", str(output)]) == 0
        (folder,) = output.iterdir()
        return folder

    return run


@pytest.fixture(scope="session")
def gan_run(train, tmp_path_factory):
    """One GAN, trained a few steps by the command line."""
    data = ["--data.path", "ecoli", "--data.minority", "pp"]
    steps = ["--generator.n_updates=20", "--generator.check_every=10"]
    return train(tmp_path_factory.mktemp("gan") / "runs", *data, *steps)


@pytest.fixture(scope="session")
def gmm_run(train, tmp_path_factory):
    """One small mixture, trained by the command line."""
    generator = ["--generator", "GMMGenerator", "--generator.n_components=1"]
    return train(
        tmp_path_factory.mktemp("gmm") / "runs", "--data.path", "ecoli", "--data.minority", "om", *generator
    )


@pytest.fixture
def complaint(capsys):
    """Run, expect a mistake told in one sentence on standard error, and return it."""

    def run(*argv):
        assert main([str(item) for item in argv]) == 2
        err = capsys.readouterr().err
        assert err.startswith("imbgen: error: ")
        assert "Traceback" not in err
        assert err.count("\n") == 1
        return err

    return run


@pytest.fixture
def table(tmp_path):
    """A CSV file `mine.csv` with a rare class of 12 rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(size=60).round(3), "sex": rng.choice(["F", "M"], 60)})
    frame["sick"] = np.where(np.arange(60) < 12, "yes", "no")
    write_table(frame, tmp_path / "mine.csv")
    return frame


@pytest.fixture(scope="session")
def start(root):
    """Start Python with Ctrl-C as in a terminal, whatever the parent of these tests made of it."""

    def run(code, *argv, **environment):
        code = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{code}"
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, argv)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(root)} | environment,
        )

    return run
