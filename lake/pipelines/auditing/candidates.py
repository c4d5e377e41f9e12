"""The balance of candidates, recounted from raw: predicates on raw records on one side, recorded fates on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lake.contracts.feed import Feed, Provision
from lake.io import tables
from lake.names import UNROUTED, Disposition, LoadKind
from lake.pipelines.auditing.findings import Finding, compared, skipped
from lake.pipelines.balances import Counts, recorded_counts, with_not_applicable
from lake.pipelines.cleansing.feed_frames import POSITION
from lake.pipelines.cleansing.scope import Processed, is_current
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.feed_tables import fates_uri, rows_in_raw
from lake.pipelines.run import Run
from lake.transforms.exploding import with_elements
from lake.transforms.standardising import typed

SIDES = ("recounted from raw", "in the ledger of fates")


@dataclass(frozen=True)
class Recount:
    """What raw says: records, those that become no candidate, the ignored of current deliveries; by entity the rest."""

    records: int
    unrouted: int
    ignored: int
    candidates: Mapping[str, int]
    duplicates: Mapping[str, int]


def why_incomparable(run: Run, feed: Feed) -> str:
    """Why the fates of the feed's candidates cannot be compared with raw; empty where they can."""
    processed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed)
    if not processed.states:
        return "not cleansed yet"
    if processed.is_interrupted:
        return "the last cleanse was interrupted; the next one makes everything anew"
    if not processed.is_of(run.catalogue.fingerprint(feed)):
        return "contract or rules changed since; cleanse first"
    return ""


def candidate_findings(run: Run, feed: Feed, book: DeliveryBook, standing: Counts) -> list[Finding]:
    """Candidates, exact duplicates and what is not applicable by entity; by route: every record has a fate."""
    states = Processed.of(run.ledger("cleansed_deliveries"), feed.feed).states
    accepted = book.accepted[feed.feed]
    recount = _recount(run, feed, {i: is_current(row) for i, row in states.items()}, book)
    fates = _fates(standing, feed)
    found = [_pending(feed, len(accepted.keys() - states.keys()))] if accepted.keys() - states.keys() else []
    duplicates = {e: standing[feed.feed, e, Disposition.DUPLICATE.value] for e in recount.duplicates}
    applicable = with_not_applicable(run, recorded_counts(run, [feed.feed]), book)
    for entity, count in sorted(recount.candidates.items()):
        subject = f"{feed.feed}/{entity}"
        found.append(compared("candidates", subject, "candidates", count, fates.get(entity, 0), sides=SIDES))
        if entity in duplicates:
            pair = (recount.duplicates[entity], duplicates[entity])
            found.append(compared("candidates", subject, "exact duplicates", *pair, sides=SIDES))
        if not feed.may_repeat(entity):
            rest = applicable[feed.feed, entity, Disposition.NOT_APPLICABLE.value]
            sides = ("recounted from raw", "to be published")
            found.append(compared("candidates", subject, "not applicable", recount.records - count, rest, sides=sides))
    found.append(compared("routes", feed.feed, "unrouted", recount.unrouted, fates.get(UNROUTED, 0), sides=SIDES))
    if feed.ignore_when:
        recorded = standing[feed.feed, UNROUTED, Disposition.IGNORED.value]
        found.append(compared("routes", feed.feed, "ignored", recount.ignored, recorded, sides=SIDES))
    for route, items in feed.routes.items():
        if not any(item.explode for item in items):
            total = sum(fates.get(e, 0) for e in {UNROUTED, *(item.entity for item in items)})
            found.append(compared("routes", f"{feed.feed}/{route}", "records", recount.records, total, sides=SIDES))
    return found


def _pending(feed: Feed, count: int) -> Finding:
    return skipped("candidates", feed.feed, f"{count} deliveries are in raw and not cleansed yet")


def _fates(standing: Counts, feed: Feed) -> dict[str, int]:
    """entity -> candidates in the ledger of fates, whatever became of them."""
    found: dict[str, int] = {}
    for (of, entity, measure), count in standing.items():
        if of == feed.feed and not measure.startswith("rule:"):
            found[entity] = found.get(entity, 0) + count
    return found


def _recount(run: Run, feed: Feed, is_current: Mapping[str, bool], book: DeliveryBook) -> Recount:
    """`is_current`: the deliveries that were cleansed, and whether their rows count."""
    records = _records(run, feed, is_current, book)
    is_ignored = F.col("lake_malformed").isNull() & F.coalesce(F.expr(feed.ignore_when or "false"), F.lit(False))
    fits_all = F.col("lake_malformed").isNull() & ~is_ignored
    for items in feed.routes.values():
        fits = reduce(Column.__add__, [_fits(item).cast("int") for item in items])
        fits_all = fits_all & (fits == 1)
    for item in feed.provides:
        if item.explode is not None:
            name, taken = item.explode.column, _fits(item) if item.route else F.lit(True)
            fits_all = fits_all & ~(taken & F.col(name).isNotNull() & F.from_json(name, "array<string>").isNull())
    records = records.withColumn("audit_routable", fits_all).persist()
    plain = [i for items in feed.routes.values() for i in items if not i.explode]
    sums = [F.count("*").alias("records"), F.count_if(~F.col("audit_routable")).alias("unrouted"),
            F.count_if(is_ignored & F.col("audit_current")).alias("ignored")]  # fmt: skip
    for place, item in enumerate(plain):
        taken = F.col("audit_routable") & _fits(item)
        sums += [F.count_if(taken).alias(f"c{place}"), F.count_if(taken & F.col("audit_duplicate")).alias(f"d{place}")]
    row = records.agg(*sums).collect()[0]
    candidates: dict[str, int] = {}
    duplicates: dict[str, int] = {}
    for place, item in enumerate(plain):
        candidates[item.entity] = candidates.get(item.entity, 0) + row[f"c{place}"]
        duplicates[item.entity] = duplicates.get(item.entity, 0) + row[f"d{place}"]
    accepted = _accepted(run, feed, records)
    time_zone = run.catalogue.shop.time_zone
    for item in (i for i in feed.provides if i not in plain):
        rows = records.where("audit_routable") if item.route else accepted
        rows = with_elements(rows, item.explode, feed, time_zone) if item.explode else rows
        candidates[item.entity] = candidates.get(item.entity, 0) + rows.where(_fits(item)).count()
    records.unpersist()
    return Recount(row["records"], row["unrouted"], row["ignored"], candidates, duplicates)


def _fits(item: Provision) -> Column:
    return F.coalesce(F.expr(item.when or "true"), F.lit(False))


def _records(run: Run, feed: Feed, is_current: Mapping[str, bool], book: DeliveryBook) -> DataFrame:
    """Typed records of the cleansed deliveries; with `audit_current` and `audit_duplicate` (an equal one precedes)."""
    known = book.accepted[feed.feed]
    facts = [(i, known[i].file_date if i in known else None, current) for i, current in is_current.items()]
    schema = "lake_delivery_id string, file_date date, audit_current boolean"
    deliveries = F.broadcast(run.spark.createDataFrame(facts, schema))
    raw = rows_in_raw(run, feed).join(deliveries, "lake_delivery_id")
    raw = raw.withColumns({"file_name": F.col("lake_file_name"), "lake_element_number": F.lit(0)})
    place = [] if feed.load is LoadKind.APPEND else ["lake_delivery_id"]
    equal = Window.partitionBy("audit_current", *place, *feed.column_names)
    equal = equal.orderBy("lake_file_name", "lake_record_number")
    may_be = F.col("audit_current") & F.col("lake_malformed").isNull() & F.lit(feed.identity != "position")
    raw = raw.withColumn("audit_duplicate", may_be & (F.row_number().over(equal) > 1))
    return typed(raw, feed.columns, feed, run.catalogue.shop.time_zone)


def _accepted(run: Run, feed: Feed, records: DataFrame) -> DataFrame:
    """Records that others are derived from: current, no duplicate, none of its candidates refused or held."""
    entities = {item.entity for item in feed.provides if item.route}
    ledger = tables.read(run.spark, fates_uri(run, feed.feed)).where(F.col("entity").isin(list(entities)))
    stopped = ledger.where(F.col("disposition").isin(Disposition.QUARANTINED.value, Disposition.HELD.value))
    names = {"delivery_id": "lake_delivery_id", "record_number": "lake_record_number"}
    stopped = stopped.withColumnsRenamed(names).select(*POSITION).distinct()
    rows = records.where("audit_routable and audit_current and not audit_duplicate")
    return rows.join(stopped, POSITION, "left_anti")
