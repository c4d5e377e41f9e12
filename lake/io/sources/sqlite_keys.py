"""The key list of a delivery: the keys of one table that stand in the source, and from which key on it is complete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lake.contracts.source import KeyScope, SourceSpec, SqliteFormat
from lake.io.sources.records import AGAIN, KeyReading, Refused
from lake.io.sources.sqlite_cells import Cell, NoText, cell_text, column_texts
from lake.io.sources.sqlite_file import SourceTable, quoted, source_table

FETCHED = 10_000


def read_key_list(database: sqlite3.Connection, spec: SourceSpec, form: SqliteFormat) -> KeyReading:
    """The delivery's key list. Raises Refused: a wrong list would delete rows, so a doubtful one is not taken."""
    assert spec.keys is not None
    table = source_table(database, spec.keys.table)
    named = {column.name: column.source_name for column in spec.columns}
    sources = [named[name] for name in spec.keys.columns]
    _check_columns(table, sources)
    kinds = [f"typeof({quoted(name)}) not in ('integer', 'real', 'text', 'null')" for name in sources]
    if database.execute(f"select 1 {table.scan} where {' or '.join(kinds)}").fetchone():
        raise Refused("key list", f"{table.name} holds a key that is no text and no number: {AGAIN}")
    count = int(database.execute(f"select count(*) {table.scan}").fetchone()[0])
    first = _first_key(database, spec.keys.scope, form) if spec.keys.scope else None
    batches = _KeyBatches(database, table, sources, list(spec.keys.columns))
    is_number = " and ".join(f"typeof({quoted(name)}) in ('integer', 'null')" for name in sources)
    if database.execute(f"select 1 {table.scan} where not ({is_number})").fetchone():
        for _ in batches:  # all keys are text
            pass
    return KeyReading(batches, count, first)


def _check_columns(table: SourceTable, names: list[str]) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise Refused("missing column", f"{table.name} lacks {', '.join(missing)}: mend `keys`, or {AGAIN}")


def _first_key(database: sqlite3.Connection, scope: KeyScope, form: SqliteFormat) -> int | None:
    """From which key on the list is complete; None (all keys) where the table has no row for it."""
    table = source_table(database, scope.table)
    _check_columns(table, [scope.list_column, scope.first_column])
    named = scope.list_name or form.table
    query = f"select {quoted(scope.first_column)} {table.scan} where {quoted(scope.list_column)} = ?"
    found = [row[0] for row in database.execute(query, [named])]
    if len(found) > 1:
        raise Refused("key list", f"{scope.table} has {len(found)} rows for {named}: {AGAIN}")
    first = found[0] if found else None
    if first is not None and not isinstance(first, int):
        raise Refused("key list", f"{scope.table} says {first!r} for {named}, which is no whole number: {AGAIN}")
    return first


@dataclass(frozen=True)
class _KeyBatches:
    """The keys as text, read anew by everybody who runs through them."""

    database: sqlite3.Connection
    table: SourceTable
    sources: list[str]
    names: list[str]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        schema = pa.schema([(name, pa.string()) for name in self.names])
        order = f" order by {', '.join(self.table.order)}" if self.table.order else ""
        names = ", ".join(quoted(name) for name in self.sources)
        cursor = self.database.execute(f"select {names} {self.table.scan}{order}")
        while fetched := cursor.fetchmany(FETCHED):
            cells = ([row[place] for row in fetched] for place in range(len(self.names)))  # half of zip's time
            columns = [_key_texts(self.table.name, column) for column in cells]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _key_texts(table: str, cells: Sequence[Cell]) -> pa.Array:
    texts = column_texts(cells)
    if texts is None:
        faults = [text.reason for cell in cells if isinstance(text := cell_text(cell), NoText)]
        raise Refused("key list", f"{table} holds a key that is no text ({faults[0]}): {AGAIN}")
    return texts
