"""Raw to cleansed: changed deliveries become entity rows, quarantined rows and fates, and the balances must hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.crash_points import reached
from lake.io import tables
from lake.names import UNROUTED, Disposition, LoadKind, Zone
from lake.pipelines import cleanse_feed as cf
from lake.pipelines.balances import check_candidates, record_balances
from lake.pipelines.blocking import blocked_feeds
from lake.pipelines.cleanse_feed import POSITION, FeedFrames
from lake.pipelines.cleanse_scope import FINISHED, STARTED, Processed, Scope, scope_of
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.merging import merge_providers
from lake.pipelines.run import Run
from lake.transforms import fates

QUARANTINE_KEY = ("entity", "delivery_id", "record_number", "element_number")


@dataclass
class CleanseReport:
    """What stands in the way of curate and publish, in words, and what was done."""

    blocked: list[str] = field(default_factory=list)
    cleansed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EntityFates:
    """One entity's candidates of this run with their dispositions, and the rows that win."""

    entity: str
    mapped: DataFrame
    winners: DataFrame | None


def cleanse(run: Run) -> CleanseReport:
    """Cleanse every feed whose deliveries, contract or rules changed. Blocked feeds are in the report, not raised.

    Raises ReconciliationError when the candidates of a feed do not add up; nothing of it is recorded then.
    """
    report = CleanseReport()
    book = DeliveryBook.of(run.ledger("deliveries"))
    rows = run.ledger("cleansed_deliveries")
    for feed in run.chosen_feeds():
        processed = Processed.of(rows, feed.feed)
        scope = scope_of(run, feed, book, processed)
        held = processed.held()
        if not scope.is_empty:
            run.progress.step("would cleanse" if run.plan else "cleansing", feed=feed.feed, why=scope.why,
                              new=len(scope.added), gone=len(scope.removed), everything=scope.full)  # fmt: skip
            if not run.plan:
                _cleanse_feed(run, feed, scope, book, held)
                report.cleansed.append(feed.feed)
    report.blocked = blocked_feeds(run)
    for line in report.blocked:
        run.progress.problem("blocked", what=line)
    return report


def _cleanse_feed(
    run: Run, feed: Feed, scope: Scope, book: DeliveryBook, held_before: dict[str, set[str]]
) -> None:
    fingerprint = run.catalogue.fingerprint(feed)
    run.record("cleansed_deliveries", [{"feed": feed.feed, "state": STARTED, "fingerprint": fingerprint}])
    frames = FeedFrames(run, feed, scope)
    records = cf.touched_records(frames).localCheckpoint()
    routed = {
        entity: frames.candidates(_routable(records), items).localCheckpoint()
        for entity, items in frames.items(routed=True).items()
    }
    strays = cf.unrouted(records)
    held, quality = _gates(run, feed, frames, {**routed, UNROUTED: strays}, book)
    kept_held = {(i, e) for i, entities in held_before.items() for e in entities if not scope.full}
    all_held = held | {(i, e) for i, e in kept_held if i not in {d.delivery_id for d in scope.added}}
    fate = [EntityFates(UNROUTED, cf.judged(strays, (), UNROUTED), None)]
    fate += [_entity_fates(frames, e, cf.judged(rows, all_held, e)) for e, rows in routed.items()]
    accepted = _accepted_records(records, fate)
    for entity, items in frames.items(routed=False).items():
        mapped = cf.judged(frames.candidates(accepted, items), (), entity)
        fate.append(_entity_fates(frames, entity, mapped))
    _write(frames, fate)
    check_candidates(frames, [f.entity for f in fate])
    _finish(run, feed, scope, book, fingerprint, held)
    record_balances(frames)
    run.record("quality", quality)


def _routable(records: DataFrame) -> DataFrame:
    return records.where(F.col("lake_unrouted").isNull())


def _accepted_records(records: DataFrame, fate: Iterable[EntityFates]) -> DataFrame:
    """Records of which no candidate was refused, held or a duplicate: what other entities may be derived from."""
    accepted = _routable(records).where(~F.col("lake_is_duplicate"))
    for one in fate:
        if one.entity != UNROUTED:
            refused = one.mapped.where(F.col("lake_disposition").isin("quarantined", "held")).select(*POSITION)
            accepted = accepted.join(refused, POSITION, "left_anti")
    return accepted


def _entity_fates(frames: FeedFrames, name: str, mapped: DataFrame) -> EntityFates:
    """Rank the accepted candidates, together with the standing ones that compete for the same keys."""
    entity, feed = frames.run.catalogue.entities[name], frames.feed
    rows = mapped
    if feed.load is LoadKind.SNAPSHOT:
        rows = fates.with_tombstones(rows, _snapshots(frames), frames.zone)
    if frames.scope.kept and not frames.scope.full:
        rows = rows.unionByName(_mates(frames, name, mapped), allowMissingColumns=True)
    decided = fates.with_deleted_at(fates.ranked(rows), entity, frames.zone)
    if "lake_gone_at" in rows.columns:
        decided = decided.withColumn("deleted_at", F.coalesce("deleted_at", "lake_gone_at")).drop("lake_gone_at")
    fate = F.when(F.col("lake_rank") == 1, Disposition.CURRENT.value).otherwise(Disposition.SUPERSEDED.value)
    fate = F.coalesce("lake_disposition", fate)
    decided = decided.withColumn("lake_disposition", fate).drop("lake_rank").localCheckpoint()
    return EntityFates(name, decided, decided.where(F.col("lake_disposition") == Disposition.CURRENT.value))


def _mates(frames: FeedFrames, name: str, mapped: DataFrame) -> DataFrame:
    positions = cf.standing_mates(frames, name, mapped).persist()
    deliveries = [row[0] for row in positions.select("lake_delivery_id").distinct().collect()]
    raw = frames.raw(deliveries).join(F.broadcast(positions.select(*POSITION).distinct()), POSITION, "left_semi")
    records = _routable(frames.records(raw.withColumn("lake_is_duplicate", F.lit(False))))
    items = {**frames.items(routed=True), **frames.items(routed=False)}[name]
    rows = frames.candidates(records, items)
    rows = rows.join(F.broadcast(positions), [*POSITION, "lake_element_number"], "left_semi")
    return rows.withColumn("lake_disposition", F.lit(None).cast("string"))


def _snapshots(frames: FeedFrames) -> DataFrame:
    """The current deliveries as numbered snapshots; files of one date are one snapshot."""
    dates = sorted({d.file_date for d in frames.scope.added if d.file_date})
    following = dict(zip(dates, [*dates[1:], None], strict=True))
    number = {day: i for i, day in enumerate(dates)}
    rows = [
        (d.delivery_id, number.get(d.file_date, 0), following.get(d.file_date)) if d.file_date else (d.delivery_id, 0, None)
        for d in frames.scope.added
    ]
    return frames.spark.createDataFrame(rows, "lake_delivery_id string, lake_snapshot int, lake_next_date date")


def _gates(
    run: Run, feed: Feed, frames: FeedFrames, routed: dict[str, DataFrame], book: DeliveryBook
) -> tuple[set[tuple[str, str]], list[dict[str, Any]]]:
    """The (delivery, entity) pairs that a gate holds back, and the rows for `ops.quality`."""
    items, entities = frames.items(routed=True), run.catalogue.entities
    fatal = {e: cf.fatal_rules(found, entities.get(e)) for e, found in items.items()}
    mine, held, quality = {d.delivery_id: d for d in frames.scope.added}, set(), []
    for row in cf.gate_counts(routed, fatal):
        identity, entity = row["lake_delivery_id"], row["entity"]
        if identity not in mine:
            continue
        failed = _failed_gate(feed, row)
        outcome = "passed" if not failed else "accepted" if identity in book.gate_accepted else "held"
        if outcome == "held":
            held |= {(identity, e) for e in (items if entity == UNROUTED else [entity])}
            run.progress.problem("gate", feed=feed.feed, file=mine[identity].name, entity=entity, why=failed)
        quality.append(
            {"feed": feed.feed, "entity": entity, "delivery_id": identity, "rule": failed or "gates", "severity": "gate",
             "row_count": row["rows"], "failed_count": row["refused"], "outcome": outcome}
        )  # fmt: skip
    return held, quality


def _failed_gate(feed: Feed, row: dict[str, Any]) -> str:
    gates, rate = feed.gates, row["refused"] / row["rows"]
    if row["fatal"]:
        return f"{row['fatal']} rows fail a rule of severity fail"
    if rate > gates.max_quarantined_rate:
        return f"{row['refused']} of {row['rows']} rows refused, at most {gates.max_quarantined_rate:.0%} allowed"
    if row["entity"] != UNROUTED and row["rows"] < gates.min_records:
        return f"{row['rows']} rows, at least {gates.min_records} expected"
    return ""


def _write(frames: FeedFrames, fate: list[EntityFates]) -> None:
    """Entity rows, then quarantine, then fates: a crash between them is healed by doing all of it again."""
    for one in fate:
        if one.winners is not None:
            _write_entity(frames, one)
            reached("cleanse:entity_written")
    _write_quarantine(frames, fate)
    reached("cleanse:quarantine_written")
    _write_ledger(frames, fate)
    reached("cleanse:dispositions_written")


def _write_entity(frames: FeedFrames, one: EntityFates) -> None:
    run, entity = frames.run, frames.run.catalogue.entities[one.entity]
    assert one.winners is not None
    rows = entity_rows(one.winners, entity, frames.feed)
    touched = None
    if not frames.scope.full:
        leaving = frames.ledger().where((F.col("entity") == one.entity) & F.col("delivery_id").isin(frames.scope.removed))
        here = one.mapped.select(F.col("lake_key"))
        gone = _standing_positions(frames, one)
        touched = here.unionByName(leaving.select(F.col("key_hash").alias("lake_key"))).unionByName(gone)
    several = len(run.catalogue.providers(one.entity)) > 1
    uri = run.uri(Zone.CLEANSED, f"{one.entity}__{frames.feed.feed}" if several else one.entity)
    layout = tables.Layout(("lake_key",), entity.event_month, [c for c in ("lake_key", entity.event_at) if c])
    payload = [c for c in rows.columns if c not in ("source_file", "source_record")]
    changes = tables.apply_changes(run.spark, uri, rows, touched, layout, compare=payload)
    run.progress.step("cleansed", feed=frames.feed.feed, entity=one.entity, inserted=changes.inserted,
                      updated=changes.updated, deleted=changes.deleted)  # fmt: skip
    if several:
        merge_providers(run, entity, touched)


def _standing_positions(frames: FeedFrames, one: EntityFates) -> DataFrame:
    """Keys of standing candidates whose record is looked at again (it may have become a duplicate or refused)."""
    ledger = frames.ledger().where(F.col("entity") == one.entity)
    here = one.mapped.select(F.col("lake_record_hash").alias("record_hash")).distinct()
    return ledger.join(here, "record_hash", "left_semi").select(F.col("key_hash").alias("lake_key"))


def entity_rows(winners: DataFrame, entity: Entity, feed: Feed) -> DataFrame:
    """Candidates that won, as rows of the cleansed table."""
    extra = [c for c in (entity.event_date, entity.event_month) if c]
    return winners.select(
        *entity.column_names,
        *extra,
        "deleted_at",
        F.lit(feed.feed).alias("source_feed"),
        F.col("lake_file_name").alias("source_file"),
        F.col("lake_record_number").alias("source_record"),
        "lake_business_key",
        "lake_key",
    )


def _write_quarantine(frames: FeedFrames, fate: list[EntityFates]) -> None:
    """Refused candidates with the original text of their record, all failed rules and the code version."""
    run, feed = frames.run, frames.feed
    refused = [one.mapped.where(F.col("lake_disposition") == "quarantined") for one in fate]
    rows = _union([cf.ledger_rows(rows, one.entity) for rows, one in zip(refused, fate, strict=True)]).localCheckpoint()
    uri = run.uri(Zone.QUARANTINE, feed.feed)
    if not tables.exists(run.spark, uri) and rows.isEmpty():
        return
    deliveries = [row[0] for row in rows.select("delivery_id").distinct().collect()]
    raw = tables.read(run.spark, run.uri(Zone.RAW, feed.feed)).where(F.col("lake_delivery_id").isin(deliveries))
    texts = F.to_json(F.struct(*[c.name for c in feed.columns])) if feed.columns else F.lit(None)
    original = raw.select(
        F.col("lake_delivery_id").alias("delivery_id"),
        F.col("lake_record_number").alias("record_number"),
        F.col("lake_file_name").alias("file_name"),
        F.when(F.col("lake_malformed").isNull(), texts).alias("original_text"),
        F.col("lake_malformed").alias("original_bytes"),
        F.col("lake_malformed_reason").alias("malformed_reason"),
        F.col("ingest_date"),
    )
    kept = ["entity", "delivery_id", "record_number", "element_number", "failed_rules"]
    full = rows.select(*kept).join(original, ["delivery_id", "record_number"])
    full = full.withColumn("code_version", F.lit(run.catalogue.fingerprint(feed)[:16]))
    touched = None if frames.scope.full else cf.coordinates_of(_touched_ledger(frames, fate))
    layout = tables.Layout(QUARANTINE_KEY, "ingest_date", ("delivery_id",))
    tables.apply_changes(run.spark, uri, full, touched, layout)


def _touched_ledger(frames: FeedFrames, fate: list[EntityFates]) -> DataFrame:
    """Coordinates of every candidate that this run decides, or decided before it."""
    ledger = frames.ledger()
    new = _union([cf.ledger_rows(one.mapped, one.entity) for one in fate])
    positions = new.where(F.col("entity").isin([UNROUTED, *frames.items(routed=True)]))
    here = positions.select("delivery_id", "record_number").distinct()
    standing = ledger.join(here, ["delivery_id", "record_number"], "left_semi")
    removed = ledger.where(F.col("delivery_id").isin(frames.scope.removed))
    return new.unionByName(standing).unionByName(removed)


def _write_ledger(frames: FeedFrames, fate: list[EntityFates]) -> None:
    """The fates of all candidates; those of deliveries that are no longer current become `replaced`."""
    rows = _union([cf.ledger_rows(one.mapped, one.entity) for one in fate])
    removed = frames.ledger().where(F.col("delivery_id").isin(frames.scope.removed))
    removed = removed.where(F.col("entity").isin([UNROUTED, *frames.items(routed=True)]))
    rows = rows.unionByName(_replaced(removed))
    if frames.scope.never:
        records = frames.raw(d.delivery_id for d in frames.scope.never).withColumn("lake_is_duplicate", F.lit(False))
        records = frames.records(records)
        strays = cf.unrouted(records).withColumn("lake_disposition", F.lit(None).cast("string"))
        rows = rows.unionByName(_replaced(cf.ledger_rows(strays, UNROUTED)))
        for entity, items in frames.items(routed=True).items():
            mapped = frames.candidates(_routable(records), items).withColumn("lake_disposition", F.lit("replaced"))
            rows = rows.unionByName(_replaced(cf.ledger_rows(mapped, entity)))
    touched = None if frames.scope.full else cf.coordinates_of(_touched_ledger(frames, fate)).unionByName(cf.coordinates_of(rows))
    layout = tables.Layout(QUARANTINE_KEY, None, ("delivery_id",))
    tables.apply_changes(frames.spark, frames.ledger_uri, rows, touched, layout)


def _replaced(ledger: DataFrame) -> DataFrame:
    none = F.lit(None).cast("array<string>")
    return ledger.withColumns(
        {"disposition": F.lit(Disposition.REPLACED.value), "failed_rules": none, "warned_rules": none}
    )


def _finish(
    run: Run, feed: Feed, scope: Scope, book: DeliveryBook, fingerprint: str, held: set[tuple[str, str]]
) -> None:
    row = {"feed": feed.feed, "fingerprint": fingerprint}
    done = [
        {**row, "delivery_id": d.delivery_id, "state": "current", "gate_accepted": d.delivery_id in book.gate_accepted,
         "held": ",".join(sorted(e for i, e in held if i == d.delivery_id))}
        for d in scope.added
    ]  # fmt: skip
    replaced = [*scope.removed, *(d.delivery_id for d in scope.never)]
    done += [{**row, "delivery_id": i, "state": "replaced", "gate_accepted": False, "held": ""} for i in replaced]
    run.record("cleansed_deliveries", [*done, {**row, "state": FINISHED}])
    reached("cleanse:recorded")


def _union(frames: list[DataFrame]) -> DataFrame:
    found = frames[0]
    for frame in frames[1:]:
        found = found.unionByName(frame)
    return found
