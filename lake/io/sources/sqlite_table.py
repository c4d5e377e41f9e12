"""One table of a SQLite file to raw rows: every cell as text beside its storage class; key lists are `sqlite_keys`'."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lake.contracts.source import SourceSpec, SqliteFormat
from lake.io.sources import records
from lake.io.sources.header import ColumnPlaces, places_by_name
from lake.io.sources.records import AGAIN, RawRows, Reading, Refused, Rescued, raw_schema
from lake.io.sources.sqlite_cells import (
    Cell,
    NoText,
    Storages,
    cell_text,
    column_texts,
    original_record,
    shown_text,
)
from lake.io.sources.sqlite_file import SourceTable, open_database, quoted, refusing_corruption, source_table
from lake.io.sources.sqlite_keys import read_key_list

ROWS_AT_ONCE = 10_000
"""At most: fewer where records are long, so that they fit into a batch."""


def read_sqlite_table(content: bytes, spec: SourceSpec, form: SqliteFormat) -> Reading:
    """A raw row per row of the table. Raises Refused: not SQLite, corrupt, no such table, missing column."""
    database = open_database(content, spec.max_record_bytes)
    with refusing_corruption():
        table = source_table(database, form.table)
        missing = [c.source_name for c in spec.columns if c.required and c.source_name not in table.columns]
        if missing:
            raise Refused("missing column", f"table {table.name} lacks {', '.join(missing)}: {AGAIN}")
        places = places_by_name(table.columns, spec)
        longest = _longest_record(database, table, spec)
        count = int(database.execute(f"select count(*) {table.scan}").fetchone()[0])
        keys = read_key_list(database, spec, form) if spec.keys else None
    rows = min(ROWS_AT_ONCE, records.MAX_BATCH_ROWS, records.MAX_BATCH_BYTES // max(longest, 1) or 1)
    return Reading(_TableBatches(database, table, places, spec, rows), count, keys)


def _longest_record(database: sqlite3.Connection, table: SourceTable, spec: SourceSpec) -> int:
    """In bytes. All pages of the table are read, so that a broken one refuses the file before any row was given."""
    lengths = [f"ifnull(length(cast({quoted(name)} as blob)), 0)" for name in table.columns]
    longest = database.execute(f"select max({' + '.join(lengths)}) {table.scan}").fetchone()[0]
    if longest is not None and longest > spec.max_record_bytes:
        raise Refused("record too large", f"a row of {longest} bytes, over max_record_bytes: raise it")
    return longest or 0


@dataclass(frozen=True)
class _TableBatches:
    """The table's raw rows, read anew in batches of bounded size by everybody who runs through them."""

    database: sqlite3.Connection
    table: SourceTable
    places: ColumnPlaces
    spec: SourceSpec
    rows_at_once: int

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        names = ", ".join(quoted(name) for name in self.table.columns)
        order = f" order by {', '.join(self.table.order)}" if self.table.order else ""
        cursor = self.database.execute(f"select {names} {self.table.scan}{order}")
        storages, first = Storages(self.spec), 1
        while block := cursor.fetchmany(self.rows_at_once):
            yield from self._by_column(first, block, storages) or self._by_row(first, block, storages)
            first += len(block)

    def _by_column(self, first: int, block: Sequence[Sequence[Cell]], storages: Storages) -> list[pa.RecordBatch]:
        """The block at once, for a tenth of what single records cost; none where a record needs a look of its own."""
        cells = [*zip(*block, strict=True)]
        texts = [] if self.places.unknown else [column_texts(column) for column in cells]
        if any(text is None for text in texts) or not texts:
            return []
        rows, schema = len(block), raw_schema(self.spec)
        nothing = (None,) * rows
        declared = [nothing if place is None else cells[place] for place in self.places.places]
        storage = pa.array([storages.of(record) for record in zip(*declared, strict=True)], pa.string())
        columns = [pa.nulls(rows, pa.string()) if place is None else texts[place] for place in self.places.places]
        marks = [pa.nulls(rows, field.type) for field in schema][-3:]
        numbers = pa.array(range(first, first + rows), pa.int64())
        return [pa.RecordBatch.from_arrays([numbers, *columns, storage, *marks], schema=schema)]

    def _by_row(self, first: int, block: Sequence[Sequence[Cell]], storages: Storages) -> list[pa.RecordBatch]:
        rows = RawRows(raw_schema(self.spec))
        for number, cells in enumerate(block, first):
            self._add(rows, number, cells, storages)
        return rows.batches()

    def _add(self, rows: RawRows, number: int, cells: Sequence[Cell], storages: Storages) -> None:
        found = [None if place is None else cells[place] for place in self.places.places]
        texts = [cell_text(cell) for cell in found]
        fault = next((text.reason for text in texts if isinstance(text, NoText)), "")
        if fault:
            rows.refuse(number, original_record(self.table.columns, cells), fault)
            return
        declared = [text for text in texts if not isinstance(text, NoText)]
        unknown = [(name, shown_text(cells[place])) for name, place in self.places.unknown]
        rescued: Rescued = [(name, text) for name, text in unknown if text is not None]
        size = sum(len(text) for text in [*declared, *(text for _, text in rescued)] if text is not None)
        rows.accept(number, [*declared, storages.of(found)], rescued or None, size)
