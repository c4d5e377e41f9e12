"""Which keys the lists of a feed hold (snapshots, key lists), and which standing rows a new list may delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.feed import Provision
from lake.contracts.sql_expressions import columns_of
from lake.io import tables
from lake.names import Disposition, LoadKind
from lake.pipelines.cleansing.decided import ACCEPTED
from lake.pipelines.cleansing.feed_frames import FeedFrames, each_once
from lake.pipelines.delivery_book import Delivery, Moment, in_time, said_at
from lake.pipelines.feed_tables import entity_uri, keys_uri
from lake.transforms import tombstones
from lake.transforms.mapping import business_key
from lake.transforms.standardising import typed
from lake.transforms.tombstones import KEY, NUMBER, PRESENT, ListOfKeys

NUMBERS = f"lake_delivery_id string, {NUMBER} int"


@dataclass(frozen=True)
class Lists:
    """The lists that this run looks at. `numbers`: every delivery's place in the order of dates.

    `is_complete`: all lists of the feed are among them. Otherwise only those from the first added delivery on are, and
    what the older ones have deleted stands in cleansed.
    """

    numbers: Mapping[str, int]
    moments: Sequence[Moment]
    firsts: Mapping[int, int | None]
    deliveries: frozenset[str]
    is_complete: bool

    @property
    def since(self) -> int | None:
        """The least first key: of smaller ones nothing changes. None: of any key, as one of the lists speaks of all, or
        an older one may have left."""
        firsts = [first for first in self.firsts.values() if first is not None]
        is_bounded = not self.is_complete and firsts and len(firsts) == len(self.firsts)
        return min(firsts) if is_bounded else None

    def of_keys(self) -> list[ListOfKeys]:
        """What `with_tombstones` takes, by number."""
        return [ListOfKeys(n in self.firsts, day, at, self.firsts.get(n)) for n, (day, at) in enumerate(self.moments)]

    def numbered(self, frames: FeedFrames, rows: DataFrame) -> DataFrame:
        """Adds NUMBER by `lake_delivery_id`; null for undated deliveries."""
        return rows.join(F.broadcast(frames.spark.createDataFrame([*self.numbers.items()], NUMBERS)),
                         "lake_delivery_id", "left")  # fmt: skip


def has_lists(frames: FeedFrames, items: Sequence[Provision], entity: Entity) -> bool:
    """Whether keys of the entity can be missing from a list: snapshots, and key lists that hold its business key."""
    if frames.feed.load is LoadKind.SNAPSHOT:
        return True
    listed = {*frames.feed.listed_columns}
    if not listed:
        return False
    made_of = [columns_of(item.columns.get(name, "null")) for item in items for name in entity.key]
    plain = all(item.key == "columns" and item.explode is None for item in items)
    return plain and all(read <= listed for read in made_of) and any(made_of)


def lists_of(frames: FeedFrames, without: Iterable[str], *, history: bool) -> Lists:
    """The lists of the accepted deliveries (`without`: a gate holds them, they say nothing)."""
    scope, silent = frames.scope, set(without)
    known = {d.delivery_id: d for d in [*scope.added, *scope.kept]}
    told = {i: at for i, d in known.items() if (at := said_at(d, is_pulled=frames.feed.is_pulled))}
    moments = sorted(set(told.values()), key=in_time)
    place_of = {moment: place for place, moment in enumerate(moments)}
    numbers = {i: place_of[moment] for i, moment in told.items()}
    speaking = {i: known[i] for i in told if i not in silent}
    found = _snapshots(speaking) if frames.feed.load is LoadKind.SNAPSHOT else _key_lists(frames, speaking)
    since, is_complete = 0, True
    if scope.follows or (frames.is_incremental and not (history or scope.removed or frames.feed.deleted_when)):
        since = min((numbers[d.delivery_id] for d in scope.added if d.delivery_id in numbers), default=len(moments))
        is_complete = False
    read = {i: first for i, first in found.items() if numbers[i] >= since}
    firsts: dict[int, int | None] = {}
    for identity, first in read.items():  # lists of one moment are one list: it judges what any of them covers
        place = numbers[identity]
        others = firsts.get(place, first)
        firsts[place] = None if first is None or others is None else min(first, others)
    return Lists(numbers, moments, firsts, frozenset(read), is_complete)


def _snapshots(speaking: Mapping[str, Delivery]) -> dict[str, int | None]:
    return dict.fromkeys(speaking)


def _key_lists(frames: FeedFrames, speaking: Mapping[str, Delivery]) -> dict[str, int | None]:
    """delivery_id -> first key, of the deliveries that came with a list."""
    uri = keys_uri(frames.run, frames.feed.feed)
    if not tables.exists(frames.spark, uri):
        return {}
    rows = tables.read(frames.spark, uri).where("lake_kind = 'list'").select("lake_delivery_id", "lake_first_key")
    return {identity: first for identity, first in rows.collect() if identity in speaking}


def listed_keys(frames: FeedFrames, lists: Lists, items: Sequence[Provision], entity: Entity) -> DataFrame:
    """The keys in the key lists, typed and mapped as the feed's own columns are; a row a key, as `presence` gives it.

    Most keys stand in many lists: each text is gathered before it is typed and hashed.
    """
    names = frames.feed.listed_columns
    if not lists.deliveries:
        return frames.spark.createDataFrame([], f"{KEY} string, {PRESENT} array<int>")
    rows = tables.read(frames.spark, keys_uri(frames.run, frames.feed.feed))
    oldest = lists.moments[min(lists.firsts)][0]
    rows = rows.where((F.col("lake_kind") == "key") & (F.col("lake_file_date") >= F.lit(oldest)))
    rows = rows.where(F.col("lake_delivery_id").isin(sorted(lists.deliveries))).select("lake_delivery_id", *names)
    columns = [column for column in frames.feed.columns if column.name in names]
    gathered = tombstones.presence(lists.numbered(frames, rows), names, lists.firsts)
    keys = typed(gathered, columns, frames.feed, frames.time_zone)
    mapped = [keys.select(business_key(item, entity, frames.time_zone).alias(KEY), PRESENT) for item in items]
    return tombstones.one_set(reduce(DataFrame.unionByName, mapped), [KEY], lists.firsts)


def with_scope_key(frames: FeedFrames, rows: DataFrame, items: Sequence[Provision], entity: Entity) -> DataFrame:
    """Adds `lake_scope_key`: the key as the number that a list's first key is compared with."""
    first = frames.feed.listed_columns[:1]
    plain = [name for name in entity.key if [items[0].columns.get(name, "").strip()] == first]
    number = F.col(plain[0]).try_cast("decimal(38,0)") if plain else F.lit(None).cast("decimal(38,0)")
    return rows.withColumn("lake_scope_key", number)


def standing_rows(frames: FeedFrames, entity: Entity) -> DataFrame:
    """The feed's rows in cleansed, before this run."""
    return tables.read(frames.spark, entity_uri(frames.run, entity.entity, frames.feed.feed))


def unsettled_keys(
    frames: FeedFrames, lists: Lists, present: DataFrame, mapped: DataFrame, items: Sequence[Provision], entity: Entity
) -> DataFrame:
    """`key_hash` of standing rows whose deletion may change: their key is missing from a list that this run looks at.

    Where a list may have left, the deleted ones too; with history, all versions of those and, unless all lists only
    follow, of the touched keys.
    """
    names = [(d.name, lists.numbers[d.delivery_id]) for d in frames.scope.kept if d.delivery_id in lists.numbers]
    numbers = frames.spark.createDataFrame(names, f"source_file string, {NUMBER} int")
    standing = standing_rows(frames, entity)
    rows = with_scope_key(frames, standing, items, entity)
    if lists.since is not None:
        rows = rows.where(F.col("lake_scope_key") >= lists.since)
    if entity.history and newest_are_current(frames):
        rows = _told_last(frames, lists, rows, entity)
    else:
        rows = rows.join(F.broadcast(numbers), "source_file", "left")
    rows = rows.join(present, KEY, "left")
    rows = tombstones.with_first_missing(rows, lists.of_keys(), F.col(NUMBER), F.lit(None).cast("int"))
    missing = F.col(tombstones.MISSING)
    moment = tombstones.moment_of(lists.of_keys(), missing, frames.time_zone)
    is_sooner = F.coalesce(F.col("deleted_at") > moment, F.lit(True))
    concerned = F.col("deleted_at").isNotNull() if lists.is_complete else F.lit(False)
    rows = rows.where((missing.isNotNull() & is_sooner) | concerned)
    found = rows.select(KEY, F.col("lake_key").alias("key_hash"))
    if not entity.history:
        return found.select("key_hash")
    keys = found.select(KEY)
    if not frames.scope.follows:
        keys = keys.unionByName(mapped.select(KEY))
    return standing.join(each_once(keys), KEY, "left_semi").select(F.col("lake_key").alias("key_hash"))


def newest_are_current(frames: FeedFrames) -> bool:
    """Whether no superseded row came after the current ones of its key: files ordered by date, and new ones follow."""
    return frames.scope.follows and not (frames.feed.is_pulled or frames.feed.version_by)


def _told_last(frames: FeedFrames, lists: Lists, standing: DataFrame, entity: Entity) -> DataFrame:
    """Of each key the versions that the newest delivery with it told, and NUMBER: lists that follow delete no others.

    Of the others a later row came before those lists.
    """
    is_current = (F.col("entity") == entity.entity) & (F.col("disposition") == Disposition.CURRENT.value)
    current = frames.standing().where(is_current)
    told = current.select(F.col("key_hash").alias("lake_key"), F.col("delivery_id").alias("lake_delivery_id"))
    told = lists.numbered(frames, told).select("lake_key", NUMBER)
    newest = F.max(NUMBER).over(Window.partitionBy(KEY))
    rows = standing.join(told, "lake_key", "left").withColumn("lake_newest", newest)
    return rows.where(F.col(NUMBER).isNull() | (F.col(NUMBER) == F.col("lake_newest"))).drop("lake_newest")


def with_gone_at(
    frames: FeedFrames, lists: Lists, winners: DataFrame, rows: DataFrame, present: DataFrame, standing: DataFrame,
    entity: Entity, besides: int,
) -> DataFrame:  # fmt: skip
    """Adds `lake_gone_at` to the winners among the rows, numbered candidates with their fates.

    `standing`: KEY and NUMBER of their keys' accepted rows in the ledger. `besides`: how many winners are of keys
    that no added record has.
    """
    is_accepted = F.col("lake_disposition").isin(*ACCEPTED)
    every, of_keys = rows.where(is_accepted).select(KEY, NUMBER).unionByName(standing), lists.of_keys()
    found = tombstones.with_tombstones(winners, every, present, of_keys, frames.time_zone, history=entity.history)
    if lists.is_complete:
        return found
    asked = frames.looked_up(winners.select("lake_key"), besides)
    before = standing_rows(frames, entity).join(asked, "lake_key", "left_semi")
    before = before.select("lake_key", F.col("deleted_at").alias("lake_gone_before"))
    found, is_here = found.join(before, "lake_key", "left"), F.col("lake_is_added")
    if entity.history:  # the lists only follow: what they said of a row before stands, and came first
        gone = F.when(is_here, F.col("lake_gone_at")).otherwise(F.coalesce("lake_gone_before", "lake_gone_at"))
        return found.withColumn("lake_gone_at", gone).drop("lake_gone_before")
    newest = rows.where(is_here & is_accepted).groupBy(KEY).agg(F.max(NUMBER).alias("lake_new"))
    others = rows.where(~is_here).select(KEY, NUMBER).unionByName(standing)
    newest_other = others.groupBy(KEY).agg(F.max(NUMBER).alias("lake_old"))
    found = found.join(newest, KEY, "left").join(newest_other, KEY, "left")
    still = F.when(F.coalesce(F.col("lake_new") <= F.col("lake_old"), F.lit(True)), F.col("lake_gone_before"))
    found = found.withColumn("lake_gone_at", F.least("lake_gone_at", still))
    return found.drop("lake_gone_before", "lake_new", "lake_old")
