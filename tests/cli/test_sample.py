from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from imbgen import GMMGenerator, load_generator
from imbgen.cli import main
from imbgen.tables import read_table


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_sample_writes_the_rows_of_the_model(gan_run, tmp_path, capsys, suffix):
    out = tmp_path / "new" / f"rows{suffix}"
    assert main(["sample", str(gan_run), "--n", "5000", "--out", str(out), "--random_state", "3"]) == 0
    assert capsys.readouterr().out == f"Wrote 5,000 rows, 7 columns to {out}\n"
    expected = load_generator(gan_run).sample(5000, random_state=3)
    pd.testing.assert_frame_equal(read_table(out), expected, check_exact=True)


def test_sample_without_a_seed_repeats_itself(gmm_run, tmp_path):
    for name in ("a", "b"):
        assert (
            main(["sample", str(gmm_run / "model"), "--n", "9", "--out", str(tmp_path / f"{name}.csv")]) == 0
        )
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_sample_needs_no_config(gmm_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(gmm_run / "model", run / "model")
    (run / "config.yaml").write_text("generator: {class_path: os.system}", encoding="utf-8")
    assert main(["sample", str(run), "--n", "2", "--out", str(tmp_path / "x.csv")]) == 0


def test_sample_of_a_model_of_arrays(tmp_path):
    rows = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    GMMGenerator(random_state=0).fit(rows).save(tmp_path / "model")
    assert main(["sample", str(tmp_path), "--n", "4", "--out", str(tmp_path / "x.csv")]) == 0
    assert list(read_table(tmp_path / "x.csv").columns) == ["x0", "x1"]


def test_sample_replaces_a_file_only_when_told(gmm_run, tmp_path, complaint):
    out = tmp_path / "rows.csv"
    out.write_text("mine", encoding="utf-8")
    err = complaint("sample", gmm_run, "--n", 3, "--out", out)
    assert "--overwrite" in err
    assert out.read_text(encoding="utf-8") == "mine"
    assert main(["sample", str(gmm_run), "--n", "3", "--out", str(out), "--overwrite"]) == 0
    assert len(read_table(out)) == 3


def test_sample_of_a_bad_suffix_writes_nothing(gmm_run, tmp_path, complaint):
    assert ".parquet" in complaint("sample", gmm_run, "--n", 3, "--out", tmp_path / "rows.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("harm", "part"),
    [
        (lambda model: (model / "arrays.safetensors").write_bytes(b"x"), "checksum"),
        (lambda model: (model / "model.json").write_text("{", encoding="utf-8"), "JSON"),
        (lambda model: (model / "model.json").write_text("{}", encoding="utf-8"), "saved by imbgen"),
        (lambda model: (model / "model.json").unlink(), "model.json"),
    ],
)
def test_sample_of_a_damaged_model_is_explained(gmm_run, tmp_path, complaint, harm, part):
    shutil.copytree(gmm_run / "model", tmp_path / "model")
    harm(tmp_path / "model")
    assert part in complaint("sample", tmp_path, "--n", 3, "--out", tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()
