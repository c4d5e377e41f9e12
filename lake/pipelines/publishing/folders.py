"""Writes the rows of a table into new folders, one a partition, bucketed where the contract says so.

Bucketed files need no table: `repartition(count, columns)` puts a row into the task of its bucket (Spark's own Murmur3
hash), so the number of the task is the number of the bucket, and the file is given the name that Spark expects of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from lake.errors import EnvironmentError_, ReleaseError
from lake.io import row_files, storage
from lake.pipelines.publishing.release_contents import WHOLE, Content, Shape

ROWS_PER_FILE = 2_000_000
"""Near 64 MB for a fact of some twenty columns."""

_PART_FILE = re.compile(r"(?P<part>part-(?P<task>\d{5})-[0-9a-f-]{36})[.-](?P<rest>c\d{3}\..+)")


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
