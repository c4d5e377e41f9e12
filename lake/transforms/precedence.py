"""Rows of several feeds for one entity to one row per key (and moment), attribute by attribute, by precedence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lake.contracts.entity import Entity


def merged(by_feed: Sequence[DataFrame], entity: Entity) -> DataFrame:
    """One row per `lake_key`: an attribute is the first non-null one in the order of the frames.

    With history there is a row for every moment at which any feed has one; each feed speaks with its row as of then.
    """
    ranked = [rows.withColumn("lake_feed", F.lit(i)) for i, rows in enumerate(by_feed)]
    together = reduce(DataFrame.unionByName, ranked)
    attributes = [c for c in by_feed[0].columns if c not in _identifying(entity)]
    key = ["lake_business_key", *(["effective_at"] if entity.history else [])]
    whole = Window.partitionBy("lake_business_key")
    window = whole.orderBy("effective_at").rangeBetween(Window.unboundedPreceding, 0) if entity.history else whole
    voices = [_voice(i, attributes, window, ordered=entity.history) for i in range(len(by_feed))]
    heard = together.withColumns({f"lake_voice_{i}": voice for i, voice in enumerate(voices)})
    names = [f"lake_voice_{i}" for i in range(len(by_feed))]
    chosen = [F.coalesce(*[F.col(f"{voice}.{name}") for voice in names]).alias(name) for name in attributes]
    one = heard.withColumn("lake_row", F.row_number().over(Window.partitionBy(*key).orderBy("lake_feed")))
    identifying = [c for c in by_feed[0].columns if c in _identifying(entity)]
    return one.where("lake_row = 1").select(*identifying, *chosen).select(*by_feed[0].columns)


def _identifying(entity: Entity) -> set[str]:
    return {*entity.key, "lake_key", "lake_business_key", *(["effective_at"] if entity.history else [])}


def _voice(feed: int, attributes: Sequence[str], window: object, *, ordered: bool) -> Column:
    """What a feed says as of the row's moment: its last row up to then (its only row without history)."""
    said = F.when(F.col("lake_feed") == feed, F.struct(*attributes))
    return (F.last(said, ignorenulls=True) if ordered else F.first(said, ignorenulls=True)).over(window)  # type: ignore[arg-type]
