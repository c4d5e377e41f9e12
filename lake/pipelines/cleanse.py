"""Raw to cleansed: changed deliveries become entity rows, quarantined rows and fates, and the balances must hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import DataFrame

from lake.contracts.feed import Feed
from lake.contracts.problems import did_you_mean
from lake.crash_points import reached
from lake.names import UNROUTED, CleansedState
from lake.pipelines.balances import check_candidates, record_balances
from lake.pipelines.blocking import blocked_feeds
from lake.pipelines.cleansing.decisions import decide, routable, unrouted
from lake.pipelines.cleansing.departures import settle_departures
from lake.pipelines.cleansing.feed_frames import FeedFrames, touched_records
from lake.pipelines.cleansing.gates import Held, judge_gates
from lake.pipelines.cleansing.merging import Merges, Touched
from lake.pipelines.cleansing.portions import first_portion
from lake.pipelines.cleansing.scope import Processed, Scope, scope_of
from lake.pipelines.cleansing.shared_keys import shared_keys
from lake.pipelines.cleansing.writes import write_decided
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.feed_tables import lost_tables
from lake.pipelines.run import Run
from lake.transforms.exploding import element_fields

BATCH_RECORDS = 500_000
"""Feeds of so many records together share one commit of each ledger; a crash makes them anew together, too."""

LOOKED_UP = 200
"""So many standing records cost what mapping one costs (measured: docs/adr/0015-small-shops.md)."""


@dataclass
class CleanseReport:
    """What stands in the way of curate and publish, in words, and which feeds were cleansed (or would be: `--plan`)."""

    blocked: list[str] = field(default_factory=list)
    cleansed: list[str] = field(default_factory=list)


def cleanse(run: Run, expected: Iterable[str] = ()) -> CleanseReport:
    """Cleanse every feed whose deliveries, contract or rules changed. Blocked feeds are in the report, not raised.

    `expected`: under `--plan`, feeds that would get something new before.
    Raises ReconciliationError when the candidates of a feed do not add up; nothing of its batch is recorded then.
    """
    report = CleanseReport()
    book, merges = DeliveryBook.of(run.ledger("deliveries")), Merges.of(run)
    run.expect_records(book.record_count)
    tasks = [task for feed in run.chosen_feeds() if not (task := _task(run, feed, book)).scope.is_empty]
    if run.plan:
        for task in tasks:
            task.say("would cleanse")
        report.cleansed = [task.feed.feed for task in tasks]
        for feed in sorted({*expected} - {*report.cleansed}):
            run.progress.step("would cleanse", feed=feed, why="what would be ingested")
            report.cleansed.append(feed)
    else:
        report.cleansed = [task.feed.feed for task in tasks]
        portions = [task.first_portion() for task in tasks]
        while portions:
            for batch in _batches(portions):
                for touched in _cleanse_batch(run, batch, book):
                    merges.note(touched)
            portions = [_task(run, one.feed, book).next_portion() for one in portions if one.scope.later]
        run.expect_records(book.record_count)
        merges.settle()
        settle_departures(run)
    report.blocked = blocked_feeds(run, report.cleansed if run.plan else ())
    for line in report.blocked:
        run.progress.problem("blocked", what=line)
    return report


@dataclass(frozen=True)
class Task:
    """A feed that has something to cleanse, and what."""

    run: Run
    feed: Feed
    scope: Scope
    processed: Processed

    def say(self, step: str) -> None:
        """One line of progress."""
        scope = self.scope
        later = {"later": len(scope.later)} if scope.later else {}
        self.run.progress.step(step, feed=self.feed.feed, why=scope.why, new=len(scope.added),
                               gone=len(scope.removed), everything=scope.full, **later)  # fmt: skip

    def first_portion(self) -> Task:
        """As much of it as is cleansed at once; all, if `--from/--to` would not choose the rest of it."""
        would_be_chosen = all(self.run.selected(delivery.file_date) for delivery in self.scope.added)
        if not would_be_chosen:
            return self
        return replace(self, scope=first_portion(self.scope, self.feed, self.run.catalogue.entities))

    def next_portion(self) -> Task:
        """As much of what is left; all of it where everything has to be seen again, or that would go on for ever."""
        return self if self.scope.full else self.first_portion()

    def mark(self, state: CleansedState, **facts: Any) -> dict[str, Any]:
        """A row of `ops.cleansed_deliveries`."""
        fingerprint = self.run.catalogue.fingerprint(self.feed)
        return {"feed": self.feed.feed, "fingerprint": fingerprint, "state": state.value, **facts}

    @property
    def record_count(self) -> int:
        """Records of all deliveries that are cleansed, or would have to be after a crash."""
        scope = self.scope
        return sum(delivery.record_count for delivery in (*scope.added, *scope.never_cleansed, *scope.kept))

    @property
    def weight(self) -> int:
        """Records to map; those whose fates are only looked up count as few."""
        standing = sum(delivery.record_count for delivery in self.scope.kept)
        return self.record_count - standing + standing // LOOKED_UP


@dataclass(frozen=True)
class Cleansed:
    """A feed that is written, but not yet recorded: what the gates hold back, what they saw, what changed."""

    task: Task
    frames: FeedFrames
    held: Held
    quality: list[dict[str, Any]]
    touched: Touched


def _task(run: Run, feed: Feed, book: DeliveryBook) -> Task:
    processed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed)
    is_lost = processed.stands and bool(lost_tables(run, feed))
    return Task(run, feed, scope_of(run, feed, book, processed, is_lost=is_lost), processed)


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """The tasks in order, as many small ones together as BATCH_RECORDS allows."""
    batch: list[Task] = []
    for task in tasks:
        if batch and sum(one.record_count for one in [*batch, task]) > BATCH_RECORDS:
            yield batch
            batch = []
        batch.append(task)
    if batch:
        yield batch


def _cleanse_batch(run: Run, batch: Sequence[Task], book: DeliveryBook) -> list[Touched]:
    """What became of the feeds' parts of shared entities, for each feed."""
    run.record("cleansed_deliveries", [task.mark(CleansedState.STARTED) for task in batch])
    done = [_cleanse_feed(run, task, book) for task in batch]
    run.expect_records(book.record_count, of_feed=sum(task.weight for task in batch))  # the last one may be small
    check_candidates(run, [one.frames for one in done])
    record_balances(run, [task.feed.feed for task in batch])
    run.record("quality", [row for one in done for row in one.quality])
    run.record("cleansed_deliveries", [row for one in done for row in _finished(one, book)])
    reached("cleanse:recorded")  # from here on the feeds count as cleansed, so this comes last
    return [one.touched for one in done]


def _cleanse_feed(run: Run, task: Task, book: DeliveryBook) -> Cleansed:
    task.say("cleansing")
    run.expect_records(book.record_count, of_feed=task.weight)
    frames = FeedFrames(run, task.feed, task.scope)
    records = touched_records(frames)
    routed = {
        entity: frames.candidates(routable(records.rows), items).localCheckpoint()
        for entity, items in frames.items(routed=True).items()
    }
    _say_lacking(task, records.rows)
    held, quality = judge_gates(frames, {**routed, UNROUTED: unrouted(records.rows)}, book)
    _say_refused(task, quality)
    kept = {d.delivery_id for d in task.scope.kept}
    held_before: Held = {(i, e) for i, entities in task.processed.held().items() if i in kept for e in entities}
    has_strays = any(row["entity"] == UNROUTED and row["failed_count"] for row in quality)
    decided = decide(frames, records, routed, held | held_before, has_strays=has_strays)
    touched = write_decided(frames, decided)
    shared = shared_keys(frames, decided)
    for one in shared:
        one.say(run.progress)
    return Cleansed(task, frames, held, [*quality, *(one.quality() for one in shared)], touched)


def _say_lacking(task: Task, records: DataFrame) -> None:
    """Required fields that no element of an array has: a misspelt `source` would be null in every row, unseen."""
    required: dict[str, set[str]] = {}
    for explode in [item.explode for item in task.feed.provides if item.explode]:
        for column in explode.columns:
            if column.required and column.source != ".":  # which is the element itself
                required.setdefault(explode.column, set()).add(column.source_name.split(".")[0])
    for array, names in required.items():
        seen = {row["name"] for row in element_fields(routable(records), array).collect()}
        for name in sorted(names - seen) if seen else []:
            mend = f"{did_you_mean(name, seen)}; else say `required: false`"
            task.run.progress.problem("missing field", feed=task.feed.feed, array=array, field=name, mend=mend)


def _say_refused(task: Task, quality: Sequence[dict[str, Any]]) -> None:
    """How much of the new deliveries is refused; more than a tenth is more likely our mistake than theirs."""
    for entity in dict.fromkeys(row["entity"] for row in quality):
        rows = [row for row in quality if row["entity"] == entity]
        refused, of = sum(row["failed_count"] for row in rows), sum(row["row_count"] for row in rows)
        say = task.run.progress.problem if refused * 10 > of else task.run.progress.step
        if refused:
            say("quarantined", feed=task.feed.feed, entity=entity, refused=refused, of=of)


def _finished(one: Cleansed, book: DeliveryBook) -> list[dict[str, Any]]:
    """What was made of each delivery, and that the feed is done."""
    task, scope = one.task, one.task.scope
    done = [
        task.mark(CleansedState.CURRENT, delivery_id=d.delivery_id, gate_accepted=d.delivery_id in book.gate_accepted,
                  held=",".join(sorted(e for i, e in one.held if i == d.delivery_id)))
        for d in scope.added
    ]  # fmt: skip
    replaced = [*scope.removed, *(d.delivery_id for d in scope.never_cleansed)]
    deferred = [d.delivery_id for d in scope.later if d.delivery_id in task.processed.states]
    for state, identities in ((CleansedState.REPLACED, replaced), (CleansedState.DEFERRED, deferred)):
        done += [task.mark(state, delivery_id=i, gate_accepted=False, held="") for i in identities]
    return [*done, task.mark(CleansedState.PARTED if scope.later else CleansedState.FINISHED)]
