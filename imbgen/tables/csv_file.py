"""One CSV file: read whole, or in two passes that keep a part of its rows with the dtypes of the whole."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imbgen.errors import DataError, warn_caller
from imbgen.tables.checks import check_names, shorten
from imbgen.tables.csv_format import CSVFormat
from imbgen.tables.csv_text import FaultyRow, find_faulty_row, find_last_row, open_text, read_header
from imbgen.tables.digests import Digest, LabelCounts, Witnesses
from imbgen.tables.mixed import MixedColumns, is_text
from imbgen.tables.opening import explain_failures

__all__ = ["CSVFile"]

_CELLS_PER_CHUNK = 500_000
# Chunks of these dtypes -> dtype of the whole column, as pandas would infer it from all rows at once.
_SETTLED: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"missing"}), "float64"),
    (frozenset({"int64"}), "int64"),
    (frozenset({"bool"}), "bool"),
    (frozenset({"int64", "float64", "missing"}), "float64"),
    (frozenset({"text", "missing"}), "str"),
)


class CSVFile:
    """A CSV file.

    Parameters
    ----------
    address : str
        Path or URI.
    form : CSVFormat
        How it is written.

    Attributes
    ----------
    names : list of str
        Columns in order; pandas names those that have no name.
    """

    def __init__(self, address: str, form: CSVFormat) -> None:
        self.address = address
        with explain_failures(address):
            header, self._form = read_header(address, form)
        check_names([name for name in header if name], address)
        _warn_of_nameless(header)
        self._dtypes: dict[Hashable, str] = {}
        self._is_even = True  # whether all rows are known to have as many fields as the header
        self.names: list[Hashable] = list(next(self._parse(0)).columns) if header else []
        self._is_even = len(self.names) < 2

    def read(self, mixed: MixedColumns) -> pd.DataFrame:
        """Read all rows."""
        frame = self._read_whole()
        mixed.add_frame(frame)
        return frame

    def count_labels(self, target: Hashable) -> LabelCounts:
        """Count the rows of each label, and settle the dtypes of the other columns."""
        counts: dict[str | None, int] = {}
        kinds: dict[Hashable, set[str]] = {name: set() for name in self.names if name != target}
        for chunk in self._chunks(dtype={target: str}):
            codes, labels = pd.factorize(chunk[target].astype(object), use_na_sentinel=False)
            for label, count in zip(labels, np.bincount(codes).tolist(), strict=True):
                key = label if isinstance(label, str) else None
                counts[key] = counts.get(key, 0) + count
            for name, seen in kinds.items():
                seen.add(_kind(chunk[name]))
        self._dtypes = {name: dtype for name, seen in kinds.items() if (dtype := _settle(seen))}
        n_rows = np.array(list(counts.values()), dtype=np.int64)
        return LabelCounts(self._infer(counts), n_rows, pa.array(counts, pa.string()))

    def keep_rows(self, target: Hashable, keys: pa.Array, mixed: MixedColumns) -> Digest:
        """Keep the rows whose label is written like one of `keys`; after `count_labels`."""
        features = [name for name in self.names if name != target]
        # Columns of which chunks say different things are few: they are read by themselves, end to end.
        odd = [name for name in features if name not in self._dtypes]
        whole = self._read_whole(usecols=odd) if odd else None
        keeper = _Keeper()
        start = 0
        for chunk in self._chunks(dtype={**self._dtypes, target: str}, usecols=[target, *self._dtypes]):
            is_wanted = chunk[target].isin(keys.to_pylist()).to_numpy()
            if whole is not None:
                part = whole.iloc[start : start + len(chunk)].set_axis(chunk.index)
                chunk = pd.concat([chunk, part], axis="columns")
                start += len(chunk)
            mixed.add_frame(chunk[features])
            keeper.add(chunk[features], is_wanted)
        return keeper.finish()

    def _infer(self, labels: Collection[str | None]) -> pd.Series:
        """Return texts in the dtype of the whole column, in order of appearance as in the file."""
        file = io.StringIO()
        writer = csv.writer(file, delimiter=self._form.delimiter or ",", quotechar=self._form.quotechar)
        writer.writerows([("label", "row"), *((label, 0) for label in labels)])
        file.seek(0)
        inferred = pd.read_csv(file, **self._options())["label"]
        return inferred.mask([label is None for label in labels]) if is_text(inferred) else inferred

    def _options(self) -> dict[str, Any]:
        return {
            "sep": self._form.delimiter,
            "quotechar": self._form.quotechar,
            "decimal": self._form.decimal,
            "na_values": list(self._form.missing),
            "low_memory": False,
            "index_col": False,
        }

    def _read_whole(self, **options: Any) -> pd.DataFrame:
        frame = next(self._parse(None, **options), pd.DataFrame(columns=self.names))
        # Of whole numbers above 2**63 with missing ones among them pandas makes text, and "" of the missing.
        doubtful = [name for name in frame if _may_be_long_numbers(frame[name])]
        if doubtful:
            again = next(self._parse(None, usecols=doubtful, dtype=str))
            frame = frame.assign(**{str(name): again[name] for name in doubtful})
        return frame

    def _chunks(self, **options: Any) -> Iterator[pd.DataFrame]:
        return self._parse(max(1, _CELLS_PER_CHUNK // len(self.names)), **options)

    def _parse(self, n_rows: int | None, **options: Any) -> Iterator[pd.DataFrame]:
        """Yield parts of so many rows, or all rows in one part."""
        with explain_failures(self.address), open_text(self.address, self._form) as text:
            reader = None
            while True:
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("error", pd.errors.ParserWarning)
                        if reader is None:
                            reader = pd.read_csv(text, iterator=True, **self._options(), **options)
                        part = reader.read(n_rows)
                except StopIteration:
                    return
                except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
                    raise self._explain(error) from error
                self._check_even(part)
                yield part

    def _check_even(self, part: pd.DataFrame) -> None:
        """Refuse short rows: pandas fills them, so their last field is missing."""
        if not self._is_even and self.names[-1] in part and part[self.names[-1]].isna().any():
            if fault := find_faulty_row(self.address, self._form):
                raise self._uneven(fault)
            self._is_even = True

    def _explain(self, error: Exception) -> Exception:
        if "EOF inside string" in str(error):
            line = find_last_row(self.address, self._form)
            return DataError(
                f"Every quote of a CSV file must be closed, however in {self.address!r} one is not that opens"
                f" in the row of line {line:,}. Close it, or give another quotechar (--data.csv.quotechar)."
            )
        fault = find_faulty_row(self.address, self._form)
        return self._uneven(fault) if fault else ValueError(str(error))

    def _uneven(self, fault: FaultyRow) -> DataError:
        mark = self._form.delimiter
        if fault.n_fields > fault.n_expected:
            remedy = f"Quote fields that hold a {mark!r}, or add the missing name to the header."
        else:
            remedy = f"Complete it (an empty field needs its {mark!r} too), or quote line breaks in fields."
        return DataError(
            "Every row of a CSV file must have as many fields as its header, however line"
            f" {fault.line:,} of {self.address!r} has {fault.n_fields} instead of {fault.n_expected}."
            f" {remedy}"
        )


class _Keeper:
    """Gathers a digest from parts of a table."""

    def __init__(self) -> None:
        self._witnesses = Witnesses()
        self._frames: list[pd.DataFrame] = []
        self._marks: list[np.ndarray] = []

    def add(self, rows: pd.DataFrame, is_wanted: np.ndarray) -> None:
        is_kept = is_wanted.copy()
        open_ones = [name for name in rows if not self._witnesses.is_complete(name)]
        is_kept[self._witnesses.pick({name: rows[name].isna().to_numpy() for name in open_ones})] = True
        if is_kept.any():
            self._frames.append(rows[is_kept])
            self._marks.append(is_wanted[is_kept])

    def finish(self) -> Digest:
        return Digest(pd.concat(self._frames, ignore_index=True), np.concatenate(self._marks))


def _warn_of_nameless(header: Sequence[str]) -> None:
    names = [f"Unnamed: {i}" for i, name in enumerate(header) if not name]
    if names and len(header) > 1:
        warn_caller(
            f"Every column of a CSV file should have a name, however {len(names)} of {len(header)} have none;"
            f" read as {shorten(names)}. If that is the index that pandas writes, write the file with"
            " `index=False`: it would be learned like any other column.",
            UserWarning,
        )


def _may_be_long_numbers(values: pd.Series) -> bool:
    """Whether no text is missing and some are whole numbers; the first hundred show it."""
    if not is_text(values) or values.isna().any():
        return False
    return bool(values.drop_duplicates().head(100).str.fullmatch(r"\s*\d+\s*").any())


def _kind(values: pd.Series) -> str:
    """Return what a chunk says of a column: a dtype, or "missing" or "text"."""
    if values.isna().all():
        return "missing"
    return "text" if is_text(values) else str(values.dtype)


def _settle(kinds: set[str]) -> str | None:
    """Return the dtype of a column whose chunks are of these kinds, None where only all rows tell."""
    return next((dtype for allowed, dtype in _SETTLED if kinds <= allowed), None)
