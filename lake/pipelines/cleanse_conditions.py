"""Rows of records that a newer version no longer gives, such as the line of an order that was cancelled since."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.record_parts import conditional_parts, record_items
from lake.names import Disposition
from lake.pipelines.cleanse_feed import POSITION, FeedFrames
from lake.transforms.mapping import business_key
from lake.transforms.record_versions import no_longer_taken
from lake.transforms.tombstones import KEY


def without_left_behind(
    frames: FeedFrames, records: DataFrame, accepted: DataFrame, entity: str, rows: DataFrame
) -> DataFrame:
    """The rows of an entity, `superseded` where a newer accepted version of the record is none of its item's.

    `records`: all that were routed; such a feed is read as a whole (`Scope.full`), so every version is among them.
    """
    feed, entities, zone = frames.feed, frames.run.catalogue.entities, frames.zone
    of_record = [business_key(item, entities[item.entity], zone) for item in record_items(feed, entities)]
    left = []
    for item in conditional_parts(feed, entities):
        if item.entity == entity and item.when:
            own = business_key(item, entities[entity], zone)
            older = no_longer_taken(records, accepted, item.when, [*of_record, own])
            left.append(older.select(*POSITION, own.alias(KEY)))
    if not left:
        return rows
    marks = reduce(DataFrame.unionByName, left).distinct().withColumn("lake_is_left", F.lit(True))
    marked = rows.join(marks, [*POSITION, KEY], "left")
    fate = F.coalesce("lake_disposition", F.when(F.col("lake_is_left"), Disposition.SUPERSEDED.value))
    return marked.withColumn("lake_disposition", fate).select(*rows.columns)
