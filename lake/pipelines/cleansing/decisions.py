"""The fates of one feed's candidates: judged alone, then ranked against their rivals, those of the same key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.feed import Provision
from lake.names import UNROUTED, Disposition, LoadKind
from lake.pipelines.cleansing.conditions import without_left_behind
from lake.pipelines.cleansing.decided import ACCEPTED, Decided, EntityFates
from lake.pipelines.cleansing.feed_frames import POSITION, FeedFrames, Records
from lake.pipelines.cleansing.lists import (
    Lists,
    has_lists,
    listed_keys,
    lists_of,
    newest_are_current,
    unsettled_keys,
    with_gone_at,
    with_scope_key,
)
from lake.pipelines.cleansing.parts import Parts
from lake.transforms import fates
from lake.transforms.joins import sent_whole
from lake.transforms.mapping import CARRIED
from lake.transforms.tombstones import KEY, NUMBER, presence

STOPPED = (Disposition.QUARANTINED.value, Disposition.HELD.value)
"""Fates of candidates whose record gives nothing besides."""


def decide(
    frames: FeedFrames,
    records: Records,
    routed: dict[str, DataFrame],
    held: Iterable[tuple[str, str]],
    *,
    has_strays: bool = False,
) -> Decided:
    """Fates of the unrouted, the routed and, out of accepted records only, the derived candidates.

    `has_strays`: some records may fit no item of a route, or two; in a snapshot their keys are not missing either.
    """
    held = list(held)
    found = [EntityFates(UNROUTED, judged(unrouted(records.rows), (), UNROUTED), None)]
    fitting, is_snapshot = routable(records.rows), frames.feed.load is LoadKind.SNAPSHOT
    strays = _strays(records.rows) if is_snapshot and has_strays else None
    alone = {entity: judged(rows, held, entity) for entity, rows in routed.items()}
    accepted = _accepted(records.rows, alone.values())
    parts, versioned = Parts.of(frames.feed, None), frames.feed.versioned_entity
    for entity, rows in sorted(alone.items(), key=lambda one: one[0] != versioned):
        without = {delivery for delivery, of in held if of == entity}
        mapped = parts.judged(entity, without_left_behind(frames, fitting, accepted, entity, rows))
        seen = _with_strays(frames, routed[entity], strays, frames.items_of(entity))
        found.append(_entity_fates(frames, records, entity, mapped, seen, without))
        parts = Parts.of(frames.feed, found[-1].mapped) if entity == versioned else parts
    for entity, items in frames.items(routed=False).items():
        mapped = parts.judged(entity, judged(frames.candidates(accepted, items), (), entity))
        mapped = without_left_behind(frames, fitting, accepted, entity, mapped)
        without = {delivery for delivery, _ in held}
        seen = _with_strays(frames, frames.candidates(fitting, items), strays, items) if is_snapshot else mapped
        found.append(_entity_fates(frames, records, entity, mapped, seen, without))
    return Decided(records, found)


def routable(records: DataFrame) -> DataFrame:
    """Records that fit exactly one item of every route."""
    return records.where(F.col("lake_unrouted").isNull())


def _strays(records: DataFrame) -> DataFrame:
    """Records that can be read, but are refused since they fit no item of a route, or two."""
    nobody = ("malformed", Disposition.IGNORED.value)
    return records.where(F.col("lake_unrouted").isNotNull() & ~F.col("lake_unrouted").isin(*nobody))


def _with_strays(
    frames: FeedFrames, seen: DataFrame, strays: DataFrame | None, items: Sequence[Provision]
) -> DataFrame:
    """Candidates, and those that stray records would be, had an item taken them; elements of arrays are not known."""
    plain = [item.model_copy(update={"when": None}) for item in items if not item.explode]
    return seen if strays is None or not plain else seen.unionByName(frames.candidates(strays, plain))


def _accepted(records: DataFrame, routed: Iterable[DataFrame]) -> DataFrame:
    """Records of which no candidate was refused, held or a duplicate; `routed`: judged candidates, an entity each."""
    accepted = routable(records).where(~F.col("lake_is_duplicate"))
    for rows in routed:
        refused = rows.where(F.col("lake_disposition").isin(*STOPPED)).select(*POSITION)
        accepted = accepted.join(refused, POSITION, "left_anti")
    return accepted


def _entity_fates(
    frames: FeedFrames, records: Records, name: str, mapped: DataFrame, seen: DataFrame, without: set[str]
) -> EntityFates:
    """Rank the accepted candidates, together with their standing rivals.

    `seen`: the candidates of all records, also refused ones; `without`: deliveries that a gate holds back. Both matter
    for lists of keys: a refused row of a snapshot is not missing, and a list that is held says nothing.
    """
    entity, items = frames.run.catalogue.entities[name], frames.items_of(name)
    rows, lists = mapped, None
    if has_lists(frames, items, entity):
        lists = _listed(frames, records, name, mapped, seen, without)
        rows = lists.rows
    elif frames.is_incremental and not frames.has_new_keys_only(name, records):
        rows = rows.unionByName(_rivals(frames, records, name, mapped, None), allowMissingColumns=True)
    decided = fates.with_deleted_at(fates.ranked(rows), entity, frames.time_zone)
    fate = F.when(F.col("lake_rank") == 1, Disposition.CURRENT.value).otherwise(Disposition.SUPERSEDED.value)
    fate = F.coalesce("lake_disposition", fate)
    decided = decided.withColumn("lake_disposition", fate).drop("lake_rank").localCheckpoint()
    winners = decided.where(F.col("lake_disposition") == Disposition.CURRENT.value)
    if lists:  # for winners alone: a snapshot names every key each day
        winners = with_gone_at(frames, lists.lists, winners, decided, lists.present, lists.standing, entity,
                               lists.besides)  # fmt: skip
        winners = winners.withColumn("deleted_at", F.coalesce("deleted_at", "lake_gone_at"))
    return EntityFates(name, decided, winners)


@dataclass(frozen=True)
class _Listed:
    """What lists are compared with: numbered candidates and rivals (`rows`), further accepted rows of their keys.

    `besides`: how many keys are touched that no added record has.
    """

    lists: Lists
    rows: DataFrame
    present: DataFrame
    standing: DataFrame
    besides: int


def _listed(
    frames: FeedFrames, records: Records, name: str, mapped: DataFrame, seen: DataFrame, without: set[str]
) -> _Listed:
    """Candidates and standing rivals of an entity whose keys can be missing from a list, numbered by their lists."""
    entity, items = frames.run.catalogue.entities[name], frames.items_of(name)
    lists = lists_of(frames, without, history=entity.history)
    if frames.feed.load is LoadKind.SNAPSHOT:
        present = lists.numbered(frames, seen.where(F.col("lake_delivery_id").isin(sorted(lists.deliveries))))
        present = presence(present, [KEY], lists.firsts)
    else:
        present = listed_keys(frames, lists, items, entity).localCheckpoint()
        present = sent_whole(present, present.count() * len(lists.firsts))  # a key comes with the numbers of its lists
    rows = mapped.withColumn("lake_is_added", F.lit(True))
    standing, count = frames.spark.createDataFrame([], f"{KEY} string, {NUMBER} int"), 0
    if frames.is_incremental:
        unsettled = unsettled_keys(frames, lists, present, mapped, items, entity).localCheckpoint()
        count = unsettled.count()
        rivals = _rivals(frames, records, name, mapped, unsettled, count).withColumn("lake_is_added", F.lit(False))
        rows = rows.unionByName(rivals, allowMissingColumns=True)
        if not newest_are_current(frames):
            asked = rows  # of later lists only keys that they lack are asked for: what was said of others stands
            if frames.scope.follows:
                lacking = sent_whole(unsettled.withColumnRenamed("key_hash", "lake_key"), count)
                asked = rows.join(lacking, "lake_key", "left_semi")
            accepted = _standing_accepted(frames, records, name, asked, count)
            standing = lists.numbered(frames, accepted).select(KEY, NUMBER)
    return _Listed(lists, with_scope_key(frames, lists.numbered(frames, rows), items, entity), present, standing, count)


def _standing_accepted(
    frames: FeedFrames, records: Records, entity: str, rows: DataFrame, besides: int
) -> DataFrame:  # fmt: skip
    """KEY and delivery of the accepted standing candidates of the rows' keys, the rows themselves included.

    `besides`: how many keys no added record has.
    """
    kept = records.others_in(frames.standing().where(F.col("entity") == entity))
    kept = kept.where(F.col("disposition").isin(*ACCEPTED))
    keys = frames.looked_up(rows.select(F.col("lake_key").alias("key_hash"), KEY).distinct(), besides)
    return kept.join(keys, "key_hash").select(KEY, F.col("delivery_id").alias("lake_delivery_id"))


def _rivals(
    frames: FeedFrames, anew: Records, name: str, mapped: DataFrame, unsettled: DataFrame | None, besides: int = 0
) -> DataFrame:
    positions = standing_rivals(frames, anew, name, mapped, unsettled, besides).localCheckpoint()
    raw, count = frames.raw_at(positions)
    records = routable(frames.records(raw.withColumn("lake_is_duplicate", F.lit(False))))
    rows = frames.candidates(records, frames.items_of(name))
    rows = rows.join(sent_whole(positions, count), [*POSITION, "lake_element_number"], "left_semi")
    return rows.withColumn("lake_disposition", F.lit(None).cast("string"))


def standing_rivals(
    frames: FeedFrames, records: Records, entity: str, mapped: DataFrame, unsettled: DataFrame | None, besides: int
) -> DataFrame:
    """Coordinates of the standing candidates that are rivals for the keys of an entity which this run touches.

    The current one of every touched key; where a current one may leave, the superseded ones too. `records`: those
    that this run decides anew, which are no standing rivals. `unsettled`: further touched keys (None: there are none),
    `besides` of them.
    """
    ledger = frames.ledger().where(F.col("entity") == entity)
    is_removed = F.col("delivery_id").isin(frames.scope.removed)
    leaving = ledger.where(is_removed).unionByName(records.known_in(ledger))
    may_leave = leaving.where(F.col("disposition") == Disposition.CURRENT.value).select("key_hash").distinct()
    keys = mapped.select(F.col("lake_key").alias("key_hash")).unionByName(leaving.select("key_hash"))
    keys = keys.unionByName(unsettled) if unsettled is not None else keys
    keys = frames.looked_up(keys.distinct(), besides)
    kept = records.others_in(frames.standing().where(F.col("entity") == entity))
    current = kept.where(F.col("disposition") == Disposition.CURRENT.value).join(keys, "key_hash", "left_semi")
    older = kept.where(F.col("disposition") == Disposition.SUPERSEDED.value).join(may_leave, "key_hash", "left_semi")
    return current.unionByName(older).select(
        F.col("delivery_id").alias("lake_delivery_id"),
        F.col("record_number").alias("lake_record_number"),
        F.col("element_number").alias("lake_element_number"),
    )


def judged(rows: DataFrame, held: Iterable[tuple[str, str]], entity: str) -> DataFrame:
    """Adds `lake_disposition` as far as it does not depend on other rows of the key: null means accepted.

    What is unrouted and fails nothing is ignored, copies too.
    """
    deliveries = [delivery for delivery, of in held if of == entity]
    is_held = F.col("lake_delivery_id").isin(deliveries) if deliveries else F.lit(False)
    is_ignored = F.size("lake_failed") == 0 if entity == UNROUTED else F.lit(False)
    fate = (
        F.when(is_ignored, Disposition.IGNORED.value)
        .when(F.col("lake_is_duplicate"), Disposition.DUPLICATE.value)
        .when(F.size("lake_failed") > 0, Disposition.QUARANTINED.value)
        .when(is_held, Disposition.HELD.value)
    )
    return rows.withColumn("lake_disposition", fate)


def unrouted(records: DataFrame) -> DataFrame:
    """Malformed records and those that fit no route or two, as candidates of the pseudo-entity `unrouted`.

    So are the ignored ones, with nothing in `lake_failed`.
    """
    none = F.array().cast("array<string>")
    is_ignored = F.col("lake_unrouted") == Disposition.IGNORED.value
    rows = records.where(F.col("lake_unrouted").isNotNull())
    return rows.select(
        *CARRIED,
        F.when(is_ignored, none).otherwise(F.array("lake_unrouted")).alias("lake_failed"),
        none.alias("lake_warned"),
        F.lit(None).cast("string").alias("lake_key"),
    )
