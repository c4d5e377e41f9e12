"""One feed's records to candidates with their fates: the frames that `cleanse` writes. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed, Provision
from lake.io import tables
from lake.names import Disposition, LoadKind, Severity, Zone
from lake.pipelines.cleanse_scope import Scope
from lake.pipelines.run import Run
from lake.transforms import fates
from lake.transforms.exploding import with_elements
from lake.transforms.mapping import CARRIED, candidates
from lake.transforms.standardising import typed

POSITION = ["lake_delivery_id", "lake_record_number"]
LEDGER = (
    "entity string, delivery_id string, record_number bigint, element_number int, record_hash binary, "
    "key_hash string, disposition string, failed_rules array<string>, warned_rules array<string>"
)
"""One row per candidate: where it came from, which key it has and what became of it."""


@dataclass(frozen=True)
class FeedFrames:
    """Access to a feed's raw records and to the ledger of their fates."""

    run: Run
    feed: Feed
    scope: Scope

    @property
    def spark(self) -> SparkSession:
        """The run's session."""
        return self.run.spark

    @property
    def ledger_uri(self) -> str:
        """Where the fates of this feed's candidates are kept."""
        return f"{self.run.ops}/dispositions/{self.feed.feed}"

    @property
    def zone(self) -> str:
        """The shop's time zone: the clock of `_date` and `_month`."""
        return self.run.catalogue.shop.time_zone

    def ledger(self) -> DataFrame:
        """The standing fates; empty before the first run and when everything is made anew."""
        if self.scope.full or not tables.exists(self.spark, self.ledger_uri):
            return self.spark.createDataFrame([], LEDGER)
        return tables.read(self.spark, self.ledger_uri)

    def raw(self, deliveries: Iterable[str]) -> DataFrame:
        """Raw records of the deliveries, with the file's date and the record hash."""
        deliveries = list(deliveries)
        known = {d.delivery_id: d.file_date for d in [*self.scope.added, *self.scope.never, *self.scope.kept]}
        dates = self.spark.createDataFrame(
            [(i, known.get(i)) for i in deliveries], "lake_delivery_id string, lake_file_date date"
        )
        rows = tables.read(self.spark, self.run.uri(Zone.RAW, self.feed.feed))
        rows = rows.where(F.col("lake_delivery_id").isin(deliveries)).join(F.broadcast(dates), "lake_delivery_id")
        return fates.with_record_hash(rows, self.feed)

    def records(self, raw: DataFrame) -> DataFrame:
        """Raw rows as typed records: the feed's columns, `file_date`, `file_name` and the `lake_` marks."""
        marked = raw.withColumns(
            {
                "file_date": F.col("lake_file_date"),
                "file_name": F.col("lake_file_name"),
                "lake_element_number": F.lit(0),
            }
        )
        records = typed(marked, self.feed.columns, self.feed, self.zone)
        version = F.col(self.feed.version_by) if self.feed.version_by else F.lit(None).cast("string")
        deleted = F.coalesce(F.expr(self.feed.deleted_when or "false"), F.lit(False))
        return fates.with_routes(
            records.withColumns({"lake_version": version, "lake_is_deleted": deleted}), self.feed
        )

    def candidates(self, records: DataFrame, items: Sequence[Provision]) -> DataFrame:
        """Candidates of one entity out of records that all its items may take."""
        entity = self.run.catalogue.entities[items[0].entity]
        found = []
        for item in items:
            rows = with_elements(records, item.explode, self.feed, self.zone) if item.explode else records
            taken = rows.where(F.expr(item.when)) if item.when else rows
            found.append(candidates(taken, item, entity, self.zone))
        return reduce(DataFrame.unionByName, found)

    def items(self, *, routed: bool) -> dict[str, list[Provision]]:
        """The feed's items by entity: those of a route, or the derived ones."""
        found: dict[str, list[Provision]] = {}
        for item in self.feed.provides:
            if (item.route is not None) is routed:
                found.setdefault(item.entity, []).append(item)
        return found


def duplicate_mates(frames: FeedFrames, added: DataFrame) -> DataFrame:
    """Positions of standing records whose group of equal records is touched by new or removed deliveries."""
    ledger = frames.ledger()
    removed = F.col("delivery_id").isin(frames.scope.removed)
    hashes = added.select(F.col("lake_record_hash").alias("record_hash"))
    hashes = hashes.unionByName(ledger.where(removed).select("record_hash")).distinct()
    kept = ledger.where(F.col("delivery_id").isin([d.delivery_id for d in frames.scope.kept]))
    mates = kept.join(hashes, "record_hash", "left_semi")
    return mates.select(
        F.col("delivery_id").alias("lake_delivery_id"), F.col("record_number").alias("lake_record_number")
    ).distinct()


def touched_records(frames: FeedFrames) -> DataFrame:
    """Typed records of the added deliveries and of the standing ones that share a group of equals with a change."""
    added = frames.raw(d.delivery_id for d in frames.scope.added)
    if frames.feed.load is LoadKind.APPEND and not frames.scope.full and frames.scope.kept:
        mates = duplicate_mates(frames, added).persist()
        found = [row[0] for row in mates.select("lake_delivery_id").distinct().collect()]
        if found:
            added = added.unionByName(frames.raw(found).join(F.broadcast(mates), POSITION, "left_semi"))
    return frames.records(fates.with_duplicate_mark(added, frames.feed))


def judged(rows: DataFrame, held: Iterable[tuple[str, str]], entity: str) -> DataFrame:
    """Adds `lake_disposition` as far as it does not depend on other rows of the key: null means accepted."""
    deliveries = [delivery for delivery, of in held if of == entity]
    is_held = F.col("lake_delivery_id").isin(deliveries) if deliveries else F.lit(False)
    fate = (
        F.when(F.col("lake_is_duplicate"), Disposition.DUPLICATE.value)
        .when(F.size("lake_failed") > 0, Disposition.QUARANTINED.value)
        .when(is_held, Disposition.HELD.value)
    )
    return rows.withColumn("lake_disposition", fate)


def unrouted(records: DataFrame) -> DataFrame:
    """Malformed records and those that fit no route or two, as candidates of the pseudo-entity `unrouted`."""
    rows = records.where(F.col("lake_unrouted").isNotNull())
    return rows.select(
        *CARRIED,
        F.array("lake_unrouted").alias("lake_failed"),
        F.array().cast("array<string>").alias("lake_warned"),
        F.lit(None).cast("string").alias("lake_key"),
    )


def standing_mates(frames: FeedFrames, entity: str, mapped: DataFrame) -> DataFrame:
    """Coordinates of the standing candidates that compete for the keys of an entity which this run touches.

    The current one of every touched key; where a current one may leave, the superseded ones too.
    """
    ledger = frames.ledger().where(F.col("entity") == entity)
    is_removed = F.col("delivery_id").isin(frames.scope.removed)
    here = mapped.select(
        F.col("lake_delivery_id").alias("delivery_id"), F.col("lake_record_number").alias("record_number")
    ).distinct()
    standing_here = ledger.join(here, ["delivery_id", "record_number"], "left_semi")
    leaving = ledger.where(is_removed).unionByName(standing_here)
    may_leave = leaving.where(F.col("disposition") == Disposition.CURRENT.value).select("key_hash").distinct()
    keys = mapped.select(F.col("lake_key").alias("key_hash")).unionByName(leaving.select("key_hash")).distinct()
    kept = ledger.where(F.col("delivery_id").isin([d.delivery_id for d in frames.scope.kept]))
    kept = kept.join(here, ["delivery_id", "record_number"], "left_anti")
    current = kept.where(F.col("disposition") == Disposition.CURRENT.value).join(keys, "key_hash", "left_semi")
    older = kept.where(F.col("disposition") == Disposition.SUPERSEDED.value).join(may_leave, "key_hash", "left_semi")
    return current.unionByName(older).select(
        F.col("delivery_id").alias("lake_delivery_id"),
        F.col("record_number").alias("lake_record_number"),
        F.col("element_number").alias("lake_element_number"),
    )


def gate_counts(routed: dict[str, DataFrame], fatal: dict[str, set[str]]) -> list[dict[str, Any]]:
    """Rows, refused rows and rows that fail a `fail` rule for each (delivery, entity), duplicates included.

    Only a delivery's own rows count, so that grouping files into runs changes nothing.
    """
    counted = []
    for entity, rows in routed.items():
        names = F.array(*[F.lit(name) for name in sorted(fatal.get(entity, set()))]).cast("array<string>")
        counted.append(
            rows.groupBy("lake_delivery_id").agg(
                F.lit(entity).alias("entity"),
                F.count("*").alias("rows"),
                F.count_if(F.size("lake_failed") > 0).alias("refused"),
                F.count_if(F.arrays_overlap("lake_failed", names)).alias("fatal"),
            )
        )
    return [row.asDict() for row in reduce(DataFrame.unionByName, counted).collect()]


def fatal_rules(items: Sequence[Provision], entity: Entity | None) -> set[str]:
    """Names of the rules with severity `fail`."""
    rules = [*(entity.expectations if entity else []), *(rule for item in items for rule in item.expectations)]
    return {rule.rule_name for rule in rules if rule.severity is Severity.FAIL}


def ledger_rows(rows: DataFrame, entity: str) -> DataFrame:
    """Candidates with `lake_disposition` as rows of the ledger."""
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
    )


def coordinates_of(ledger: DataFrame) -> DataFrame:
    """The key columns of ledger rows."""
    return ledger.select("entity", "delivery_id", "record_number", "element_number")


