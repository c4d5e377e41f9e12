"""The data splitter: a flat sales extract into a JSON, a database and a CSV part; keys resolve across them."""

from __future__ import annotations

import csv
import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lake.errors import SourceError, UsageError_
from lake.generator.landing_files import delimited, json_line, put
from lake.generator.randomness import Dice

PARTS = ("json", "database", "csv")
Record = tuple[str, ...]


@dataclass(frozen=True)
class Described:
    """An entity that the extract describes on each of its lines: its key column and the columns that depend on it."""

    name: str
    key: str
    columns: tuple[str, ...]

    @classmethod
    def parsed(cls, text: str) -> Described:
        """Out of `orders=id_order:order_date,status`; UsageError_ for anything else."""
        name, _, rest = text.partition("=")
        key, _, columns = rest.partition(":")
        if not (name.isidentifier() and key and columns):
            raise UsageError_(f"--entity '{text}': write NAME=KEY:COLUMN,COLUMN")
        return cls(name, key, tuple(columns.split(",")))


@dataclass(frozen=True)
class Table:
    """Records of one kind, and the part (position in PARTS) that each one goes to."""

    name: str
    columns: tuple[str, ...]
    records: list[Record]
    part: list[int]

    def of(self, part: str) -> list[Record]:
        """The records of one part, in the order of the extract."""
        wanted = PARTS.index(part)
        return [record for record, chosen in zip(self.records, self.part, strict=True) if chosen == wanted]


def split(path: Path, seed: int, entities: Sequence[Described]) -> list[Table]:
    """The extract's lines without what the entities describe, and one record of each entity's key.

    Each record is drawn into one part by the seed: lines by their number, entities by their key. All values stay the
    text that was sent. Raises SourceError where a key has two descriptions.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = tuple(next(lines, ()))
        records = [tuple(record) for record in lines]
    uneven = next((number for number, record in enumerate(records, start=1) if len(record) != len(header)), None)
    if uneven:
        raise SourceError(f"{path}: record {uneven} has not the {len(header)} fields of the header; mend the extract")
    _check(entities, header, path)
    moved = {column for entity in entities for column in entity.columns}
    kept = [at for at, column in enumerate(header) if column not in moved]
    facts = [tuple(record[at] for at in kept) for record in records]
    part = Dice(seed).below("split.lines", path.stem, len(facts), len(PARTS)).tolist()
    tables = [_described(entity, header, records, seed, path) for entity in entities]
    return [Table(path.stem, tuple(header[at] for at in kept), facts, part), *tables]


def _check(entities: Sequence[Described], header: Record, path: Path) -> None:
    named: list[str] = [column for entity in entities for column in entity.columns]
    unknown = sorted({*named, *(entity.key for entity in entities)} - set(header))
    if unknown:
        raise UsageError_(f"{path} has no column {', '.join(unknown)}; it has {', '.join(header)}")
    twice = sorted({column for column in named if named.count(column) > 1} | {e.key for e in entities} & set(named))
    if twice:
        raise UsageError_(f"--entity: {', '.join(twice)} can belong to one entity only, and a key to none")


def _described(entity: Described, header: Record, records: list[Record], seed: int, path: Path) -> Table:
    key, columns = header.index(entity.key), [header.index(column) for column in entity.columns]
    found: dict[str, Record] = {}
    for number, record in enumerate(records, start=1):
        described = (record[key], *(record[at] for at in columns))
        if record[key] and found.setdefault(record[key], described) != described:
            differs = f"record {number} describes {entity.key} {record[key]} otherwise than one before"
            raise SourceError(f"{path}: {differs}; take what differs from line to line out of --entity {entity.name}")
    part = [hashlib.sha256(f"{seed}/split.{entity.name}/{each}".encode()).digest()[0] % len(PARTS) for each in found]
    return Table(entity.name, (entity.key, *entity.columns), list(found.values()), part)


def write_json(tables: Sequence[Table], folder: Path) -> None:
    """One file of JSON lines for each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        lines = [json_line(dict(zip(table.columns, record, strict=True))) + "\n" for record in table.of("json")]
        put(folder / f"{table.name}.jsonl", "".join(lines).encode())


def write_csv(tables: Sequence[Table], folder: Path) -> None:
    """One CSV file for each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        put(folder / f"{table.name}.csv", delimited(table.columns, table.of("csv"), ",").encode())


def write_sqlite(tables: Sequence[Table], path: Path) -> None:
    """One SQLite file with a table of texts for each."""
    waiting = path.with_name(f".{path.name}.part")
    waiting.unlink(missing_ok=True)
    with closing(sqlite3.connect(waiting)) as database:
        for table in tables:
            columns = ", ".join(f"{_quoted(column)} text" for column in table.columns)
            database.execute(f"create table {_quoted(table.name)} ({columns})")
            marks = ", ".join("?" * len(table.columns))
            database.executemany(f"insert into {_quoted(table.name)} values ({marks})", table.of("database"))
        database.commit()
    waiting.replace(path)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
