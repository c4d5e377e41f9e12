"""The splitter's three parts to where they belong: files, and a database, SQLite or behind a JDBC URL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lake.errors import UsageError_
from lake.generator.splitter import Described, Table, split, write_csv, write_json, write_sqlite
from lake.io import database
from lake.io.session import open_session
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]


def split_extract(
    extract: Path, seed: int, entities: Sequence[Described], target: Path, url: str | None, user: str, password_env: str
) -> list[Table]:
    """Write `json/`, `csv/` and `<extract>.sqlite` below the target, or instead of the last the tables of a JDBC URL.

    Tables of these names in the database are replaced. A session is opened for a URL only. Raises UsageError_ for
    another kind of database, EnvironmentError_ where it cannot be written to; neither names the password.
    """
    login = _login(url, user, password_env) if url else {}
    tables = split(extract, seed, entities)
    target.mkdir(parents=True, exist_ok=True)
    write_json(tables, target / "json")
    write_csv(tables, target / "csv")
    if url:
        _write_database(tables, url, login)
    else:
        write_sqlite(tables, target / f"{extract.stem}.sqlite")
    return tables


def _login(url: str, user: str, password_env: str) -> dict[str, str]:
    if not url.startswith(tuple(database.DIALECTS)):
        known = " or ".join(f"{start}//HOST:PORT/NAME" for start in database.DIALECTS)
        raise UsageError_(f"--database {url}: write {known}")
    return database.login(url, url, user, password_env)


def _write_database(tables: Sequence[Table], url: str, login: dict[str, str]) -> None:
    spark = open_session("halles split", PROJECT, load_settings(PROJECT).session)
    try:
        for table in tables:
            schema = ", ".join(f"`{column}` string" for column in table.columns)
            rows = spark.createDataFrame(table.of("database"), schema)
            database.write_table(rows, table.name, url, login)
    finally:
        spark.stop()
