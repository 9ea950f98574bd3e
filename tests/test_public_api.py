"""`import imbgen` is light, and says what there is."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import imbgen

HEAVY = ("torch", "lightning", "matplotlib", "tensorboard", "sklearn", "imblearn", "pandas")
PACKAGES = [imbgen, "imbgen.generators"]


def _loaded_after(code):
    program = f"import sys; {code}; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return ast.literal_eval(run.stdout)


def test_importing_loads_nothing_heavy():
    assert _loaded_after("import imbgen") == []


@pytest.mark.parametrize(
    "code",
    [
        "from imbgen import GMMGenerator, GANGenerator, OverSampler, Schema, TableEncoder, skill; "
        "import inspect; inspect.signature(GANGenerator); repr(GANGenerator())",
        "from imbgen import OverSampler; "
        "OverSampler(random_state=0).fit_resample([[i / 7, i % 5] for i in range(30)], [0] * 20 + [1] * 10)",
        "from imbgen import load_dataset, skill; X, y = load_dataset('ecoli'); skill(X, X, X, X)",
    ],
    ids=["signatures", "over-sampling with a GMM", "metrics"],
)
def test_what_needs_no_network_loads_no_torch(code):
    assert not {"torch", "lightning", "matplotlib", "tensorboard"} & set(_loaded_after(code))


@pytest.mark.parametrize("name", imbgen.__all__)
def test_every_public_name_is_there(name):
    assert getattr(imbgen, name) is not None
    assert name in dir(imbgen)


def test_names_are_sorted_and_complete():
    assert imbgen.__all__ == sorted(imbgen.__all__)
    assert dir(imbgen) == sorted(imbgen.__all__)
    assert set(imbgen._HOMES) | {"__version__"} == set(imbgen.__all__)


@pytest.mark.parametrize("module", ["imbgen", "imbgen.generators"])
def test_lazy_names_are_also_there_for_type_checkers(module):
    module = sys.modules.get(module) or __import__(module, fromlist=["_"])
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and node.test.id == "TYPE_CHECKING")
    typed = {
        alias.name: node.module for node in block.body for alias in node.names if alias.name in module._HOMES
    }
    assert typed == module._HOMES


def test_unknown_names():
    with pytest.raises(AttributeError, match="module 'imbgen' has no attribute 'GanGenerator'"):
        _ = imbgen.GanGenerator
    with pytest.raises(ImportError):
        exec("from imbgen.generators import nothing")


def test_the_version_is_that_of_the_package():
    assert imbgen.__version__.count(".") == 2
