"""Checks of curated rows before they are written: keys, required columns, expectations, and money against cleansed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake.contracts.table import Table
from lake.errors import ReconciliationError
from lake.io import tables
from lake.names import Severity
from lake.pipelines.curating.money_rows import money_rows, money_source, shown, sums_by_month
from lake.pipelines.curating.selection import input_uri
from lake.pipelines.curating.work import Work
from lake.pipelines.run import Run
from lake.transforms.content import content_sums


def check_rows(run: Run, table: Table, rows: DataFrame) -> None:
    """Rows that break a rule of severity `warn` are counted.

    Raises ReconciliationError where a key is not unique, a required column is null or an expectation of severity
    `fail` is broken: nothing is written then.
    """
    counts = [F.count("*").alias("rows"), F.count_distinct(*table.key).alias("keys")]
    found = rows.agg(*counts, *_failures(table)).collect()[0].asDict()
    failed = {name.removeprefix("failed:"): n for name, n in found.items() if name.startswith("failed:")}
    broken = [f"{n} rows break '{rule}'" for rule, n in failed.items() if n]
    if found["keys"] != found["rows"]:
        broken.append(f"{found['rows']} rows have only {found['keys']} different keys ({', '.join(table.key)})")
    if broken:
        read = ", ".join(one.name for one in table.inputs)
        raise ReconciliationError(
            f"table {table.table}: {'; '.join(broken)}; nothing of it was written: look at what it reads ({read}), "
            f"mend the mapping or the contract; if they are right, run `lake audit --shop {run.shop}` and report it"
        )
    _record_warnings(run, table, found)


def differing_parts(table: Table, rows: DataFrame, standing: DataFrame | None) -> frozenset[str] | None:
    """The months whose rows are not those that stand; of a table without months `all` if any row differs.

    None where all must be written: other columns, or none stand.
    """
    if standing is None or not _same_columns(table, rows, standing):
        return None
    part = F.col(table.month) if table.month else F.lit("all")
    sums = [F.count("*"), *content_sums(table.column_names)]
    old, new = (
        {row[0]: tuple(row) for row in frame.groupBy(part.alias("lake_part")).agg(*sums).collect()}
        for frame in (standing, rows)
    )
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def refuse_same_keys(table: Table, rows: DataFrame, others: DataFrame) -> None:
    """Raises ReconciliationError where one of `rows` has the key of one of the others, which stay beside them."""
    anew = F.broadcast(rows.select(*table.key))
    same = others.select(*table.key).join(anew, table.key, "left_semi").limit(1).collect()
    if same:
        shown_key = ", ".join(f"{name} {value}" for name, value in same[0].asDict().items())
        raise ReconciliationError(
            f"table {table.table}: what is made anew has the key of a row that stays ({shown_key}); nothing of it was "
            "written: look at what it reads, mend the mapping or the contract"
        )


def _same_columns(table: Table, rows: DataFrame, standing: DataFrame) -> bool:
    if set(standing.columns) != set(table.column_names):
        return False
    return [standing.schema[name].dataType for name in table.column_names] == [f.dataType for f in rows.schema]


def _failures(table: Table) -> list[Column]:
    required = [(f"failed:{c.name} is not null", F.col(c.name).isNull()) for c in table.columns if c.required]
    marks = {Severity.FAIL: "failed", Severity.WARN: "warned"}
    rules = [(f"{marks[r.severity]}:{r.rule_name}", ~F.expr(r.rule)) for r in table.expectations if r.severity in marks]
    return [F.count_if(condition).alias(name) for name, condition in [*required, *rules]]


def _record_warnings(run: Run, table: Table, found: Mapping[str, Any]) -> None:
    """Keep in `ops.quality` how many rows break a rule of severity `warn`, a line of progress for each rule."""
    warned = {name.removeprefix("warned:"): n for name, n in found.items() if name.startswith("warned:") and n}
    for rule, count in warned.items():
        run.progress.problem("warned", table=table.table, rule=rule, rows=count)
    shown = {"entity": table.table, "severity": Severity.WARN.value, "row_count": found["rows"], "outcome": "counted"}
    run.record("quality", [{**shown, "rule": rule, "failed_count": count} for rule, count in warned.items()])


def check_money(run: Run, table: Table, rows: DataFrame, work: Work) -> None:
    """Net by currency and month must be that of the entity the table is made from; ReconciliationError otherwise.

    `rows`: those of the months or keys that are made anew.
    """
    entity = money_source(run, table)
    if entity is None or not tables.exists(run.spark, input_uri(run, entity.entity)):
        return
    cleansed = money_rows(run, table, entity, {}, work.keys)
    if work.months is not None and work.keys is None:
        cleansed = cleansed.where(F.col("month").isin(sorted(work.months)))
    expected, found = sums_by_month(cleansed, "month"), sums_by_month(rows, str(table.partition_by))
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            month, currency = key
            net = f"net {currency} {shown(found.get(key))} instead of {shown(expected.get(key))}"
            raise ReconciliationError(
                f"table {table.table}, {month}: {net} in cleansed {entity.entity}; nothing of it was written: run "
                f"`lake audit --shop {run.shop}`"
            )
