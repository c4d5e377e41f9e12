"""Counts and fingerprints of the rows of a table's partitions, by which two releases are compared."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lake.errors import ReleaseError
from lake.pipelines.publishing.release_contents import WHOLE, Content, Shape
from lake.transforms.content import content_sums


def contents(rows: DataFrame, shape: Shape) -> dict[str, Content]:
    """Count and fingerprint of each partition's rows; a partition without rows is left out, an empty table is not.

    Raises ReleaseError where rows have no value of the partition column.
    """
    first, second = content_sums([name for name, _ in shape.columns])
    value = F.col(shape.partition_by) if shape.partition_by else F.lit(WHOLE)
    counted = rows.groupBy(value.alias("value"))
    sums = counted.agg(F.count("*").alias("n"), first.alias("a"), second.alias("b"))
    found = {_value(row, shape): _content(row["n"], row["a"], row["b"]) for row in sums.collect()}
    return found if shape.partition_by or found else {WHOLE: _content(0, Decimal(0), Decimal(0))}


def _value(row: Row, shape: Shape) -> str:
    if row["value"] is None:
        raise ReleaseError(f"{row['n']} rows have no {shape.partition_by}, the partition: mend the mapping of its date")
    return str(row["value"])


def _content(count: int, first: Decimal, second: Decimal) -> Content:
    return Content(count, hashlib.sha256(f"{count}:{first}:{second}".encode()).hexdigest()[:32])
