"""Arms: what is compared. Those that are always there, and any over-sampler, generator or file of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from imblearn.over_sampling import RandomOverSampler

from imbgen.errors import ParameterError, did_you_mean
from imbgen.frames import to_frame
from imbgen.generators.base import BaseGenerator
from imbgen.generators.gmm import GMMGenerator
from imbgen.generators.registry import class_paths
from imbgen.generators.smote import SMOTEGenerator
from imbgen.sampler import OverSampler
from imbgen.tables import read_table

__all__ = [
    "CLASS_WEIGHT",
    "GMM",
    "NOTHING",
    "REAL",
    "REFERENCES",
    "ROW_KINDS",
    "THRESHOLD",
    "WEIGHT_KIND",
    "Arm",
    "check_name",
    "list_arms",
    "resolve_arms",
]

NOTHING, CLASS_WEIGHT, THRESHOLD, GMM = "nothing", "class weight", "tuned threshold", "GMM"
#: What differences are to.
REFERENCES = (NOTHING, THRESHOLD, GMM)
#: Kinds of arms that change the training rows, and the one that weights them.
ROW_KINDS, WEIGHT_KIND = ("over-sampler", "generator", "rows"), "weights"
#: Stands in tables of fidelity for real training rows, which show what is in reach; it is no arm.
REAL = "real rows"


@dataclass(frozen=True)
class Arm:
    """One thing to compare.

    Parameters
    ----------
    name : str
        What tables call it.
    kind : {"nothing", "weights", "threshold", "over-sampler", "generator", "rows"}
        What it is.
    source : object
        Sampler, generator or frame of rows; None for the first three kinds.
    always : bool
        Whether it is there in every comparison.
    """

    name: str
    kind: str
    source: Any = None
    always: bool = False

    @property
    def makes_rows(self) -> bool:
        """Whether it changes the training rows."""
        return self.kind in ROW_KINDS

    @property
    def takes_ratio(self) -> bool:
        """Whether it can be told how many rows to make."""
        if self.kind == "over-sampler":
            return hasattr(self.source, "get_params") and "sampling_strategy" in self.source.get_params()
        return self.makes_rows

    def describe(self) -> str:
        """Return what it is in one line."""
        if self.kind == "rows":
            return f"{len(self.source)} rows made elsewhere"
        text = self.name if self.source is None else " ".join(repr(self.source).split())
        return re.sub(r" at 0x[0-9a-f]+", "", text)  # an address is no part of what it is


_ALWAYS = (
    Arm(NOTHING, "nothing", always=True),
    Arm(CLASS_WEIGHT, WEIGHT_KIND, always=True),
    Arm(THRESHOLD, "threshold", always=True),
    Arm("random over-sampling", "over-sampler", RandomOverSampler(), always=True),
    Arm("SMOTE", "generator", SMOTEGenerator(), always=True),
    Arm(GMM, "generator", GMMGenerator(), always=True),
)


def resolve_arms(arms: Any = None) -> tuple[Arm, ...]:
    """Return the arms that are always there, then the given ones.

    Parameters
    ----------
    arms : mapping of str to object, iterable of object, object or None
        Over-samplers (any object with `fit_resample`), generators (ours, or any object with `fit(X)` and
        `sample(n)`), and frames or files of synthetic rows of the rare class that were made elsewhere.
        Without names they are called after their classes.

    Returns
    -------
    arms : tuple of Arm

    Raises
    ------
    ParameterError
        Something that is none of these, or a name that is taken.

    Examples
    --------
    >>> from imblearn.over_sampling import ADASYN
    >>> from imbgen import VAEGenerator
    >>> from imbgen.evaluation.arms import resolve_arms
    >>> [arm.name for arm in resolve_arms([ADASYN(), VAEGenerator()])][-3:]
    ['GMM', 'ADASYN', 'VAE']
    """
    taken = [arm.name for arm in _ALWAYS]
    given: list[Arm] = []
    if isinstance(arms, Mapping):
        for name, source in arms.items():
            check_name(str(name))
            given.append(_open(source, str(name)))
        return (*_ALWAYS, *given)
    for source in _as_items(arms):
        name, number = _class_name(source), 1
        while (unique := name if number == 1 else f"{name} ({number})") in taken:
            number += 1
        taken.append(unique)
        given.append(_open(source, unique))
    return (*_ALWAYS, *given)


def check_name(name: str) -> None:
    """Raise ParameterError if an arm that is always there has this name."""
    if not name.strip():
        raise ParameterError("Names of arms must have letters, however: one is empty. Name it.")
    if name in [*(arm.name for arm in _ALWAYS), REAL]:
        raise ParameterError(
            f"Names of arms must be new, however: {name!r} is taken by an arm that is always there."
            f" Call it {f'my {name}'!r}."
        )


def list_arms(arms: Iterable[Arm]) -> pd.DataFrame:
    """Return name, kind, whether always there, and description of each arm."""
    rows = [(arm.name, arm.kind, arm.always, arm.describe()) for arm in arms]
    return pd.DataFrame(rows, columns=["arm", "kind", "always", "description"])


def _as_items(arms: Any) -> list[Any]:
    if arms is None:
        return []
    single = isinstance(arms, str | Path | pd.DataFrame) or hasattr(arms, "fit_resample") or _can_draw(arms)
    return [arms] if single or not isinstance(arms, Iterable) else list(arms)


def _can_draw(source: Any) -> bool:
    return hasattr(source, "fit") and hasattr(source, "sample") and not isinstance(source, pd.DataFrame)


def _class_name(source: Any) -> str:
    if isinstance(source, str | Path):
        return Path(str(source)).stem
    if isinstance(source, OverSampler):
        source = source.generator or GMMGenerator()
    if isinstance(source, BaseGenerator):
        return type(source).__name__.removesuffix("Generator")
    return "rows" if isinstance(source, pd.DataFrame) else type(source).__name__


def _open(source: Any, name: str) -> Arm:
    if isinstance(source, type):
        raise ParameterError(
            f"An arm must be an object, however: {name!r} is the class {source.__name__}. Make one of it:"
            f" {source.__name__}()."
        )
    if hasattr(source, "fit_resample"):
        return Arm(name, "over-sampler", source)
    if isinstance(source, str) and (source in _names() or not Path(source).suffix):
        raise ParameterError(
            f"An arm must be an object or a file of rows, however: {source!r} is a name."
            f"{did_you_mean(source, _names())} Make an object of the class, such as GMMGenerator()."
        )
    if isinstance(source, str | Path):
        return Arm(name, "rows", read_table(str(source)))
    if isinstance(source, BaseGenerator) or _can_draw(source):
        return Arm(name, "generator", source)
    try:
        return Arm(name, "rows", to_frame(source, name=name)[0])
    except ValueError:
        raise ParameterError(
            "An arm must be an over-sampler (with `fit_resample`), a generator (with `fit` and `sample`), or"
            f" a frame or file of rows, however: {name!r} is {source!r}. Pass one of these."
        ) from None


def _names() -> list[str]:
    from imblearn import over_sampling

    return [*class_paths(), *over_sampling.__all__]
