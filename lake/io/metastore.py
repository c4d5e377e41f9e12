"""What a metastore holds, asked through the door: databases, tables, views and which release a view reads."""

from __future__ import annotations

import re

from lake.io.hive import Door, Rows


def has_database(door: Door, database: str) -> bool:
    """Whether the database exists."""
    return database in list_databases(door, database)


def list_databases(door: Door, pattern: str) -> list[str]:
    """Names of the databases like the pattern (`*` stands for anything), sorted."""
    return sorted(str(row[0]) for row in door.execute(f"show databases like '{pattern}'"))


def list_tables(door: Door, database: str) -> list[str]:
    """Names of tables and views in the database, sorted."""
    return _names(door.execute(f"show tables in {database}"))


def list_views(door: Door, database: str) -> list[str]:
    """Names of the views in the database, sorted."""
    return _names(door.execute(f"show views in {database}"))


def list_partitions(door: Door, table: str) -> list[str]:
    """Partitions of `database.table` as Hive names them (`sale_month=2010-12`), sorted."""
    return sorted(str(row[0]) for row in door.execute(f"show partitions {table}"))


def view_text(door: Door, view: str) -> str:
    """The statement that would make `database.view` again."""
    return "\n".join(str(row[0]) for row in door.execute(f"show create table {view}"))


def view_reads(door: Door, database: str, view: str, name: str) -> bool:
    """Whether the view is there and its text names that database or table."""
    if not has_database(door, database) or view not in list_views(door, database):
        return False
    return re.search(rf"\b{re.escape(name)}\b", view_text(door, f"{database}.{view}")) is not None


def databases_read(door: Door, database: str, pattern: re.Pattern[str]) -> dict[str, set[str]]:
    """For each view of the database the names in its text that match the pattern (databases of releases)."""
    if not has_database(door, database):
        return {}
    texts = {name: view_text(door, f"{database}.{name}") for name in list_views(door, database)}
    return {name: set(pattern.findall(text)) for name, text in texts.items()}


def _names(rows: Rows) -> list[str]:
    """Spark answers (namespace, name, is_temporary), with the session's own views among them; Hive only (name)."""
    return sorted(str(row[1]) if len(row) > 1 else str(row[0]) for row in rows if len(row) < 3 or not row[2])
