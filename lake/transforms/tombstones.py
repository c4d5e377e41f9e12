"""Deletions that nobody sends: a key that a list of standing keys (a key list, a whole snapshot) no longer has.

Lists are numbered 0, 1, ... by date; a row has the number of its delivery. A list judges the rows of earlier numbers.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

KEY, NUMBER = "lake_business_key", "lake_list_number"
LISTS = "lake_listed array<int>, lake_lists array<struct<day: date, moment: timestamp, first: bigint>>"
"""The one row of `lists`: the numbers that have a list; by number the list's day, its moment
(null: the start of its day) and its first key (null: it holds all)."""


def with_tombstones(
    candidates: DataFrame, accepted: DataFrame, present: DataFrame, lists: DataFrame, zone: str, *, history: bool
) -> DataFrame:
    """Adds `lake_gone_at`: the start (in `zone`) of the day of the list that deletes the row's key, or null.

    With history a row is gone at the first list without its key before the key's next accepted row. Without, all rows
    of a key are gone at the first list without it after the key's last accepted row: a row in a delivery of that date
    shows that the key stood then, whatever its version.

    `candidates`: KEY, NUMBER (null: never judged) and `lake_scope_key` (the key as a number, for lists that begin with
    a first key). `accepted`: KEY and NUMBER of all accepted rows of these keys. `present`: KEY and NUMBER of all keys
    of the lists.
    """
    listed = present.groupBy(KEY).agg(F.collect_set(NUMBER).alias("lake_present"))
    rows_at = accepted.groupBy(KEY).agg(F.sort_array(F.collect_set(NUMBER)).alias("lake_rows_at"))
    joined = candidates.join(listed, KEY, "left").join(rows_at, KEY, "left").crossJoin(F.broadcast(lists))
    if history:
        own = F.col(NUMBER)
        until = F.array_min(F.filter("lake_rows_at", lambda number: number > own))
        gone = first_missing(own, until)
    else:
        gone = first_missing(F.array_max("lake_rows_at"), F.lit(None).cast("int"))
    found = joined.withColumn("lake_gone_at", moment_of(gone, zone))
    return found.drop("lake_present", "lake_rows_at", "lake_listed", "lake_lists")


def moment_of(number: Column, zone: str) -> Column:
    """When a list of `lake_lists` deletes: its moment, else the start of its day in the zone (UTC)."""
    said = F.get("lake_lists", number)
    return F.coalesce(said["moment"], F.to_utc_timestamp(said["day"].cast("timestamp"), zone))


def first_missing(since: Column, until: Column) -> Column:
    """The number of the first list after `since` (and before `until`, where given) that should have the key.

    Reads `lake_present`, `lake_scope_key`, `lake_listed` and `lake_lists`.
    """
    none = F.array().cast("array<int>")
    absent = F.array_except("lake_listed", F.coalesce("lake_present", none))

    def judges(number: Column) -> Column:
        first = F.get("lake_lists", number)["first"]
        is_covered = first.isNull() | F.coalesce(F.col("lake_scope_key") >= first, F.lit(False))
        return (number > since) & (until.isNull() | (number < until)) & is_covered

    return F.array_min(F.filter(absent, judges))
