"""One feed's records to candidates with their fates: the frames that `cleanse` writes. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.contracts.feed import Feed, Provision
from lake.contracts.record_parts import goes_with_record
from lake.io import tables
from lake.names import Disposition, LoadKind
from lake.pipelines.cleansing.scope import Scope
from lake.pipelines.feed_tables import fates_uri, is_shared, rows_in_raw
from lake.pipelines.run import Run
from lake.transforms import fates
from lake.transforms.exploding import with_elements
from lake.transforms.joins import sent_whole
from lake.transforms.mapping import candidates
from lake.transforms.standardising import typed, typed_once

POSITION = ["lake_delivery_id", "lake_record_number"]
POSITION_IN_LEDGER = ["delivery_id", "record_number"]
LEDGER = (
    "entity string, delivery_id string, record_number bigint, element_number int, record_hash binary, "
    "key_hash string, disposition string, failed_rules array<string>, warned_rules array<string>"
)
"""One row per candidate: where it came from, which key it has and what became of it."""

MANY_RECORDS = 100_000
"""In so many records of several snapshots it pays to look for equal ones first."""


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
        return fates_uri(self.run, self.feed.feed)

    @property
    def time_zone(self) -> str:
        """The shop's time zone: the clock of `_date` and `_month`."""
        return self.run.catalogue.shop.time_zone

    def ledger(self) -> DataFrame:
        """The standing fates; empty before the first run and when everything is made anew."""
        if self.scope.full or not tables.exists(self.spark, self.ledger_uri):
            return self.spark.createDataFrame([], LEDGER)
        return tables.read(self.spark, self.ledger_uri)

    def standing(self) -> DataFrame:
        """The fates of the deliveries that stand and are not decided anew."""
        anew = [*self.scope.removed, *sorted(self.scope.known)]
        ledger = self.ledger().where(F.col("disposition") != Disposition.REPLACED.value)
        return ledger.where(~F.col("delivery_id").isin(anew)) if anew else ledger

    def raw(self, deliveries: Iterable[str]) -> DataFrame:
        """Raw records of the deliveries, with the file's date and the record hash."""
        deliveries = list(deliveries)
        known = {d.delivery_id: d.file_date for d in [*self.scope.added, *self.scope.never_cleansed, *self.scope.kept]}
        dates = self.spark.createDataFrame(
            [(i, known.get(i)) for i in deliveries], "lake_delivery_id string, lake_file_date date"
        )
        rows = self.originals(deliveries).join(F.broadcast(dates), "lake_delivery_id")
        return fates.with_record_hash(rows, self.feed)

    def raw_at(self, positions: DataFrame) -> tuple[DataFrame, int]:
        """Raw records, as `raw` gives them, at the positions (computed once; may repeat), and how many these are."""
        counted = {row[0]: row[1] for row in positions.groupBy("lake_delivery_id").count().collect()}
        count = sum(counted.values())
        return self.raw(counted).join(sent_whole(positions.select(*POSITION), count), POSITION, "left_semi"), count

    def looked_up(self, rows: DataFrame, besides: int = 0) -> DataFrame:
        """Keys or hashes of the added records, to look up in the ledger: it has all history, so they are sent whole.

        `besides`: how many others are among them. Where deliveries were removed nobody knows, and Spark decides.
        """
        return rows if self.scope.removed else sent_whole(rows, self.scope.added_records + besides)

    def originals(self, deliveries: Iterable[str]) -> DataFrame:
        """Raw rows of the deliveries as they lie there; a column declared since they were read is null."""
        return rows_in_raw(self.run, self.feed).where(F.col("lake_delivery_id").isin(list(deliveries)))

    def records(self, raw: DataFrame, *, repeat: bool = False) -> DataFrame:
        """Raw rows as typed records: the feed's columns, `file_date`, `file_name` and the `lake_` marks.

        `repeat`: most of them are in several deliveries, so each text is typed once.
        """
        marked = raw.withColumns(
            {
                "file_date": F.col("lake_file_date"),
                "file_name": F.col("lake_file_name"),
                "lake_element_number": F.lit(0),
            }
        )
        records = (typed_once if repeat else typed)(marked, self.feed.columns, self.feed, self.time_zone)
        version = F.col(self.feed.version_by) if self.feed.version_by else F.lit(None).cast("string")
        deleted = F.coalesce(F.expr(self.feed.deleted_when or "false"), F.lit(False))
        return fates.with_routes(records.withColumns({"lake_version": version, "lake_is_deleted": deleted}), self.feed)

    def candidates(self, records: DataFrame, items: Sequence[Provision]) -> DataFrame:
        """Candidates of one entity out of records that all its items may take.

        Where several items may take one record, `lake_element_number` tells theirs apart.
        """
        entity = self.run.catalogue.entities[items[0].entity]
        is_one_route = len({item.route for item in items}) == 1 and items[0].route is not None
        found, takers = [], 1 if is_one_route else len(items)
        for place, item in enumerate(items):
            rows = with_elements(records, item.explode, self.feed, self.time_zone) if item.explode else records
            taken = rows.where(F.expr(item.when)) if item.when else rows
            if self.feed.deleted_when and not goes_with_record(self.feed, item, self.run.catalogue.entities):
                taken = taken.withColumn("lake_is_deleted", F.lit(False))
            one = candidates(taken, item, entity, self.time_zone, self.feed.deciding_columns)
            if takers > 1:
                one = one.withColumn("lake_element_number", F.col("lake_element_number") * takers + place)
            found.append(one)
        return reduce(DataFrame.unionByName, found)

    def items(self, *, routed: bool) -> dict[str, list[Provision]]:
        """The feed's items by entity: those of a route, or the derived ones."""
        found: dict[str, list[Provision]] = {}
        for item in self.feed.provides:
            if (item.route is not None) is routed:
                found.setdefault(item.entity, []).append(item)
        return found

    def items_of(self, entity: str) -> list[Provision]:
        """The feed's items for one entity."""
        return {**self.items(routed=True), **self.items(routed=False)}[entity]

    @property
    def is_incremental(self) -> bool:
        """Whether there are standing rows that this run does not make anew."""
        return bool(self.scope.kept) and not self.scope.full

    def has_new_keys_only(self, entity: str, records: Records) -> bool:
        """Whether no standing row of the entity can have a key of these records, so that none need be looked for.

        Keys that are made of text, file name and record number are those of one current delivery, and none was here.
        """
        by_place = self.feed.identity == "position" and all(item.key == "content" for item in self.items_of(entity))
        return by_place and not (self.scope.removed or records.are_known or is_shared(self.run, entity))


def each_once(keys: DataFrame) -> DataFrame:
    """Each key once, to be sent whole to the rows that are looked up, if there are not too many for that."""
    found = keys.distinct().localCheckpoint()
    return sent_whole(found, found.count())


def duplicate_mates(frames: FeedFrames, added: DataFrame) -> DataFrame:
    """Positions of standing records whose group of equal records is touched by new or removed deliveries."""
    ledger = frames.ledger()
    removed = F.col("delivery_id").isin(frames.scope.removed)
    hashes = added.select(F.col("lake_record_hash").alias("record_hash"))
    hashes = hashes.unionByName(ledger.where(removed).select("record_hash")).distinct()
    mates = frames.standing().join(frames.looked_up(hashes), "record_hash", "left_semi")
    return mates.select(
        F.col("delivery_id").alias("lake_delivery_id"), F.col("record_number").alias("lake_record_number")
    ).distinct()


@dataclass(frozen=True)
class Records:
    """Typed records that a run decides anew. `are_known`: the ledger of fates has some of them already."""

    rows: DataFrame
    are_known: bool

    def known_in(self, ledger: DataFrame) -> DataFrame:
        """The ledger's rows of these records; no query where there can be none."""
        return ledger.join(self.positions(), POSITION_IN_LEDGER, "left_semi") if self.are_known else ledger.limit(0)

    def others_in(self, ledger: DataFrame) -> DataFrame:
        """The ledger's rows of other records."""
        return ledger.join(self.positions(), POSITION_IN_LEDGER, "left_anti") if self.are_known else ledger

    def positions(self) -> DataFrame:
        """delivery_id and record_number."""
        names = dict(zip(POSITION, POSITION_IN_LEDGER, strict=True))
        return self.rows.select(*names).withColumnsRenamed(names)


def touched_records(frames: FeedFrames) -> Records:
    """Records of the added deliveries and of the standing ones that share a group of equals with a change."""
    added, are_known = frames.raw(d.delivery_id for d in frames.scope.added), bool(frames.scope.known)
    may_repeat = frames.feed.load is LoadKind.APPEND and frames.feed.identity == "content"
    if may_repeat and not frames.scope.full and frames.scope.kept:
        mates, count = frames.raw_at(duplicate_mates(frames, added).localCheckpoint())
        if count:
            added, are_known = added.unionByName(mates), True
    are_several = frames.feed.load is LoadKind.SNAPSHOT and len(frames.scope.added) > 1
    repeat = are_several and frames.scope.added_records > MANY_RECORDS
    records = frames.records(fates.with_duplicate_mark(added, frames.feed), repeat=repeat)
    return Records(records.localCheckpoint(), are_known)
