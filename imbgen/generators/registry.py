"""Names of generators -> classes. Saved models resolve their class here and nowhere else."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from imbgen.errors import ModelFileError, did_you_mean

if TYPE_CHECKING:
    from imbgen.generators.base import BaseGenerator

__all__ = ["GENERATORS", "generator_class"]

#: Class name -> module, imported on first use.
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
    """Return the generator class of that name.

    Raises
    ------
    ModelFileError
        A name that is not in the registry.
    """
    if name not in GENERATORS:
        raise ModelFileError(
            f"A model must be one of {', '.join(sorted(GENERATORS))}, however: it is {name!r}."
            f"{did_you_mean(name, GENERATORS)} Upgrade imbgen or train the model again."
        )
    return getattr(import_module(GENERATORS[name]), name)
