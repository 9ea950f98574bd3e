"""Generators: they learn rows of one class and draw new ones."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imbgen.generators.registry import GENERATORS

if TYPE_CHECKING:
    from imbgen.generators.base import BaseGenerator
    from imbgen.generators.border import BorderSMOTEGenerator
    from imbgen.generators.copula import CopulaGenerator
    from imbgen.generators.flow import FlowGenerator
    from imbgen.generators.gan import GANGenerator
    from imbgen.generators.gmm import GMMGenerator
    from imbgen.generators.hybrid import HybridGenerator
    from imbgen.generators.interpolation import InterpolationGenerator
    from imbgen.generators.kernel import KernelGenerator
    from imbgen.generators.smote import SMOTEGenerator
    from imbgen.generators.storage import load_generator
    from imbgen.generators.vae import VAEGenerator

__all__ = [
    "GENERATORS",
    "BaseGenerator",
    "BorderSMOTEGenerator",
    "CopulaGenerator",
    "FlowGenerator",
    "GANGenerator",
    "GMMGenerator",
    "HybridGenerator",
    "InterpolationGenerator",
    "KernelGenerator",
    "SMOTEGenerator",
    "VAEGenerator",
    "load_generator",
]

_HOMES = {
    "BaseGenerator": "imbgen.generators.base",
    "load_generator": "imbgen.generators.storage",
    **GENERATORS,
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
