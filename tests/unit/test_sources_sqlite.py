"""SQLite files: every cell as it was stored, whatever its column was declared as; hostile files are refused whole."""

from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.contracts.source import KeyList, KeyScope, SourceColumn, SourceSpec, SqliteFormat
from lake.io.sources import records, sqlite_table
from lake.io.sources.reading import Refused, raw_schema, read_source
from lake.io.sources.records import Reading
from lake.io.sources.sqlite_cells import NoText, cell_text, column_texts

Cell = int | float | str | bytes | None
ORDERS = SqliteFormat(kind="sqlite", table="orders")
KEYS = KeyList(table="orders_keys", columns=["id"], scope=KeyScope(table="key_scope"))


def database(folder: Path, *statements: str, rows: list[tuple[Cell, ...]] | None = None) -> bytes:
    """The bytes of a database after these statements and rows of its table `orders`."""
    path = folder / "made.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    for statement in statements or ("create table orders(id, note)",):
        connection.execute(statement)
    for row in rows or []:
        connection.execute(f"insert into orders values ({', '.join('?' * len(row))})", row)
    connection.commit()
    connection.close()
    return path.read_bytes()


def read(content: bytes, *columns: str, form: SqliteFormat = ORDERS, **options: Any) -> Reading:
    declared = [SourceColumn(name=name) for name in columns or ("id", "note")]
    return read_source(content, "file", SourceSpec(format=form, columns=declared, **options))


def rows_of(reading: Reading) -> list[dict[str, Any]]:
    rows = [row for batch in reading.batches for row in batch.to_pylist()]
    assert [row["record_number"] for row in rows] == list(range(1, reading.record_count + 1))
    return rows


def refusal(content: bytes, *columns: str, **options: Any) -> str:
    with pytest.raises(Refused) as refused:
        read(content, *columns, **options)
    return refused.value.code


def test_a_cell_is_the_text_of_its_value_with_its_storage_class(tmp_path: Path) -> None:
    cells: list[Cell] = [7, 2.5, 1e16, 0.1, 1 / 3, "", "12,50", None, b"abc", -(2**63), "héé 🎁", math.inf]
    rows = rows_of(read(database(tmp_path, rows=[(cell, None) for cell in cells])))
    assert [row["id"] for row in rows] == [
        "7", "2.5", "1e+16", "0.1", repr(1 / 3), "", "12,50", None, "abc", str(-(2**63)), "héé 🎁", "inf",
    ]  # fmt: skip
    classes = [json.loads(row["storage"]).get("id") for row in rows]
    assert classes == ["integer", "real", "real", "real", "real", "text", "text", None, "blob", "integer", "text",
                       "real"]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
                            | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
                            | st.binary(max_size=4)] * 2), max_size=12))  # fmt: skip
def test_drawn_cells_are_what_typeof_says_and_numbers_come_back_exact(drawn: list[tuple[Cell, Cell]]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table orders(id numeric, note text)")
    connection.executemany("insert into orders values (?, ?)", drawn)
    connection.commit()
    stored = connection.execute("select typeof(id), typeof(note), id, note from orders order by rowid").fetchall()
    for row, (*classes, id_, note) in zip(rows_of(read(connection.serialize())), stored, strict=True):
        if row["malformed"] is not None:
            assert any(isinstance(cell, bytes) for cell in (id_, note))
            continue
        told = json.loads(row["storage"])
        assert [told.get("id", "null"), told.get("note", "null")] == classes
        for text, cell in ((row["id"], id_), (row["note"], note)):
            plain = cell.decode() if isinstance(cell, bytes) else cell
            assert (None if text is None else type(plain)(text)) == plain


KINDS = [st.integers(-(2**63), 2**63 - 1), st.text(max_size=5), st.floats(allow_nan=False), st.binary(max_size=5)]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([*KINDS, st.one_of(*KINDS)]).flatmap(lambda kind: st.lists(st.one_of(st.none(), kind), min_size=1))
)
def test_a_column_is_what_its_cells_are_one_by_one_unless_one_of_them_is_no_text(cells: list[Cell]) -> None:
    texts = [cell_text(cell) for cell in cells]
    column = column_texts(cells)
    assert (column is None) == any(isinstance(text, NoText) for text in texts)
    if column is not None:
        assert column.to_pylist() == texts


def test_one_record_that_is_no_text_leaves_those_beside_it_as_they_are(tmp_path: Path) -> None:
    rows: list[tuple[Cell, ...]] = [(1, "a"), (2.5, None), (None, "b")]
    declared = [SourceColumn(name="note"), SourceColumn(name="absent", required=False), SourceColumn(name="id")]
    spec = SourceSpec(format=ORDERS, columns=declared)
    plain = rows_of(read_source(database(tmp_path, rows=rows), "file", spec))
    spoilt = rows_of(read_source(database(tmp_path, rows=[*rows, (4, b"\xff")]), "file", spec))
    assert plain == spoilt[:3]
    assert [row["malformed_reason"] for row in spoilt] == [None, None, None, "blob"]


def test_a_picture_in_a_column_that_nobody_declared_refuses_nothing(tmp_path: Path) -> None:
    content = database(
        tmp_path, "create table orders(id, note, pic)", "insert into orders values (1, 'a', x'ffd8'), (2, 'b', null)"
    )
    declared = [SourceColumn(name="id"), SourceColumn(name="note")]
    spec = SourceSpec(format=ORDERS, columns=declared, unknown_columns="keep")
    rows = rows_of(read_source(content, "file", spec))
    assert [(row["id"], row["note"], row["malformed_reason"]) for row in rows] == [("1", "a", None), ("2", "b", None)]
    assert [dict(row["rescued"] or []) for row in rows] == [{"pic": '{"hex": "ffd8"}'}, {}]


def test_what_is_no_text_stays_whole_as_a_malformed_record(tmp_path: Path) -> None:
    content = database(
        tmp_path,
        "create table orders(id, note)",
        "insert into orders values (1, x'ff00'), (2, cast(x'c328' as text)), (3, cast(x'610062' as text)), (4, 'é')",
    )
    rows = rows_of(read(content))
    assert [row["malformed_reason"] for row in rows] == ["blob", "invalid utf-8", "NUL byte", None]
    assert [row["id"] for row in rows] == [None, None, None, "4"]
    kept = [json.loads(row["malformed"]) for row in rows[:3]]
    assert kept == [{"id": 1, "note": {"hex": "ff00"}}, {"id": 2, "note": {"hex": "c328"}}, {"id": 3, "note": "a\0b"}]


def test_records_are_numbered_by_rowid_and_by_the_primary_key_where_there_is_none(tmp_path: Path) -> None:
    by_rowid = database(
        tmp_path,
        "create table orders(id text, note, rowid)",  # a column hides the first name of the row's id
        "insert into orders(_rowid_, id, note, rowid) values (9, 'c', 1, 0), (3, 'a', 2, 7), (5, 'b', 3, 3)",
        "create index by_note on orders(note, id)",
    )
    assert [row["id"] for row in rows_of(read(by_rowid, "id", "note", "rowid"))] == ["a", "b", "c"]
    without = database(
        tmp_path,
        "create table orders(id text, note integer, primary key (note, id)) without rowid",
        "insert into orders values ('x', 20), ('z', 3), ('y', 3)",
    )
    assert [row["id"] for row in rows_of(read(without))] == ["y", "z", "x"]


def test_generated_columns_count_and_undeclared_ones_are_drift(tmp_path: Path) -> None:
    content = database(
        tmp_path,
        "create table orders(id, note, twice as (id * 2) stored, seen)",
        "insert into orders(id, note, seen) values (1, 'n', 's')",
    )
    assert refusal(content) == "unknown column"
    rows = rows_of(read(content, "id", "twice", unknown_columns="keep"))
    assert (rows[0]["twice"], rows[0]["rescued"]) == ("2", [("note", "n"), ("seen", "s")])


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["create table other(id)"], "missing table"),
        (["create table other(id, note)", "create view orders as select * from other"], "no table"),
        (["create virtual table orders using fts5(id, note)"], "no table"),
        (["create table orders(id)"], "missing column"),
        (["create table orders(id, note)", "insert into orders values (1, hex(zeroblob(4000)))"], "record too large"),
        (["create table orders(id, note)", "insert into orders values (hex(zeroblob(700)), hex(zeroblob(700)))"],
         "record too large"),
    ],
)  # fmt: skip
def test_a_file_that_lacks_what_the_contract_says_is_refused(tmp_path: Path, statements: list[str], code: str) -> None:
    assert refusal(database(tmp_path, *statements), max_record_bytes=2000) == code


def test_no_database_a_truncated_and_a_corrupt_one_are_refused(tmp_path: Path) -> None:
    content = database(tmp_path, rows=[(number, "x" * 900) for number in range(200)])
    pages = len(content) // 4096
    assert pages > 20
    assert refusal(b"SQLite format 3\x00") == "corrupt database"
    assert refusal(bytes(reversed(content))) == "not SQLite"
    assert refusal(b"id,note\n1,2\n") == "not SQLite"
    assert refusal(b"") == "empty"
    assert refusal(content[: len(content) // 2 // 4096 * 4096]) == "truncated database"
    assert refusal(content[:-1]) == "truncated database"
    for page in (0, 1, pages // 2, pages - 1):
        start = page * 4096 + (100 if page == 0 else 0)
        assert refusal(content[:start] + b"\xff" * 2000 + content[start + 2000 :]) == "corrupt database", page


def test_what_only_the_write_ahead_log_holds_was_not_delivered(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("pragma journal_mode = wal")
    writer.execute("create table orders(id, note)")
    writer.execute("insert into orders values (1, 'written back')")
    writer.execute("pragma wal_checkpoint(truncate)")
    writer.execute("insert into orders values (2, 'in the log')")
    content = path.read_bytes()
    assert [row["note"] for row in rows_of(read(content))] == ["written back"]
    writer.close()
    assert [row["note"] for row in rows_of(read(path.read_bytes()))] == ["written back", "in the log"]


def test_batches_are_bounded_and_can_be_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_BATCH_ROWS", 500)
    reading = read(database(tmp_path, rows=[(number, f"n{number}") for number in range(1700)]))
    sizes = [batch.num_rows for batch in reading.batches]
    assert sizes == [500, 500, 500, 200]
    seen: list[Cell] = []
    monkeypatch.setattr(sqlite_table, "column_texts", lambda cells: (seen.extend(cells), column_texts(cells))[1])
    next(iter(reading.batches))
    assert len(seen) == 2 * 500, "the first batch is there before the last row is read"
    batches = list(reading.batches)
    assert all(batch.schema == raw_schema(SourceSpec(format=ORDERS, columns=[SourceColumn(name="id"),
               SourceColumn(name="note")])) for batch in batches)  # fmt: skip
    assert [text for batch in batches for text in batch.column("note").to_pylist()] == [f"n{i}" for i in range(1700)]


KEY_TABLES = ("create table orders(id, note)", "create table orders_keys(id)",
              "create table key_scope(table_name, first_key)")  # fmt: skip


def test_a_key_list_gives_its_keys_and_the_first_one_that_it_judges(tmp_path: Path) -> None:
    content = database(
        tmp_path, *KEY_TABLES, "insert into orders_keys values (4), ('5'), (6.0), (null)",
        "insert into key_scope values ('orders', 4), ('others', 1)",
    )  # fmt: skip
    keys = read(content, keys=KEYS).keys
    assert keys is not None
    assert (keys.key_count, keys.first_key) == (4, 4)
    assert [text for batch in keys.batches for text in batch.column("id").to_pylist()] == ["4", "5", "6.0", None]
    empty = read(database(tmp_path, *KEY_TABLES), keys=KEYS).keys
    assert empty is not None and (empty.key_count, empty.first_key, list(empty.batches)) == (0, None, [])


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["create table orders(id, note)"], "missing table"),
        (["create table orders(id, note)", "create table orders_keys(other)"], "missing column"),
        ([*KEY_TABLES, "insert into orders_keys values (x'ff')"], "key list"),
        ([*KEY_TABLES, "insert into orders_keys values (cast(x'ff' as text))"], "key list"),
        ([*KEY_TABLES, "insert into key_scope values ('orders', 'x')"], "key list"),
        ([*KEY_TABLES, "insert into key_scope values ('orders', 1), ('orders', 2)"], "key list"),
        (KEY_TABLES[:2], "missing table"),
    ],
)
def test_a_doubtful_key_list_refuses_the_delivery(tmp_path: Path, statements: list[str], code: str) -> None:
    assert refusal(database(tmp_path, *statements), keys=KEYS) == code
