"""Rows of one delivery that share a key and differ: where content alone decides, a part of the key may be missing."""

from __future__ import annotations

from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.names import Severity
from lake.pipelines.cleanse_fates import Decided, EntityFates
from lake.pipelines.cleanse_feed import FeedFrames

RULE = "one_row_per_key"


def say_shared_keys(frames: FeedFrames, decided: Decided) -> list[dict[str, Any]]:
    """A warning for each entity in which a row gave way to another by its content alone, and its row for `ops.quality`.

    Attributes that lines mention beside (derived entities with history, such as products) are left out: two lines of a
    second may well spell a name differently.
    """
    feed, entities = frames.feed, frames.run.catalogue.entities
    named = {*frames.items(routed=True), *(name for name, entity in entities.items() if not entity.history)}
    counted = [_counted(one) for one in decided.by_entity if one.entity in named]
    rows = reduce(DataFrame.unionByName, counted).where("failed_count > 0").collect() if counted else []
    quality = []
    for row in rows:
        one_of, gave_way, counts = row["such_as"]
        frames.run.progress.problem(
            "one key, two rows", feed=feed.feed, entity=row["entity"], rows=row["failed_count"], of=row["row_count"],
            such_as=f"{one_of}: record {gave_way} gives way to {counts}",
            mend="if both are facts, add what tells them apart to the key",
        )  # fmt: skip
        quality.append(
            {"feed": feed.feed, "entity": row["entity"], "rule": RULE, "severity": Severity.WARN.value,
             "row_count": row["row_count"], "failed_count": row["failed_count"], "outcome": "counted"}
        )  # fmt: skip
    return quality


def _counted(one: EntityFates) -> DataFrame:
    """One row: entity, row_count (accepted rows), failed_count (those that gave way), such_as (the first of them)."""
    gave_way = F.col("lake_gives_way_to").isNotNull()
    place = F.struct("lake_file_name", "lake_record_number", "lake_gives_way_to")
    return one.mapped.agg(
        F.lit(one.entity).alias("entity"),
        F.count_if(F.col("lake_disposition").isin("current", "superseded")).alias("row_count"),
        F.count_if(gave_way).alias("failed_count"),
        F.min(F.when(gave_way, place)).alias("such_as"),
    )
