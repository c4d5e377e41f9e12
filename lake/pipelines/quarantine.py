"""Refused rows: how many by rule, which ones, and cleansing them again after the rules were mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.io import tables
from lake.names import Disposition, Zone
from lake.pipelines.balances import standing_counts
from lake.pipelines.cleanse import CleanseReport, cleanse
from lake.pipelines.cleansing.scope import Processed, scope_of
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.run import Run

Row = tuple[object, ...]


@dataclass(frozen=True)
class Filter:
    """Which refused rows are meant; empty: all. `delivery` is an id or a file name."""

    entity: str = ""
    rule: str = ""
    delivery: str = ""


COUNTED = ("feed", "entity", "rule", "name", "delivery_id", "rows")
SHOWN = ("feed", "entity", "name", "record", "element", "failed_rules", "original", "delivery_id")


def refusal_counts(run: Run, chosen: Filter) -> list[Row]:
    """COUNTED, one row per feed, entity, rule and delivery; a row that fails two rules counts in both."""
    refused = _refused(run, chosen)
    if refused is None:
        return []
    exploded = refused.withColumn("rule", F.explode("failed_rules"))
    exploded = exploded.where(F.col("rule") == chosen.rule) if chosen.rule else exploded
    counted = exploded.groupBy("feed", "entity", "rule", "file_name", "delivery_id").count()
    return sorted(tuple(row) for row in counted.collect())


def refused_rows(run: Run, chosen: Filter, limit: int) -> list[Row]:
    """SHOWN, at most `limit` rows in the order of their source; `original` is what was sent, bytes escaped."""
    refused = _refused(run, chosen)
    if refused is None:
        return []
    ordered = refused.orderBy("feed", "file_name", "record_number", "element_number", "entity").limit(limit)
    found: list[Row] = []
    for row in ordered.collect():
        malformed = bytes(row["original_bytes"] or b"").decode("utf-8", "backslashreplace")
        reasons = [row["malformed_reason"]] if row["malformed_reason"] else []
        place = (row["feed"], row["entity"], row["file_name"], row["record_number"], row["element_number"])
        original = malformed if row["original_text"] is None else row["original_text"]
        found.append((*place, ", ".join([*row["failed_rules"], *reasons]), original, row["delivery_id"]))
    return found


def _refused(run: Run, chosen: Filter) -> DataFrame | None:
    """The quarantined rows of the chosen feeds that the filter means, with `feed`; None where there never were any."""
    frames = []
    for feed in run.chosen_feeds():
        uri = run.uri(Zone.QUARANTINE, feed.feed)
        if tables.exists(run.spark, uri):
            frames.append(tables.read(run.spark, uri).withColumn("feed", F.lit(feed.feed)))
    if not frames:
        return None
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)
    if chosen.entity:
        rows = rows.where(F.col("entity") == chosen.entity)
    if chosen.rule:
        rows = rows.where(F.array_contains("failed_rules", chosen.rule))
    if chosen.delivery:
        rows = rows.where((F.col("delivery_id") == chosen.delivery) | (F.col("file_name") == chosen.delivery))
    return rows


def replay(run: Run) -> tuple[CleanseReport, list[str]]:
    """Cleanse again what a change of rules, or an accepted delivery, concerns; the report, and what changed in words.

    Cleansed is a pure function of raw and rules: where neither changed nothing would come out otherwise, nothing is
    done, and the lines say so.
    """
    feeds = [feed.feed for feed in run.chosen_feeds()]
    if not changed_feeds(run):
        return CleanseReport(), ["nothing would change: contracts, rules and deliveries are those of the last cleanse"]
    before = {feed: _refused_count(run, feed) for feed in feeds}
    report = cleanse(run)
    counts = [(feed, before[feed], _refused_count(run, feed)) for feed in report.cleansed]
    return report, [f"{feed}: {old} rows in quarantine before, {new} now" for feed, old, new in counts]


def changed_feeds(run: Run) -> Sequence[str]:
    """The chosen feeds that a cleanse would look at."""
    book, rows = DeliveryBook.of(run.ledger("deliveries")), run.ledger("cleansed_deliveries")
    scopes = {f.feed: scope_of(run, f, book, Processed.of(rows, f.feed)) for f in run.chosen_feeds()}
    return [feed for feed, scope in scopes.items() if not scope.is_empty]


def _refused_count(run: Run, feed: str) -> int:
    return sum(n for (_, _, measure), n in standing_counts(run, [feed]).items() if measure == Disposition.QUARANTINED)
