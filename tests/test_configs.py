"""Every YAML in configs/ is complete, says the truth about defaults, and runs."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
import yaml

import imbgen
from imbgen import load_dataset, load_generator
from imbgen.cli import main
from imbgen.cli.resample import LAYOUT as RESAMPLE
from imbgen.cli.train import LAYOUT as TRAIN
from imbgen.config import CompareConfig, DataConfig
from imbgen.tables import read_table

FOLDER = Path(__file__).parents[1] / "configs"
COMPARE_CONFIG = FOLDER / "compare.yaml"
CONFIGS = sorted(path for path in FOLDER.glob("*.yaml") if path != COMPARE_CONFIG)
FEW_STEPS = {"n_updates": 20, "check_every": 10, "n_folds": 2}


def read(path):
    """Return the content of a config, its layout and the defaults of its class."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    layout = TRAIN if TRAIN.section in content else RESAMPLE
    module, name = content[layout.section]["class_path"].rsplit(".", 1)
    parameters = inspect.signature(getattr(import_module(module), name)).parameters
    return content, layout, {name: parameter.default for name, parameter in parameters.items()}


every_config = pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
training, resampling = ([path for path in CONFIGS if read(path)[1] is layout] for layout in (TRAIN, RESAMPLE))


def test_there_are_configs():
    assert {"gan", "gmm"} <= {path.stem for path in training}
    assert {"smote", "adasyn"} <= {path.stem for path in resampling}


@every_config
def test_keys_are_those_of_the_dataclasses_and_the_constructor_in_their_order(path):
    content, layout, defaults = read(path)
    assert list(content) == [field.name for field in fields(layout.config)]
    assert list(content["data"]) == [field.name for field in fields(DataConfig)]
    assert list(content[layout.section]["init_args"]) == list(defaults)


@every_config
def test_values_are_the_defaults(path):
    content, layout, defaults = read(path)
    listed = {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}
    given = content[layout.section]["init_args"]
    if isinstance(given.get("presampler"), dict):  # a generator in a generator: its values are defaults too
        nested = given.pop("presampler")
        template = getattr(imbgen, nested["class_path"].removeprefix("imbgen."))()
        own = template.get_params(deep=False).items()
        assert nested["init_args"] == {k: list(v) if isinstance(v, tuple) else v for k, v in own}
        listed.pop("presampler")
    assert given == listed


@every_config
def test_every_key_has_a_comment_and_the_default_that_it_states(path):
    content, layout, _ = read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    for key, value in content[layout.section]["init_args"].items():
        (line,) = [line for line in lines if line.startswith(f"    {key}:")]
        assert "  # " in line, line
        stated = re.search(r"\(default (.+)\)$", line)
        assert stated is None or yaml.safe_load(stated[1]) == value


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path, marks=[pytest.mark.slow] * (path.stem in ("flow", "hybrid_gmm", "hybrid_smote", "vae"))
        )
        for path in training
    ],
    ids=lambda path: path.stem,
)
@pytest.mark.usefixtures("unscored")
def test_it_trains_a_few_steps(path, tmp_path, capsys):
    content, _, defaults = read(path)
    steps = [f"--generator.{key}={value}" for key, value in FEW_STEPS.items() if key in defaults]
    status = main(["train", "--config", str(path), "--output", str(tmp_path / "runs"), *steps])
    assert status == 0, capsys.readouterr().err
    (run,) = (tmp_path / "runs").iterdir()
    features, _ = load_dataset(content["data"]["path"])
    assert list(load_generator(run).sample(3).columns) == list(features.columns)


@pytest.mark.parametrize("path", resampling, ids=lambda path: path.stem)
def test_it_balances_the_classes(path, tmp_path, capsys):
    content, _, _ = read(path)
    out = tmp_path / "balanced.csv"
    status = main(["resample", "--config", str(path), "--out", str(out)])
    assert status == 0, capsys.readouterr().err
    sizes = read_table(out)[content["data"]["target"]].value_counts()
    assert sizes.min() > 0.9 * sizes.max()


def test_the_config_of_a_comparison_is_complete_and_says_the_truth():
    text = COMPARE_CONFIG.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert list(content) == [field.name for field in fields(CompareConfig)]
    assert list(content["data"]) == [field.name for field in fields(DataConfig)]
    stated = {key: value for key, value in content.items() if key not in ("data", "arms")}
    defaults = {field.name: field.default for field in fields(CompareConfig)}
    assert stated == {key: str(defaults[key]) if key == "output" else defaults[key] for key in stated}
    for line in text.splitlines():
        assert (
            not line.strip() or "# " in line or line.startswith(("data:", "  kernels:", "  interpolation:"))
        )


@pytest.mark.slow
def test_it_compares(tmp_path, capsys):
    few = ["--cv=2", "--classifiers=[linear]", "--fidelity=false", "--n_jobs=1", "--data.path=hepatitis"]
    few += ["--metrics=[average_precision]"]
    status = main(["compare", "--config", str(COMPARE_CONFIG), "--output", str(tmp_path), *few])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    assert "\nkernels\t" in captured.out
