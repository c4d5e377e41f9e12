"""Parquet files that Spark did not write, added to a Delta table by Delta's own transaction, and the table itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from lake.io import storage
from lake.io.commit_guard import before_commit
from lake.io.delta_snapshots import DELTA, delta_log
from lake.io.file_rewrites import writing
from lake.io.parquet_parts import ParquetPart
from lake.io.session import java_class, scala_sequence
from lake.io.tables import Layout

Partition = tuple[str, str]
"""Column and value."""


def add_files(
    spark: SparkSession, uri: str, parts: Sequence[ParquetPart], partition: Partition | None = None
) -> None:  # fmt: skip
    """Move the files below the table and add them in one commit, as rows of one partition if the table has some.

    They hold the table's columns without the partition column. What a crash leaves before the commit nobody sees, and
    VACUUM removes it, as it does with what Delta's own writer leaves.
    """
    if not parts:
        return
    action_of = java_class(spark, f"{DELTA}.actions.Action").fromJson
    folder = f"{partition[0]}={partition[1]}/" if partition else ""
    actions = []
    for part in parts:
        place = f"{folder}{Path(part.path).name}"
        storage.bring(spark, part.path, f"{uri}/{place}")
        stated = storage.modified_ms(spark, f"{uri}/{place}")
        actions.append(action_of(json.dumps({"add": _added(part, place, stated, partition)})))
    log = delta_log(spark, uri)
    before_commit()
    log.startTransaction().commit(scala_sequence(spark, actions), writing(spark, "Append", partition and partition[0]))


def make_table(spark: SparkSession, uri: str, columns: T.StructType, layout: Layout) -> None:
    """An empty table; no query is run for it."""
    before_commit()
    nullable = T.StructType([T.StructField(field.name, field.dataType) for field in columns])
    table = DeltaTable.createIfNotExists(spark).location(uri).addColumns(nullable)
    table = table.partitionedBy(layout.partition_by) if layout.partition_by else table
    for key, value in layout.properties.items():
        table = table.property(key, value)
    table.execute()


def _added(part: ParquetPart, place: str, stated: int | None, partition: Partition | None) -> dict[str, Any]:
    """Delta's action "add": https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file"""
    statistics = {
        "numRecords": part.rows, "minValues": part.least, "maxValues": part.greatest,
        "nullCount": dict.fromkeys(part.least, 0),
    }  # fmt: skip
    return {
        "path": place, "partitionValues": dict([partition] if partition else []), "size": part.size,
        "modificationTime": stated, "dataChange": True, "stats": json.dumps(statistics),
    }  # fmt: skip
