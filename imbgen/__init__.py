"""Deep generative augmentation for imbalanced tables.

A *generator* learns rows of one class: ``fit(X)``, then ``sample(n)``. An *over-sampler* knows labels:
`OverSampler(generator).fit_resample(X, y)` fits one generator per class that needs rows.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imbgen.datasets import list_datasets, load_dataset
    from imbgen.encoding import TableEncoder
    from imbgen.evaluation import AutoOverSampler, Comparison, compare
    from imbgen.generators import (
        BorderSMOTEGenerator,
        CopulaGenerator,
        FlowGenerator,
        GANGenerator,
        GMMGenerator,
        HybridGenerator,
        InterpolationGenerator,
        KernelGenerator,
        SMOTEGenerator,
        VAEGenerator,
        load_generator,
    )
    from imbgen.metrics import log_score, skill
    from imbgen.profiling import profile_table
    from imbgen.resampling import resample
    from imbgen.sampler import OverSampler
    from imbgen.schema import Schema

__version__ = "0.1.0"

__all__ = [
    "AutoOverSampler",
    "BorderSMOTEGenerator",
    "Comparison",
    "CopulaGenerator",
    "FlowGenerator",
    "GANGenerator",
    "GMMGenerator",
    "HybridGenerator",
    "InterpolationGenerator",
    "KernelGenerator",
    "OverSampler",
    "SMOTEGenerator",
    "Schema",
    "TableEncoder",
    "VAEGenerator",
    "__version__",
    "compare",
    "list_datasets",
    "load_dataset",
    "load_generator",
    "log_score",
    "profile_table",
    "resample",
    "skill",
]

# Public names are imported on first use, so that `import imbgen` and `imbgen --help` load no torch.
_HOMES = {
    "AutoOverSampler": "imbgen.evaluation",
    "BorderSMOTEGenerator": "imbgen.generators",
    "Comparison": "imbgen.evaluation",
    "CopulaGenerator": "imbgen.generators",
    "FlowGenerator": "imbgen.generators",
    "GANGenerator": "imbgen.generators",
    "GMMGenerator": "imbgen.generators",
    "HybridGenerator": "imbgen.generators",
    "InterpolationGenerator": "imbgen.generators",
    "KernelGenerator": "imbgen.generators",
    "OverSampler": "imbgen.sampler",
    "SMOTEGenerator": "imbgen.generators",
    "Schema": "imbgen.schema",
    "TableEncoder": "imbgen.encoding",
    "VAEGenerator": "imbgen.generators",
    "compare": "imbgen.evaluation",
    "list_datasets": "imbgen.datasets",
    "load_dataset": "imbgen.datasets",
    "load_generator": "imbgen.generators",
    "log_score": "imbgen.metrics",
    "profile_table": "imbgen.profiling",
    "resample": "imbgen.resampling",
    "skill": "imbgen.metrics",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
