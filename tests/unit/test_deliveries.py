"""What the delivery ledger's events add up to: current deliveries, an operator's list, and what cleanse has to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from lake.contracts.feed import Completeness, Feed, Provision
from lake.names import LoadKind
from lake.pipelines.cleansing.scope import Processed, Scope, scope_of
from lake.pipelines.delivery_book import DeliveryBook, delivery_id, replaced_at
from lake.pipelines.delivery_states import delivery_lines
from lake.pipelines.ingesting.landing import missing_days

START = datetime(2024, 1, 1, tzinfo=UTC)
Events = list[dict[str, Any]]


def events(*told: tuple[Any, ...]) -> Events:
    """(event, name, content[, further columns]) one after the other; the content stands for the bytes."""
    found = []
    for number, (kind, name, content, *more) in enumerate(told, 1):
        row: dict[str, Any] = {
            "event_number": number, "feed": "till", "name": name, "event": kind, "file_date": None, "reason": None,
            "sha256": content, "delivery_id": f"{name}:{content}" if content else None,
            "size_bytes": len(content or ""), "modified_ms": number, "spec": "s",
            "record_count": 10 if kind == "accepted" else None,
            "at": START + timedelta(minutes=number),
        }  # fmt: skip
        found.append(row | (more[0] if more else {}))
    return found


def current(book: DeliveryBook) -> dict[str, str]:
    return {name: delivery.sha256 for name, delivery in book.current["till"].items()}


def listed(found: Events, held: dict[str, set[str]] | None = None) -> list[tuple[str, str, str]]:
    lines = delivery_lines(found, held or {})
    return [(line.name or str(line.file_date), line.delivery_id.rpartition(":")[2], line.state.value) for line in lines]


def test_the_last_accepted_bytes_of_a_name_are_current_and_old_ones_can_come_back() -> None:
    told = events(("accepted", "a", "1"), ("accepted", "a", "2"), ("accepted", "b", "1"))
    assert current(DeliveryBook.of(reversed(told))) == {"a": "2", "b": "1"}
    again = [*told, *events(*[("seen", "x", None)] * 3, ("current_again", "a", "1"))[3:]]
    assert current(DeliveryBook.of(again)) == {"a": "1", "b": "1"}
    assert set(DeliveryBook.of(again).accepted["till"]) == {"a:1", "a:2", "b:1"}
    assert listed(again) == [("a", "1", "current"), ("a", "2", "older"), ("b", "1", "current")]
    assert DeliveryBook.of(again).next_number == 5


def test_a_refused_file_stands_in_the_way_only_without_a_good_one_of_its_name() -> None:
    told = events(("accepted", "a", "1"), ("refused", "a", "2"), ("refused", "b", "1", {"reason": "header: wrong"}))
    book = DeliveryBook.of(told)
    assert current(book) == {"a": "1"}
    assert [event["name"] for event in book.refused_without_current("till")] == ["b"]
    assert listed(told) == [("a", "1", "current"), ("a", "2", "refused"), ("b", "1", "refused")]
    assert [line.reason for line in delivery_lines(told, {})] == ["", "", "header: wrong"]


def test_a_withdrawn_name_has_no_current_delivery_and_its_refusal_is_settled() -> None:
    told = events(("accepted", "a", "1"), ("refused", "b", "1"), ("withdrawn", "a", "1"), ("withdrawn", "b", "1"))
    book = DeliveryBook.of(told)
    assert (current(book), book.refused_without_current("till")) == ({}, [])
    assert listed(told) == [("a", "1", "withdrawn"), ("b", "1", "withdrawn")]
    back = [*told, *events(*[("seen", "x", None)] * 4, ("accepted", "a", "2"))[4:]]
    assert listed(back) == [("a", "1", "withdrawn"), ("a", "2", "current"), ("b", "1", "withdrawn")]


def test_a_file_waits_until_it_is_read_and_a_known_one_without_its_marker_does_not() -> None:
    waiting = ("waiting", "a", None, {"size_bytes": 1, "modified_ms": 1, "reason": "no marker"})
    assert listed(events(waiting, waiting)) == [("a", "", "waiting")]
    assert listed(events(waiting, ("accepted", "a", "1"))) == [("a", "1", "current")]
    known = ("accepted", "a", "1", {"size_bytes": 1, "modified_ms": 1})
    assert listed(events(known, waiting)) == [("a", "1", "current")]
    changed = ("waiting", "a", None, {"size_bytes": 2, "modified_ms": 9})
    assert listed(events(known, changed)) == [("a", "1", "current"), ("a", "", "waiting")]


def test_a_missing_day_is_listed_until_its_file_comes() -> None:
    day = {"file_date": date(2024, 1, 2), "name": ""}
    told = events(("missing", "", None, day))
    assert listed(told) == [("2024-01-02", "", "missing")]
    assert DeliveryBook.of(told).missing == {("till", date(2024, 1, 2))}
    came = events(("missing", "", None, day), ("accepted", "a", "1", {"file_date": date(2024, 1, 2)}))
    assert listed(came) == [("a", "1", "current")]


def test_a_held_delivery_is_named_with_its_entities_also_after_it_was_accepted() -> None:
    told = events(("accepted", "a", "1"), ("gate_accepted", "a", None, {"delivery_id": "a:1"}))
    line = delivery_lines(told, {"a:1": {"order_lines", "returns"}})[0]
    assert (line.state.value, line.reason) == ("held", "a gate holds order_lines, returns")
    assert DeliveryBook.of(told).gate_accepted == {"a:1"}
    assert DeliveryBook.of(told).last_event["till", "a"]["event"] == "accepted"


def test_the_identity_of_a_delivery_depends_on_feed_name_and_bytes_and_never_on_how_they_join() -> None:
    ids = {delivery_id(*parts) for parts in (("f", "n", "s"), ("fn", "", "s"), ("f", "ns", ""), ("f", "n", "t"))}
    assert len(ids) == 4 and all(len(i) == 20 for i in ids)


@pytest.mark.parametrize(
    ("expected", "days", "gaps"),
    [
        ("none", (1, 9), []),
        ("daily", (), []),
        ("daily", (5,), []),
        ("daily", (5, 8, 6), [7]),
        ("weekdays", (4, 8), [5]),  # 2024-01-06 and 07 are a weekend
    ],
)
def test_missing_days_lie_between_known_ones(expected: Any, days: Iterable[int], gaps: list[int]) -> None:
    feed = Feed.model_construct(completeness=Completeness(expected=expected))
    assert [day.day for day in missing_days(feed, [date(2024, 1, d) for d in days])] == gaps


@dataclass
class FakeCatalogue:
    """Rules of one version."""

    version: str = "v1"
    entities: dict[str, Any] = field(default_factory=dict)

    def fingerprint(self, feed: Feed) -> str:
        return self.version


@dataclass
class FakeRun:
    """As much of a run as the scope of a cleanse looks at."""

    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    last: date = date.max

    def selected(self, file_date: date | None) -> bool:
        return file_date is None or file_date <= self.last


clock = count()


def cleansed(*rows: tuple[str, str], fingerprint: str = "v1", **more: Any) -> Events:
    """(delivery_id or "", state) as `ops.cleansed_deliveries` holds them."""
    row = {"feed": "till", "fingerprint": fingerprint, "held": "", "gate_accepted": False, **more}
    return [{**row, "delivery_id": i or None, "state": s, "at": START + timedelta(0, next(clock))} for i, s in rows]


def scope(
    told: Events, done: Events, load: LoadKind = LoadKind.APPEND, run: FakeRun | None = None, deleted_when: str = "",
    provides: Sequence[Provision] = (),
) -> Scope:  # fmt: skip
    feed = Feed.model_construct(feed="till", load=load, format=None, deleted_when=deleted_when, provides=[*provides])
    return scope_of(run or FakeRun(), feed, DeliveryBook.of(told), Processed.of(done, "till"))  # type: ignore[arg-type]


def ids(deliveries: Iterable[Any]) -> list[str]:
    return [delivery.delivery_id for delivery in deliveries]


@pytest.mark.parametrize(
    ("last", "known"),
    [
        (("accepted", "a", "2"), set()),
        (("accepted", "a", "1"), {"a:1"}),
        (("gate_accepted", "b", None, {"delivery_id": "b:1"}), {"b:1"}),
    ],
    ids=["new bytes", "the old bytes once more", "held before"],
)
def test_deliveries_that_were_cleansed_before_are_known(last: tuple[Any, ...], known: set[str]) -> None:
    told = events(("accepted", "a", "1"), ("accepted", "a", "3"), ("accepted", "b", "1"), last)
    done = cleansed(("a:1", "replaced"), ("a:3", "current"), ("b:1", "current"), ("", "finished"))
    found = scope(told, done)
    assert (found.known, found.full) == (known, False) and known <= set(ids(found.added))


def test_only_new_deliveries_are_cleansed_and_the_replaced_ones_leave() -> None:
    told = events(("accepted", "a", "1"), ("accepted", "b", "1"), ("accepted", "b", "2"), ("accepted", "c", "1"))
    done = cleansed(("a:1", "current"), ("b:1", "current"), ("", "finished"))
    found = scope(told, done)
    assert (ids(found.added), found.removed, ids(found.kept)) == (["b:2", "c:1"], ["b:1"], ["a:1"])
    assert (found.full, found.never_cleansed) == (False, [])
    after = [*done, *cleansed(("b:2", "current"), ("c:1", "current"), ("b:1", "replaced"), ("", "finished"))]
    assert scope(told, after).is_empty


def test_a_delivery_replaced_before_it_was_cleansed_is_counted_but_never_mapped() -> None:
    found = scope(events(("accepted", "a", "1"), ("accepted", "a", "2")), [])
    assert (ids(found.added), ids(found.never_cleansed), found.removed) == (["a:2"], ["a:1"], [])


def test_a_withdrawn_delivery_leaves() -> None:
    told = events(("accepted", "a", "1"), ("accepted", "b", "1"), ("withdrawn", "a", "1"))
    found = scope(told, cleansed(("a:1", "current"), ("b:1", "current"), ("", "finished")))
    assert (found.added, found.removed, ids(found.kept), found.is_empty) == ([], ["a:1"], ["b:1"], False)


def test_deliveries_after_the_asked_range_wait_and_cleansed_ones_stay() -> None:
    days = [{"file_date": date(2024, 1, d)} for d in (1, 2, 3)]
    told = events(*[("accepted", name, "1", day) for name, day in zip("abc", days, strict=True)])
    found = scope(told, cleansed(("c:1", "current"), ("", "finished")), run=FakeRun(last=date(2024, 1, 1)))
    assert (ids(found.added), ids(found.kept), found.removed) == (["a:1"], ["c:1"], [])


@pytest.mark.parametrize(
    ("done", "load", "why"),
    [
        (cleansed(("a:1", "current"), ("", "finished"), fingerprint="0"), LoadKind.APPEND, "contract or rules changed"),
        (cleansed(("a:1", "current"), ("", "started")), LoadKind.APPEND, "the last run was interrupted"),
        (cleansed(("a:1", "current"), ("", "finished"), ("", "left")), LoadKind.APPEND, "the feed was disabled before"),
        (cleansed(("a:1", "current"), ("", "finished")), LoadKind.SNAPSHOT, "snapshots are compared with each other"),
    ],
)
def test_everything_is_made_anew(done: Events, load: LoadKind, why: str) -> None:
    told = events(("accepted", "a", "1"), ("accepted", "b", "1"), ("accepted", "b", "2"))
    found = scope(told, done, load)
    assert (ids(found.added), ids(found.never_cleansed), found.kept) == (["a:1", "b:2"], ["b:1"], [])
    assert (found.full, found.why) == (True, why)


@pytest.mark.parametrize(
    "done",
    [cleansed(("", "started")), cleansed(("b:1", "current"), ("", "parted"))],
    ids=["a killed run", "a portion"],
)
def test_what_a_run_left_under_way_is_finished_also_when_nothing_is_left_to_do(done: Events) -> None:
    told = events(("accepted", "a", "1"), ("withdrawn", "a", "1"), ("accepted", "b", "1"))
    told += events(*[("seen", "x", None)] * 3, ("withdrawn", "b", "1"))[3:] if len(done) == 1 else []
    found = scope(told, done)
    assert (found.full, found.why) == (True, "the last run was interrupted")
    assert ids(found.added) == (["b:1"] if len(done) > 1 else [])
    after = [*done, *cleansed(("a:1", "replaced"), ("b:1", "current" if found.added else "replaced"), ("", "finished"))]
    assert scope(told, after).is_empty


def test_nothing_changed_is_nothing_to_do_also_for_snapshots() -> None:
    told, done = events(("accepted", "a", "1")), cleansed(("a:1", "current"), ("", "finished"))
    assert scope(told, done).is_empty and scope(told, done, LoadKind.SNAPSHOT).is_empty


def test_an_accepted_delivery_is_judged_again_once() -> None:
    told = events(("accepted", "a", "1"), ("accepted", "b", "1"), ("gate_accepted", "a", None, {"delivery_id": "a:1"}))
    held = cleansed(("a:1", "current"), held="order_lines") + cleansed(("b:1", "current"), ("", "finished"))
    assert Processed.of(held, "till").held() == {"a:1": {"order_lines"}}
    found = scope(told, held)
    assert (ids(found.added), ids(found.kept), found.full) == (["a:1"], ["b:1"], False)
    after = [*held, *cleansed(("a:1", "current"), gate_accepted=True), *cleansed(("", "finished"))]
    assert scope(told, after).is_empty and Processed.of(after, "till").held() == {}


def test_a_replaced_delivery_holds_nothing_back_any_more() -> None:
    done = cleansed(("a:1", "current"), held="order_lines") + cleansed(("a:1", "replaced"), ("", "finished"))
    assert Processed.of(done, "till").held() == {}


def test_a_purged_feed_begins_anew_and_its_past_is_listed_no_more() -> None:
    missed = ("missing", "", None, {"file_date": date(2024, 1, 2)})
    told = events(("accepted", "a", "1"), missed, ("gate_accepted", "a", None, {"delivery_id": "a:1"}))
    told += events(*[("seen", "x", None)] * 3, ("purged", "", None), ("accepted", "b", "1"))[3:]
    other = {**events(("accepted", "c", "1"))[0], "feed": "web", "event_number": 2}
    book = DeliveryBook.of([*told, other])
    assert current(book) == {"b": "1"} and set(book.accepted["till"]) == {"b:1"}
    assert (book.gate_accepted, book.missing, ("till", "a") in book.last_event) == (set(), set(), False)
    assert set(book.accepted["web"]) == {"c:1"} and book.next_number == 6
    assert DeliveryBook.of(told[:4]).next_number == 5, "no number is given twice"
    assert listed(told) == [("b", "1", "current")]
    done = cleansed(("a:1", "current"), ("", "finished"), ("", "purged"))
    found = scope(told, done)
    assert (ids(found.added), found.removed, found.kept, found.full) == (["b:1"], [], [], True)
    assert scope(told[:4], done).is_empty


def test_an_expired_delivery_is_in_raw_no_more_and_its_bytes_are_read_again() -> None:
    told = events(("accepted", "a", "1"), ("accepted", "a", "2"), ("expired", "a", None, {"delivery_id": "a:1"}))
    assert set(DeliveryBook.of(told).accepted["till"]) == {"a:2"} and current(DeliveryBook.of(told)) == {"a": "2"}
    assert listed(told) == [("a", "1", "expired"), ("a", "2", "current")]
    done = cleansed(("a:1", "replaced"), ("a:2", "current"), ("", "finished"), ("a:1", "expired"))
    assert scope(told, done).is_empty and Processed.of(done, "till").states.keys() == {"a:2"}
    again = [*told, *events(*[("seen", "x", None)] * 3, ("accepted", "a", "1"))[3:]]
    assert listed(again) == [("a", "1", "current"), ("a", "2", "older")]
    assert (ids(scope(again, done).added), scope(again, done).removed) == (["a:1"], ["a:2"])


def test_a_delivery_is_replaced_since_it_was_last_current() -> None:
    told = events(
        ("accepted", "a", "1"), ("accepted", "a", "2"), ("current_again", "a", "1"), ("accepted", "a", "3"),
        ("accepted", "b", "1"), ("withdrawn", "b", "1"), ("accepted", "c", "1"), ("seen", "c", "1"),
        ("accepted", "d", "1"), ("accepted", "d", "2"), ("expired", "d", None, {"delivery_id": "d:1"}),
    )  # fmt: skip
    minutes = {i: (at - START) // timedelta(minutes=1) for i, at in replaced_at(reversed(told)).items()}
    assert minutes == {"a:1": 4, "a:2": 3, "b:1": 6}
