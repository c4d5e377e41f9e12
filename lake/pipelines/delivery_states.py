"""Deliveries as an operator sees them: the state of each, and the two decisions that only a person takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from lake.errors import UsageError_
from lake.names import DeliveryEvent
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.delivery_book import DeliveryBook, since_purge
from lake.pipelines.run import Run

Event = Mapping[str, Any]


class DeliveryState(StrEnum):
    """What a delivery, or an expected file, is now."""

    CURRENT = "current"
    HELD = "held"
    OLDER = "older"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    WAITING = "waiting"
    MISSING = "missing"


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery, one file that waits (no delivery yet), or one expected day without a file (no name)."""

    feed: str
    name: str
    file_date: date | None
    state: DeliveryState
    record_count: int | None
    arrived_at: datetime
    delivery_id: str = ""
    reason: str = ""


def delivery_lines(events: Iterable[Event], held: Mapping[str, Iterable[str]]) -> list[DeliveryLine]:
    """Every delivery with its state, by feed, name and arrival. `held`: delivery_id -> entities held by a gate."""
    in_order = since_purge(sorted(events, key=lambda e: e["event_number"]))
    book = DeliveryBook.of(in_order)
    lines = [_delivery(book, known, held) for known in _by_delivery(in_order).values()]
    lines += [_waiting(event) for event in _last_by_name(in_order).values() if _waits(book, event)]
    missed = [event for event in in_order if event["event"] == DeliveryEvent.MISSING]
    lines += [_missing(event) for event in missed if _is_missing(book, event)]
    return sorted(lines, key=lambda n: (n.feed, n.name or str(n.file_date), n.arrived_at))


def _by_delivery(events: Sequence[Event]) -> dict[tuple[str, str], list[Event]]:
    """(feed, delivery_id) -> its events, for every file whose bytes were read."""
    found: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        if event["delivery_id"]:
            found.setdefault((event["feed"], event["delivery_id"]), []).append(event)
    return found


def _last_by_name(events: Sequence[Event]) -> dict[tuple[str, str], Event]:
    others = (DeliveryEvent.GATE_ACCEPTED, DeliveryEvent.EXPIRED)
    about_files = (e for e in events if e["name"] and e["event"] not in others)
    return {(e["feed"], e["name"]): e for e in about_files}


def _delivery(book: DeliveryBook, events: Sequence[Event], held: Mapping[str, Iterable[str]]) -> DeliveryLine:
    first, last = events[0], [e for e in events if e["event"] != DeliveryEvent.GATE_ACCEPTED][-1]
    feed, name, identity = first["feed"], first["name"], first["delivery_id"]
    accepted, current = book.accepted[feed].get(identity), book.current[feed].get(name)
    state, reason = DeliveryState.OLDER, ""
    if current is not None and current.delivery_id == identity:
        entities = sorted(held.get(identity, ()))
        state = DeliveryState.HELD if entities else DeliveryState.CURRENT
        reason = f"a gate holds {', '.join(entities)}" if entities else ""
    elif last["event"] == DeliveryEvent.WITHDRAWN:
        state = DeliveryState.WITHDRAWN
    elif last["event"] == DeliveryEvent.EXPIRED:
        state, reason = DeliveryState.EXPIRED, str(last["reason"] or "")
    elif accepted is None:
        state, reason = DeliveryState.REFUSED, str(last["reason"] or "")
    count = accepted.record_count if accepted else None
    return DeliveryLine(feed, name, first["file_date"], state, count, first["at"], identity, reason)


def _waits(book: DeliveryBook, event: Event) -> bool:
    """Whether the file's last word is that it waits, and it is not the one that was read before."""
    if event["event"] != DeliveryEvent.WAITING:
        return False
    read = book.last_event.get((event["feed"], event["name"]))
    same = ("size_bytes", "modified_ms")
    return read is None or [read[k] for k in same] != [event[k] for k in same]


def _waiting(event: Event) -> DeliveryLine:
    reason = str(event["reason"] or "")
    state = DeliveryState.WAITING
    return DeliveryLine(event["feed"], event["name"], event["file_date"], state, None, event["at"], reason=reason)


def _is_missing(book: DeliveryBook, event: Event) -> bool:
    return all(d.file_date != event["file_date"] for d in book.accepted[event["feed"]].values())


def _missing(event: Event) -> DeliveryLine:
    day, reason = event["file_date"], "expected, no file came"
    return DeliveryLine(event["feed"], "", day, DeliveryState.MISSING, None, event["at"], reason=reason)


def known_deliveries(run: Run) -> list[DeliveryLine]:
    """The deliveries of the shop's chosen feeds."""
    feeds = {feed.feed for feed in run.chosen_feeds()}
    events = [e for e in run.ledger("deliveries") if e["feed"] in feeds]
    return delivery_lines(events, _held(run))


def _held(run: Run) -> dict[str, set[str]]:
    rows = run.ledger("cleansed_deliveries")
    return {i: e for feed in run.catalogue.feeds for i, e in Processed.of(rows, feed).held().items()}


def accept(run: Run, identity: str) -> DeliveryLine:
    """Let a held delivery through its gates; the next cleanse lets its rows pass. UsageError_ for any other one."""
    found = [n for n in known_deliveries(run) if n.delivery_id and n.delivery_id == identity]
    if not found:
        raise UsageError_(f"no delivery '{identity}'; `lake deliveries list --shop {run.shop}` names them")
    line = found[0]
    if line.state is not DeliveryState.HELD:
        raise UsageError_(f"{line.feed}/{line.name} ({identity}) is {line.state}, not held; there is nothing to accept")
    book = DeliveryBook.of(run.ledger("deliveries"))
    if identity in book.gate_accepted:
        raise UsageError_(f"{line.feed}/{line.name} ({identity}) is accepted already; the next cleanse lets it pass")
    event = {"feed": line.feed, "name": line.name, "delivery_id": identity, "file_date": line.file_date}
    _record(run, book, DeliveryEvent.GATE_ACCEPTED, event)
    return line


def withdraw(run: Run, feed: str, name: str) -> str:
    """Leave a name without a current delivery; the next cleanse removes its rows. What was withdrawn, in words.

    A refused file that stands in the way is withdrawn alike. The same file in landing is not read again unless it is
    written anew. Raises UsageError_ where nothing of that name is current or refused.
    """
    known = run.catalogue.all_feeds
    if feed not in known:
        raise UsageError_(f"shop {run.shop} has no feed '{feed}'; it has {', '.join(known)}")
    book = DeliveryBook.of(run.ledger("deliveries"))
    current, last = book.current[feed].get(name), book.last_event.get((feed, name))
    if last is None or (current is None and last["event"] != DeliveryEvent.REFUSED):
        raise UsageError_(f"{feed}/{name} has no current delivery; `lake deliveries list --shop {run.shop}` names them")
    identity = current.delivery_id if current else last["delivery_id"]
    seen = {key: last[key] for key in ("sha256", "size_bytes", "modified_ms", "spec", "file_date")}
    _record(run, book, DeliveryEvent.WITHDRAWN, {"feed": feed, "name": name, "delivery_id": identity, **seen})
    records = f"{current.record_count} records" if current else "a refused file"
    return f"{feed}/{name} ({identity}, {records})"


def _record(run: Run, book: DeliveryBook, kind: DeliveryEvent, event: Event) -> None:
    numbered = {"event": kind.value, "event_number": book.next_number, "at": datetime.now(UTC)}
    run.record("deliveries", [{**event, **numbered}])
