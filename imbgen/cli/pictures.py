"""Pictures of a table before and after resampling, as PNG files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from imbgen.errors import TableFileError
from imbgen.files import whole_file
from imbgen.plots import before_after, class_distribution, marginals
from imbgen.resampling import Resampled

__all__ = ["PICTURES", "save_pictures"]

#: Names of the files.
PICTURES = ("classes.png", "marginals.png", "before_after.png")
_DPI = 150


def save_pictures(folder: Path, X: pd.DataFrame, y: pd.Series, new: Resampled, rare: Any) -> Iterator[Path]:
    """Write the classes, the marginals of a class and the rows on a plane, before and after.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    X : DataFrame of shape (n_rows, n_columns)
        The table before, without its target.
    y : Series of shape (n_rows,)
        Its labels.
    new : Resampled
        The table after.
    rare : label
        Class whose marginals are drawn, if it got rows.

    Yields
    ------
    path : Path
        Of a file that has been written, whole.

    Raises
    ------
    TableFileError
        The folder cannot be written to.
    """
    for name, figure in _draw(X, y, new, rare):
        path = folder / name
        try:
            with whole_file(path) as temporary:
                figure.savefig(temporary, dpi=_DPI, format="png")
        except OSError as error:
            raise TableFileError(
                f"`pictures` must be a folder that can be written to, however: {str(folder)!r} could not be"
                f" ({error.strerror}). Name another one."
            ) from error
        yield path


def _draw(X: pd.DataFrame, y: pd.Series, new: Resampled, rare: Any) -> Iterator[tuple[str, Figure]]:
    yield "classes.png", _draw_classes(y, new)
    made = new.X[new.synthetic_mask & (new.y == rare).to_numpy()]
    if len(made):
        yield "marginals.png", marginals({"real": X[(y == rare).to_numpy()], "synthetic": made})
    yield "before_after.png", before_after(X, y, new.X, new.y, new.synthetic_mask)


def _draw_classes(y: pd.Series, new: Resampled) -> Figure:
    height = min(6.0, 1.6 + 0.42 * y.nunique())
    figure = Figure(figsize=(9.0, 2 * height), layout="constrained")
    before, after = figure.subplots(2, 1, sharex=True)
    class_distribution(y, ax=before)
    class_distribution(new.y, synthetic_mask=new.synthetic_mask, ax=after)
    return figure
