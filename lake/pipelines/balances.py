"""The balance of candidates and their fates, each side by its own query (raw against bytes is in ingest)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lake.contracts.feed import Feed
from lake.errors import ReconciliationError
from lake.io import tables
from lake.names import ALLOWED_PREFIX, UNROUTED, Disposition, Zone
from lake.pipelines.cleansing.feed_frames import FeedFrames
from lake.pipelines.cleansing.scope import Processed, Scope
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.feed_tables import fates_uri
from lake.pipelines.run import Run

Counts = Counter[tuple[str, str, str]]
"""(feed, entity, measure) -> rows; a measure is a disposition or `rule:<name>`."""

RULE = "rule:"


def check_candidates(run: Run, feeds: Iterable[FeedFrames]) -> None:
    """Every raw record of the deliveries at hand has a fate in each route; ReconciliationError where one has none.

    Counted from raw and from the ledgers of fates by separate queries. Records of an exploded item may have no element.
    """
    judged = [(frames, ids) for frames in feeds if (ids := _deliveries(frames.scope))]
    if not judged:
        return
    raw, ledgers = [], []
    for frames, ids in judged:
        name = F.lit(frames.feed.feed).alias("feed")
        rows = tables.read(run.spark, run.uri(Zone.RAW, frames.feed.feed)).where(F.col("lake_delivery_id").isin(ids))
        raw.append(rows.select(name, F.col("lake_delivery_id").alias("delivery_id")))
        fates = tables.read(run.spark, frames.ledger_uri).where(F.col("delivery_id").isin(ids))
        ledgers.append(fates.select(name, "delivery_id", "entity", "record_number"))
    records = reduce(DataFrame.unionByName, raw).groupBy("feed", "delivery_id").count().collect()
    counted = reduce(DataFrame.unionByName, ledgers).groupBy("feed", "delivery_id", "entity")
    counts = counted.agg(F.count_distinct("record_number").alias("n")).collect()
    for frames, _ in judged:
        mine = [row for row in counts if row["feed"] == frames.feed.feed]
        _compare(run, frames.feed, {r[1]: r[2] for r in records if r[0] == frames.feed.feed}, mine)


def _deliveries(scope: Scope) -> list[str]:
    return [d.delivery_id for d in (*scope.added, *scope.never_cleansed)] + scope.removed


def _compare(run: Run, feed: Feed, records: Mapping[str, int], counts: Sequence[Row]) -> None:
    for route, items in feed.routes.items():
        if any(item.explode for item in items):
            continue
        entities = {UNROUTED, *(item.entity for item in items)}
        for delivery, count in records.items():
            fates = sum(row["n"] for row in counts if row["delivery_id"] == delivery and row["entity"] in entities)
            if fates != count:
                raise ReconciliationError(
                    f"feed {feed.feed}, delivery {delivery}: {count} raw records, {fates} fates in "
                    f"route {route}; nothing is published: run `lake audit --shop {run.shop}` and report it"
                )


def standing_counts(run: Run, feeds: Iterable[str]) -> Counts:
    """Rows by disposition and by failed rule as they stand in the ledgers of fates, for each entity of the feeds.

    All rows are counted by short texts; by their rules, as lists much dearer, only those that have some.
    """
    places = {feed: fates_uri(run, feed) for feed in feeds}
    ledgers = {feed: tables.read(run.spark, uri) for feed, uri in places.items() if tables.exists(run.spark, uri)}
    counts: Counts = Counter()
    with_rules, has_rules = set[str](), F.coalesce("failed_rules", "warned_rules").isNotNull()
    for row in _counted(ledgers, "entity", "disposition", has_rules.alias("has_rules")):
        counts[row["feed"], row["entity"], row["disposition"]] += row["count"]
        with_rules |= {row["feed"]} if row["has_rules"] else set()
    is_counted = has_rules & (F.col("disposition") != Disposition.DUPLICATE.value)
    ruled = {feed: rows.where(is_counted) for feed, rows in ledgers.items() if feed in with_rules}
    for row in _counted(ruled, "entity", "failed_rules", "warned_rules"):
        for rule in [*(row["failed_rules"] or ()), *(row["warned_rules"] or ())]:
            counts[row["feed"], row["entity"], f"{RULE}{rule}"] += row["count"]
    return counts


def _counted(ledgers: Mapping[str, DataFrame], *alike: str | Column) -> list[Row]:
    """The rows of all ledgers that are alike, and their `feed`, as one query."""
    if not ledgers:
        return []
    found = [rows.select(F.lit(feed).alias("feed"), *alike) for feed, rows in ledgers.items()]
    together = reduce(DataFrame.unionByName, found)
    return together.groupBy(*together.columns).count().collect()


def recorded_counts(run: Run, feeds: Collection[str] | None = None) -> Counts:
    """The sums of the recorded changes, of all feeds or of these."""
    counts: Counts = Counter()
    for row in run.ledger("balances"):
        if feeds is None or row["feed"] in feeds:
            counts[row["feed"], row["entity"], row["measure"]] += row["change"]
    return counts


def record_balances(run: Run, feeds: Collection[str]) -> None:
    """Append the changes since the last record, so that the sum of all changes equals the standing counts."""
    standing, recorded = standing_counts(run, feeds), recorded_counts(run, feeds)
    changes = {key: standing[key] - recorded[key] for key in standing.keys() | recorded.keys()}
    record_changes(run, changes)
    say_unknown_words(run, standing, changes)


def say_unknown_words(run: Run, standing: Counts, changes: Mapping[tuple[str, str, str], int]) -> None:
    """A line for each entity of a feed that has more words than before that the star does not know."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (feed, entity, measure), change in sorted(changes.items()):
        if measure.startswith(f"{RULE}{ALLOWED_PREFIX}") and change > 0:
            found.setdefault((feed, entity), {})[measure.removeprefix(RULE)] = standing[feed, entity, measure]
    for (feed, entity), rules in found.items():
        said = ", ".join(f"{rule} ({count} rows)" for rule, count in rules.items())
        run.progress.problem("unknown words", feed=feed, entity=entity, rules=said)


def record_changes(run: Run, changes: Mapping[tuple[str, str, str], int]) -> None:
    """Append these changes of standing counts, those of nothing left out."""
    run.record(
        "balances",
        [{"feed": f, "entity": e, "measure": m, "change": n} for (f, e, m), n in sorted(changes.items()) if n],
    )


def with_not_applicable(run: Run, counts: Counts, book: DeliveryBook) -> Counts:
    """Adds `not_applicable`: raw records of all cleansed deliveries less those that are candidates of the entity.

    Entities of which a record may become several rows have none: their candidates do not count records.
    """
    found = Counter(counts)
    for feed in run.catalogue.feeds.values():
        cleansed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed).states
        records = sum(d.record_count for i, d in book.accepted[feed.feed].items() if i in cleansed)
        for entity in {item.entity for item in feed.provides if not feed.may_repeat(item.entity)}:
            of_entity = {m: n for (f, e, m), n in counts.items() if (f, e) == (feed.feed, entity)}
            mine = sum(n for m, n in of_entity.items() if not m.startswith(RULE))
            if records - mine:
                found[feed.feed, entity, Disposition.NOT_APPLICABLE.value] = records - mine
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
