"""Slowly changing dimensions of type 2, as a pure function of an entity's history rows in cleansed.

Keys are given later, in the SQL of each dimension. Nothing here depends on the order or time of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.names import FIRST_MOMENT


def entity_versions(history: DataFrame, entity: Entity) -> DataFrame:
    """`versions` of an entity with `history: true`; every declared column beside its key is tracked."""
    tracked = [name for name in entity.column_names if name not in (*entity.key, "effective_at")]
    return versions(history, entity.key, tracked)


def versions(history: DataFrame, key: Sequence[str], tracked: Sequence[str]) -> DataFrame:
    """One row per member and version, out of one row per member and `effective_at` with its `deleted_at`.

    Consecutive rows with equal tracked columns (null equals null) are one version. Any `deleted_at` found on
    a member's rows ends the version that is open at that moment and marks it `is_deleted`; only a row with a
    later `effective_at` opens another one. `is_current` is the last version, also of a deleted member.
    Columns: key, tracked, `effective_at` (true start), `valid_from_at` (1900-01-01 for the first version, or
    its start if that is earlier), `valid_to_at` (exclusive; null while open), `is_current`, `is_deleted`.
    """
    in_time = Window.partitionBy(*key).orderBy("effective_at")
    previous, following = F.lag("effective_at").over(in_time), F.lead("effective_at").over(in_time)
    first_moment = F.lit(FIRST_MOMENT).cast("timestamp")
    return (
        _runs(_segments(history, key), key, tracked)
        .withColumns(
            {
                "valid_from_at": F.when(previous.isNotNull(), F.col("effective_at")).otherwise(
                    F.least("effective_at", first_moment)
                ),
                "valid_to_at": F.coalesce("ended_at", following),
                "is_current": following.isNull(),
                "is_deleted": F.col("ended_at").isNotNull(),
            }
        )
        .select(*key, *tracked, "effective_at", "valid_from_at", "valid_to_at", "is_current", "is_deleted")
    )


def _segments(history: DataFrame, key: Sequence[str]) -> DataFrame:
    """Adds `ended_at`: the deletion between a row and the member's next one, or null.

    A row that starts at the very moment of a deletion, or was itself deleted before it was to hold (a price of next
    month), never held and is left out, unless it is the member's first: a member that was seen is never lost. Such a
    first row ends where it starts.
    """
    member = Window.partitionBy(*key)
    start = F.col("effective_at")
    following = F.lead("effective_at").over(member.orderBy("effective_at"))

    def is_inside(moment: Column) -> Column:
        return (moment >= start) & (F.col("next_at").isNull() | (moment < F.col("next_at")))

    return (
        history.withColumn("deletions", F.collect_set("deleted_at").over(member))
        .withColumn("first_at", F.min("effective_at").over(member))
        .withColumn("never_held", F.coalesce(F.col("deleted_at") < start, F.lit(False)))
        .where((start == F.col("first_at")) | ~(F.col("never_held") | F.array_contains("deletions", start)))
        .withColumn("next_at", following)
        .withColumn("ended_at", F.array_min(F.filter("deletions", is_inside)))
        .withColumn("ended_at", F.when(F.col("never_held"), start).otherwise(F.col("ended_at")))
    )


def _runs(segments: DataFrame, key: Sequence[str], tracked: Sequence[str]) -> DataFrame:
    """One row per run of equal tracked columns that no deletion interrupts: its start and its `ended_at`."""
    in_time = Window.partitionBy(*key).orderBy("effective_at")
    attributes = F.struct(*tracked)
    is_same = attributes.eqNullSafe(F.lag(attributes).over(in_time)) & F.lag("ended_at").over(in_time).isNull()
    return (
        segments.withColumn("is_start", (~is_same).cast("int"))
        .withColumn("run", F.sum("is_start").over(in_time))
        .groupBy(*key, "run")
        .agg(
            F.min("effective_at").alias("effective_at"),
            F.max("ended_at").alias("ended_at"),
            *(F.any_value(name).alias(name) for name in tracked),
        )
    )
