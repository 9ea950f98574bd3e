"""Containers at the door: any table in, a pandas frame inside, the same container out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from imbgen.errors import DataError

__all__ = ["Container", "to_frame"]


@dataclass(frozen=True, slots=True)
class Container:
    """How to give a frame back in the container that it came in.

    Parameters
    ----------
    kind : {"pandas", "numpy", "arrow", "other"}
        "other" is any other frame that narwhals reads (polars, ...).
    dtype : str or None
        Of a NumPy array.
    schema : pyarrow Schema, narwhals Schema or None
        Of an Arrow table or another frame.
    backend : narwhals Implementation or None
        The other library.
    """

    kind: str
    dtype: str | None = None
    schema: Any = None
    backend: Any = None

    def restore(self, frame: pd.DataFrame) -> Any:
        """Return `frame` in this container, with the original column types."""
        if self.kind == "pandas":
            return frame
        if self.kind == "numpy":
            return frame.to_numpy(dtype=self.dtype)
        import pyarrow as pa

        if self.kind == "arrow":
            return pa.Table.from_pandas(frame, schema=self.schema, preserve_index=False)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        restored = nw.from_arrow(table, backend=self.backend)
        return restored.select(nw.col(name).cast(dtype) for name, dtype in self.schema.items()).to_native()

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Container:
        """Build from :meth:`to_json`'s output."""
        match state:
            case {"kind": "numpy", "dtype": dtype}:
                return cls("numpy", np.dtype(dtype).str)
            case {"kind": "pandas"}:
                return cls("pandas")
        raise ValueError(f"no container is described by {state!r}")

    def to_json(self) -> dict[str, Any]:
        """Return what a saved model keeps; frames of other libraries come back as pandas frames."""
        return {"kind": self.kind, "dtype": self.dtype} if self.kind == "numpy" else {"kind": "pandas"}


def to_frame(table: Any, *, name: str = "X") -> tuple[pd.DataFrame, Container]:
    """Return a pandas frame and the container to give rows back in.

    Parameters
    ----------
    table : DataFrame, ndarray of shape (n_rows, n_columns), or any frame that narwhals reads
        Never mutated. Array columns are named ``"x0"``, ``"x1"``, ....
    name : str
        What messages call the table.

    Returns
    -------
    frame : DataFrame
        With a fresh index.
    container : Container

    Raises
    ------
    DataError
        Not a table, or an array with masked values.

    Examples
    --------
    >>> import numpy as np
    >>> from imbgen.frames import to_frame
    >>> frame, container = to_frame(np.ones((2, 2), dtype=np.float32))
    >>> list(frame.columns), container.restore(frame).dtype
    (['x0', 'x1'], dtype('float32'))
    """
    if isinstance(table, pd.DataFrame):
        if any(not isinstance(label, tuple) and pd.isna(label) for label in table.columns):
            raise DataError(
                f"Columns of `{name}` must have names, however: one of {list(table.columns)} is missing. "
                "Name it, or drop the column."
            )
        return table.reset_index(drop=True), Container("pandas")
    if isinstance(table, np.ndarray | list | tuple):
        return _from_array(_to_array(table, name), name)
    if nw.dependencies.is_pyarrow_table(table):  # types that narwhals does not know come back too
        schema = table.schema.remove_metadata()  # it may hold an index of pandas, which is no index here
        return _from_arrow(table.replace_schema_metadata(None)), Container("arrow", schema=schema)
    try:
        frame = nw.from_native(table, eager_only=True)
    except TypeError:
        raise DataError(
            f"`{name}` must be a table (a pandas, polars or Arrow frame, or a 2-D array), however: it is a "
            f"{type(table).__name__}. Convert it first."
        ) from None
    container = Container("other", None, frame.schema, frame.implementation)
    return _with_integers(frame.to_pandas().reset_index(drop=True), frame), container


def _from_arrow(table: Any) -> pd.DataFrame:
    """Return a pandas frame in which whole numbers stay whole beside gaps; floats have no room for all."""
    import pyarrow as pa

    frame = table.to_pandas()
    for i, field in enumerate(table.schema):
        if pa.types.is_integer(field.type) and table.column(i).null_count:
            dtype = pd.api.types.pandas_dtype(str(field.type).replace("int", "Int").replace("uI", "UI"))
            frame.isetitem(i, table.column(i).to_pandas(types_mapper={field.type: dtype}.get))
    return frame


def _with_integers(pandas_frame: pd.DataFrame, frame: nw.DataFrame) -> pd.DataFrame:
    """Put columns of whole numbers with gaps in place of the floats that pandas makes of them."""
    for name, dtype in frame.schema.items():
        if dtype.is_integer() and frame[name].is_null().any():
            pandas_frame[name] = _from_arrow(frame.select(name).to_arrow())[name]
    return pandas_frame


def _to_array(rows: Any, name: str) -> np.ndarray:
    if np.ma.is_masked(rows):
        raise DataError(
            f"`{name}` must have no mask, however: {np.ma.count_masked(rows)} of its values are masked. "
            "Make them NaN: `X.astype(float).filled(np.nan)`."
        )
    try:
        return np.asarray(rows)
    except ValueError:
        raise DataError(
            f"Rows of `{name}` must have equal lengths, however: these have not. Fill or cut the rows."
        ) from None


def _from_array(array: np.ndarray, name: str) -> tuple[pd.DataFrame, Container]:
    if array.ndim != 2:
        raise DataError(
            f"`{name}` must have two dimensions (rows, columns), however: its shape is {array.shape}. "
            "Reshape it; one column is `X.reshape(-1, 1)`."
        )
    if array.dtype.kind not in "biufOUSMm":
        raise DataError(
            f"`{name}` must hold numbers, booleans, text or times, however: its dtype is {array.dtype}. "
            "Convert it first."
        )
    frame = pd.DataFrame(array.copy(), columns=[f"x{i}" for i in range(array.shape[1])])
    return frame.infer_objects() if array.dtype == object else frame, Container("numpy", array.dtype.str)
