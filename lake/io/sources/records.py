"""What every reader gives back: raw rows in Arrow batches with an independent count, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lake.contracts.source import DelimitedFormat, JdbcFormat, SourceSpec, SqliteFormat
from lake.errors import SourceError

AGAIN = "ask the sender for the file again"
"""The fix of most refusals."""

MAX_BATCH_ROWS = 65_536
MAX_BATCH_BYTES = 64_000_000

Rescued = list[tuple[str, str]]
"""Undeclared fields of one record: (name in the file, text as sent)."""


class Refused(SourceError):
    """The whole file cannot be read as its contract says; `record_number`: where that was noticed."""

    def __init__(self, code: str, reason: str, record_number: int | None = None) -> None:
        super().__init__(code, reason, record_number)
        self.code = code
        self.reason = reason
        self.record_number = record_number

    def __str__(self) -> str:
        place = "" if self.record_number is None else f" (record {self.record_number})"
        return f"{self.code}{place}: {self.reason}"


@dataclass(frozen=True)
class Reading:
    """Raw rows of one file in physical order; `record_count` is counted by other code than the parser.

    `batches` can be run through more than once. `keys`: the delivery's key list, where the feed has one.
    """

    batches: Iterable[pa.RecordBatch]
    record_count: int
    keys: KeyReading | None = None


@dataclass(frozen=True)
class KeyReading:
    """The keys that stand in the source: one text column per key column, `key_count` counted apart.

    `first_key`: older keys are not judged by this list; None: it holds all keys.
    """

    batches: Iterable[pa.RecordBatch]
    key_count: int
    first_key: int | None


def raw_schema(spec: SourceSpec) -> pa.Schema:
    """Columns of a raw row: after the declared ones the whole record (JSON, text) or the storage classes (SQLite)."""
    texts = [pa.field(column.name, pa.string()) for column in spec.columns]
    match spec.format:
        case DelimitedFormat() | JdbcFormat():
            pass
        case SqliteFormat():
            texts.append(pa.field("storage", pa.string()))
        case _:
            texts.append(pa.field("record_text", pa.string()))
    return pa.schema(
        [
            pa.field("record_number", pa.int64(), nullable=False),
            *texts,
            pa.field("rescued", pa.map_(pa.string(), pa.string())),
            pa.field("malformed", pa.binary()),
            pa.field("malformed_reason", pa.string()),
        ]
    )


class RawRows:
    """Collects raw rows one by one and cuts them into batches of bounded size."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._blank: tuple[None, ...] = (None,) * (len(schema) - 4)
        self._rows: list[tuple[object, ...]] = []
        self._bytes = 0
        self._batches: list[pa.RecordBatch] = []

    def accept(self, number: int, texts: Sequence[str | None], rescued: Rescued | None, size: int) -> None:
        """Add a record that fits; `size` is its length in bytes and only bounds the batch."""
        self._add((number, *texts, rescued, None, None), size)

    def refuse(self, number: int, record: bytes, reason: str) -> None:
        """Add a record that does not fit, kept whole as its original bytes."""
        self._add((number, *self._blank, None, record, reason), len(record))

    def _add(self, row: tuple[object, ...], size: int) -> None:
        self._rows.append(row)
        self._bytes += size
        if len(self._rows) >= MAX_BATCH_ROWS or self._bytes >= MAX_BATCH_BYTES:
            self._cut()

    def _cut(self) -> None:
        columns = [
            pa.array(values, type=field.type)
            for values, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
        ]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._rows, self._bytes = [], 0

    def batches(self) -> list[pa.RecordBatch]:
        """All batches so far, the last one cut short."""
        if self._rows:
            self._cut()
        return self._batches
