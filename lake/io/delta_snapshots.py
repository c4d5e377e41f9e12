"""The rows of small Delta tables, whose files are listed once a version and not again by each query that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pyspark.sql import DataFrame, SparkSession

from lake.io.session import java_class, scala_sequence

DELTA = "org.apache.spark.sql.delta"
FEW_FILES = 256
FEW_BYTES = 64 << 20
"""In a larger table, what Delta's statistics spare a query to read is worth the job that looks into them."""


@dataclass(frozen=True)
class Listed:
    """The files of one version of a table (Scala's Seq of AddFile); `table_id` is another once a table is made anew."""

    table_id: str
    version: int
    files: Any


_listed: WeakKeyDictionary[SparkSession, dict[str, Listed]] = WeakKeyDictionary()
"""By session and URI: the newest version that was read."""


def delta_log(spark: SparkSession, uri: str) -> Any:
    """Delta's own object of a table, by which its versions are read and written; also where there is none yet."""
    return java_class(spark, f"{DELTA}.DeltaLog").forTable(spark._jsparkSession, uri)


def rows_of_few_files(spark: SparkSession, uri: str) -> DataFrame | None:
    """All rows as of now by Delta's own reader; None: no table, or not a small one, so Delta must choose the files.

    The frame stays at this version, while Delta's own follow the table until they are run.
    """
    log, none = delta_log(spark, uri), java_class(spark, "scala.Option").empty()
    snapshot = log.update(False, none, none)
    if snapshot.version() < 0:
        return None
    known = _listed.setdefault(spark, {}).get(uri)
    here = (snapshot.metadata().id(), snapshot.version())
    if known is None or (known.table_id, known.version) != here:
        if snapshot.numOfFiles() > FEW_FILES or snapshot.sizeInBytes() > FEW_BYTES:
            return None
        known = Listed(*here, scala_sequence(spark, snapshot.allFiles().collectAsList()))
        _listed[spark][uri] = known
    return DataFrame(log.createDataFrame(snapshot, known.files, False, none), spark)
