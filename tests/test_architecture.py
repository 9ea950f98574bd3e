"""Imports go down the floors and never in a circle; read from the source, so nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = "imbgen"
ROOT = Path(__file__).parents[1] / PACKAGE
FLOORS = (
    {"errors", "files", "kinds", "memory", "plain", "schema", "networks", "losses"},
    {
        "encoding",
        "frames",
        "labels",
        "rules",
        "sampling_strategy",
        "tables",
        "datasets",
        "metrics",
        "plots",
        "profiling",
        "html",
    },
    {"models"},
    {"generators"},
    {"sampler", "resampling", "evaluation"},
    {"config", "cli", "testing", "__main__"},
)


class Edge(NamedTuple):
    source: str
    target: str
    line: int
    typing_only: bool

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


def read_sources() -> dict[str, str]:
    """Map the dotted name of each module to its text; a package ends in ``.__init__``."""
    return {
        ".".join((PACKAGE, *path.relative_to(ROOT).with_suffix("").parts)): path.read_text(encoding="utf-8")
        for path in sorted(ROOT.rglob("*.py"))
    }


def find_edges(sources: Mapping[str, str]) -> list[Edge]:
    """All imports of our own modules; the package's own __init__, which is lazy, is exempt."""
    exempt = f"{PACKAGE}.__init__"
    return [
        Edge(name, target, line, typing_only)
        for name, text in sources.items()
        if name != exempt
        for asked, line, typing_only in imported_names(ast.parse(text), name)
        if (target := resolve(asked, sources)) and target != name
    ]


def imported_names(node: ast.AST, module: str, typing_only: bool = False) -> Iterator[tuple[str, int, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno, typing_only) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = absolute(child, module)
            yield from ((f"{base}.{alias.name}", child.lineno, typing_only) for alias in child.names)
        elif is_import_call(child):
            yield child.args[0].value, child.lineno, typing_only
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            yield from imported_names(ast.Module(child.body, []), module, typing_only=True)
            yield from imported_names(ast.Module(child.orelse, []), module, typing_only)
        else:
            yield from imported_names(child, module, typing_only)


def absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    parents = module.split(".")[: -node.level]
    return ".".join([*parents, node.module] if node.module else parents)


def is_import_call(node: ast.AST) -> bool:
    """Whether this is import_module("a.literal"), which a function may use to import lazily."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args):
        return False
    return isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)


def resolve(asked: str, modules: Mapping[str, str]) -> str | None:
    """The module behind a dotted name: the longest part of it that is one of ours."""
    parts = asked.split(".")
    if parts[0] != PACKAGE:
        return None
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        for candidate in (name, f"{name}.__init__"):
            if candidate in modules:
                return candidate
    return None


def floor_of(module: str) -> int | None:
    room = module.split(".")[1]
    return next((floor for floor, rooms in enumerate(FLOORS) if room in rooms), None)


def find_violations(sources: Mapping[str, str]) -> list[str]:
    edges = find_edges(sources)
    homeless = [name for name in sources if name != f"{PACKAGE}.__init__" and floor_of(name) is None]
    if homeless:
        return [f"{name} is in no room of any floor" for name in homeless]
    through_front = [f"{edge}: name the module" for edge in edges if edge.target == f"{PACKAGE}.__init__"]
    inner = [edge for edge in edges if edge.target != f"{PACKAGE}.__init__"]
    upward = [f"{edge}: upward" for edge in inner if floor_of(edge.target) > floor_of(edge.source)]
    return through_front + upward + find_cycle(inner)


def find_cycle(edges: list[Edge]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for edge in edges:
        if not edge.typing_only:
            graph.setdefault(edge.source, set()).add(edge.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [f"cycle: {' <- '.join(error.args[1])}"]
    return []


def test_imports_go_down_and_never_in_a_circle():
    sources = read_sources()
    assert f"{PACKAGE}.errors" in sources
    assert find_violations(sources) == []


def test_the_package_has_edges_to_judge():
    assert "imbgen.tables.reading" in {edge.source for edge in find_edges(read_sources())}


CLEAN = {
    "imbgen.__init__": "def __getattr__(name):\n    from imbgen.cli import main",
    "imbgen.errors": "import numpy",
    "imbgen.metrics.__init__": "from imbgen.metrics.shape import a",
    "imbgen.metrics.shape": "from imbgen import errors\nfrom .pairs import b",
    "imbgen.metrics.pairs": "from imbgen.errors import DataError",
    "imbgen.generators.gan": "from imbgen.metrics import a",
    "imbgen.cli": "import imbgen.generators.gan as gan",
}


def test_a_clean_tree_passes():
    assert find_violations(CLEAN) == []
    assert len(find_edges(CLEAN)) == 6


@pytest.mark.parametrize(
    ("module", "code", "complaint"),
    [
        ("errors", "import imbgen.cli", "imbgen.errors:1 imports imbgen.cli: upward"),
        ("errors", "from imbgen.generators import gan", "imports imbgen.generators.gan: upward"),
        ("errors", "from .metrics.shape import a", "imports imbgen.metrics.shape: upward"),
        ("errors", "from . import cli", "imports imbgen.cli: upward"),
        ("metrics.pairs", "from ..generators import gan", "imports imbgen.generators.gan: upward"),
        ("metrics.pairs", "def f():\n    from imbgen.cli import main", "pairs:2 imports imbgen.cli: upward"),
        ("metrics.pairs", "if TYPE_CHECKING:\n    import imbgen.cli", "imports imbgen.cli: upward"),
        ("metrics.pairs", "if typing.TYPE_CHECKING:\n    pass\nelse:\n    import imbgen.cli", "upward"),
        ("metrics.pairs", "try:\n    import imbgen.cli\nexcept ImportError:\n    pass", "upward"),
        ("metrics.pairs", "x = importlib.import_module('imbgen.cli')", "imports imbgen.cli: upward"),
        ("metrics.pairs", "from imbgen.metrics.shape import a", "cycle: "),
        ("metrics.pairs", "def f():\n    from imbgen.metrics.shape import a", "cycle: "),
        ("metrics.pairs", "from imbgen.metrics import a", "cycle: "),
        ("metrics.pairs", "from imbgen import GANGenerator", "imports imbgen.__init__: name the module"),
        ("utils", "x = 1", "imbgen.utils is in no room"),
    ],
)
def test_a_planted_violation_is_found(module, code, complaint):
    violations = find_violations(CLEAN | {f"imbgen.{module}": code})
    assert any(complaint in violation for violation in violations), violations


def test_a_circle_for_type_checkers_only_is_allowed():
    code = "if TYPE_CHECKING:\n    from imbgen.metrics.shape import a"
    assert find_violations(CLEAN | {"imbgen.metrics.pairs": code}) == []
