"""What the delivery ledger says: which delivery of each name is current, what was refused, withdrawn or accepted."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from lake.names import DeliveryEvent

Moment = tuple[date, datetime | None]
MADE_CURRENT = (DeliveryEvent.ACCEPTED, DeliveryEvent.CURRENT_AGAIN)


@dataclass(frozen=True)
class Delivery:
    """One accepted file: identity is (feed, logical name, SHA-256 of the bytes)."""

    delivery_id: str
    feed: str
    name: str
    file_date: date | None
    sha256: str
    record_count: int


@dataclass
class DeliveryBook:
    """The ledger's events, folded in their recorded order; `add` takes further ones."""

    current: dict[str, dict[str, Delivery]] = field(default_factory=lambda: defaultdict(dict))
    """feed -> name -> the current delivery."""
    accepted: dict[str, dict[str, Delivery]] = field(default_factory=lambda: defaultdict(dict))
    """feed -> delivery_id -> every delivery that lies in raw."""
    last_event: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """(feed, name) -> the last event that saw the file."""
    gate_accepted: set[str] = field(default_factory=set)
    """Deliveries that `lake deliveries accept` let through their gates."""
    missing: set[tuple[str, date]] = field(default_factory=set)
    """(feed, day) of the expected files that were already missed."""
    next_number: int = 1

    @staticmethod
    def of(events: Iterable[Mapping[str, Any]]) -> DeliveryBook:
        """The book after all events of the ledger."""
        in_order = sorted(events, key=lambda e: e["event_number"])
        book = DeliveryBook()
        for event in since_purge(in_order):
            book.add(event)
        book.next_number = in_order[-1]["event_number"] + 1 if in_order else 1
        return book

    @property
    def record_count(self) -> int:
        """Records of all deliveries that lie in raw."""
        return sum(delivery.record_count for known in self.accepted.values() for delivery in known.values())

    def add(self, event: Mapping[str, Any]) -> None:
        """Take one more event."""
        self.next_number = max(self.next_number, event["event_number"] + 1)
        feed, name, kind = event["feed"], event["name"], event["event"]
        if kind in MADE_CURRENT:
            delivery = Delivery(
                event["delivery_id"], feed, name, event["file_date"], event["sha256"], event["record_count"] or 0
            )
            self.accepted[feed][delivery.delivery_id] = delivery
            self.current[feed][name] = delivery
        elif kind == DeliveryEvent.WITHDRAWN:
            self.current[feed].pop(name, None)
        elif kind == DeliveryEvent.EXPIRED:
            self.accepted[feed].pop(event["delivery_id"], None)
        elif kind == DeliveryEvent.GATE_ACCEPTED:
            self.gate_accepted.add(event["delivery_id"])
        elif kind == DeliveryEvent.MISSING:
            self.missing.add((feed, event["file_date"]))
        if event.get("sha256"):
            self.last_event[feed, name] = event

    def refused_without_current(self, feed: str) -> list[Mapping[str, Any]]:
        """The refusals that stand in the way: the file was refused last and no good one of that name is current."""
        return [
            event
            for (of_feed, name), event in sorted(self.last_event.items())
            if of_feed == feed and event["event"] == DeliveryEvent.REFUSED and name not in self.current[feed]
        ]


def since_purge(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The events, in order, without those of a feed up to the last time that it was purged: it begins anew there."""
    purges = {event["feed"]: event["event_number"] for event in events if event["event"] == DeliveryEvent.PURGED}
    return [event for event in events if event["event_number"] > purges.get(event["feed"], 0)]


def replaced_at(events: Iterable[Mapping[str, Any]]) -> dict[str, datetime]:
    """delivery_id -> when it ceased to be current, for the deliveries that are not, but lie in raw."""
    book, ceased = DeliveryBook(), dict[str, datetime]()
    for event in since_purge(sorted(events, key=lambda e: e["event_number"])):
        named = book.current[event["feed"]]
        before = named.get(event["name"])
        book.add(event)
        if before is not None and named.get(event["name"]) != before:
            ceased[before.delivery_id] = event["at"]
    held = {identity for deliveries in book.accepted.values() for identity in deliveries}
    held -= {d.delivery_id for named in book.current.values() for d in named.values()}
    return {identity: at for identity, at in ceased.items() if identity in held}


def delivery_id(feed: str, name: str, sha256: str) -> str:
    """The short identity of a delivery: 20 hex digits of SHA-256 over feed, name and content hash."""
    return hashlib.sha256("\0".join((feed, name, sha256)).encode()).hexdigest()[:20]


def extract_name(table: str, moment: datetime) -> str:
    """The logical name of an extract of a database table: `orders@2024-01-05T13:45:12.000000Z`."""
    return f"{table}@{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def said_at(delivery: Delivery, *, is_pulled: bool) -> Moment | None:
    """What moment the delivery tells of: a file the whole day; an extract, one of many of its day, when it was made.

    None: it is not dated.
    """
    if delivery.file_date is None:
        return None
    return delivery.file_date, extract_moment(delivery.name) if is_pulled else None


def in_time(moment: Moment) -> tuple[date, str]:
    """Sorts moments: by day, the whole day before its extracts."""
    return moment[0], str(moment[1] or "")


def extract_moment(name: str) -> datetime:
    """When the extract of that name was made."""
    return datetime.strptime(name.rpartition("@")[2], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
