"""One Parquet, Feather or Arrow file: read whole, or batch by batch with a part of its rows kept."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imbgen.tables.addresses import is_uri, table_suffix
from imbgen.tables.checks import check_names
from imbgen.tables.digests import Digest, LabelCounts, Witnesses
from imbgen.tables.mixed import MixedColumns
from imbgen.tables.opening import explain_failures, open_bytes

__all__ = ["ArrowFile"]

_ROWS_PER_BATCH = 65_536
_IPC_FILE = b"ARROW1"


class ArrowFile:
    """A columnar file.

    Parameters
    ----------
    address : str
        Path or URI; by its suffix Parquet, or else Arrow IPC, of which both forms are read: file and stream.

    Attributes
    ----------
    names : list of hashable
        Columns in order, without what pandas stored as its index.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        with explain_failures(address):
            self._schema = self._read_schema()
            self.names: list[Hashable] = list(self._schema.empty_table().to_pandas().columns)
        check_names(self.names, address)
        stored = (self._schema.pandas_metadata or {}).get("index_columns", ())
        fields = [name for name in self._schema.names if name not in stored]
        self._fields: dict[Hashable, str] = dict(zip(self.names, fields, strict=True))

    def read(self, mixed: MixedColumns) -> pd.DataFrame:
        """Read all rows."""
        frame = self._to_frame(list(self._batches()))
        mixed.add_frame(frame)
        return frame

    def count_labels(self, target: Hashable) -> LabelCounts:
        """Count the rows of each label."""
        field = self._fields[target]
        counts: dict[Any, int] = {}
        firsts: list[pa.RecordBatch] = []
        for batch in self._batches([field]):
            encoded = _decode(batch.column(field)).dictionary_encode("encode")
            codes, rows, n_rows = np.unique(encoded.indices.to_numpy(), return_index=True, return_counts=True)
            labels = [_hashable(encoded.dictionary[code].as_py()) for code in codes.tolist()]
            firsts.append(batch.take(pa.array(rows[[label not in counts for label in labels]])))
            for label, count in zip(labels, n_rows.tolist(), strict=True):
                counts[label] = counts.get(label, 0) + count
        shown = pa.Table.from_batches(firsts, self._schema_of([field])).combine_chunks()
        keys = [_decode(chunk) for chunk in shown.column(field).chunks]
        return LabelCounts(
            shown.to_pandas()[target],
            np.array(list(counts.values()), dtype=np.int64),
            pa.concat_arrays(keys) if keys else pa.array([]),
        )

    def keep_rows(self, target: Hashable, keys: pa.Array, mixed: MixedColumns) -> Digest:
        """Keep the rows whose label is one of `keys`."""
        features = {name: field for name, field in self._fields.items() if name != target}
        texts = [name for name, field in features.items() if _is_text(self._schema.field(field).type)]
        witnesses = Witnesses()
        kept: list[pa.RecordBatch] = []
        marks: list[np.ndarray] = []
        for batch in self._batches():
            for name in texts:
                _look_at(batch.column(features[name]), name, mixed)
            is_wanted = _to_numpy(pc.is_in(_decode(batch.column(self._fields[target])), keys))
            is_kept = is_wanted.copy()
            is_kept[_find_witnesses(witnesses, batch, features)] = True
            # A part without rows stays: its dictionaries tell which categories there are.
            kept.append(batch.filter(pa.array(is_kept)).select(list(features.values())))
            marks.append(is_wanted[is_kept])
        return Digest(self._to_frame(kept, list(features.values())), np.concatenate(marks))

    def _to_frame(self, batches: list[pa.RecordBatch], fields: list[str] | None = None) -> pd.DataFrame:
        with explain_failures(self.address):
            table = pa.Table.from_batches(batches, self._schema_of(fields or self._schema.names))
            return table.to_pandas().reset_index(drop=True)

    def _schema_of(self, fields: list[str]) -> pa.Schema:
        return pa.schema([self._schema.field(field) for field in fields], self._schema.metadata)

    def _read_schema(self) -> pa.Schema:
        with _open_arrow(self.address) as source:
            if _is_parquet(self.address):
                schema = pq.ParquetFile(source).schema_arrow
            else:
                schema = _open_ipc(source).schema
        fields = [field.with_type(_without_views(field.type)) for field in schema]
        return pa.schema(fields, schema.metadata)

    def _batches(self, fields: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows in parts, with all fields or only these."""
        with explain_failures(self.address), _open_arrow(self.address) as source:
            if _is_parquet(self.address):
                # A buffer would hold the packed columns of a whole row group, which may be the table.
                file = pq.ParquetFile(source, pre_buffer=False)
                batches = file.iter_batches(_ROWS_PER_BATCH, columns=fields)
            else:
                places = [self._schema.get_field_index(field) for field in fields or ()]
                batches = _iterate(_open_ipc(source, pa.ipc.IpcReadOptions(included_fields=places)))
            schema = self._schema_of(fields or self._schema.names)
            for batch in batches:
                columns = [_cast(batch.column(field.name), field.type) for field in schema]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _is_parquet(address: str) -> bool:
    return table_suffix(address) in (".parquet", ".pq")


@contextmanager
def _open_arrow(address: str) -> Iterator[pa.NativeFile]:
    if is_uri(address):
        with open_bytes(address) as file, pa.PythonFile(file, "r") as source:
            yield source
    else:
        with pa.OSFile(address) as source:
            yield source


def _open_ipc(source: pa.NativeFile, options: pa.ipc.IpcReadOptions | None = None) -> Any:
    is_file = source.read(len(_IPC_FILE)) == _IPC_FILE
    source.seek(0)
    return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(source, options=options)


def _iterate(reader: Any) -> Iterator[pa.RecordBatch]:
    """Yield the batches of either form; those of other writers may be long."""
    if isinstance(reader, pa.RecordBatchFileReader):
        yield from (reader.get_batch(i) for i in range(reader.num_record_batches))
    else:
        yield from reader


def _without_views(kind: pa.DataType) -> pa.DataType:
    """Return the type that stands for a view of strings, as polars writes them: few functions take views."""
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _without_views(kind.value_type), kind.ordered)
    return pa.large_string() if pa.types.is_string_view(kind) else kind


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    if pa.types.is_dictionary(kind):
        words = column.dictionary.cast(kind.value_type)
        return pa.DictionaryArray.from_arrays(column.indices, words, ordered=kind.ordered)
    return column.cast(kind)


def _decode(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _hashable(label: Any) -> Any:
    """Return a label; every NaN is the same one."""
    return math.nan if isinstance(label, float) and math.isnan(label) else label


def _to_numpy(column: pa.Array) -> np.ndarray:
    return column.to_numpy(zero_copy_only=False)


def _look_at(column: pa.Array, name: Hashable, mixed: MixedColumns) -> None:
    mixed.add(name, _decode(column).unique().to_pandas(), len(column) - column.null_count)


def _find_witnesses(witnesses: Witnesses, batch: pa.RecordBatch, features: dict[Hashable, str]) -> list[int]:
    missing = {
        name: _to_numpy(pc.is_null(batch.column(field), nan_is_null=True))
        for name, field in features.items()
        if not witnesses.is_complete(name)
    }
    return witnesses.pick(missing)
