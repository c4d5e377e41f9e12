"""Before a release is shown: its tables, read as analysts will read them, must hold what curated holds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pyspark.sql import functions as F

from lake.contracts.table import Table
from lake.errors import ReconciliationError
from lake.hiveql.literals import escaped
from lake.io.hive import Door
from lake.pipelines.release_contents import Tables
from lake.pipelines.release_diff import TableChange

Money = dict[tuple[str, str], tuple[int, Decimal]]
"""(month, currency) -> number of rows, sum of net_amount."""


def check_release(door: Door, database: str, tables: Tables, changes: Iterable[TableChange]) -> None:
    """Row counts of all tables, and net amounts of the written months by currency, are those of curated.

    Counts of tables that did not change are those recorded when they were checked. Raises ReconciliationError that
    names each table with both figures.
    """
    changed = [change for change in changes if change.is_changed]
    expected = {name: table.row_count for name, table in tables.items()} | _curated_counts(changed)
    problems = _count_problems(door, database, expected)
    for change in changed:
        if has_money(change.source.contract) and change.written:
            problems += _money_problems(door, database, change)
    if problems:
        raise ReconciliationError(f"{database} is not shown, it differs from curated: {'; '.join(problems)}")


def has_money(table: Table) -> bool:
    """Whether the table is a fact by month with net amounts and their currency."""
    columns = set(table.column_names)
    return table.kind == "fact" and table.partition_by is not None and {"net_amount", "currency"} <= columns


def _curated_counts(changed: list[TableChange]) -> dict[str, int]:
    """Rows of the changed tables, counted in curated by queries of their own (Delta answers them from its log)."""
    return {change.name: change.source.rows().count() for change in changed}


def _count_problems(door: Door, database: str, expected: dict[str, int]) -> list[str]:
    selects = [f"select '{name}' as table_name, count(*) as row_count from {database}.{name}" for name in expected]
    published = {str(name): int(count) for name, count in door.execute(" union all ".join(selects))}
    return [
        f"{name} has {published.get(name, 0)} rows instead of {count}"
        for name, count in expected.items()
        if published.get(name, 0) != count
    ]


def _money_problems(door: Door, database: str, change: TableChange) -> list[str]:
    month, written = str(change.source.contract.partition_by), sorted(change.written)
    months = ", ".join(f"'{escaped(value)}'" for value in written)
    statement = (
        f"select {month}, currency, count(*) as row_count, sum(net_amount) as net_amount "
        f"from {database}.{change.name} where {month} in ({months}) group by {month}, currency"
    )
    sums = (F.count("*").alias("row_count"), F.sum("net_amount").alias("net_amount"))
    rows = change.source.rows().where(F.col(month).isin(written))
    curated = _money(rows.groupBy(month, "currency").agg(*sums).collect())
    published = _money(door.execute(statement))
    return [
        f"{change.name} {key[0]} {key[1]} sums to {_shown(published.get(key))} instead of {_shown(curated.get(key))}"
        for key in sorted({*published, *curated})
        if published.get(key) != curated.get(key)
    ]


def _money(rows: Iterable[Any]) -> Money:
    return {
        (str(month), str(currency)): (int(count), Decimal(str(amount)) if amount is not None else Decimal(0))
        for month, currency, count, amount in rows
    }


def _shown(money: tuple[int, Decimal] | None) -> str:
    return "nothing" if money is None else f"{money[1]} in {money[0]} rows"
