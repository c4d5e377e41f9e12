"""One table of a SQLite file to raw rows: every cell as text beside its storage class; key lists are `sqlite_keys`'."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lake.contracts.source import SourceSpec, SqliteFormat
from lake.io.sources.header import ColumnPlaces, places_by_name
from lake.io.sources.records import AGAIN, RawRows, Reading, Refused, Rescued, raw_schema
from lake.io.sources.sqlite_cells import Cell, NoText, Storages, cell_text, original_record
from lake.io.sources.sqlite_file import SourceTable, open_database, quoted, refusing_corruption, source_table
from lake.io.sources.sqlite_keys import read_key_list

ROWS_AT_ONCE = 1000


def read_sqlite_table(content: bytes, spec: SourceSpec, form: SqliteFormat) -> Reading:
    """A raw row per row of the table. Raises Refused: not SQLite, corrupt, no such table, missing column."""
    database = open_database(content, spec.max_record_bytes)
    with refusing_corruption():
        table = source_table(database, form.table)
        missing = [c.source_name for c in spec.columns if c.required and c.source_name not in table.columns]
        if missing:
            raise Refused("missing column", f"table {table.name} lacks {', '.join(missing)}: {AGAIN}")
        places = places_by_name(table.columns, spec)
        _check_every_cell(database, table, spec)
        count = int(database.execute(f"select count(*) {table.scan}").fetchone()[0])
        keys = read_key_list(database, spec, form) if spec.keys else None
    return Reading(_TableBatches(database, table, places, spec), count, keys)


def _check_every_cell(database: sqlite3.Connection, table: SourceTable, spec: SourceSpec) -> None:
    """Read all pages of the table once, so that a broken one refuses the file before any row was given."""
    lengths = [f"ifnull(length(cast({quoted(name)} as blob)), 0)" for name in table.columns]
    longest = database.execute(f"select max({' + '.join(lengths)}) {table.scan}").fetchone()[0]
    if longest is not None and longest > spec.max_record_bytes:
        raise Refused("record too large", f"a row of {longest} bytes, over max_record_bytes: raise it")


@dataclass(frozen=True)
class _TableBatches:
    """The table's raw rows, read anew in batches of bounded size by everybody who runs through them."""

    database: sqlite3.Connection
    table: SourceTable
    places: ColumnPlaces
    spec: SourceSpec

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        rows = RawRows(raw_schema(self.spec))
        names = ", ".join(quoted(name) for name in self.table.columns)
        order = f" order by {', '.join(self.table.order)}" if self.table.order else ""
        cursor = self.database.execute(f"select {names} {self.table.scan}{order}")
        storages = Storages(self.spec)
        for number, cells in enumerate(cursor, 1):
            self._add(rows, number, cells, storages)
            if number % ROWS_AT_ONCE == 0:
                yield from rows.full_batches()
        yield from rows.batches()

    def _add(self, rows: RawRows, number: int, cells: Sequence[Cell], storages: Storages) -> None:
        texts = [cell_text(cell) for cell in cells]
        fault = next((text.reason for text in texts if isinstance(text, NoText)), "")
        if fault:
            rows.refuse(number, original_record(self.table.columns, cells), fault)
            return
        readable = [text for text in texts if not isinstance(text, NoText)]
        size = sum(len(text) for text in readable if text is not None)
        declared = [None if place is None else readable[place] for place in self.places.places]
        storage = storages.of([None if place is None else cells[place] for place in self.places.places])
        rescued: Rescued = [(name, text) for name, i in self.places.unknown if (text := readable[i]) is not None]
        rows.accept(number, [*declared, storage], rescued or None, size)
