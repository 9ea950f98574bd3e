"""Every YAML in configs/ is complete, says the truth about defaults, and trains."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import yaml

from imbgen import load_generator
from imbgen.cli import main
from imbgen.generators.registry import generator_class

CONFIGS = sorted(Path(__file__).parents[1].joinpath("configs").glob("*.yaml"))
FEW_STEPS = {"n_updates": 20, "check_every": 10}

every_config = pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)


def read(path):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    class_name = content["generator"]["class_path"].removeprefix("imbgen.")
    parameters = inspect.signature(generator_class(class_name)).parameters
    return content, {name: parameter.default for name, parameter in parameters.items()}


def test_there_are_configs():
    assert {"gan", "gmm"} <= {path.stem for path in CONFIGS}


@every_config
def test_keys_are_the_constructor_s_in_its_order(path):
    content, defaults = read(path)
    assert list(content) == ["data", "generator", "seed", "output"]
    assert list(content["data"]) == ["path", "target", "minority", "schema"]
    assert list(content["generator"]["init_args"]) == list(defaults)


@every_config
def test_values_are_the_defaults(path):
    content, defaults = read(path)
    listed = {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}
    assert content["generator"]["init_args"] == listed


@every_config
def test_every_key_has_a_comment_and_the_default_that_it_states(path):
    content, _ = read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    for key, value in content["generator"]["init_args"].items():
        (line,) = [line for line in lines if line.startswith(f"    {key}: ")]
        assert "  # " in line, line
        stated = re.search(r"\(default (.+)\)$", line)
        assert stated is None or yaml.safe_load(stated[1]) == value


@every_config
def test_it_trains_a_few_steps(path, tmp_path, capsys):
    _, defaults = read(path)
    steps = [f"--generator.{key}={value}" for key, value in FEW_STEPS.items() if key in defaults]
    status = main(["train", "--config", str(path), "--output", str(tmp_path / "runs"), *steps])
    assert status == 0, capsys.readouterr().err
    (run,) = (tmp_path / "runs").iterdir()
    assert load_generator(run).sample(3).shape == (3, 25)
