"""The words that several floors share: zones, dispositions, states and the grammar of names. No logic beyond that."""

from __future__ import annotations

import re
from enum import StrEnum


class Zone(StrEnum):
    """The folders under `<root>/<shop>/` (landing lies where the shop says)."""

    RAW = "raw"
    CLEANSED = "cleansed"
    QUARANTINE = "quarantine"
    CURATED = "curated"
    PUBLISHED = "published"
    OPS = "ops"


class Disposition(StrEnum):
    """The one fate of a candidate row (a record routed to an entity)."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    HELD = "held"
    REPLACED = "replaced"
    NOT_APPLICABLE = "not_applicable"
    IGNORED = "ignored"


class DeliveryEvent(StrEnum):
    """What happened to a file or, of `missing` and `purged`, to a feed: a row of `ops.deliveries`.

    `expired`, `purged`: raw holds a delivery no more, as its retention is over, or its whole feed was purged.
    """

    ACCEPTED = "accepted"
    CURRENT_AGAIN = "current_again"
    SEEN = "seen"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    MISSING = "missing"
    GATE_ACCEPTED = "gate_accepted"
    EXPIRED = "expired"
    PURGED = "purged"


class CleansedState(StrEnum):
    """What cleanse has made of a delivery, or (the last five) where it stands with a feed: `ops.cleansed_deliveries`.

    `deferred`: to a later portion, as those are that a `parted` feed waits for. `left`: no longer enabled.
    """

    CURRENT = "current"
    REPLACED = "replaced"
    EXPIRED = "expired"
    DEFERRED = "deferred"
    STARTED = "started"
    PARTED = "parted"
    FINISHED = "finished"
    LEFT = "left"
    PURGED = "purged"


class Severity(StrEnum):
    """What a failed expectation does: count, refuse the row, or refuse the delivery."""

    WARN = "warn"
    QUARANTINE = "quarantine"
    FAIL = "fail"


class LoadKind(StrEnum):
    """How a feed's deliveries relate to each other."""

    APPEND = "append"
    UPSERT = "upsert"
    SNAPSHOT = "snapshot"


LONGEST_NAME = 63
NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
"""Shops, feeds, entities, tables and columns: lower case, digits, single words joined by underscores."""

UNROUTED = "unrouted"
"""The pseudo-entity under which records that fit no route (or two), malformed and ignored records are counted."""

ALLOWED_PREFIX = "allowed_"
"""What the names of rules begin with that count the words of a column which its contract does not know."""

UNKNOWN_KEY = -1
"""The surrogate key of every dimension's unknown member."""

FIRST_MOMENT = "1900-01-01 00:00:00"
"""`effective_at` of rows without one, and the displayed start of every first version (UTC)."""


def release_database(prefix: str, shop: str, number: int) -> str:
    """The database of one release: `release_database("", "demo", 42)` is `demo_r000042`."""
    return f"{prefix}{shop}_r{number:06d}"
