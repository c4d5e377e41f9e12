"""Rows in plain files (ORC, Parquet) without a log: the folders of releases, and what is laid down for a moment."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame, SparkSession

from lake.io.commit_guard import before_commit


def write(rows: DataFrame, folder: str, file_format: str, *, partition_by: str | None = None) -> None:
    """Write the rows into a folder that is not there yet, below it one for each value of the partition column."""
    before_commit()
    writer = rows.write.mode("error").format(file_format)
    (writer.partitionBy(partition_by) if partition_by else writer).save(folder)


def append(rows: DataFrame, folder: str, file_format: str) -> None:
    """Add files with the rows to a folder, which is made where it is missing."""
    before_commit()
    rows.write.mode("append").format(file_format).save(folder)


def read(spark: SparkSession, folders: Iterable[str], file_format: str) -> DataFrame:
    """The rows of all files in the folders and below; what the names of folders say is not among the columns."""
    reader = spark.read.format(file_format).option("recursiveFileLookup", "true")
    return reader.load(sorted(folders))
