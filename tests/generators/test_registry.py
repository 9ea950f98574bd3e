import inspect
import os
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

import imbgen.generators
from imbgen.errors import ModelFileError
from imbgen.generators import GENERATORS, BaseGenerator, load_generator, registry
from imbgen.generators.registry import generator_class


@pytest.mark.parametrize("name", GENERATORS)
def test_every_name_is_a_generator_class(name):
    kind = generator_class(name)
    assert issubclass(kind, BaseGenerator)
    assert kind.__name__ == name
    assert kind.__module__ == GENERATORS[name]
    assert getattr(imbgen.generators, name) is kind


@pytest.mark.parametrize("name", ["os.system", "BaseGenerator", "", "gmmgenerator"])
def test_other_names_are_refused(name):
    with pytest.raises(ModelFileError, match=r"must be one of .*GMMGenerator"):
        generator_class(name)


def test_a_near_miss_gets_a_hint():
    with pytest.raises(ModelFileError, match=r"Did you mean 'GMMGenerator'\?"):
        generator_class("GMMGenerater")


def test_every_final_class_is_registered():
    """A generator that is not registered could be saved, but not loaded."""
    modules = [
        import_module(f"imbgen.generators.{info.name}") for info in iter_modules(imbgen.generators.__path__)
    ]
    final = {
        name
        for module in modules
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
        and issubclass(kind, BaseGenerator)
        and not inspect.isabstract(kind)
    }
    assert final - {"ObjectGenerator"} == set(GENERATORS)  # which refuses to be saved


PACKAGE = """
from imbgen import GMMGenerator


class OtherGenerator(GMMGenerator):
    pass
"""


@pytest.fixture
def other_package(tmp_path, monkeypatch):
    """A package beside ours that registers a generator, and one that it does not have."""
    (tmp_path / "other.py").write_text(PACKAGE)
    metadata = tmp_path / "other-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[imbgen.generators]\nOtherGenerator = other:OtherGenerator\nLostGenerator = other:LostGenerator\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry._registered.cache_clear()
    yield tmp_path
    registry._registered.cache_clear()
    sys.modules.pop("other", None)


def test_another_package_registers_a_generator(other_package, tmp_path):
    kind = generator_class("OtherGenerator")
    assert kind.__module__ == "other"
    assert registry.class_paths()["OtherGenerator"] == "other.OtherGenerator"
    rows = np.random.default_rng(0).normal(size=(30, 2))
    generator = kind(random_state=0).fit(rows)
    loaded = load_generator(generator.save(tmp_path / "model"))
    assert type(loaded) is kind
    np.testing.assert_array_equal(loaded.sample(5, random_state=1), generator.sample(5, random_state=1))


def test_a_registered_class_that_is_not_there(other_package):
    with pytest.raises(ModelFileError, match="'other:LostGenerator' is not"):
        generator_class("LostGenerator")


def test_the_commands_know_it_by_its_name(other_package, tmp_path):
    (other_package / "other-1.0.dist-info" / "entry_points.txt").write_text(
        "[imbgen.generators]\nOtherGenerator = other:OtherGenerator\n"
    )
    config = tmp_path / "config.yaml"
    config.write_text("data: {path: ecoli, minority: om}\ngenerator: {class_path: OtherGenerator}\n")
    command = [sys.executable, "-m", "imbgen", "train", "--config", str(config), "--output", str(tmp_path)]
    place = str(other_package)
    done = subprocess.run(
        [*command], check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": place}
    )
    assert done.returncode == 0, done.stderr
    [run] = tmp_path.glob("ecoli-other-*")
    assert type(load_generator(run)).__name__ == "OtherGenerator"
