import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest

import imbgen.generators
from imbgen.errors import ModelFileError
from imbgen.generators import GENERATORS, BaseGenerator
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
