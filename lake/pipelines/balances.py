"""The balance of candidates and their fates, each side by its own query (raw against bytes is in ingest)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.errors import ReconciliationError
from lake.io import tables
from lake.names import UNROUTED, Zone
from lake.pipelines.cleanse_feed import FeedFrames
from lake.pipelines.cleanse_scope import Processed
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.run import Run
from lake.transforms.fates import routes

Counts = Counter[tuple[str, str, str]]
"""(feed, entity, measure) -> rows; a measure is a disposition or `rule:<name>`."""

RULE = "rule:"


def check_candidates(frames: FeedFrames) -> None:
    """Every raw record of the deliveries at hand has a fate in each route; ReconciliationError where one has none.

    Counted from raw and from the ledger of fates by separate queries. Records of an exploded item may have no element.
    """
    deliveries = [d.delivery_id for d in (*frames.scope.added, *frames.scope.never)] + frames.scope.removed
    if not deliveries:
        return
    raw = tables.read(frames.spark, frames.run.uri(Zone.RAW, frames.feed.feed))
    raw = raw.where(F.col("lake_delivery_id").isin(deliveries)).groupBy("lake_delivery_id").count()
    records = {row[0]: row[1] for row in raw.collect()}
    ledger = tables.read(frames.spark, frames.ledger_uri).where(F.col("delivery_id").isin(deliveries))
    counted = ledger.groupBy("delivery_id", "entity").agg(F.count_distinct("record_number").alias("n")).collect()
    for route, items in routes(frames.feed).items():
        if any(item.explode for item in items):
            continue
        entities = {UNROUTED, *(item.entity for item in items)}
        for delivery, count in records.items():
            fates = sum(row["n"] for row in counted if row["delivery_id"] == delivery and row["entity"] in entities)
            if fates != count:
                raise ReconciliationError(
                    f"feed {frames.feed.feed}, delivery {delivery}: {count} raw records, {fates} fates in "
                    f"route {route}; nothing is published: run `lake audit --shop {frames.run.shop}` and report it"
                )


def standing_counts(run: Run, feed: str) -> Counts:
    """Rows by disposition and by failed rule as they stand in the ledger of fates, for each entity of a feed."""
    uri = f"{run.ops}/dispositions/{feed}"
    counts: Counts = Counter()
    if not tables.exists(run.spark, uri):
        return counts
    ledger = tables.read(run.spark, uri)
    for row in ledger.groupBy("entity", "disposition").count().collect():
        counts[feed, row["entity"], row["disposition"]] = row["count"]
    rules = F.concat(F.coalesce("failed_rules", F.array()), F.coalesce("warned_rules", F.array()))
    failed = ledger.where(F.col("disposition") != "duplicate").select("entity", F.explode(rules).alias("rule"))
    for row in failed.groupBy("entity", "rule").count().collect():
        counts[feed, row["entity"], RULE + row["rule"]] = row["count"]
    return counts


def recorded_counts(run: Run, feed: str | None = None) -> Counts:
    """The sums of the recorded changes."""
    counts: Counts = Counter()
    for row in run.ledger("balances"):
        if feed in (None, row["feed"]):
            counts[row["feed"], row["entity"], row["measure"]] += row["change"]
    return counts


def record_balances(run: Run, feed: str) -> None:
    """Append the changes since the last record, so that the sum of all changes equals the standing counts."""
    standing, recorded = standing_counts(run, feed), recorded_counts(run, feed)
    record_changes(run, {key: standing[key] - recorded[key] for key in standing.keys() | recorded.keys()})


def record_changes(run: Run, changes: Mapping[tuple[str, str, str], int]) -> None:
    """Append these changes of standing counts, those of nothing left out."""
    run.record(
        "balances",
        [{"feed": f, "entity": e, "measure": m, "change": n} for (f, e, m), n in sorted(changes.items()) if n],
    )


def with_not_applicable(run: Run, counts: Counts, book: DeliveryBook) -> Counts:
    """Adds `not_applicable`: raw records of all cleansed deliveries less those that are candidates of the entity."""
    found = Counter(counts)
    for feed in run.catalogue.feeds.values():
        cleansed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed).states
        records = sum(d.record_count for i, d in book.accepted[feed.feed].items() if i in cleansed)
        exploded = {item.entity for item in feed.provides if item.explode}
        for entity in {item.entity for item in feed.provides} - exploded:
            of_entity = {m: n for (f, e, m), n in counts.items() if (f, e) == (feed.feed, entity)}
            mine = sum(n for m, n in of_entity.items() if not m.startswith(RULE))
            if records - mine:
                found[feed.feed, entity, "not_applicable"] = records - mine
    return found


def balances_to_publish(run: Run) -> dict[str, DataFrame]:
    """`record_balances` (feed, entity, disposition, record_count) and `rule_failures` (the same, by rule)."""
    book = DeliveryBook.of(run.ledger("deliveries"))
    counts = with_not_applicable(run, recorded_counts(run), book)
    rows = [(*key, n) for key, n in sorted(counts.items()) if n and key[0] in run.catalogue.feeds]
    standing = [row for row in rows if not row[2].startswith(RULE)]
    rules = [(f, e, m.removeprefix(RULE), n) for f, e, m, n in rows if m.startswith(RULE)]
    columns = "feed string, entity string, {} string, record_count bigint"
    return {
        "record_balances": run.spark.createDataFrame(standing, columns.format("disposition")),
        "rule_failures": run.spark.createDataFrame(rules, columns.format("rule")),
    }
