"""Cleansed to curated: dimensions, facts by dirty month, marts; each table checked before anybody can see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.columns import Column
from lake.contracts.table import Table
from lake.crash_points import reached
from lake.io import tables
from lake.names import Zone
from lake.pipelines.curating.checks import check_money, check_rows, differing_parts, refuse_same_keys
from lake.pipelines.curating.order_equations import check_orders
from lake.pipelines.curating.restatements import record_restatements
from lake.pipelines.curating.selection import selected, standing_rows
from lake.pipelines.curating.work import Work, fingerprint, input_versions, latest_states, work_for
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.run import Run


@dataclass
class CurateReport:
    """What was made: table -> reason, and how many stood as they should."""

    made: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0


def curate(run: Run, expected: Iterable[str] = ()) -> CurateReport:
    """Make what is dirty, in dependency order. Under `--plan` the reasons are said and nothing is written.

    `expected`: under `--plan`, feeds that would be cleansed before.

    Raises ReconciliationError when a complete order's money does not add up (nothing is made then), a table breaks its
    contract or its money is not that of cleansed; the tables made before stay.
    """
    run.expect_records(DeliveryBook.of(run.ledger("deliveries")).record_count)
    if not run.plan:
        check_orders(run)
    report, states = CurateReport(), latest_states(run)
    made: list[dict[str, Any]] = []
    planned = {item.entity for feed in expected for item in run.catalogue.feeds[feed].provides}
    try:
        for table in run.catalogue.tables.values():
            inputs = input_versions(run, table)
            work = work_for(run, table, inputs, states.get(table.table))
            if run.plan:
                upstream = sorted({i.name for i in table.inputs} & planned)
                if not work.is_empty or upstream:
                    _say_plan(run, table, work, upstream)
                    planned.add(table.table)
            elif work.reason:
                if not work.is_empty:
                    work, is_written = _make(run, table, work)
                    report.made |= {table.table: work.reason} if is_written else {}
                made.append(_state(run, table, inputs, work))
            report.unchanged += table.table not in report.made
    finally:
        run.record("table_states", made)
    reached("curate:recorded")
    if not run.plan:
        run.progress.step("curate", made=len(report.made), unchanged=report.unchanged)
    return report


def _say_plan(run: Run, table: Table, work: Work, upstream: Sequence[str]) -> None:
    """`upstream`: those of its inputs that would be made anew before."""
    months = sorted(work.months) if work.months else work.words if work.reason else "as its inputs say"
    why = work.reason or f"{', '.join(upstream)} would be made anew"
    run.progress.step("would curate", table=table.table, why=why, months=months)


def _state(run: Run, table: Table, inputs: Mapping[str, int], work: Work) -> dict[str, Any]:
    return {
        "table_name": table.table,
        "fingerprint": fingerprint(run, table),
        "inputs": dict(inputs),
        "version": tables.latest_version(run.spark, run.uri(Zone.CURATED, table.table)),
        "reason": work.reason,
        "months": sorted(work.months) if work.months is not None else None,
    }


def _make(run: Run, table: Table, work: Work) -> tuple[Work, bool]:
    """Write the table, or what is dirty of it, if the content differs; what was dirty, and whether it was written."""
    uri = run.uri(Zone.CURATED, table.table)
    only = {} if work.keys is None else {one.name: work.keys for one in table.inputs if one.key in work.keys.columns}
    rows = _dirty_part(table, selected(run, table, only), work).localCheckpoint()
    all_standing = standing_rows(run, table) if tables.exists(run.spark, uri) else None
    standing = None if all_standing is None else _dirty_part(table, all_standing, work)
    if standing is not None and table.partition_by and work.keys is not None:
        work = replace(work, months=_months_of(table, rows, standing))
        standing = _of_months(table, standing, work.months).localCheckpoint()
    check_rows(run, table, rows)
    lies_elsewhere = standing is not None and tables.partition_of(run.spark, uri) != table.partition_by
    parts = None if lies_elsewhere else differing_parts(table, rows, standing)
    if parts == frozenset():
        return work, False
    months = parts if table.month else None
    others = None if all_standing is None or work.is_whole else _others(table, all_standing, work, months)
    if table.partition_by:
        check_money(run, table, rows, work)
        rows = _of_months(table, rows, months)
        record_restatements(run, table, rows, standing, months, others)
    if others is not None:
        refuse_same_keys(table, rows, others)
        rows = rows.unionByName(others)
    told = [c.name for c in table.columns if c.sensitivity in ("public", "internal") and _has_statistics(table, c)]
    written = months if table.partition_by else None
    tables.replace(rows, uri, only=written, partition_by=table.partition_by, statistics=told)
    reached("curate:table_written")
    shown = work.words if months is None else len(months)
    run.progress.step("curated", table=table.table, why=work.reason, months=shown)
    return work, True


def _dirty_part(table: Table, rows: DataFrame, work: Work) -> DataFrame:
    """Those of the rows that are made anew."""
    rows = _of_months(table, rows, work.months)
    return rows if work.keys is None else rows.join(F.broadcast(work.keys), work.keys.columns, "left_semi")


def _others(table: Table, standing: DataFrame, work: Work, months: Iterable[str] | None) -> DataFrame | None:
    """The standing rows that stay beside those made anew: of a table with partitions in these months."""
    if table.partition_by:
        standing = _of_months(table, standing, months)
    if work.keys is not None:
        return standing.join(F.broadcast(work.keys), work.keys.columns, "left_anti")
    return None if table.partition_by else standing.where(f"not ({_where(table, work.months)})")


def _of_months(table: Table, rows: DataFrame, months: Iterable[str] | None) -> DataFrame:
    where = _where(table, months)
    return rows.where(where) if where else rows


def _months_of(table: Table, *frames: DataFrame) -> frozenset[str]:
    rows = reduce(DataFrame.union, [frame.select(str(table.month)) for frame in frames])
    return frozenset(row[0] for row in rows.distinct().collect())


def _has_statistics(table: Table, column: Column) -> bool:
    """Whether Delta may be asked for statistics of the column: it refuses booleans and partition columns."""
    return column.type != "boolean" and column.name != table.partition_by


def _where(table: Table, months: Iterable[str] | None) -> str | None:
    """The literal predicate of these months; None for the whole table."""
    if months is None or table.month is None:
        return None
    return f"{table.month} in ({', '.join(repr(month) for month in sorted(months))})"
