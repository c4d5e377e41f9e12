"""Rows of a join are sent whole while they are few: seen in the plan, as Spark's hint."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from lake.pipelines.cleansing.feed_frames import FeedFrames
from lake.pipelines.cleansing.scope import Scope
from lake.pipelines.delivery_book import Delivery
from lake.transforms.joins import MANY_ROWS, sent_whole


@pytest.mark.parametrize(("row_count", "is_sent"), [(0, True), (MANY_ROWS, True), (MANY_ROWS + 1, False)])
def test_rows_are_sent_whole_up_to_a_million(spark: SparkSession, row_count: int, is_sent: bool) -> None:
    many, few = spark.range(3).toDF("key"), spark.range(2).toDF("key")
    joined = many.join(sent_whole(few, row_count), "key", "left_semi")
    assert _sends_whole(joined) is is_sent
    assert joined.count() == 2


@pytest.mark.parametrize(
    ("added", "removed", "is_sent"),
    [(MANY_ROWS - 2, [], True), (MANY_ROWS - 1, [], False), (1, ["a"], False)],
    ids=["few", "many, with those besides", "of unknown number"],
)
def test_what_is_looked_up_in_all_history_is_sent_whole(
    spark: SparkSession, added: int, removed: list[str], is_sent: bool
) -> None:
    delivery = Delivery("b", "feed", "b.csv", None, "", added)
    scope = Scope([delivery], removed, [], [], full=False, why="new deliveries")
    frames = FeedFrames(run=None, feed=None, scope=scope)  # type: ignore[arg-type]  # neither is asked
    history, keys = spark.range(3).toDF("key"), spark.range(2).toDF("key")
    assert _sends_whole(history.join(frames.looked_up(keys, 2), "key")) is is_sent


def _sends_whole(joined: DataFrame) -> bool:
    return "strategy=broadcast" in joined._jdf.queryExecution().analyzed().toString()
