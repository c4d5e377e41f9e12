"""Rows of large files marked as gone where they lie, and those that come written elsewhere, in one commit.

A MERGE looks three times for the rows that it changes, once among all columns and sorted. Here they were found before.
Which rows of a file are gone its deletion vector says; Delta's own code makes and stores it
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md, "Deletion Vectors").
"""

from __future__ import annotations

import sys
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io.delta_snapshots import CHANGES_ARE_KEPT, DELTA, ROWS_ARE_MARKED, listed_files
from lake.io.file_rewrites import ACTION, PARTITION, begun, commit, each, removed, with_changes
from lake.io.session import java_class, scala_sequence

PLACE = "lake_place"
"""Where a standing row lies: its `file`, its number there (`row`, from 0); `was`: all of it, for a change to tell."""


def with_place(snapshot: Any, rows: DataFrame) -> DataFrame:
    """Rows as they are read from the table of Delta's snapshot, with PLACE; as they are where it marks none."""
    properties = snapshot.metadata().configuration()
    if not properties.contains(ROWS_ARE_MARKED):
        return rows
    was = [F.struct(*rows.columns).alias("was")] if properties.contains(CHANGES_ARE_KEPT) else []
    place = F.struct(F.col("_metadata.file_path").alias("file"), F.col("_metadata.row_index").alias("row"), *was)
    return rows.withColumn(PLACE, place)


def mark(
    spark: SparkSession, uri: str, differing: DataFrame, version: int, partition_by: str | None, *, gone_count: int
) -> bool:
    """Bring a table up to date; False: the places are not known, or the table is no longer at the version.

    `differing`, computed before: a row a key with all columns of the table, ACTION (insert, update, delete), PARTITION
    and PLACE in that version. `gone_count`: rows that are updated or deleted; unless as many are marked, nothing is
    committed.
    """
    transaction = begun(spark, uri, version) if PLACE in differing.columns else None
    if transaction is None:
        return False
    gone = differing.where(F.col(ACTION) != "insert")
    rows = differing.where(F.col(ACTION) != "delete").drop(ACTION, PARTITION, PLACE)
    if "was" in differing.select(f"{PLACE}.*").columns:
        rows = with_changes(rows, differing, gone.select(f"{PLACE}.was.*", ACTION))
    touched = _touched(spark, uri, transaction, gone)
    if sum(one.numberOfModifiedRows() for one in touched) != gone_count:
        return False
    actions = [action for one in touched for action in _marking(one)]
    commit(spark, transaction, rows.coalesce(1), actions, partition_by)
    return True


def _touched(spark: SparkSession, uri: str, transaction: Any, gone: DataFrame) -> list[Any]:
    """The files in which rows go (TouchedFileWithDV), each with the deletion vector that it gets."""
    deleting = java_class(spark, f"{DELTA}.commands.DMLWithDeletionVectorsHelper")
    vectors = java_class(spark, f"{DELTA}.commands.DeletionVectorBitmapGenerator")
    everything = java_class(spark, "org.apache.spark.sql.catalyst.expressions.Literal").TrueLiteral()
    columns = java_class(spark, "org.apache.spark.sql.functions")
    some, files = java_class(spark, "scala.Option").apply, _files(spark, uri, transaction)
    found = vectors.buildRowIndexSetsForFilesMatchingCondition(
        spark._jsparkSession, transaction, True, gone.select(PLACE)._jdf, files, everything,
        some(columns.col(f"{PLACE}.file")), some(columns.col(f"{PLACE}.row")),
    )  # fmt: skip
    by_name = deleting.generateCandidateFileMap(transaction.deltaLog().dataPath(), files)
    return each(deleting.findFilesWithMatchingRows(transaction, by_name, found))


def _marking(touched: Any) -> list[Any]:
    """What becomes of the file: it goes, if all of its rows do; else it comes with its new vector for what it was."""
    if touched.isFullyReplaced():
        return [removed(touched.fileLogEntry())]
    pair = touched.fileLogEntry().removeRows(touched.newDeletionVector(), True, True)
    return [pair._1(), pair._2()]


def _files(spark: SparkSession, uri: str, transaction: Any) -> Any:
    """All files of the table, with their statistics (Scala's Seq of AddFile)."""
    listed = listed_files(spark, uri, few_bytes=sys.maxsize)
    return listed[1] if listed else scala_sequence(spark, transaction.snapshot().allFiles().collectAsList())
