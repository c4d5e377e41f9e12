"""One entity out of several feeds: each attribute comes from the first feed, by precedence, that has a value.

Each feed keeps a table of its own, its part; the merged table, the only one that others read, is written once a run,
after all parts. `ops.merges` tells the next run whether that was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from pyspark.sql import DataFrame

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.io import table_updates, tables
from lake.names import CleansedState, Zone
from lake.pipelines.cleansing.feed_frames import each_once
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.feed_tables import is_shared, part_uri
from lake.pipelines.run import Run
from lake.transforms.precedence import merged

Touched = Mapping[str, DataFrame | None]
"""Shared entity -> keys (`lake_key`) of its part that changed; None: any."""


@dataclass
class Merges:
    """Which merged tables were behind their parts when the run began, and what it changed of the parts."""

    run: Run
    behind: set[str] = field(default_factory=set)
    touched: dict[str, list[DataFrame | None]] = field(default_factory=dict)

    @staticmethod
    def of(run: Run) -> Merges:
        """Before anything is cleansed."""
        return Merges(run, _due(run))

    def note(self, touched: Touched) -> None:
        """Parts of a feed were written."""
        for entity, keys in touched.items():
            self.touched.setdefault(entity, []).append(keys)

    def settle(self) -> None:
        """Write every merged table that is behind its parts; empty the parts that are none any more."""
        run, done = self.run, []
        for name in sorted(_due(run)):
            entity = run.catalogue.entities[name]
            if waiting := [feed.feed for feed in run.catalogue.providers(name) if not _stands(run, feed)]:
                run.progress.problem("not merged", entity=name, why=f"cleanse these feeds too: {', '.join(waiting)}")
                continue
            keys: list[DataFrame | None] = [None] if name in self.behind else self.touched.get(name, [])
            if is_shared(run, name) and keys:
                _merge(run, entity, _union(keys))
            _empty_former_parts(run, name)
            done.append({"entity": name, "providers": _providers(run, name)})
        run.record("merges", done)


def entity_layout(entity: Entity, *, keeps_changes: bool) -> tables.Layout:
    """How a cleansed entity lies. Curate asks for the rows that changed; nobody does of a feed's part."""
    told = [column for column in ("lake_key", entity.event_at) if column]
    return tables.Layout(("lake_key",), entity.event_month, told, keeps_changes, marks_rows=True)


def _providers(run: Run, entity: str) -> str:
    return ",".join(feed.feed for feed in run.catalogue.providers(entity))


def _due(run: Run) -> set[str]:
    """The entities whose merged table is behind its parts, or lost."""
    return {entity for entity in run.catalogue.entities if _is_behind(run, entity)} | set(lost_entities(run))


def _is_behind(run: Run, entity: str) -> bool:
    """Whether a part may have been written since the last merge, or the providers or their order are others.

    An entity that was never shared is never behind.
    """
    last = max((r for r in run.ledger("merges") if r["entity"] == entity), key=lambda r: r["at"], default=None)
    if last is None:
        return is_shared(run, entity)
    if last["providers"] != _providers(run, entity):
        return True
    feeds = {feed.feed for feed in run.catalogue.providers(entity)} if is_shared(run, entity) else set()
    rows = run.ledger("cleansed_deliveries")
    return any(r["feed"] in feeds and r["state"] == CleansedState.STARTED and r["at"] > last["at"] for r in rows)


def lost_entities(run: Run) -> list[str]:
    """Entities that were merged out of parts that are there, and are not there any more."""
    merged_once = {row["entity"] for row in run.ledger("merges")} & set(run.catalogue.entities)
    return [entity for entity in sorted(merged_once) if _is_lost(run, entity)]


def _is_lost(run: Run, entity: str) -> bool:
    if not is_shared(run, entity) or tables.exists(run.spark, run.uri(Zone.CLEANSED, entity)):
        return False
    parts = [part_uri(run, entity, feed.feed) for feed in run.catalogue.providers(entity)]
    return any(tables.exists(run.spark, part) for part in parts)


def _stands(run: Run, feed: Feed) -> bool:
    """Whether the feed's part is what its contract says now; a feed that was never cleansed has none."""
    processed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed)
    is_of_contract = processed.is_of(run.catalogue.fingerprint(feed))
    return not processed.states or (processed.marker == CleansedState.FINISHED and is_of_contract)


def _union(keys: list[DataFrame | None]) -> DataFrame | None:
    known = [one for one in keys if one is not None]
    return reduce(DataFrame.unionByName, known) if len(known) == len(keys) else None


def _empty_former_parts(run: Run, entity: str) -> None:
    """What a feed gave before it left, or before it was the only one, is not kept beside the entity."""
    former = {name for r in run.ledger("merges") if r["entity"] == entity for name in r["providers"].split(",")}
    present = {feed.feed for feed in run.catalogue.providers(entity)} if is_shared(run, entity) else set()
    for name in sorted(former - present - {""}):
        tables.delete_rows(run.spark, part_uri(run, entity, name))


def _merge(run: Run, entity: Entity, touched: DataFrame | None) -> None:
    """Bring the merged table up to date for the touched keys (`lake_key`), or for all of them."""
    parts = [part_uri(run, entity.entity, feed.feed) for feed in run.catalogue.providers(entity.entity)]
    by_feed = [tables.read(run.spark, part) for part in parts if tables.exists(run.spark, part)]
    uri = run.uri(Zone.CLEANSED, entity.entity)
    if not by_feed:
        tables.delete_rows(run.spark, uri)
        return
    keys = None
    if touched is not None:
        keys = each_once(_business_keys(run, uri, by_feed, each_once(touched)))
        by_feed = [rows.join(keys, "lake_business_key", "left_semi") for rows in by_feed]
    rows = merged(by_feed, entity)
    scope = None
    if keys is not None:
        rows = rows.localCheckpoint()
        scope = rows.select("lake_key")
        if tables.exists(run.spark, uri):
            old = tables.read(run.spark, uri).join(keys, "lake_business_key", "left_semi")
            scope = scope.unionByName(old.select("lake_key"))
        scope = each_once(scope)
    layout = entity_layout(entity, keeps_changes=True)
    payload = [c for c in rows.columns if c not in ("source_file", "source_record")]
    changes = table_updates.apply_changes(run.spark, uri, rows, scope, layout, compare=payload)
    run.progress.step("merged", entity=entity.entity, feeds=len(by_feed), inserted=changes.inserted,
                      updated=changes.updated, deleted=changes.deleted)  # fmt: skip


def _business_keys(run: Run, uri: str, by_feed: list[DataFrame], touched: DataFrame) -> DataFrame:
    """Business keys of the touched rows, wherever those stand: in a feed's table or in the merged one."""
    places = [rows.select("lake_key", "lake_business_key") for rows in by_feed]
    if tables.exists(run.spark, uri):
        places.append(tables.read(run.spark, uri).select("lake_key", "lake_business_key"))
    everywhere = reduce(DataFrame.unionByName, places)
    return everywhere.join(touched, "lake_key", "left_semi").select("lake_business_key")
