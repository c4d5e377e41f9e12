"""`lake audit`: every balance recounted by queries of its own, from raw to the published files. Nothing is written."""

from __future__ import annotations

from pyspark.sql import functions as F

from lake.contracts.feed import Feed
from lake.errors import LockedError, ReconciliationError
from lake.io import tables
from lake.names import Disposition, Zone
from lake.pipelines.auditing.candidates import candidate_findings, why_incomparable
from lake.pipelines.auditing.findings import Finding, Outcome, compared, skipped
from lake.pipelines.auditing.money import money_findings
from lake.pipelines.balances import Counts, recorded_counts, standing_counts
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.feed_tables import entity_table
from lake.pipelines.run import Run
from lake.pipelines.writers import present_writer


def audit(run: Run) -> list[Finding]:
    """One finding for each balance of the shop.

    Raises LockedError while a run writes: what stands half done would differ.
    """
    owner = present_writer(run)
    if owner is not None:
        raise LockedError(f"shop {run.shop}: {owner.get('what')} is at work; audit again when it is done")
    book = DeliveryBook.of(run.ledger("deliveries"))
    run.expect_records(book.record_count)
    found: list[Finding] = []
    standing: Counts = Counts()
    for feed in run.chosen_feeds():
        found += _raw_findings(run, feed, book)
        counts = standing_counts(run, [feed.feed])
        if why := why_incomparable(run, feed):
            found.append(skipped("candidates", feed.feed, why))
        else:
            found += candidate_findings(run, feed, book, counts)
            found += _change_findings(run, feed, counts)
        standing += counts
    found += _cleansed_findings(run, standing)
    return found + money_findings(run)


def refuse_differences(run: Run, findings: list[Finding]) -> None:
    """Raise ReconciliationError where a finding differs."""
    wrong = [f"{f.check} of {f.subject}: {f.detail}" for f in findings if f.outcome is Outcome.DIFFERS]
    if wrong:
        lines = "\n".join(f"  {line}" for line in wrong)
        raise ReconciliationError(f"shop {run.shop}: {len(wrong)} of {len(findings)} balances differ:\n{lines}")


def _raw_findings(run: Run, feed: Feed, book: DeliveryBook) -> list[Finding]:
    """Rows in raw, their count from the bytes and the ledger's, delivery by delivery."""
    accepted, uri = book.accepted[feed.feed], run.uri(Zone.RAW, feed.feed)
    if not tables.exists(run.spark, uri):
        return [compared("raw", feed.feed, "records", sum(d.record_count for d in accepted.values()), 0, sides=_RAW)]
    sums = (F.count("*"), F.count_distinct("lake_record_number"), F.max("lake_delivery_records"))
    rows = tables.read(run.spark, uri).groupBy("lake_delivery_id").agg(*sums).collect()
    counts = {row[0]: tuple(row)[1:] for row in rows}
    wrong = []
    for identity, delivery in accepted.items():
        count = delivery.record_count
        expected, found = (count,) * 3, counts.get(identity, (0, 0, count))
        if found != expected and (count or found[0]):
            subject = f"{feed.feed}/{delivery.name} ({identity})"
            wrong.append(compared("raw", subject, "rows, numbers, bytes", expected, found, sides=_RAW))
    unnamed = [i for i in counts if i not in accepted]
    notes = [skipped("raw", feed.feed, f"{len(unnamed)} deliveries of a killed ingest; the next one takes them up")]
    total = sum(counts[i][0] for i in accepted if i in counts)
    ok = Finding(Outcome.OK, "raw", feed.feed, f"records of {len(accepted)} deliveries: {total}")
    return [*(wrong or [ok]), *(notes if unnamed else [])]


_RAW = ("in ops.deliveries", "in raw")


def _change_findings(run: Run, feed: Feed, standing: Counts) -> list[Finding]:
    """The recorded changes add up to the standing counts."""
    recorded = recorded_counts(run, [feed.feed])
    wrong = [
        compared("changes", "/".join(key[:2]), key[2], standing[key], recorded[key], sides=("standing", "recorded"))
        for key in sorted(standing.keys() | recorded.keys())
        if standing[key] != recorded[key]
    ]
    return wrong or [Finding(Outcome.OK, "changes", feed.feed, f"sums of ops.balances: {len(standing)} measures")]


def _cleansed_findings(run: Run, standing: Counts) -> list[Finding]:
    """Cleansed rows, one a key, are the candidates whose fate is `current`."""
    found = []
    for entity in run.catalogue.entities:
        providers = [feed.feed for feed in run.catalogue.providers(entity)]
        for feed in [name for name in providers if not run.feeds or name in run.feeds]:
            name = entity_table(run, entity, feed)
            uri, count = run.uri(Zone.CLEANSED, name), (0, 0)
            if tables.exists(run.spark, uri):
                row = tables.read(run.spark, uri).agg(F.count("*"), F.count_distinct("lake_key")).collect()[0]
                count = (row[0], row[1])
            current = standing[feed, entity, Disposition.CURRENT.value]
            sides = ("current in the ledger of fates", "in cleansed")
            found.append(compared("cleansed", name, "rows, keys", (current, current), count, sides=sides))
    return found
