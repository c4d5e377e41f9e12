"""Rows of a join are sent whole while they are few: seen in the plan, as Spark's hint."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from lake.transforms.joins import MANY_ROWS, sent_whole


@pytest.mark.parametrize(("row_count", "is_sent"), [(0, True), (MANY_ROWS, True), (MANY_ROWS + 1, False)])
def test_rows_are_sent_whole_up_to_a_million(spark: SparkSession, row_count: int, is_sent: bool) -> None:
    many, few = spark.range(3).toDF("key"), spark.range(2).toDF("key")
    joined = many.join(sent_whole(few, row_count), "key", "left_semi")
    plan = joined._jdf.queryExecution().analyzed().toString()
    assert ("strategy=broadcast" in plan) is is_sent
    assert joined.count() == 2
