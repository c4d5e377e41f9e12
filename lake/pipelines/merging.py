"""One entity out of several feeds: each attribute comes from the first feed, by precedence, that has a value."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame

from lake.contracts.entity import Entity
from lake.io import tables
from lake.names import Zone
from lake.pipelines.run import Run
from lake.transforms.precedence import merged


def merge_providers(run: Run, entity: Entity, touched: DataFrame | None) -> None:
    """Bring the merged table up to date for the touched keys (`lake_key`), or for all of them."""
    by_feed: list[DataFrame] = []
    for feed in run.catalogue.providers(entity.entity):
        uri = run.uri(Zone.CLEANSED, f"{entity.entity}__{feed.feed}")
        if tables.exists(run.spark, uri):
            by_feed.append(tables.read(run.spark, uri))
    uri = run.uri(Zone.CLEANSED, entity.entity)
    keys = None
    if touched is not None:
        keys = _business_keys(run, uri, by_feed, touched).persist()
        by_feed = [rows.join(keys, "lake_business_key", "left_semi") for rows in by_feed]
    rows = merged(by_feed, entity)
    scope = None
    if keys is not None:
        standing = rows.select("lake_key")
        if tables.exists(run.spark, uri):
            old = tables.read(run.spark, uri).join(keys, "lake_business_key", "left_semi")
            standing = standing.unionByName(old.select("lake_key"))
        scope = standing
    layout = tables.Layout(("lake_key",), entity.event_month, [c for c in ("lake_key", entity.event_at) if c])
    payload = [c for c in rows.columns if c not in ("source_file", "source_record")]
    changes = tables.apply_changes(run.spark, uri, rows, scope, layout, compare=payload)
    if keys is not None:
        keys.unpersist()
    run.progress.step("merged", entity=entity.entity, feeds=len(by_feed), inserted=changes.inserted,
                      updated=changes.updated, deleted=changes.deleted)  # fmt: skip


def _business_keys(run: Run, uri: str, by_feed: list[DataFrame], touched: DataFrame) -> DataFrame:
    """Business keys of the touched rows, wherever those stand: in a feed's table or in the merged one."""
    places = [rows.select("lake_key", "lake_business_key") for rows in by_feed]
    if tables.exists(run.spark, uri):
        places.append(tables.read(run.spark, uri).select("lake_key", "lake_business_key"))
    everywhere = reduce(DataFrame.unionByName, places)
    return everywhere.join(touched.distinct(), "lake_key", "left_semi").select("lake_business_key").distinct()
