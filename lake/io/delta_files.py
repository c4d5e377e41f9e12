"""Parquet files that Spark did not write, added to a Delta table by Delta's own transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake.io import storage
from lake.io.commit_guard import before_commit
from lake.io.parquet_parts import ParquetPart


def add_files(spark: SparkSession, uri: str, parts: Sequence[ParquetPart], partition: tuple[str, str]) -> None:
    """Move the files below the table and add them in one commit, as rows of one partition (column, value).

    They hold the table's columns without the partition column. What a crash leaves before the commit nobody sees, and
    VACUUM removes it, as it does with what Delta's own writer leaves.
    """
    if not parts:
        return
    jvm: Any = spark._jvm
    delta = jvm.org.apache.spark.sql.delta
    column, value = partition
    actions = []
    for part in parts:
        place = f"{column}={value}/{Path(part.path).name}"
        storage.bring(spark, part.path, f"{uri}/{place}")
        stated = storage.modified_ms(spark, f"{uri}/{place}")
        actions.append(delta.actions.Action.fromJson(json.dumps({"add": _added(part, place, stated, partition)})))
    table = delta.DeltaLog.forTable(spark._jsparkSession, jvm.org.apache.hadoop.fs.Path(uri))
    before_commit()
    to_seq = jvm.org.apache.spark.api.python.PythonUtils.toSeq
    table.startTransaction().commit(to_seq(actions), _append_to(jvm, column))


def _added(part: ParquetPart, place: str, stated: int | None, partition: tuple[str, str]) -> dict[str, Any]:
    """Delta's action "add": https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file"""
    statistics = {
        "numRecords": part.rows, "minValues": part.least, "maxValues": part.greatest,
        "nullCount": dict.fromkeys(part.least, 0),
    }  # fmt: skip
    return {
        "path": place, "partitionValues": dict([partition]), "size": part.size, "modificationTime": stated,
        "dataChange": True, "stats": json.dumps(statistics),
    }  # fmt: skip


def _append_to(jvm: Any, column: str) -> Any:
    """What the table's history says of the commit: a WRITE in mode Append."""
    columns = jvm.org.apache.spark.api.python.PythonUtils.toSeq([column])
    nothing = jvm.scala.Option.empty()
    append = jvm.org.apache.spark.sql.SaveMode.Append
    write = getattr(jvm.org.apache.spark.sql.delta, "DeltaOperations$Write")
    return write(append, jvm.scala.Option.apply(columns), *[nothing] * 7)
