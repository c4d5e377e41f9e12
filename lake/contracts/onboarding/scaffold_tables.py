"""A first feed YAML out of a table: of a SQLite file, or of a database as its catalogue describes it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lake.contracts.onboarding.kinds import IDENTITY
from lake.contracts.onboarding.sample import SAMPLED, Sample
from lake.contracts.onboarding.scaffold import column_name, landing_path, scaffold_text
from lake.contracts.paths import LandingPattern
from lake.contracts.problems import did_you_mean
from lake.errors import SourceError

DECLARED = [("(?<!po)int(eger|[248])?\\b", "integer"), ("bool", "boolean"), ("real|floa|doub|num|dec", "decimal")]
MOMENTS = [("timestamp|datetime", "timestamp"), ("date", "date")]
"""Words in a declared type, and the type that is proposed. Values, where there are any, tell more about moments."""

CHANGED = re.compile("(?i)updat|chang|modif")
KEYS, SCOPE = "_keys", "key_scope"
"""How the lists of standing keys are called that lie beside the tables (docs/how-to/add-a-database-feed.md)."""


@dataclass(frozen=True)
class TableShape:
    """A table as its database describes it: column -> declared type, the key's columns, and values if any were read."""

    name: str
    columns: dict[str, str]
    key: Sequence[str] = ()
    values: Sequence[Sequence[str]] = ()


def sqlite_tables(path: Path) -> list[str]:
    """The names of a SQLite file's plain tables, sorted. SourceError where it is none, or damaged."""
    with _opened(path) as database:
        return _table_names(database)


def feeds_of(tables: Sequence[str]) -> list[str]:
    """Those of a file's tables that are no key list of another one, nor say what such a list covers."""
    lists = {name for name in tables if name.removesuffix(KEYS) in set(tables) - {name}}
    return [name for name in tables if name not in lists and not (lists and name == SCOPE)]


def sqlite_scaffold(feed: str, sample: Path, name: str, table: str) -> str:
    """The YAML text of a feed that reads a table of a SQLite file; `name`: the file's below landing."""
    path = landing_path(name)
    with _opened(sample) as database:
        shape = _shape(database, table)
        if not shape.columns:
            raise SourceError(f"{sample}: has no table {table}; {did_you_mean(table, _table_names(database))}")
        listed = _shape(database, table + KEYS).key if LandingPattern(path).has_date else ()
        has_scope = {"table_name", "first_key"} <= _shape(database, SCOPE).columns.keys()
    facts = []
    if listed and set(listed) <= shape.columns.keys():
        scope = f", scope: {{table: {SCOPE}}}" if has_scope else ""
        facts = [f"keys: {{table: {json.dumps(table + KEYS)}, columns: [{_names(listed)}]{scope}}}"]
    form = f"{{kind: sqlite, table: {json.dumps(table, ensure_ascii=False)}}}"
    found = _sample(shape, form, facts, list(listed) or list(shape.key), "upsert" if facts else "snapshot")
    return scaffold_text(feed, f"{name}, table {table}", path, found)


def jdbc_scaffold(feed: str, connection: str, shape: TableShape) -> str:
    """The YAML text of a feed that is pulled from a table."""
    mark = next((column_name(name) for name in shape.columns if CHANGED.search(name)), "TODO")
    key = _names(shape.key) or "TODO"
    form = f"{{kind: jdbc, connection: {connection}, table: {shape.name}, key: [{key}], mark: {mark}}}"
    found = _sample(shape, form, [], list(shape.key), "upsert")
    return scaffold_text(feed, f"{connection}, table {shape.name}", "", found)


def _sample(shape: TableShape, form: str, facts: list[str], key: list[str], load: str) -> Sample:
    version = next((column_name(name) for name in shape.columns if CHANGED.search(name)), "")
    facts = [*facts, *([f"version_by: {version}"] if version and load == "upsert" else [])]
    notes = [f"the table's key: {_names(key)}" if key else "the table declares no key"]
    fields = {name: [row[place] for row in shape.values if row[place]] for place, name in enumerate(shape.columns)}
    known = DECLARED if shape.values else [*DECLARED, *MOMENTS]
    types = {name: "id" if name in key or IDENTITY.search(name) else _type(kind, known)
             for name, kind in shape.columns.items()}  # fmt: skip
    return Sample(form, fields, notes, types, load, facts)


def _type(declared: str, known: Sequence[tuple[str, str]]) -> str:
    return next((proposed for words, proposed in known if re.search(f"(?i){words}", declared)), "")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(column_name(name) for name in columns)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, read-only, without a look at its logs; errors of SQLite are the file's."""
    try:
        uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.text_factory = lambda value: value.decode("utf-8", "replace")
            yield database
    except sqlite3.Error as error:
        raise SourceError(f"{path}: SQLite: {error}; give a SQLite file that is whole") from None


def _table_names(database: sqlite3.Connection) -> list[str]:
    rows = database.execute("select name from sqlite_schema where type = 'table'")
    return sorted(str(row[0]) for row in rows if not str(row[0]).startswith("sqlite_"))


def _shape(database: sqlite3.Connection, table: str) -> TableShape:
    """The table with its first rows as texts; no columns where there is no such table."""
    name = '"' + table.replace('"', '""') + '"'
    rows = [row for row in database.execute(f"pragma table_xinfo({name})") if row[6] != 1]
    key = [str(row[1]) for row in sorted(rows, key=lambda row: row[5]) if row[5]]
    values = database.execute(f"select * from {name} limit {SAMPLED}").fetchall() if rows else []
    texts = [["" if cell is None or isinstance(cell, bytes) else str(cell) for cell in row] for row in values]
    return TableShape(table, {str(row[1]): str(row[2]) for row in rows}, key, texts)
