"""What becomes of each record and candidate: routes, exact duplicates, versions of a key, deletions.

Every function takes any frame and decides per record or per key, so that a micro-batch can use it unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed, Provision
from lake.names import Disposition, LoadKind
from lake.transforms.mapping import json_array


def with_record_hash(raw: DataFrame, feed: Feed) -> DataFrame:
    """Adds `lake_record_hash` (binary, SHA-256 of the JSON array of all declared texts).

    With `identity: position`, and for malformed records (which have no texts), file name and record number count too:
    they are never duplicates.
    """
    texts: list[Column] = [F.col(c.name) for c in feed.columns]
    position = [F.col("lake_file_name"), F.col("lake_record_number").cast("string")]
    array = json_array([*texts, *position])
    if feed.identity == "content":
        array = F.when(F.col("lake_malformed").isNull(), json_array(texts)).otherwise(array)
    return raw.withColumn("lake_record_hash", F.unhex(F.sha2(array, 256)))


def with_duplicate_mark(records: DataFrame, feed: Feed) -> DataFrame:
    """Adds `lake_is_duplicate`: an equal record with a lower (logical name, record number) exists.

    `append`: among all given records; otherwise within one delivery. The given records must hold whole groups.
    """
    if feed.identity == "position":  # no two records are equal: the largest feeds need no sort
        return records.withColumn("lake_is_duplicate", F.lit(False))
    group = ["lake_record_hash"] if feed.load is LoadKind.APPEND else ["lake_delivery_id", "lake_record_hash"]
    in_order = Window.partitionBy(*group).orderBy("lake_file_name", "lake_record_number")
    return records.withColumn("lake_is_duplicate", F.row_number().over(in_order) > 1)


def with_routes(records: DataFrame, feed: Feed) -> DataFrame:
    """Adds `lake_unrouted`: why a record fits no item of a route (`no_route`), two of them (`two_routes`), or null.

    `ignored`: the feed's `ignore_when` is true of it, whatever its routes say; unlike the others no refusal.
    `no_array_<column>`: a text that is to be exploded and is no JSON array; its elements would be lost unseen.
    """
    reasons = [_no_array(item) for item in feed.provides if item.explode is not None]
    for items in feed.routes.values():
        fits = [F.coalesce(F.expr(item.when or "true"), F.lit(False)).cast("int") for item in items]
        count = sum(fits[1:], fits[0])
        reasons.append(F.when(count == 0, "no_route").when(count > 1, "two_routes"))
    malformed = F.when(F.col("lake_malformed").isNotNull(), F.lit("malformed"))
    ignored = F.when(F.expr(feed.ignore_when or "false"), F.lit(Disposition.IGNORED.value))
    return records.withColumn("lake_unrouted", F.coalesce(malformed, ignored, *reasons))


def _no_array(item: Provision) -> Column:
    assert item.explode is not None
    name = item.explode.column
    is_lost = F.col(name).isNotNull() & F.from_json(name, "array<string>").isNull()
    taken = F.expr((item.when if item.route else None) or "true")
    return F.when(taken & is_lost, F.lit(f"no_array_{name}"))


def superseded_among(rows: DataFrame, old: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows, those accepted ones `superseded` whose key is among the `old` ones, a row a key."""
    marked = rows.join(old.withColumn("lake_is_old", F.lit(True)), [*key], "left")
    fate = F.coalesce("lake_disposition", F.when(F.col("lake_is_old"), Disposition.SUPERSEDED.value))
    return marked.withColumn("lake_disposition", fate).select(*rows.columns)


def ranked(rows: DataFrame) -> DataFrame:
    """Adds `lake_rank` within the key (and `effective_at`) among the accepted rows (no `lake_disposition` yet).

    1 is current, the others are superseded. `lake_gives_way_to`: the number of the record before it in that order,
    where both are of one delivery and of one version and differ: nothing but their content decides. Null elsewhere.

    Order: the feed's version column, the file's date, a deletion (only a newer row takes it back), the SHA-256 of the
    mapped columns, greatest first; rows that tie to the end are equal, the lowest source position stands for them.
    """
    newest_first = Window.partitionBy("lake_key", F.col("lake_disposition").isNull()).orderBy(
        F.col("lake_version").desc_nulls_last(),
        F.col("lake_file_date").desc_nulls_last(),
        F.col("lake_is_deleted").desc(),
        F.col("lake_order").desc(),
        "lake_file_name",
        "lake_record_number",
        "lake_element_number",
    )
    equal = ("lake_delivery_id", "lake_version", "lake_is_deleted")
    above = F.lag(F.struct(*equal, "lake_order", "lake_record_number")).over(newest_first)
    rows = rows.withColumns({"lake_rank": F.row_number().over(newest_first), "lake_above": above})
    alike = [F.col(name).eqNullSafe(F.col(f"lake_above.{name}")) for name in equal]
    differs = F.col("lake_order") != F.col("lake_above.lake_order")
    accepted = F.col("lake_disposition").isNull()
    gives_way = F.when(accepted & reduce(and_, alike) & differs, F.col("lake_above.lake_record_number"))
    return rows.withColumn("lake_gives_way_to", gives_way).drop("lake_above")


def with_deleted_at(rows: DataFrame, entity: Entity, time_zone: str) -> DataFrame:
    """Adds `deleted_at` to rows that the feed's `deleted_when` marks: as of the row's own time."""
    own_time = [F.col("effective_at")] if entity.history else []
    version = F.col("lake_version").try_cast("timestamp")
    file_date = F.to_utc_timestamp(F.col("lake_file_date").cast("timestamp"), time_zone)
    event = [F.col(entity.event_at)] if entity.event_at else []
    moment = F.coalesce(*own_time, version, file_date, *event)
    return rows.withColumn("deleted_at", F.when(F.col("lake_is_deleted"), moment))
