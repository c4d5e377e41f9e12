"""The net amounts that a fact must hold, straight from cleansed, and what rows sum to by month and currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.table import Table
from lake.io import tables
from lake.names import Zone
from lake.pipelines.run import Run

Money = dict[tuple[str, str], tuple[int, Decimal | None]]
"""(month, currency) -> number of rows, sum of net_amount."""


def holds_money(table: Table) -> bool:
    """Whether the table is a fact by month with net amounts and their currency."""
    columns = set(table.column_names)
    return table.kind == "fact" and table.partition_by is not None and {"net_amount", "currency"} <= columns


def shown(money: tuple[int, Decimal | None] | None) -> str:
    """One sum for people; None: there are no rows of its month and currency."""
    return "nothing" if money is None else f"{money[1]} in {money[0]} rows"


def money_source(run: Run, table: Table) -> Entity | None:
    """The entity whose amounts the fact holds line by line; None for other tables."""
    name = next((i.name for i in table.inputs if i.dirty == "partition"), "")
    entity = run.catalogue.entities.get(name)
    return entity if entity is not None and entity.amounts == "line" and holds_money(table) else None


def sums_by_month(rows: DataFrame, month: str) -> Money:
    """What the rows sum to; `month` names their column of it."""
    grouped = rows.groupBy(F.col(month).alias("month"), "currency")
    sums = grouped.agg(F.count("*").alias("n"), F.sum("net_amount").alias("net"))
    return {(str(row["month"]), str(row["currency"])): (row["n"], row["net"]) for row in sums.collect()}


def money_rows(
    run: Run, table: Table, entity: Entity, versions: Mapping[str, int], keys: DataFrame | None = None
) -> DataFrame:
    """`month`, `currency` and `net_amount`, one row per line of the entity that the fact should hold.

    `versions`: Delta versions of the inputs; what is not named is read as it stands. `keys`: a column of the entity and
    of orders, each value once; only lines with these (default: all). What a line does not say is that of its order. A
    line without a month or currency of its own waits for its order, and a line leaves with its order.
    """
    uri = run.uri(Zone.CLEANSED, entity.entity)
    lines = tables.read(run.spark, uri, versions.get(entity.entity), whole=True).where("deleted_at is null")
    if keys is not None:
        lines = lines.join(F.broadcast(keys), keys.columns, "left_semi")
    lines = lines.withColumn("month", F.col(str(entity.event_month)))
    headers_uri = run.uri(Zone.CLEANSED, "orders")
    reads_headers = entity.entity == "order_lines" and any(i.name == "orders" for i in table.inputs)
    if reads_headers and tables.exists(run.spark, headers_uri):
        headers = tables.read(run.spark, headers_uri, versions.get("orders"), whole=True).select(
            "order_id",
            F.col("order_month").alias("header_month"),
            F.col("currency").alias("header_currency"),
            F.col("deleted_at").isNotNull().alias("header_is_gone"),
        )
        headers = headers if keys is None else headers.join(F.broadcast(keys), keys.columns, "left_semi")
        lines = lines.join(headers, "order_id", "left").where(~F.coalesce("header_is_gone", F.lit(False)))
        lines = lines.withColumn("month", F.coalesce("month", "header_month"))
        lines = lines.withColumn("currency", F.coalesce("currency", "header_currency"))
    return lines.where("month is not null and currency is not null").select("month", "currency", "net_amount")
