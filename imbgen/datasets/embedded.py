from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import pandas as pd

from imbgen.errors import DataError, did_you_mean

__all__ = ["DatasetInfo", "dataset_card", "list_datasets", "load_dataset"]

_TARGET = "target"
_FOLDER = files("imbgen.datasets") / "data"


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """Facts about an embedded data set.

    Parameters
    ----------
    name : str
        What `load_dataset` takes.
    n_rows, n_columns, n_classes : int
        Size; the target is not counted among the columns.
    minority : str
        Label of the rarest class; of several, the first in sorted order.
    n_minority : int
        Its number of rows.
    licence : str
        Licence of the data.
    description : str
        First paragraph of the card.
    """

    name: str
    n_rows: int
    n_columns: int
    n_classes: int
    minority: str
    n_minority: int
    licence: str
    description: str


def load_dataset(name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Load an embedded data set.

    Parameters
    ----------
    name : str
        One of the names in `list_datasets`.

    Returns
    -------
    X : pandas.DataFrame of shape (n_rows, n_columns)
        The features.
    y : pandas.Series of shape (n_rows,)
        The labels, named ``"target"``.

    Raises
    ------
    DataError
        When there is no data set of this name.

    Examples
    --------
    >>> from imbgen.datasets import load_dataset
    >>> X, y = load_dataset("ecoli")
    >>> X.shape
    (336, 7)
    >>> int((y == "imU").sum())
    35
    """
    with as_file(_FOLDER / f"{_checked(name)}.parquet") as path:
        frame = pd.read_parquet(path)
    return frame.drop(columns=_TARGET), frame[_TARGET]


def list_datasets() -> tuple[DatasetInfo, ...]:
    """List the embedded data sets, sorted by name.

    Returns
    -------
    datasets : tuple of DatasetInfo
        Sizes, classes and licence of each.

    Examples
    --------
    >>> from imbgen.datasets import list_datasets
    >>> for info in list_datasets():
    ...     print(info.name, info.n_rows, info.n_classes, info.n_minority)
    car_evaluation 1728 4 65
    ecoli 336 8 2
    hepatitis 155 2 32
    hypothyroid 3163 2 151
    page_blocks0 5472 2 559
    """
    return tuple(_describe(name) for name in _names())


def dataset_card(name: str) -> str:
    """Return the card of an embedded data set: source, licence, columns, meaning of the target.

    Parameters
    ----------
    name : str
        One of the names in `list_datasets`.

    Returns
    -------
    card : str
        Markdown.

    Raises
    ------
    DataError
        When there is no data set of this name.

    Examples
    --------
    >>> from imbgen.datasets import dataset_card
    >>> print(dataset_card("ecoli").splitlines()[0])
    # Ecoli
    """
    return (_FOLDER / f"{_checked(name)}.md").read_text(encoding="utf-8")


@cache
def _names() -> tuple[str, ...]:
    found = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".parquet") for name in found if name.endswith(".parquet")))


def _checked(name: str) -> str:
    if name in _names():
        return name
    raise DataError(
        f"`name` must be an embedded data set, however: name={name!r}.{did_you_mean(name, _names())}"
        f" Choose one of {', '.join(_names())}, or read a file with imbgen.tables.read_table."
    )


@cache
def _describe(name: str) -> DatasetInfo:
    features, target = load_dataset(name)
    sizes = target.value_counts().sort_index()
    card = dataset_card(name)
    licence = re.search(r"^- \*\*Licence:\*\* (.+?)\.?$", card, flags=re.MULTILINE)
    return DatasetInfo(
        name=name,
        n_rows=len(features),
        n_columns=features.shape[1],
        n_classes=len(sizes),
        minority=str(sizes.idxmin()),
        n_minority=int(sizes.min()),
        licence=licence.group(1) if licence else "unknown",
        description=" ".join(card.split("\n\n")[1].split()),
    )
