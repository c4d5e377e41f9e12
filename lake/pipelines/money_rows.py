"""The amounts that a fact must hold, straight from cleansed: what a line does not say is that of its order."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.table import Table
from lake.io import tables
from lake.names import Zone
from lake.pipelines.run import Run


def money_source(run: Run, table: Table) -> Entity | None:
    """The entity whose amounts the fact holds line by line; None for other tables."""
    name = next((i.name for i in table.inputs if i.dirty == "partition"), "")
    entity = run.catalogue.entities.get(name)
    has_money = table.kind == "fact" and table.partition_by and {"net_amount", "currency"} <= set(table.column_names)
    return entity if entity is not None and entity.amounts == "line" and has_money else None


def money_rows(run: Run, table: Table, entity: Entity, versions: Mapping[str, int]) -> DataFrame:
    """`month`, `currency` and `net_amount`, one row per line of the entity that the fact should hold.

    `versions`: Delta versions of the inputs; what is not named is read as it stands. A line without a month or currency
    of its own waits for its order, and a line leaves with its order.
    """
    uri = run.uri(Zone.CLEANSED, entity.entity)
    lines = tables.read(run.spark, uri, versions.get(entity.entity)).where("deleted_at is null")
    lines = lines.withColumn("month", F.col(str(entity.event_month)))
    headers_uri = run.uri(Zone.CLEANSED, "orders")
    reads_headers = entity.entity == "order_lines" and any(i.name == "orders" for i in table.inputs)
    if reads_headers and tables.exists(run.spark, headers_uri):
        headers = tables.read(run.spark, headers_uri, versions.get("orders")).select(
            "order_id",
            F.col("order_month").alias("header_month"),
            F.col("currency").alias("header_currency"),
            F.col("deleted_at").isNotNull().alias("header_is_gone"),
        )
        lines = lines.join(headers, "order_id", "left").where(~F.coalesce("header_is_gone", F.lit(False)))
        lines = lines.withColumn("month", F.coalesce("month", "header_month"))
        lines = lines.withColumn("currency", F.coalesce("currency", "header_currency"))
    return lines.where("month is not null and currency is not null").select("month", "currency", "net_amount")
