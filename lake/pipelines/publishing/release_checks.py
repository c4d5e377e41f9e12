"""Before a release is shown: its tables, read as analysts will read them, must hold what curated holds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pyspark.sql import functions as F

from lake.errors import ReconciliationError
from lake.hiveql.literals import escaped
from lake.io.hive import Door, Rows
from lake.pipelines.curating.money_rows import Money, holds_money, shown, sums_by_month
from lake.pipelines.publishing.release_contents import Tables
from lake.pipelines.publishing.release_diff import TableChange
from lake.pipelines.run import Run


def check_release(run: Run, door: Door, database: str, tables: Tables, changes: Iterable[TableChange]) -> None:
    """Row counts of all tables, and net amounts of the written months by currency, are those of curated.

    Counts of tables that did not change are those recorded when they were checked. Raises ReconciliationError that
    names each table with both figures.
    """
    changed = [change for change in changes if change.is_changed]
    expected = {name: table.row_count for name, table in tables.items()} | _curated_counts(changed)
    problems = _count_problems(door, database, expected)
    for change in changed:
        if holds_money(change.source.contract) and change.written:
            problems += _money_problems(door, database, change)
    if problems:
        raise ReconciliationError(
            f"{database} is not shown, it differs from curated: {'; '.join(problems)}: publish again; if it differs "
            f"still, run `lake audit --shop {run.shop}` and report it"
        )


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
    curated = sums_by_month(change.source.rows().where(F.col(month).isin(written)), month)
    published = _answered(door.execute(statement))
    return [
        f"{change.name} {key[0]} {key[1]} sums to {shown(published.get(key))} instead of {shown(curated.get(key))}"
        for key in sorted({*published, *curated})
        if published.get(key) != curated.get(key)
    ]


def _answered(rows: Rows) -> Money:
    return {
        (str(month), str(currency)): (int(count), Decimal(str(amount)) if amount is not None else None)
        for month, currency, count, amount in rows
    }
