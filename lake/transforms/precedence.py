"""Rows of several feeds for one entity to one row per key (and moment), attribute by attribute, by precedence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lake.contracts.entity import Entity


def merged(by_feed: Sequence[DataFrame], entity: Entity) -> DataFrame:
    """One row per `lake_key`: an attribute is the first non-null one in the order of the frames.

    With history there is a row for every moment at which any feed has one. Each feed speaks with its last row up to
    then, of events only with its row at that very moment; a feed that has deleted the key before is silent until it
    has a newer row (of a row that was deleted before it was to hold, its own moment says so). A deletion by any feed
    deletes the key: `deleted_at` is the earliest of those that speak. A column that a frame lacks is null there (its
    feed has not been cleansed under the newer contract yet).
    """
    numbered = [rows.withColumn("lake_feed", F.lit(i)) for i, rows in enumerate(by_feed)]
    together = reduce(lambda one, two: one.unionByName(two, allowMissingColumns=True), numbered)
    columns = [c for c in together.columns if c != "lake_feed"]
    attributes = [c for c in columns if c not in _identifying(entity)]
    key = ["lake_business_key", *(["effective_at"] if entity.history else [])]
    voices = {f"lake_voice_{i}": _voice(i, attributes, entity) for i in range(len(by_feed))}
    heard = together.withColumns(voices).withColumns({name: _unless_deleted(name, entity) for name in voices})
    one = heard.withColumn("lake_row", F.row_number().over(Window.partitionBy(*key).orderBy("lake_feed")))
    chosen = {name: _chosen(name, [F.col(f"{voice}.{name}") for voice in voices]) for name in attributes}
    return one.where("lake_row = 1").select([chosen.get(name, F.col(name)).alias(name) for name in columns])


def _identifying(entity: Entity) -> set[str]:
    return {*entity.key, "lake_key", "lake_business_key", *(["effective_at"] if entity.history else [])}


def _voice(feed: int, attributes: Sequence[str], entity: Entity) -> Column:
    """What a feed says as of the row's moment: its last row up to then (events, or no history: its only one)."""
    at = [F.col("effective_at").alias("lake_said_at")] if entity.history else []
    said = F.when(F.col("lake_feed") == feed, F.struct(*attributes, *at))
    if not entity.history or entity.history_of == "events":
        return F.first(said, ignorenulls=True).over(Window.partitionBy("lake_key"))
    whole = Window.partitionBy("lake_business_key")
    until_now = whole.orderBy("effective_at").rangeBetween(Window.unboundedPreceding, Window.currentRow)
    return F.last(said, ignorenulls=True).over(until_now)


def _unless_deleted(voice: str, entity: Entity) -> Column:
    if not entity.history:
        return F.col(voice)
    since = F.col("effective_at")
    is_over = (F.col(f"{voice}.deleted_at") < since) & (F.col(f"{voice}.lake_said_at") < since)
    return F.when(~F.coalesce(is_over, F.lit(False)), F.col(voice))


def _chosen(name: str, values: Sequence[Column]) -> Column:
    if name == "deleted_at" and len(values) > 1:
        return F.least(*values)
    return F.coalesce(*values)
