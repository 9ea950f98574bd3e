"""Names of generators -> classes. Saved models resolve their class here and nowhere else.

Another package registers a generator of its own as an entry point in the group ``imbgen.generators``, under
the name of the class: ``MyGenerator = "mypackage.module:MyGenerator"``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from imbgen.errors import ModelFileError, did_you_mean

if TYPE_CHECKING:
    from imbgen.generators.base import BaseGenerator

__all__ = ["GENERATORS", "class_paths", "generator_class"]

_GROUP = "imbgen.generators"

#: Class name -> module of our own generators, imported on first use.
GENERATORS: dict[str, str] = {
    "BorderSMOTEGenerator": "imbgen.generators.border",
    "CopulaGenerator": "imbgen.generators.copula",
    "FlowGenerator": "imbgen.generators.flow",
    "GANGenerator": "imbgen.generators.gan",
    "GMMGenerator": "imbgen.generators.gmm",
    "HybridGenerator": "imbgen.generators.hybrid",
    "InterpolationGenerator": "imbgen.generators.interpolation",
    "KernelGenerator": "imbgen.generators.kernel",
    "SMOTEGenerator": "imbgen.generators.smote",
    "VAEGenerator": "imbgen.generators.vae",
}


def generator_class(name: str) -> type[BaseGenerator]:
    """Return the generator class of that name, ours or one that an installed package registers.

    Raises
    ------
    ModelFileError
        A name that is not in the registry, or a registered class that cannot be imported.
    """
    if name in GENERATORS:
        return getattr(import_module(GENERATORS[name]), name)
    registered = _registered()
    if name not in registered:
        known = sorted([*GENERATORS, *registered])
        raise ModelFileError(
            f"A model must be one of {', '.join(known)}, however: it is {name!r}.{did_you_mean(name, known)} "
            f"Upgrade imbgen, install the package that registers it in the group {_GROUP!r}, or train the "
            "model again."
        )
    try:
        return registered[name].load()
    except (ImportError, AttributeError) as error:
        raise ModelFileError(
            f"A registered generator must be importable, however: {registered[name].value!r} is not "
            f"({error}). Mend or uninstall the package that registers it."
        ) from error


def class_paths() -> dict[str, str]:
    """Return the name of each generator and the `class_path` that configs give it.

    Examples
    --------
    >>> from imbgen.generators.registry import class_paths
    >>> class_paths()["GMMGenerator"]
    'imbgen.GMMGenerator'
    """
    others = {name: point.value.replace(":", ".") for name, point in _registered().items()}
    return others | {name: f"imbgen.{name}" for name in GENERATORS}


@cache
def _registered() -> dict[str, EntryPoint]:
    """Return what installed packages register."""
    return {point.name: point for point in entry_points(group=_GROUP)}
