"""Writes the rows of a table into new folders, one a partition, bucketed where the contract says so; and hashes rows.

Bucketed files need no table: `repartition(count, columns)` puts a row into the task of its bucket (Spark's own Murmur3
hash), so the number of the task is the number of the bucket, and the file is given the name that Spark expects of it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import unquote

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lake.errors import EnvironmentError_, ReleaseError
from lake.io import row_files, storage
from lake.pipelines.release_contents import WHOLE, Content, Shape

ROWS_PER_FILE = 2_000_000
"""Near 64 MB for a fact of some twenty columns."""

_PART_FILE = re.compile(r"(?P<part>part-(?P<task>\d{5})-[0-9a-f-]{36})[.-](?P<rest>c\d{3}\..+)")
_HASHED = "decimal(38,0)"


def contents(rows: DataFrame, shape: Shape) -> dict[str, Content]:
    """Count and fingerprint of each partition's rows; a partition without rows is left out, an empty table is not.

    A row's hash is over its values and a mark of which are null, so that a value cannot change its column unseen;
    the sums of two 64-bit hashes make the order of rows irrelevant and a duplicate visible.
    """
    names = [name for name, _ in shape.columns]
    nulls = F.concat(*[F.when(F.col(name).isNull(), "0").otherwise("1") for name in names])
    first = F.xxhash64(nulls, *names).cast(_HASHED)
    second = F.xxhash64(F.lit("second"), nulls, *names).cast(_HASHED)
    value = F.col(shape.partition_by) if shape.partition_by else F.lit(WHOLE)
    hashed = rows.select(value.alias("value"), first.alias("first"), second.alias("second"))
    sums = hashed.groupBy("value").agg(F.count("*").alias("n"), F.sum("first").alias("a"), F.sum("second").alias("b"))
    found = {_value(row, shape): _content(row["n"], row["a"], row["b"]) for row in sums.collect()}
    return found if shape.partition_by or found else {WHOLE: _content(0, Decimal(0), Decimal(0))}


def write_folders(rows: DataFrame, shape: Shape, folder: str, expected: Mapping[str, Content]) -> dict[str, str]:
    """Write the rows below the folder; partition value -> URI of its folder, for each of the expected partitions.

    Raises ReleaseError when the partitions on disk are not the expected ones.
    """
    spark = rows.sparkSession
    ordered = _distributed(rows.select(*[name for name, _ in shape.columns]), shape, expected)
    row_files.write(ordered, folder, shape.format, partition_by=shape.partition_by)
    if shape.bucket_by:
        name_buckets(spark, folder, shape.bucket_by.count)
    if not shape.partition_by:
        return {WHOLE: storage.qualified(spark, folder)}
    mark = f"{shape.partition_by}="
    names = [name for name in storage.list_folders(spark, folder) if name.startswith(mark)]
    found = {unquote(name.removeprefix(mark)): storage.qualified(spark, f"{folder}/{name}") for name in names}
    if set(found) != set(expected):
        raise ReleaseError(f"{folder} holds the partitions {sorted(found)} instead of {sorted(expected)}: run again")
    return found


def name_buckets(spark: SparkSession, folder: str, count: int) -> None:
    """Give the files of a bucketed folder the names by which Spark knows their bucket (`..._00003.c000.zstd.orc`)."""
    for file in storage.list_files(spark, folder):
        place, _, name = file.uri.rpartition("/")
        match = _PART_FILE.fullmatch(name)
        if match is None:
            continue
        if int(match["task"]) >= count:
            raise ReleaseError(f"{file.uri} is of task {match['task']}, but there are {count} buckets: run again")
        if not storage.rename(spark, file.uri, f"{place}/{match['part']}_{match['task']}.{match['rest']}"):
            raise EnvironmentError_(f"{file.uri} cannot be renamed: see the rights of the folder, then run again")


def _distributed(rows: DataFrame, shape: Shape, expected: Mapping[str, Content]) -> DataFrame:
    """One sorted file a bucket and partition; without buckets as few files as their size allows."""
    partition = [shape.partition_by] if shape.partition_by else []
    if shape.bucket_by:
        order = shape.bucket_by.sort or shape.bucket_by.columns
        spread = rows.repartition(shape.bucket_by.count, *shape.bucket_by.columns)
        return spread.sortWithinPartitions(*partition, *order)
    largest = max((content.row_count for content in expected.values()), default=0)
    files = max(1, math.ceil(largest / ROWS_PER_FILE))
    return rows.coalesce(files)


def _value(row: Row, shape: Shape) -> str:
    if row["value"] is None:
        raise ReleaseError(f"{row['n']} rows have no {shape.partition_by}, the partition: mend the mapping of its date")
    return str(row["value"])


def _content(count: int, first: Decimal, second: Decimal) -> Content:
    return Content(count, hashlib.sha256(f"{count}:{first}:{second}".encode()).hexdigest()[:32])
