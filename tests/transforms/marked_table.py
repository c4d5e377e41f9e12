"""A table with rows that are only marked as gone, as large shops have them."""

from __future__ import annotations

from pyspark.sql import SparkSession

from lake.io import file_rewrites, table_updates, tables

Rows = set[tuple[int, str | None, int]]
COLUMNS = "key int, month string, amount int"
FIRST: Rows = {(n, "2024-01", n) for n in range(1000)}
NEW: Rows = {(7, "2024-01", 70), (1000, "2024-02", 0)}
GONE: Rows = {(7, "2024-01", 7), (8, "2024-01", 8)}


def mark_rows(spark: SparkSession, uri: str) -> None:
    """FIRST in one file, which counts as large: of it GONE are then marked and NEW are written elsewhere."""
    lies = tables.Layout(["key"], None, ["key"], keeps_changes=True, marks_rows=True)
    small, file_rewrites.SMALL_BYTES = file_rewrites.SMALL_BYTES, -1
    try:
        tables.append(spark.createDataFrame([*FIRST], COLUMNS).coalesce(1), uri, lies)
        touched = spark.createDataFrame([(7,), (8,), (1000,)], "key int")
        changes = table_updates.apply_changes(spark, uri, spark.createDataFrame([*NEW], COLUMNS), touched, lies)
    finally:
        file_rewrites.SMALL_BYTES = small
    assert changes == table_updates.Changes(inserted=1, updated=1, deleted=1)


def rows_of(spark: SparkSession, uri: str, version: int | None = None) -> Rows:
    """What the table holds."""
    return {tuple(row) for row in tables.read(spark, uri, version).select("key", "month", "amount").collect()}
