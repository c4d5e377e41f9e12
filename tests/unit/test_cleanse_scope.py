"""Which deliveries a feed is cleansed for: those that follow what stands, what changed, or all of them."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lake.contracts.feed import Feed
from lake.pipelines.cleanse_scope import Processed, Scope, scope_of
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.run import Run

FEED = {
    "feed": "tickets",
    "description": "Tickets.",
    "path": "tickets_{date}.csv",
    "load": "snapshot",
    "format": {"kind": "csv"},
    "columns": [{"name": "id"}],
    "provides": [{"entity": "tickets", "route": "ticket", "columns": {"ticket_id": "id"}}],
}
RUN = cast(Run, SimpleNamespace(catalogue=SimpleNamespace(fingerprint=lambda _: "rules"), selected=lambda _: True))


def event(number: int, day: int | None, *, name: str = "", kind: str = "accepted") -> dict[str, Any]:
    """The delivery of a day; another name is another file of it."""
    said = name or f"tickets_{day}.csv"
    return {
        "event_number": number, "feed": "tickets", "name": said, "event": kind, "delivery_id": f"d{number}",
        "sha256": str(number), "record_count": 1, "file_date": date(2024, 1, day) if day else None,
    }  # fmt: skip


def scope(standing: list[dict[str, Any]], *new: dict[str, Any], held: str = "", **feed: Any) -> Scope:
    """What has to be cleansed once the new events came; `held`: an entity that a gate held of all that stands."""
    states = {e["delivery_id"]: {"state": "current", "fingerprint": "rules", "held": held, "gate_accepted": False}
              for e in standing}  # fmt: skip
    book = DeliveryBook.of([*standing, *new])
    return scope_of(RUN, Feed.model_validate(FEED | feed), book, Processed(states))


STANDING = [event(1, 3), event(2, 5)]


def test_later_days_follow() -> None:
    found = scope(STANDING, event(3, 7), event(4, 6))
    assert (found.follows, found.full) == (True, False)
    assert [d.file_date and d.file_date.day for d in found.added] == [6, 7] and len(found.kept) == 2


@pytest.mark.parametrize(
    "new",
    [
        [event(3, 4)],
        [event(3, 6), event(4, 4)],
        [event(3, 5, name="another file of the day.csv")],
        [event(3, None, name="undated.csv")],
        [event(3, 6), event(4, 5)],
        [event(3, 6), event(4, 3, kind="withdrawn")],
        [event(3, 6), event(4, 3) | {"event": "gate_accepted", "delivery_id": "d1"}],
    ],
    ids=["between", "one later, one between", "of the same day", "undated", "corrected", "withdrawn", "accepted"],
)
def test_any_other_change_compares_all_snapshots(new: list[dict[str, Any]]) -> None:
    found = scope(STANDING, *new, held="tickets")
    assert (found.follows, found.full, found.why) == (False, True, "snapshots are compared with each other")


def test_a_deletion_that_rows_tell_compares_all_snapshots() -> None:
    assert scope(STANDING, event(3, 7), deleted_when="id = '0'").full


def test_lists_of_keys_that_do_not_follow_are_taken_with_what_they_touch() -> None:
    found = scope(STANDING, event(3, 4), load="upsert")
    assert (found.follows, found.full) == (False, False)
