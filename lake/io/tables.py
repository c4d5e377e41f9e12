"""Delta tables by URI: create, read, append, replace and delete rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io import storage
from lake.io.commit_guard import before_commit
from lake.io.delta_snapshots import (
    CHANGES_ARE_KEPT,
    FEW_BYTES,
    ROWS_ARE_MARKED,
    WHOLE_BYTES,
    newest,
    rows_of_few_files,
    sql_name,
)
from lake.io.file_rewrites import overwrite


@dataclass(frozen=True)
class Layout:
    """How a table lies on disk: its key, partition column and the columns that statistics may be kept of.

    `keeps_changes`: commits that rewrite files keep the rows that they change beside (Delta's change data feed).
    `marks_rows`: a few rows of a large file that change are marked as gone and written anew elsewhere (Delta's deletion
    vectors), so that the others need not be written again; `purge` takes the marked ones out.
    """

    key: Sequence[str]
    partition_by: str | None = None
    statistics: Sequence[str] = ()
    keeps_changes: bool = False
    marks_rows: bool = False

    @property
    def properties(self) -> dict[str, str]:
        """Delta's own words for it."""
        wanted = {CHANGES_ARE_KEPT: self.keeps_changes, ROWS_ARE_MARKED: self.marks_rows}
        found = {name: "true" for name, is_wanted in wanted.items() if is_wanted}
        return {"delta.dataSkippingStatsColumns": ",".join(self.statistics), **found}


def exists(spark: SparkSession, uri: str) -> bool:
    """Whether a Delta table lies there: a first commit or a checkpoint, not only the folder that a killed run left."""
    marks = ("00000000000000000000.json", "_last_checkpoint")
    return any(storage.exists(spark, f"{uri}/_delta_log/{mark}") for mark in marks)


def read(spark: SparkSession, uri: str, version: int | None = None, *, whole: bool = False) -> DataFrame:
    """The table's rows, now or as of a version. After a write read anew: only the frame of a large table follows.

    `whole`: they are read by partitions, if not all of them; to ask Delta's statistics for files would find them all.
    """
    few = rows_of_few_files(spark, uri, version, WHOLE_BYTES if whole else FEW_BYTES)
    if few is not None:
        return few
    reader = spark.read.format("delta")
    return (reader if version is None else reader.option("versionAsOf", version)).load(uri)


def append(rows: DataFrame, uri: str, layout: Layout | None = None) -> None:
    """Add rows; new columns at the end are added to the table. The layout counts when the table is made."""
    writer = rows.write.format("delta").mode("append").option("mergeSchema", "true")
    if layout is not None:
        writer = writer.options(**layout.properties)
        writer = writer.partitionBy(layout.partition_by) if layout.partition_by else writer
    before_commit()
    writer.save(uri)


def replace(
    rows: DataFrame,
    uri: str,
    *,
    only: Collection[str] | None = None,
    partition_by: str | None = None,
    statistics: Sequence[str] | None = None,
) -> None:
    """Put rows in the place of all rows, or of those in the partitions `only`, in one commit.

    `statistics`: the columns whose least and greatest values the log may keep (no personal ones).
    """
    standing = newest(rows.sparkSession, uri)
    is_there = standing.version() >= 0
    lies_elsewhere = is_there and _partition(standing) != partition_by
    if only is None and is_there and (lies_elsewhere or set(standing.schema().fieldNames()) != set(rows.columns)):
        has = standing.metadata().configuration().contains
        kept = Layout((), partition_by, statistics or (), has(CHANGES_ARE_KEPT), has(ROWS_ARE_MARKED))
        _make_anew(rows, uri, kept)
        return
    properties = {} if statistics is None else Layout((), partition_by, statistics).properties
    if is_there and not lies_elsewhere and overwrite(rows.sparkSession, uri, rows, only, partition_by, properties):
        return
    writer = rows.write.format("delta").mode("overwrite").options(**properties)
    if only is None:
        writer = writer.option("overwriteSchema", "true")
    else:
        literals = ", ".join(repr(value) for value in sorted(only))
        writer = writer.option("replaceWhere", f"{partition_by} in ({literals})")
    before_commit()
    (writer.partitionBy(partition_by) if partition_by else writer).save(uri)


def _make_anew(rows: DataFrame, uri: str, layout: Layout) -> None:
    """Overwriting would keep the properties; Delta refuses statistics of what is no column, or the partition."""
    writer = rows.writeTo(sql_name(uri)).using("delta")
    for key, value in layout.properties.items():
        writer = writer.tableProperty(key, value)
    before_commit()
    (writer.partitionedBy(F.col(layout.partition_by)) if layout.partition_by else writer).createOrReplace()


def delete_rows(spark: SparkSession, uri: str, where: Column | None = None) -> None:
    """Delete all rows, or those that satisfy `where`; no such row: no commit; a missing table stays so."""
    if exists(spark, uri) and not read(spark, uri).where(F.lit(True) if where is None else where).isEmpty():
        before_commit()
        DeltaTable.forPath(spark, uri).delete(where)


def latest_version(spark: SparkSession, uri: str) -> int | None:
    """The newest committed version; None when there is no table."""
    version = int(newest(spark, uri).version())
    return version if version >= 0 else None


def partition_of(spark: SparkSession, uri: str) -> str | None:
    """The column by which the table is partitioned; None without."""
    return _partition(newest(spark, uri))


def _partition(snapshot: Any) -> str | None:
    columns = snapshot.metadata().partitionColumns()
    return str(columns.apply(0)) if columns.size() else None


def commit_file(uri: str, version: int) -> str:
    """Where the log keeps what a version changed, until it is cleaned."""
    return f"{uri}/_delta_log/{version:020}.json"
