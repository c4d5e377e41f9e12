"""A delivered SQLite file as a database that cannot change: opened read-only from a private copy, checked first.

The file format: https://www.sqlite.org/fileformat2.html, section 1.3.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lake.io.sources.records import AGAIN, Refused

MAGIC = b"SQLite format 3\x00"
MIN_PAGE, MAX_PAGE = 512, 65_536


class InvalidText(bytes):
    """A text cell whose bytes are not UTF-8."""


def quoted(name: str) -> str:
    """An SQL identifier that can be nothing else."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class SourceTable:
    """A table of the file: its columns in order, and the SQL terms that its rows are ordered by."""

    name: str
    columns: list[str]
    order: list[str]

    @property
    def scan(self) -> str:
        """`from` and the table, read itself and not through one of its indexes."""
        return f"from {quoted(self.name)} not indexed"


def open_database(content: bytes, max_cell_bytes: int) -> sqlite3.Connection:
    """The database as of the delivery. Raises Refused: no SQLite file, encrypted, truncated.

    The copy's name is gone at once; its bytes go with the connection. A write-ahead log is not part of the file:
    what was not written back into it was not delivered.
    """
    _check_header(content)
    with tempfile.NamedTemporaryFile(prefix="delivery_", suffix=".sqlite") as copy:
        copy.write(content)
        copy.flush()
        uri = f"file:{quote(str(Path(copy.name)))}?mode=ro&immutable=1"
        database = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        database.text_factory = _text
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max_cell_bytes)
        with refusing_corruption():
            database.execute("pragma trusted_schema = off")  # functions hidden in a stranger's schema do not run
            database.execute("pragma cell_size_check = on")
            database.execute("select count(*) from sqlite_schema").fetchone()
    return database


@contextmanager
def refusing_corruption() -> Iterator[None]:
    """Errors of SQLite on a delivered file are the file's: Refused."""
    try:
        yield
    except sqlite3.DataError as error:
        raise Refused("record too large", f"{error}: raise max_record_bytes") from error
    except sqlite3.Error as error:
        raise Refused("corrupt database", f"SQLite: {error}: {AGAIN}") from error


def source_table(database: sqlite3.Connection, name: str) -> SourceTable:
    """The table as the file's schema has it. Raises Refused where it is missing, or no plain table."""
    kinds = {row[1]: (row[2], bool(row[4])) for row in database.execute("pragma table_list") if row[0] == "main"}
    if name not in kinds:
        shown = ", ".join(sorted(n for n in kinds if not n.startswith("sqlite_")))[:200] or "no table"
        raise Refused("missing table", f"the file has no table {name}, it has {shown}: mend `table` or ask the sender")
    kind, has_no_rowid = kinds[name]
    if kind != "table":
        raise Refused("no table", f"{name} is a {kind}: name the table that it is made of")
    columns = [row for row in database.execute(f"pragma table_xinfo({quoted(name)})") if row[6] != 1]
    names = [str(row[1]) for row in columns]
    if has_no_rowid:
        return SourceTable(name, names, [quoted(row[1]) for row in sorted(columns, key=lambda r: r[5]) if row[5]])
    hidden = [alias for alias in ("rowid", "_rowid_", "oid") if alias not in {n.lower() for n in names}]
    return SourceTable(name, names, hidden[:1])


def _check_header(content: bytes) -> None:
    if not content.startswith(MAGIC):
        raise Refused("not SQLite", f"the file does not begin like a SQLite database (is it encrypted?): {AGAIN}")
    size = int.from_bytes(content[16:18], "big")
    size = MAX_PAGE if size == 1 else size
    if len(content) < 100 or not MIN_PAGE <= size <= MAX_PAGE or size & (size - 1):
        raise Refused("corrupt database", f"its header has no valid page size: {AGAIN}")
    pages, is_valid = int.from_bytes(content[28:32], "big"), content[24:28] == content[92:96]
    if len(content) % size or (is_valid and pages * size > len(content)):
        raise Refused("truncated database", f"{len(content)} bytes, its header says {pages} pages of {size}: {AGAIN}")


def _text(value: bytes) -> str | InvalidText:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return InvalidText(value)
