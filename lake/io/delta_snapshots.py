"""The rows of small Delta tables, whose files are listed once a version and not again by each query that reads them.

Delta writes the files of a table of few (conf/lake.yaml says how many) beside each commit, into its checksum
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md, "Version Checksum File"). Listing them otherwise takes jobs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from lake.io.session import java_class, scala_sequence

DELTA = "org.apache.spark.sql.delta"
CHANGES_ARE_KEPT = "delta.enableChangeDataFeed"
ROWS_ARE_MARKED = "delta.enableDeletionVectors"
FEW_FILES = 256
FEW_BYTES = 64 << 20
"""In a larger table, what Delta's statistics spare a query to read is worth the job that looks into them."""

WHOLE_BYTES = 512 << 20
"""In a table of which they spare nothing, that job is worth nothing either."""


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


def sql_name(uri: str) -> str:
    """The table that lies there, as SQL names it."""
    return "delta.`{}`".format(uri.replace("`", "``"))


def newest(spark: SparkSession, uri: str) -> Any:
    """Delta's snapshot of the newest version; its number is below 0 where there is no table."""
    none = java_class(spark, "scala.Option").empty()
    return delta_log(spark, uri).update(False, none, none)


def has_columns(spark: SparkSession, uri: str, columns: T.StructType) -> bool:
    """Whether the table is there and has all of these columns, with their types."""
    standing = T.StructType.fromJson(json.loads(newest(spark, uri).schema().json()))
    theirs, ours = ({(one.name, one.dataType.simpleString()) for one in fields} for fields in (standing, columns))
    return ours <= theirs


def rows_of_few_files(
    spark: SparkSession, uri: str, version: int | None = None, few_bytes: int = FEW_BYTES
) -> DataFrame | None:
    """All rows as of now by Delta's own reader; None: no table, or not a small one, so Delta must choose the files.

    None, too, where `version` is given and is not the newest.

    The frame stays at this version, while Delta's own follow the table until they are run.
    """
    found = listed_files(spark, uri, version, few_bytes)
    return None if found is None else rows_of_files(spark, *found)


def rows_of_files(spark: SparkSession, snapshot: Any, files: Any) -> DataFrame:
    """The rows that these files (Scala's Seq of AddFile) hold in that version, by Delta's own reader."""
    none = java_class(spark, "scala.Option").empty()
    return DataFrame(snapshot.deltaLog().createDataFrame(snapshot, files, False, none), spark)


def listed_files(
    spark: SparkSession, uri: str, version: int | None = None, few_bytes: int = FEW_BYTES
) -> tuple[Any, Any] | None:
    """Delta's snapshot of the newest version and its files (Scala's Seq of AddFile); None as `rows_of_few_files`."""
    snapshot = newest(spark, uri)
    if snapshot.version() < 0 or version not in (None, snapshot.version()):
        return None
    known = _listed.setdefault(spark, {}).get(uri)
    here = (snapshot.metadata().id(), snapshot.version())
    if known is None or (known.table_id, known.version) != here:
        files = _few_files(spark, snapshot, few_bytes)
        if files is None:
            return None
        known = _listed[spark][uri] = Listed(*here, files)
    return snapshot, known.files


def _few_files(spark: SparkSession, snapshot: Any, few_bytes: int) -> Any | None:
    """Scala's Seq of a version's files; None when they are not few."""
    written = snapshot.checksumOpt()
    checksum = written.get() if written.isDefined() else None
    count = snapshot.numOfFiles() if checksum is None else checksum.numFiles()
    size = snapshot.sizeInBytes() if checksum is None else checksum.tableSizeBytes()
    if count > FEW_FILES or size > few_bytes:
        return None
    if checksum is not None and checksum.allFiles().isDefined():
        return checksum.allFiles().get()
    return scala_sequence(spark, snapshot.allFiles().collectAsList())
