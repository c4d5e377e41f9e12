"""The files of Delta tables: small ones put together, marked rows taken out, those of old versions removed."""

from __future__ import annotations

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io.commit_guard import before_commit
from lake.io.delta_snapshots import ROWS_ARE_MARKED, newest, sql_name


def compact(spark: SparkSession, uri: str) -> None:
    """Put small files of the newest version together; no row changes."""
    before_commit()
    DeltaTable.forPath(spark, uri).optimize().executeCompaction()


def marked_rows(spark: SparkSession, uri: str) -> int:
    """How many rows of the newest version's files are marked as gone: Delta's readers pass them over."""
    snapshot = newest(spark, uri)
    if not snapshot.metadata().configuration().contains(ROWS_ARE_MARKED):
        return 0
    files = DataFrame(snapshot.allFiles().toDF(), spark)
    return int(files.agg(F.coalesce(F.sum("deletionVector.cardinality"), F.lit(0))).collect()[0][0])


def purge(spark: SparkSession, uri: str) -> None:
    """Write the files with marked rows anew without them; the old ones go with VACUUM. No row changes."""
    before_commit()
    spark.sql(f"reorg table {sql_name(uri)} apply (purge)")


def vacuum(spark: SparkSession, uri: str, retained_hours: float) -> None:
    """Remove the files that versions older than so many hours alone have."""
    before_commit()
    DeltaTable.forPath(spark, uri).vacuum(retained_hours)
