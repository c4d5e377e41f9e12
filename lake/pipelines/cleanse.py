"""Raw to cleansed: changed deliveries become entity rows, quarantined rows and fates, and the balances must hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from lake.contracts.feed import Feed
from lake.crash_points import reached
from lake.names import UNROUTED
from lake.pipelines.balances import check_candidates, record_balances
from lake.pipelines.blocking import blocked_feeds
from lake.pipelines.cleanse_fates import decide, routable, unrouted
from lake.pipelines.cleanse_feed import FeedFrames, touched_records
from lake.pipelines.cleanse_scope import FINISHED, STARTED, Processed, Scope, scope_of
from lake.pipelines.cleanse_writes import write_decided
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.departures import settle_departures
from lake.pipelines.gates import Held, judge_gates
from lake.pipelines.merging import Merges, Touched
from lake.pipelines.run import Run


@dataclass
class CleanseReport:
    """What stands in the way of curate and publish, in words, and which feeds were cleansed."""

    blocked: list[str] = field(default_factory=list)
    cleansed: list[str] = field(default_factory=list)


def cleanse(run: Run) -> CleanseReport:
    """Cleanse every feed whose deliveries, contract or rules changed. Blocked feeds are in the report, not raised.

    Raises ReconciliationError when the candidates of a feed do not add up; nothing of it is recorded then.
    """
    report = CleanseReport()
    book, merges = DeliveryBook.of(run.ledger("deliveries")), Merges.of(run)
    for feed in run.chosen_feeds():
        processed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed)
        scope = scope_of(run, feed, book, processed)
        if scope.is_empty:
            continue
        run.progress.step("would cleanse" if run.plan else "cleansing", feed=feed.feed, why=scope.why,
                          new=len(scope.added), gone=len(scope.removed), everything=scope.full)  # fmt: skip
        if not run.plan:
            merges.note(_cleanse_feed(run, feed, scope, book, processed))
            report.cleansed.append(feed.feed)
    if not run.plan:
        merges.settle()
        settle_departures(run)
    report.blocked = blocked_feeds(run)
    for line in report.blocked:
        run.progress.problem("blocked", what=line)
    return report


def _cleanse_feed(run: Run, feed: Feed, scope: Scope, book: DeliveryBook, processed: Processed) -> Touched:
    """What became of the feed's parts of shared entities."""
    fingerprint = run.catalogue.fingerprint(feed)
    run.record("cleansed_deliveries", [{"feed": feed.feed, "state": STARTED, "fingerprint": fingerprint}])
    frames = FeedFrames(run, feed, scope)
    records = touched_records(frames).localCheckpoint()
    routed = {
        entity: frames.candidates(routable(records), items).localCheckpoint()
        for entity, items in frames.items(routed=True).items()
    }
    held, quality = judge_gates(frames, {**routed, UNROUTED: unrouted(records)}, book)
    kept = {d.delivery_id for d in scope.kept}
    held_before: Held = {(i, e) for i, entities in processed.held().items() if i in kept for e in entities}
    decided = decide(frames, records, routed, held | held_before)
    touched = write_decided(frames, decided)
    check_candidates(frames)
    record_balances(run, feed.feed)
    run.record("quality", quality)
    _finish(run, feed, scope, book, held)
    return touched


def _finish(run: Run, feed: Feed, scope: Scope, book: DeliveryBook, held: Held) -> None:
    """Record what was made of each delivery; from here on the feed counts as cleansed, so this comes last."""
    row = {"feed": feed.feed, "fingerprint": run.catalogue.fingerprint(feed)}
    done = [
        {**row, "delivery_id": d.delivery_id, "state": "current", "gate_accepted": d.delivery_id in book.gate_accepted,
         "held": ",".join(sorted(e for i, e in held if i == d.delivery_id))}
        for d in scope.added
    ]  # fmt: skip
    replaced = [*scope.removed, *(d.delivery_id for d in scope.never)]
    done += [{**row, "delivery_id": i, "state": "replaced", "gate_accepted": False, "held": ""} for i in replaced]
    run.record("cleansed_deliveries", [*done, {**row, "state": FINISHED}])
    reached("cleanse:recorded")
