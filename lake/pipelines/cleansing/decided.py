"""What one run decides about a feed: the fates of its candidates, as rows of the ledger and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lake.names import Disposition
from lake.pipelines.cleansing.feed_frames import Records

ACCEPTED = (Disposition.CURRENT.value, Disposition.SUPERSEDED.value)
"""Fates of candidates that are neither refused nor held nor copies."""


@dataclass(frozen=True)
class EntityFates:
    """One entity's candidates with their dispositions; `winners` are the current ones (None for `unrouted`)."""

    entity: str
    mapped: DataFrame
    winners: DataFrame | None


@dataclass(frozen=True)
class Decided:
    """All that one run decides about a feed: the typed records it looked at, and the fates by entity.

    Standing rivals are not among the records.
    """

    records: Records
    by_entity: list[EntityFates]

    def ledger(self) -> DataFrame:
        """All fates as rows of the ledger."""
        rows = [ledger_rows(one.mapped, one.entity) for one in self.by_entity]
        return reduce(DataFrame.unionByName, rows)

    @cached_property
    def counts(self) -> Sequence[Row]:
        """For each entity and delivery all rows, those accepted, refused, and gave_way: of one key, by content alone.

        such_as: the first of these, its file, record and the record it gave way to.
        """
        place = F.struct("lake_file_name", "lake_record_number", "lake_gives_way_to")
        columns = ["lake_delivery_id", "lake_disposition", "lake_file_name", "lake_record_number"]
        nothing = F.lit(None).cast("bigint").alias("lake_gives_way_to")  # unrouted rows have no rivals
        rows = [
            one.mapped.select(
                F.lit(one.entity).alias("entity"), *columns, nothing if one.winners is None else "lake_gives_way_to"
            )
            for one in self.by_entity
        ]
        by_delivery = reduce(DataFrame.unionByName, rows).groupBy(
            "entity", F.col("lake_delivery_id").alias("delivery_id")
        )
        counted = by_delivery.agg(
            F.count("*").alias("all"),
            F.count_if(F.col("lake_disposition").isin(*ACCEPTED)).alias("accepted"),
            F.count_if(F.col("lake_disposition") == Disposition.QUARANTINED.value).alias("refused"),
            F.count("lake_gives_way_to").alias("gave_way"),
            F.min(F.when(F.col("lake_gives_way_to").isNotNull(), place)).alias("such_as"),
        )
        return counted.collect()


def ledger_rows(rows: DataFrame, entity: str, *more: str) -> DataFrame:
    """Candidates with `lake_disposition` as rows of the ledger; `more`: columns of theirs besides."""
    none = F.lit(None).cast("array<string>")
    return rows.select(
        F.lit(entity).alias("entity"),
        F.col("lake_delivery_id").alias("delivery_id"),
        F.col("lake_record_number").alias("record_number"),
        F.col("lake_element_number").cast("int").alias("element_number"),
        F.col("lake_record_hash").alias("record_hash"),
        F.col("lake_key").alias("key_hash"),
        F.col("lake_disposition").alias("disposition"),
        F.when(F.size("lake_failed") > 0, F.col("lake_failed")).otherwise(none).alias("failed_rules"),
        F.when(F.size("lake_warned") > 0, F.col("lake_warned")).otherwise(none).alias("warned_rules"),
        *more,
    )
