"""Delta tables by URI: create, read, append, apply changes and delete rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io import storage
from lake.io.commit_guard import before_commit
from lake.io.delta_snapshots import CHANGES_ARE_KEPT, FEW_BYTES, WHOLE_BYTES, newest, rows_of_few_files, sql_name
from lake.io.file_rewrites import overwrite, rewrite, types_of

ROWS_ARE_MARKED = "delta.enableDeletionVectors"

FEW_ROWS = 100_000
"""So many changed rows are sent whole to every task; Spark does not know how many a frame in memory has."""


@dataclass(frozen=True)
class Changes:
    """How many rows a write inserted, updated and deleted, and their keys; None where all rows were written."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    keys: DataFrame | None = field(default=None, compare=False)

    @property
    def total(self) -> int:
        """All rows touched."""
        return self.inserted + self.updated + self.deleted


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


def _rows_of_last_commit(spark: SparkSession, uri: str) -> int:
    version = latest_version(spark, uri)
    assert version is not None
    for line in storage.read_text(spark, commit_file(uri, version)).splitlines():
        metrics = json.loads(line).get("commitInfo", {}).get("operationMetrics", {})
        if "numOutputRows" in metrics:
            return int(metrics["numOutputRows"])
    return 0


def partition_of(spark: SparkSession, uri: str) -> str | None:
    """The column by which the table is partitioned; None without."""
    return _partition(newest(spark, uri))


def _partition(snapshot: Any) -> str | None:
    columns = snapshot.metadata().partitionColumns()
    return str(columns.apply(0)) if columns.size() else None


def commit_file(uri: str, version: int) -> str:
    """Where the log keeps what a version changed, until it is cleaned."""
    return f"{uri}/_delta_log/{version:020}.json"


def apply_changes(
    spark: SparkSession,
    uri: str,
    rows: DataFrame,
    touched: DataFrame | None,
    layout: Layout,
    *,
    compare: Sequence[str] | None = None,
    within: Column | None = None,
) -> Changes:
    """Make the table hold exactly `rows` for the touched keys, in one commit that writes only what differs.

    `rows`: the table's columns, at most one row a key. `touched`: the key columns, a superset of the keys in `rows`
    (they may repeat); None means all keys of the table. A touched key without a row is deleted. `compare`: the columns
    that decide whether a row differs (default: all). `within`: what all standing rows of touched keys are. Nothing
    differing: no commit.
    """
    if not exists(spark, uri):
        append(rows, uri, layout)
        return Changes(inserted=_rows_of_last_commit(spark, uri))
    current = read(spark, uri)
    if touched is None and types_of(current) != types_of(rows):
        replace(rows, uri, partition_by=layout.partition_by, statistics=layout.statistics)
        return Changes(updated=_rows_of_last_commit(spark, uri))
    key = list(layout.key)
    standing = current if within is None else current.where(within)
    standing = standing if touched is None else standing.join(touched.select(key), key, "left_semi")
    differing = _differences(rows, standing, layout, list(compare or rows.columns)).localCheckpoint()
    return _write(spark, uri, differing, rows.columns, layout)


def _differences(rows: DataFrame, standing: DataFrame, layout: Layout, compare: list[str]) -> DataFrame:
    """`rows` columns of the new side, plus lake_action (insert, update, delete) and lake_partition (the old one)."""
    key = list(layout.key)
    partition = F.col(layout.partition_by).cast("string") if layout.partition_by else F.lit(None).cast("string")
    compared = [c for c in compare if c not in key and c in standing.columns]
    missing = [c for c in compare if c not in key and c not in standing.columns]
    content = F.struct(*[F.col(c) for c in compared], F.lit(0).alias("lake_nothing"))
    new_only = reduce(lambda a, b: a | b, [F.col(f"n.{c}").isNotNull() for c in missing], F.lit(False))
    old = standing.select(*key, content.alias("lake_old"), partition.alias("lake_partition"))
    new = rows.select(*rows.columns, content.alias("lake_new")).alias("n")
    joined = new.join(old.alias("o"), [F.col(f"n.{k}") == F.col(f"o.{k}") for k in key], "full_outer")
    action = (
        F.when(F.col("lake_old").isNull(), "insert")
        .when(F.col("lake_new").isNull(), "delete")
        .when(~F.col("lake_old").eqNullSafe(F.col("lake_new")) | new_only, "update")
    )
    columns: list[Column] = [
        F.coalesce(F.col(f"n.{c}"), F.col(f"o.{c}")).alias(c) if c in key else F.col(f"n.{c}") for c in rows.columns
    ]
    labelled = joined.select(*columns, "lake_partition", action.alias("lake_action"))
    return labelled.where(F.col("lake_action").isNotNull())


def _write(spark: SparkSession, uri: str, differing: DataFrame, columns: list[str], layout: Layout) -> Changes:
    counted = differing.groupBy("lake_action", "lake_partition").count().collect()
    count = {a: sum(r["count"] for r in counted if r["lake_action"] == a) for a in ("insert", "update", "delete")}
    changes = Changes(count["insert"], count["update"], count["delete"], differing.select(*layout.key))
    if not changes.total:
        return changes
    if not changes.updated and not changes.deleted:
        append(differing.select(columns), uri)
        return changes
    old = {r["lake_partition"] for r in counted if r["lake_action"] != "insert"}
    if changes.total <= FEW_ROWS and rewrite(spark, uri, differing, layout.key, layout.partition_by, old):
        return changes
    before_commit()
    condition = " and ".join(f"t.`{k}` = s.`{k}`" for k in layout.key)
    if layout.partition_by:
        literals = ["'" + value.replace("'", "''") + "'" for value in sorted(v for v in old if v is not None)]
        places = [f"t.`{layout.partition_by}` in ({', '.join(literals)})"] if literals else []
        places += [f"t.`{layout.partition_by}` is null"] if None in old else []
        condition += f" and ({' or '.join(places)})"
    values: dict[str, str | Column] = {c: f"s.`{c}`" for c in columns}
    source = F.broadcast(differing) if changes.total <= FEW_ROWS else differing  # else all of the table is sorted
    merge = DeltaTable.forPath(spark, uri).alias("t").merge(source.alias("s"), condition).withSchemaEvolution()
    merge = merge.whenMatchedDelete("s.lake_action = 'delete'").whenMatchedUpdate(set=values)
    merge.whenNotMatchedInsert(condition="s.lake_action = 'insert'", values=values).execute()
    return changes
