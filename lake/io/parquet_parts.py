"""Parquet files that Arrow writes to a local folder, with what Delta's log says of a file; Spark takes no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_BYTES = 64 << 20
"""Of rows in Arrow, which bounds the memory of a writer; the columns shrink to a fraction of it."""

FILE_BYTES = 128 << 20
"""A file that has grown so large is closed and the next one begun."""

ROWS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class ParquetPart:
    """A closed file: rows and the least and greatest value of columns as its footer has them."""

    path: str
    size: int
    rows: int
    least: Mapping[str, Any]
    greatest: Mapping[str, Any]


class ParquetParts:
    """Takes batches of one schema in order and cuts them into files with names that no other writer has."""

    def __init__(self, folder: Path, schema: pa.Schema, statistics: Sequence[str]) -> None:
        self._folder, self._schema, self._statistics = folder, schema, statistics
        self._pending: list[pa.RecordBatch] = []
        self._bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self._path = folder
        self._paths: list[Path] = []

    def __enter__(self) -> ParquetParts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing is left of what was not finished."""
        if error is not None:
            if self._writer is not None:
                self._writer.close()
            for path in self._paths:
                path.unlink(missing_ok=True)

    def add(self, batch: pa.RecordBatch) -> None:
        """Rows for the file; small batches share a row group, whatever source they are of."""
        if not batch.num_rows:
            return
        self._pending.append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= ROW_GROUP_BYTES:
            self._write()
            if self._path.stat().st_size >= FILE_BYTES:
                self._close()

    def finished(self) -> list[ParquetPart]:
        """Close the last file and give all of them."""
        self._write()
        self._close()
        return [part_of(path, self._statistics) for path in self._paths]

    def _write(self) -> None:
        if not self._pending:
            return
        if self._writer is None:
            self._path = self._folder / f"part-{uuid4()}.zstd.parquet"
            self._paths.append(self._path)
            self._writer = pq.ParquetWriter(str(self._path), self._schema, compression="zstd", store_schema=False)
        rows = pa.Table.from_batches(self._pending, schema=self._schema)
        self._writer.write_table(rows.unify_dictionaries(), row_group_size=rows.num_rows)
        self._pending, self._bytes = [], 0

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def part_of(path: Path, statistics: Sequence[str]) -> ParquetPart:
    """What the footer of a file on the disk says; the columns of `statistics` hold no nulls."""
    footer = pq.read_metadata(str(path))
    found = {}
    for name in statistics:
        place = footer.schema.names.index(name)
        found[name] = [footer.row_group(i).column(place).statistics for i in range(footer.num_row_groups)]
    return ParquetPart(
        str(path), path.stat().st_size, footer.num_rows,
        {name: min(one.min for one in groups) for name, groups in found.items()},
        {name: max(one.max for one in groups) for name, groups in found.items()},
    )  # fmt: skip


def rows_by_value(path: str, column: str) -> Counter[str]:
    """How many rows the file has of each text of a column, read back from the disk."""
    found: Counter[str] = Counter()
    for batch in pq.ParquetFile(path, read_dictionary=[column]).iter_batches(ROWS_AT_ONCE, columns=[column]):
        for one in batch.column(0).value_counts().to_pylist():
            found[one["values"]] += one["counts"]
    return found
