"""Rows of records that a newer version no longer gives, such as the line of an order that was cancelled since."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame

from lake.contracts.record_parts import conditional_parts, record_items
from lake.pipelines.cleansing.feed_frames import POSITION, FeedFrames
from lake.transforms.fates import superseded_among
from lake.transforms.mapping import business_key
from lake.transforms.record_versions import no_longer_taken
from lake.transforms.tombstones import KEY


def without_left_behind(
    frames: FeedFrames, records: DataFrame, accepted: DataFrame, entity: str, rows: DataFrame
) -> DataFrame:
    """The rows of an entity, `superseded` where a newer accepted version of the record is none of its item's.

    `records`: all that were routed; such a feed is read as a whole (`Scope.full`), so every version is among them.
    """
    feed, entities, time_zone = frames.feed, frames.run.catalogue.entities, frames.time_zone
    of_record = [business_key(item, entities[item.entity], time_zone) for item in record_items(feed, entities)]
    left = []
    for item in conditional_parts(feed, entities):
        if item.entity == entity and item.when:
            own = business_key(item, entities[entity], time_zone)
            older = no_longer_taken(records, accepted, item.when, [*of_record, own])
            left.append(older.select(*POSITION, own.alias(KEY)))
    if not left:
        return rows
    return superseded_among(rows, reduce(DataFrame.unionByName, left).distinct(), [*POSITION, KEY])
