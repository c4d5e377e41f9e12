"""How many jobs a session has started."""

from __future__ import annotations

from pyspark.sql import SparkSession


def jobs(spark: SparkSession) -> int:
    """The number of the next job: jobs so far."""
    return int(spark.sparkContext._jsc.sc().dagScheduler().nextJobId())  # type: ignore[union-attr]
