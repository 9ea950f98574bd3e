"""A comparison as JSON and back: frames column by column, with their dtypes."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbgen.errors import ModelFileError
from imbgen.files import whole_file
from imbgen.plain import dtype_from_json, dtype_to_json, plain, unplain

__all__ = ["frame_from_json", "frame_to_json", "read_json", "write_json"]

_FORMAT = "imbgen.Comparison"
_VERSION = 1
_FRAME = "frame"


def write_json(comparison: Any, path: str | Path | None) -> str:
    """Return a dataclass of frames, tuples and mappings as JSON text; write it if a path is named."""
    content = {"format": _FORMAT, "format_version": _VERSION} | _to_plain(comparison)
    text = json.dumps(content, allow_nan=False)
    if path is not None:
        with whole_file(Path(path).expanduser()) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return text


def read_json(source: str | Path) -> dict[str, Any]:
    """Return the fields that `write_json` wrote, with frames for frames."""
    is_text = isinstance(source, str) and source.lstrip().startswith("{")
    try:
        text = str(source) if is_text else Path(source).expanduser().read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"A comparison must be JSON text or a file of it, however: {error}."
            " Name the file that `to_json` wrote."
        ) from error
    if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
        raise ModelFileError(
            "A comparison must be JSON that `Comparison.to_json` wrote, however: this is none."
            " Name the file that it wrote."
        )
    if (version := content.pop("format_version", 0)) > _VERSION:
        raise ModelFileError(
            f"A comparison must be of format version {_VERSION} at most, however: it is of {version}."
            " Upgrade imbgen."
        )
    return _from_plain(content)


def frame_to_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame as JSON types; missing values are null."""
    columns = [
        [plain(name), dtype_to_json(frame[name].dtype), _values(frame[name])] for name in frame.columns
    ]
    return {_FRAME: columns, "n_rows": len(frame)}


def frame_from_json(state: dict[str, Any]) -> pd.DataFrame:
    """Return the frame that `frame_to_json` was given, with a fresh index."""
    index = pd.RangeIndex(state["n_rows"])
    series = [
        pd.Series([unplain(value) for value in values], index=index, dtype=object).astype(
            dtype_from_json(dtype)
        )
        for _, dtype, values in state[_FRAME]
    ]
    names = [unplain(name) for name, _, _ in state[_FRAME]]
    frame = pd.concat(series, axis=1) if series else pd.DataFrame(index=index)
    return frame.set_axis(pd.Index(names, tupleize_cols=False), axis=1)


def _values(column: pd.Series) -> list[Any]:
    missing = column.isna()
    if pd.api.types.is_float_dtype(column.dtype) and not missing.any():
        return column.astype(float).tolist()
    pairs = zip(column.astype(object), missing, strict=True)
    return [None if gap else plain(value) for value, gap in pairs]


def _to_plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return frame_to_json(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): _to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_frame(value: dict[str, Any]) -> bool:
    """Whether it is what `frame_to_json` gave; arms and data sets may be called "frame" or "n_rows" too."""
    return value.keys() == {_FRAME, "n_rows"} and isinstance(value[_FRAME], list)


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        if _is_frame(value):
            return frame_from_json(value)
        return {key: _from_plain(item) for key, item in value.items()}
    return [_from_plain(item) for item in value] if isinstance(value, list) else value
