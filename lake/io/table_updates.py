"""A Delta table made to hold given rows for given keys, in one commit that writes only what differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io import storage, tables
from lake.io.commit_guard import before_commit
from lake.io.delta_snapshots import newest
from lake.io.file_rewrites import ACTION, PARTITION, rewrite, types_of
from lake.io.row_marks import PLACE, mark, with_place

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


def apply_changes(
    spark: SparkSession,
    uri: str,
    rows: DataFrame,
    touched: DataFrame | None,
    layout: tables.Layout,
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
    if not tables.exists(spark, uri):
        tables.append(rows, uri, layout)
        return Changes(inserted=_rows_of_last_commit(spark, uri))
    snapshot = newest(spark, uri)  # before the rows are read: what is read later than this is not marked
    current = tables.read(spark, uri)
    if touched is None and types_of(current) != types_of(rows):
        tables.replace(rows, uri, partition_by=layout.partition_by, statistics=layout.statistics)
        return Changes(updated=_rows_of_last_commit(spark, uri))
    key = list(layout.key)
    may_mark = touched is not None and types_of(current) == types_of(rows)
    standing = with_place(snapshot, current) if may_mark else current
    standing = standing if within is None else standing.where(within)
    standing = standing if touched is None else standing.join(touched.select(key), key, "left_semi")
    differing = _differences(rows, standing, layout, list(compare or rows.columns)).localCheckpoint()
    return _write(spark, uri, differing, rows.columns, layout, snapshot.version())


def _rows_of_last_commit(spark: SparkSession, uri: str) -> int:
    version = tables.latest_version(spark, uri)
    assert version is not None
    for line in storage.read_text(spark, tables.commit_file(uri, version)).splitlines():
        metrics = json.loads(line).get("commitInfo", {}).get("operationMetrics", {})
        if "numOutputRows" in metrics:
            return int(metrics["numOutputRows"])
    return 0


def _differences(rows: DataFrame, standing: DataFrame, layout: tables.Layout, compare: list[str]) -> DataFrame:
    """`rows` columns of the new side, with ACTION, and PARTITION and (where standing rows have it) PLACE of the old."""
    key = list(layout.key)
    partition = F.col(layout.partition_by).cast("string") if layout.partition_by else F.lit(None).cast("string")
    compared = [c for c in compare if c not in key and c in standing.columns]
    missing = [c for c in compare if c not in key and c not in standing.columns]
    content = F.struct(*[F.col(c) for c in compared], F.lit(0).alias("lake_nothing"))
    new_only = reduce(lambda a, b: a | b, [F.col(f"n.{c}").isNotNull() for c in missing], F.lit(False))
    told = [PLACE] if PLACE in standing.columns else []
    old = standing.select(*key, content.alias("lake_old"), partition.alias(PARTITION), *told)
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
    labelled = joined.select(*columns, PARTITION, *told, action.alias(ACTION))
    return labelled.where(F.col(ACTION).isNotNull())


def _write(
    spark: SparkSession, uri: str, differing: DataFrame, columns: list[str], layout: tables.Layout, version: int
) -> Changes:
    counted = differing.groupBy(ACTION, PARTITION).count().collect()
    count = {a: sum(r["count"] for r in counted if r[ACTION] == a) for a in ("insert", "update", "delete")}
    changes = Changes(count["insert"], count["update"], count["delete"], differing.select(*layout.key))
    if not changes.total:
        return changes
    if not changes.updated and not changes.deleted:
        tables.append(differing.select(columns), uri)
        return changes
    old = {r[PARTITION] for r in counted if r[ACTION] != "insert"}
    if changes.total <= FEW_ROWS:
        if rewrite(spark, uri, differing.drop(PLACE), layout.key, layout.partition_by, old):
            return changes
        if mark(spark, uri, differing, version, layout.partition_by, gone_count=changes.updated + changes.deleted):
            return changes
    _merge(spark, uri, differing.drop(PLACE), columns, layout, old, is_few=changes.total <= FEW_ROWS)
    return changes


def _merge(
    spark: SparkSession, uri: str, differing: DataFrame, columns: list[str], layout: tables.Layout,
    old: set[str | None], *, is_few: bool,
) -> None:  # fmt: skip
    """`old`: the partitions of the rows that go."""
    before_commit()
    condition = " and ".join(f"t.`{k}` = s.`{k}`" for k in layout.key)
    if layout.partition_by:
        literals = ["'" + value.replace("'", "''") + "'" for value in sorted(v for v in old if v is not None)]
        places = [f"t.`{layout.partition_by}` in ({', '.join(literals)})"] if literals else []
        places += [f"t.`{layout.partition_by}` is null"] if None in old else []
        condition += f" and ({' or '.join(places)})"
    values: dict[str, str | Column] = {c: f"s.`{c}`" for c in columns}
    source = F.broadcast(differing) if is_few else differing  # else all of the table is sorted
    merge = DeltaTable.forPath(spark, uri).alias("t").merge(source.alias("s"), condition).withSchemaEvolution()
    merge = merge.whenMatchedDelete("s.lake_action = 'delete'").whenMatchedUpdate(set=values)
    merge.whenNotMatchedInsert(condition="s.lake_action = 'insert'", values=values).execute()
