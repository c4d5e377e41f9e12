"""Files of a Delta table put in the place of others that are known before, by Delta's own writer and transaction.

A MERGE plans, starts and counts a dozen queries, however few rows differ, and each overwriting reads the table's log.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from lake.io.commit_guard import before_commit
from lake.io.delta_snapshots import CHANGES_ARE_KEPT, DELTA, delta_log, listed_files, rows_of_files
from lake.io.session import java_class, scala_sequence

SMALL_BYTES = 2 << 20
"""Files of so many bytes together are sooner written anew than a MERGE is planned."""

ACTION, PARTITION = "lake_action", "lake_partition"
CHANGE = "_change_type"
"""Where it is not null, Delta's writer lays the row among the changes that the commit tells (change data feed)."""


def rewrite(
    spark: SparkSession, uri: str, differing: DataFrame, key: Sequence[str], partition_by: str | None,
    partitions: set[str | None],
) -> bool:  # fmt: skip
    """Bring a table up to date by writing the files of these partitions anew, in one commit; False: they are not small.

    `differing`: a row a key with all columns of the table, ACTION (insert, update, delete) and PARTITION, where it lay.
    """
    files = listed_files(spark, uri)
    if files is None:
        return False
    snapshot, listed = files
    chosen = [one for one in each(listed) if partition_by is None or _value(one, partition_by) in partitions]
    if sum(one.size() for one in chosen) > SMALL_BYTES:
        return False
    standing = rows_of_files(spark, snapshot, scala_sequence(spark, chosen))
    columns = standing.columns
    if types_of(standing) != types_of(differing.drop(ACTION, PARTITION)):
        return False
    come = differing.where(F.col(ACTION) != "delete").select(*columns)
    rows = standing.join(F.broadcast(differing.select(*key)), [*key], "left_anti").select(*columns).unionByName(come)
    if snapshot.metadata().configuration().contains(CHANGES_ARE_KEPT):
        gone = differing.where(F.col(ACTION) != "insert").select(*key, ACTION)
        rows = with_changes(rows, differing, standing.join(F.broadcast(gone), [*key]))
    return _replaced(spark, uri, snapshot, chosen, rows.coalesce(1), partition_by)


def overwrite(
    spark: SparkSession, uri: str, rows: DataFrame, only: Collection[str] | None, partition_by: str | None,
    properties: Mapping[str, str],
) -> bool:  # fmt: skip
    """Put rows in the place of all, or of those in partitions `only`, in one commit; False: they are not few files.

    False, too, where columns, types or properties are not those that stand, and of a table that keeps its changes.
    """
    files = listed_files(spark, uri, few_bytes=sys.maxsize)
    if files is None:
        return False
    snapshot, listed = files
    standing, stated = rows_of_files(spark, snapshot, listed), snapshot.metadata().configuration()
    has_all = all(stated.contains(name) and stated.get(name).get() == value for name, value in properties.items())
    if types_of(standing) != types_of(rows) or not has_all or stated.contains(CHANGES_ARE_KEPT):
        return False
    chosen = [one for one in each(listed) if only is None or _value(one, str(partition_by)) in only]
    return _replaced(spark, uri, snapshot, chosen, rows.select(*standing.columns), partition_by)


def _replaced(
    spark: SparkSession, uri: str, snapshot: Any, gone: Sequence[Any], rows: DataFrame, partition_by: str | None
) -> bool:
    """Rows instead of the files that go; False where the table is no longer at this version."""
    transaction = begun(spark, uri, snapshot.version())
    if transaction is None:
        return False
    commit(spark, transaction, rows, [removed(one) for one in gone], partition_by)
    return True


def begun(spark: SparkSession, uri: str, version: int) -> Any | None:
    """Delta's transaction over the table at that version; None where it is no longer there."""
    before_commit()
    transaction = delta_log(spark, uri).startTransaction()
    if transaction.readVersion() != version:
        return None
    transaction.readWholeTable()  # whoever writes meanwhile, in spite of the lock, makes the commit fail
    return transaction


def commit(
    spark: SparkSession, transaction: Any, rows: DataFrame, actions: Sequence[Any], partition_by: str | None
) -> None:
    """Write rows, and end the transaction with them and what else becomes of files."""
    written = transaction.writeFiles(rows._jdf)
    transaction.commit(scala_sequence(spark, [*each(written), *actions]), writing(spark, "Overwrite", partition_by))


def removed(file: Any) -> Any:
    """A file that goes now, with its rows (AddFile to RemoveFile)."""
    return file.removeWithTimestamp(int(time.time() * 1000), True)


def with_changes(rows: DataFrame, differing: DataFrame, before: DataFrame) -> DataFrame:
    """Rows to write, and beside them what each that differs is and was (`before`, with ACTION), in Delta's words."""
    is_update = F.col(ACTION) == "update"
    said = F.when(is_update, "update_postimage").otherwise("insert").alias(CHANGE)
    said_before = F.when(is_update, "update_preimage").otherwise("delete").alias(CHANGE)
    come = differing.where(F.col(ACTION) != "delete").select(*rows.columns, said)
    told = come.unionByName(before.select(*rows.columns, said_before))
    return rows.withColumn(CHANGE, F.lit(None).cast("string")).unionByName(told)


def types_of(rows: DataFrame) -> dict[str, DataType]:
    """Column -> type, in whatever order they stand."""
    return {field.name: field.dataType for field in rows.schema}


def each(sequence: Any) -> list[Any]:
    """The elements of a Seq of Scala."""
    return [sequence.apply(place) for place in range(sequence.size())]


def _value(file: Any, partition_by: str) -> str | None:
    found = file.partitionValues().get(partition_by)
    value = found.get() if found.isDefined() else None
    return None if value is None else str(value)


def writing(spark: SparkSession, mode: Literal["Append", "Overwrite"], partition_by: str | None) -> Any:
    """What the table's history says: a WRITE. After a commit by hand Delta reads its whole log."""
    option = java_class(spark, "scala.Option")
    saving = getattr(java_class(spark, "org.apache.spark.sql.SaveMode"), mode)
    by = option.apply(scala_sequence(spark, [partition_by])) if partition_by else option.empty()
    return java_class(spark, f"{DELTA}.DeltaOperations$Write")(saving, by, *[option.empty()] * 7)
