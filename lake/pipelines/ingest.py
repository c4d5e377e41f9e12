"""Source to raw: new files become deliveries, each record one raw row; what cannot be read is refused and recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from lake.contracts.feed import Feed
from lake.contracts.source import SourceSpec
from lake.contracts.unclaimed import shortened, unclaimed
from lake.crash_points import reached
from lake.errors import NoInputError, ReconciliationError
from lake.io.raw import LandedFile, Refusal
from lake.io.storage import StoredFile
from lake.names import DeliveryEvent, Zone
from lake.pipelines.delivery_book import DeliveryBook, delivery_id
from lake.pipelines.ingesting.database_extracts import extract
from lake.pipelines.ingesting.hashes import file_hashes, refused_for_size
from lake.pipelines.ingesting.key_lists import store_key_lists
from lake.pipelines.ingesting.landing import (
    LandingFile,
    days_of_feed,
    files_of_feed,
    landed,
    landing_uri,
    missing_days,
    unlisted,
)
from lake.pipelines.ingesting.raw_rows import Counts, store_rows
from lake.pipelines.run import Run

BYTES_PER_RECORD = 100
"""A guess before anything is read, of text."""

RACY_MS = 3000
"""A file that changed so shortly before it was hashed may have changed again within the clock's grain."""


@dataclass
class IngestReport:
    """What ingest found: counts of files, and the refusals in words."""

    accepted: int = 0
    unchanged: int = 0
    waiting: int = 0
    records: int = 0
    refused: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    """Under `--plan`: the feeds that would get something new."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """What happened to each file, as rows of `ops.deliveries`."""

    def note(self, book: DeliveryBook, events: Iterable[dict[str, Any]]) -> None:
        """Number the events and tell them to the book; they are recorded together, when all feeds are done."""
        for event in events:
            numbered = {**event, "event_number": book.next_number, "at": datetime.now(UTC)}
            book.add({"sha256": None, "record_count": None, **numbered})
            self.events.append(numbered)


def ingest(run: Run) -> IngestReport:
    """Read every new or changed complete file of the shop's feeds into raw.

    A run that ends before its events are recorded leaves rows in raw that the next one takes up. Raises NoInputError
    where the range holds no file and raw holds no delivery either.
    """
    report = IngestReport()
    try:
        _ingest(run, report)
    finally:
        run.record("deliveries", report.events)
    reached("ingest:recorded")
    run.progress.step("ingest", accepted=report.accepted, records=report.records, unchanged=report.unchanged,
                      waiting=report.waiting, refused=len(report.refused))  # fmt: skip
    return report


def _ingest(run: Run, report: IngestReport) -> None:
    chosen = run.chosen_feeds()
    reads_files = any(not feed.is_pulled for feed in chosen)
    files = landed(run) if reads_files else []
    book = DeliveryBook.of(run.ledger("deliveries"))
    hidden = unlisted(run, files) if reads_files else []
    if strays := [*unclaimed((file.name for file in files), run.catalogue), *hidden]:
        mend = "mend the name or a feed's path, or list them in `ignored:` of shop.yaml"
        run.progress.problem("unknown files", landing=landing_uri(run), names=shortened(strays), mend=mend)
    run.expect_records(book.record_count + sum(file.size for file in files) // BYTES_PER_RECORD)
    seen = 0
    for feed in (feed for feed in chosen if not feed.is_pulled):
        found = files_of_feed(run, feed, files)
        seen += len(found) + len(book.accepted[feed.feed])
        _ingest_feed(run, feed, found, book, report)
        if not run.plan:
            report.note(book, _missing(run, feed, days_of_feed(feed, files), book))
    for feed in (feed for feed in chosen if feed.is_pulled):
        _pull(run, feed, book, report)
        seen += 1
    others = [feed for feed, known in book.accepted.items() if known and feed not in run.catalogue.feeds]
    if not seen and (run.feeds or not others):  # what a disabled feed gave before has to leave
        raise NoInputError(f"shop {run.shop}: no file in {landing_uri(run)} matches a feed in the asked range")


def _pull(run: Run, feed: Feed, book: DeliveryBook, report: IngestReport) -> None:
    """One extract of the feed's table, if today is asked for; one that says nothing new is no delivery."""
    if not run.selected(datetime.now(ZoneInfo(run.catalogue.shop.time_zone)).date()):
        return
    if run.plan:
        run.progress.step("would extract", feed=feed.feed)
        report.planned.append(feed.feed)
        return
    event = extract(run, feed, book)
    if event is None:
        report.unchanged += 1
        return
    report.accepted += 1
    report.records += event["record_count"]
    report.note(book, [event])


def _ingest_feed(run: Run, feed: Feed, found: Sequence[LandingFile], book: DeliveryBook, report: IngestReport) -> None:
    spec = feed.source_spec()
    ready = [f for f in found if not f.waits]
    changed = [f for f in ready if _may_be_new(book, feed, f.file, _mark(spec, f))]
    report.unchanged += len(ready) - len(changed)
    events = [_event(feed, f, DeliveryEvent.WAITING, reason=f.waits) for f in found if f.waits]
    report.waiting += len(events)
    hashes = file_hashes(run, feed, book, [f.file for f in changed])
    to_read: list[tuple[LandingFile, LandedFile]] = []
    for file in changed:
        sha256 = hashes.get(file.file.uri)
        if sha256 is None:  # it vanished since the listing, or was told
            continue
        identity = delivery_id(feed.feed, file.file.name, sha256)
        mark = _mark(spec, file)
        kind = _known(book, feed, file.file, identity, sha256, mark)
        if kind is None:
            to_read.append((file, LandedFile(file.file, identity, sha256, file.manifest)))
        elif kind:
            known = book.accepted[feed.feed].get(identity)
            count = known.record_count if known else None
            events.append(_event(feed, file, kind, delivery_id=identity, sha256=sha256, spec=mark, record_count=count))
    if run.plan:
        run.progress.step("would ingest", feed=feed.feed, files=[f.file.name for f, _ in to_read])
        if to_read or any(event["event"] != DeliveryEvent.WAITING for event in events):
            report.planned.append(feed.feed)
        return
    if to_read:
        events += _read(run, feed, spec, to_read, report)
    report.note(book, events)


def _missing(run: Run, feed: Feed, in_landing: Iterable[date], book: DeliveryBook) -> list[dict[str, Any]]:
    """Events that say once of each expected day in the asked range that no file came."""
    known = [d.file_date for d in book.current[feed.feed].values() if d.file_date]
    days = missing_days(feed, [*known, *in_landing])
    missed = [day for day in days if (feed.feed, day) not in book.missing and run.selected(day)]
    for day in missed:
        run.progress.problem("missing file", feed=feed.feed, day=str(day))
    gap = {"feed": feed.feed, "name": "", "event": DeliveryEvent.MISSING.value, "reason": "no file"}
    return [{**gap, "file_date": day} for day in missed]


def _mark(spec: SourceSpec, file: LandingFile) -> str:
    """What a refusal depends on besides the bytes: with another contract or manifest the file is read again."""
    return hashlib.sha256((spec.model_dump_json() + file.manifest).encode()).hexdigest()[:16]


def _read(
    run: Run, feed: Feed, spec: SourceSpec, to_read: list[tuple[LandingFile, LandedFile]], report: IngestReport
) -> list[dict[str, Any]]:  # fmt: skip
    """Write the raw rows of all files in one commit, then say for each file whether it was accepted."""
    uri = run.uri(Zone.RAW, feed.feed)
    refused = refused_for_size([one for _, one in to_read], spec)
    present: Counts = {}
    if fit := [one for _, one in to_read if one.delivery_id not in refused]:
        present, unreadable = store_rows(run, uri, spec, fit)
        refused |= unreadable
    if spec.keys:
        dated = {one: file.file_date for file, one in to_read if one.delivery_id not in refused}
        refused |= store_key_lists(run, feed, spec, dated)
    return [
        _outcome(run, feed, _mark(spec, file), file, one, present, refused.get(one.delivery_id), report)
        for file, one in to_read
    ]


def _outcome(
    run: Run, feed: Feed, mark: str, file: LandingFile, one: LandedFile,
    present: Counts, refusal: Refusal | None, report: IngestReport,
) -> dict[str, Any]:  # fmt: skip
    facts: dict[str, Any] = {"delivery_id": one.delivery_id, "sha256": one.sha256, "spec": mark}
    if refusal is not None and refusal.code == "changed":
        report.waiting += 1
        return _event(feed, file, DeliveryEvent.WAITING, reason=refusal.reason)
    if refusal is not None:
        at = f" at record {refusal.record_number}" if refusal.record_number else ""
        report.refused.append(f"{feed.feed}/{one.file.name}{at}: {refusal.code}: {refusal.reason}")
        run.progress.problem("refused", feed=feed.feed, file=one.file.name, code=refusal.code, reason=refusal.reason,
                             record=refusal.record_number)  # fmt: skip
        reason = f"{refusal.code}: {refusal.reason}"
        return _event(feed, file, DeliveryEvent.REFUSED, reason=reason, record_number=refusal.record_number, **facts)
    rows, records = present.get(one.delivery_id, (0, 0))
    if rows != records:
        raise ReconciliationError(
            f"shop {run.shop}, feed {feed.feed}, file {one.file.name}: {records} records in its bytes, "
            f"{rows} rows in raw; nothing was recorded: keep the file and report it"
        )
    report.accepted += 1
    report.records += rows
    return _event(feed, file, DeliveryEvent.ACCEPTED, record_count=rows, **facts)


def _may_be_new(book: DeliveryBook, feed: Feed, file: StoredFile, mark: str) -> bool:
    """Whether the file must be hashed: another size or time than when last seen, or seen too soon after its change."""
    last = book.last_event.get((feed.feed, file.name))
    if last is None or (last["size_bytes"], last["modified_ms"]) != (file.size, file.modified_ms):
        return True
    if last["event"] == DeliveryEvent.REFUSED and last["spec"] != mark:
        return True
    return bool(last["at"].timestamp() * 1000 - file.modified_ms < RACY_MS)


def _known(
    book: DeliveryBook, feed: Feed, file: StoredFile, identity: str, sha256: str, mark: str
) -> DeliveryEvent | Literal[""] | None:
    """The event for bytes that were seen before ("" for none at all); None for a file that has to be read."""
    last = book.last_event.get((feed.feed, file.name))
    if last is not None and last["sha256"] == sha256:
        same_file = (last["size_bytes"], last["modified_ms"]) == (file.size, file.modified_ms)
        if last["event"] == DeliveryEvent.REFUSED and last["spec"] == mark:
            return "" if same_file else DeliveryEvent.REFUSED
        if same_file and last["event"] != DeliveryEvent.REFUSED:
            return ""
    current = book.current[feed.feed].get(file.name)
    if current is not None and current.sha256 == sha256:
        return DeliveryEvent.SEEN
    return DeliveryEvent.CURRENT_AGAIN if identity in book.accepted[feed.feed] else None


def _event(feed: Feed, file: LandingFile, kind: DeliveryEvent, **facts: Any) -> dict[str, Any]:
    stored = file.file
    where = {"size_bytes": stored.size, "modified_ms": stored.modified_ms, "file_date": file.file_date}
    return {"feed": feed.feed, "name": stored.name, "event": kind.value, **where, **facts}
