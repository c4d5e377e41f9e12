"""The HiveQL of one table, rendered from its contract as templates over `${release_db}`, `${shop_db}`, `${location}`.

The templates are for Spark tables (`using orc`): Apache Hive reads the same files with DDL of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lake.contracts.columns import Column
from lake.contracts.table import Table
from lake.hiveql.literals import comment, escaped, identifier


def create_database() -> str:
    """The database of one release."""
    return "create database if not exists ${release_db}"


def create_table(table: Table) -> str:
    """The table in its release's database; `${location}` is the table's folder.

    A partitioned table starts without partitions: `add_partitions` points each at its own folder, which may be one of
    an earlier release. The partition column comes last, as Hive wants it.
    """
    columns = ",\n".join(f"  {_declared(column)}" for column in _ordered(table))
    clauses = [f"using {table.format}"]
    if table.partition_by is not None:
        clauses.append(f"partitioned by ({identifier(table.partition_by)})")
    if table.bucket_by is not None:
        sort = f" sorted by ({_names(table.bucket_by.sort)})" if table.bucket_by.sort else ""
        clauses.append(f"clustered by ({_names(table.bucket_by.columns)}){sort} into {table.bucket_by.count} buckets")
    clauses.append("location '${location}'")
    clauses.append(f"comment {comment(f'{table.description} Grain: {table.grain}.')}")
    clauses.append(f"tblproperties ('halles.kind' = '{table.kind}', 'halles.key' = '{', '.join(table.key)}')")
    return f"create table ${{release_db}}.{identifier(table.table)} (\n{columns}\n)\n" + "\n".join(clauses)


def create_view(table: Table, alias: str | None = None) -> str:
    """The view that readers use: explicit columns, so that a later column changes it only when it is made anew.

    `alias`: under another name than the table's.
    """
    declared = ",\n".join(f"  {identifier(c.name)} comment {comment(c.description)}" for c in _ordered(table))
    shown = identifier(alias or table.table)
    return (
        f"create or replace view ${{shop_db}}.{shown} (\n{declared}\n)\ncomment {comment(table.description)}\n"
        f"as {_selection(table)}"
    )


def alter_view(table: Table, alias: str | None = None) -> str:
    """The same view pointed elsewhere in one step: Spark's `create or replace` drops a view before it makes it anew."""
    return f"alter view ${{shop_db}}.{identifier(alias or table.table)} as {_selection(table)}"


def _selection(table: Table) -> str:
    selected = ",\n".join(f"  {identifier(name)}" for name in table.column_names)
    return f"select\n{selected}\nfrom ${{release_db}}.{identifier(table.table)}"


def add_partitions(table: Table, locations: Mapping[str, str]) -> str:
    """One statement that points every partition (month: folder) at its folder; ValueError without partitions."""
    if table.partition_by is None or not locations:
        raise ValueError(f"{table.table} has no partitions to add")
    column = identifier(table.partition_by)
    parts = [f"  partition ({column} = '{escaped(m)}') location '{escaped(f)}'" for m, f in sorted(locations.items())]
    return f"alter table ${{release_db}}.{identifier(table.table)} add if not exists\n" + "\n".join(parts)


def analyze_table(table: Table) -> str:
    """Statistics of the table and of the columns that the contract names for it."""
    start = f"analyze table ${{release_db}}.{identifier(table.table)} compute statistics"
    return f"{start} for columns {_names(table.analyze)}" if table.analyze else start


def _ordered(table: Table) -> list[Column]:
    by_name = {column.name: column for column in table.columns}
    return [by_name[name] for name in table.column_names]


def _declared(column: Column) -> str:
    """No `not null`: Spark does not check it on tables over files, and Hive refuses it on external ones."""
    return f"{identifier(column.name)} {column.type.replace(' ', '')} comment {comment(column.description)}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(identifier(name) for name in names)
