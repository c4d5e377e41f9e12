"""What cleanse writes of a feed: entity rows, quarantine and the ledger of fates, each only where it differs.

A crash between the writes is healed by doing all of them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.crash_points import reached
from lake.io import table_updates, tables
from lake.names import UNROUTED, Disposition, Zone
from lake.pipelines.cleansing.decided import Decided, EntityFates, ledger_rows
from lake.pipelines.cleansing.decisions import routable, unrouted
from lake.pipelines.cleansing.feed_frames import FeedFrames
from lake.pipelines.cleansing.merging import entity_layout
from lake.pipelines.feed_tables import entity_uri, is_shared
from lake.transforms.joins import sent_whole

COORDINATES = ("entity", "delivery_id", "record_number", "element_number")
"""The key of a candidate in the ledger of fates and in quarantine."""


def write_decided(frames: FeedFrames, decided: Decided) -> dict[str, DataFrame | None]:
    """Bring the feed's part of cleansed, quarantine and the ledger up to date.

    Returned: the shared entities whose merged table has to follow, and the keys that changed (`lake_key`, each once;
    None: any).
    """
    changed: dict[str, DataFrame | None] = {}
    for one in decided.by_entity:
        if one.winners is not None:
            changed |= _write_entity(frames, decided, one, one.winners)
            reached("cleanse:entity_written")
    touched = None if frames.scope.full else _looked_up(frames, decided, _touched(frames, decided))
    _write_quarantine(frames, decided, touched)
    reached("cleanse:quarantine_written")
    _write_ledger(frames, decided, touched)
    reached("cleanse:dispositions_written")
    return changed


def _write_entity(
    frames: FeedFrames, decided: Decided, one: EntityFates, winners: DataFrame
) -> dict[str, DataFrame | None]:
    run, entity = frames.run, frames.run.catalogue.entities[one.entity]
    rows = cleansed_rows(winners, entity, frames.feed)
    shared, touched = is_shared(run, one.entity), None
    if not frames.scope.full:
        ledger = frames.ledger().where(F.col("entity") == one.entity)
        leaving = ledger.where(F.col("delivery_id").isin(frames.scope.removed))
        standing = decided.records.known_in(ledger)
        gone = leaving.unionByName(standing).select(F.col("key_hash").alias("lake_key"))
        touched = one.mapped.select("lake_key").unionByName(gone).distinct()
    uri = entity_uri(run, one.entity, frames.feed.feed)
    layout = entity_layout(entity, keeps_changes=not shared)
    payload = [c for c in rows.columns if c not in ("source_file", "source_record")]
    asked = _looked_up(frames, decided, touched, one.entity)
    is_new = touched is not None and frames.has_new_keys_only(one.entity, decided.records)
    within = F.lit(False) if is_new else None
    changes = table_updates.apply_changes(run.spark, uri, rows, asked, layout, compare=payload, within=within)
    run.progress.step("cleansed", feed=frames.feed.feed, entity=one.entity, inserted=changes.inserted,
                      updated=changes.updated, deleted=changes.deleted)  # fmt: skip
    keys = None if touched is None else changes.keys
    return {one.entity: keys} if shared and (changes.total or touched is None) else {}


def _looked_up(
    frames: FeedFrames, decided: Decided, touched: DataFrame | None, entity: str | None = None
) -> DataFrame | None:
    """Touched keys, of one entity or all, to be sent whole to the standing rows; Spark decides where nobody counted."""
    if touched is None or frames.scope.removed or decided.records.are_known:
        return touched
    return sent_whole(touched, sum(row["all"] for row in decided.counts if entity in (None, row["entity"])))


def cleansed_rows(winners: DataFrame, entity: Entity, feed: Feed) -> DataFrame:
    """Candidates that won, as rows of the cleansed table."""
    source = {
        "source_feed": F.lit(feed.feed), "source_file": F.col("lake_file_name"),
        "source_record": F.col("lake_record_number"),
    }  # fmt: skip
    return winners.withColumns(source).select(*entity.cleansed_columns, "lake_business_key", "lake_key")


def _write_quarantine(frames: FeedFrames, decided: Decided, touched: DataFrame | None) -> None:
    """Refused candidates with the original text of their record, all failed rules and the code version."""
    run, feed = frames.run, frames.feed
    uri = run.uri(Zone.QUARANTINE, feed.feed)
    deliveries = sorted({row["delivery_id"] for row in decided.counts if row["refused"]})
    if not deliveries and not tables.exists(run.spark, uri):
        return
    rows = _refused(decided.by_entity).join(_originals(frames, deliveries), ["delivery_id", "record_number"])
    rows = rows.withColumn("code_version", F.lit(run.catalogue.fingerprint(feed)[:16]))
    layout = tables.Layout(COORDINATES, "ingest_date", ("delivery_id",), marks_rows=True)
    table_updates.apply_changes(run.spark, uri, rows, touched, layout)


def _refused(entities: Iterable[EntityFates]) -> DataFrame:
    """COORDINATES and failed rules of the refused candidates, and the order that they name: there they are missing.

    No `order_id` where none of the entities has it.
    """
    found = []
    for one in entities:
        rows = one.mapped.where(F.col("lake_disposition") == Disposition.QUARANTINED.value)
        found.append(ledger_rows(rows, one.entity, *{"order_id"}.intersection(rows.columns)))
    told = reduce(partial(DataFrame.unionByName, allowMissingColumns=True), found)
    return told.drop("record_hash", "key_hash", "disposition", "warned_rules")


def _originals(frames: FeedFrames, deliveries: list[str]) -> DataFrame:
    """The records of the deliveries as they were sent: their texts as JSON, or the bytes of malformed ones."""
    return frames.originals(deliveries).select(
        F.col("lake_delivery_id").alias("delivery_id"),
        F.col("lake_record_number").alias("record_number"),
        F.col("lake_file_name").alias("file_name"),
        F.when(F.col("lake_malformed").isNull(), F.to_json(F.struct(*frames.feed.column_names))).alias("original_text"),
        F.col("lake_malformed").alias("original_bytes"),
        F.col("lake_malformed_reason").alias("malformed_reason"),
        "ingest_date",
    )


def _touched(frames: FeedFrames, decided: Decided) -> DataFrame:
    """Coordinates of all candidates that this run decides, or that stood for the same records or removed deliveries."""
    ledger = frames.ledger()
    standing = decided.records.known_in(ledger)
    removed = ledger.where(F.col("delivery_id").isin(frames.scope.removed))
    found = [rows.select(*COORDINATES) for rows in (decided.ledger(), standing, removed)]
    return reduce(DataFrame.unionByName, found).distinct().localCheckpoint()


def _write_ledger(frames: FeedFrames, decided: Decided, touched: DataFrame | None) -> None:
    """The fates of all candidates; those of deliveries that are no longer current become `replaced`.

    The ledger lies by disposition: new days change current fates only, and what was superseded lies still.
    """
    removed = frames.ledger().where(F.col("delivery_id").isin(frames.scope.removed))
    removed = removed.where(F.col("entity").isin([UNROUTED, *frames.items(routed=True)]))
    replaced = [removed, *_never_cleansed(frames)]
    none = F.lit(None).cast("array<string>")
    marks = {"disposition": F.lit(Disposition.REPLACED.value), "failed_rules": none, "warned_rules": none}
    rows = reduce(DataFrame.unionByName, [decided.ledger(), *(one.withColumns(marks) for one in replaced)])
    if touched is not None and frames.scope.never_cleansed:
        touched = touched.unionByName(rows.select(*COORDINATES))
    layout = tables.Layout(COORDINATES, "disposition", ("delivery_id",), marks_rows=True)
    scope = frames.scope
    is_open = scope.full or scope.removed or decided.records.are_known
    within = None if is_open else F.col("disposition") == Disposition.CURRENT.value  # what new records supersede
    table_updates.apply_changes(frames.spark, frames.ledger_uri, rows, touched, layout, within=within)


def _never_cleansed(frames: FeedFrames) -> list[DataFrame]:
    """Ledger rows of deliveries that were replaced before they were ever cleansed."""
    if not frames.scope.never_cleansed:
        return []
    raw = frames.raw(d.delivery_id for d in frames.scope.never_cleansed)
    records = frames.records(raw.withColumn("lake_is_duplicate", F.lit(False)))
    unknown = F.lit(None).cast("string")
    found = [ledger_rows(unrouted(records).withColumn("lake_disposition", unknown), UNROUTED)]
    for entity, items in frames.items(routed=True).items():
        mapped = frames.candidates(routable(records), items).withColumn("lake_disposition", unknown)
        found.append(ledger_rows(mapped, entity))
    return found
