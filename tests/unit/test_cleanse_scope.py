"""Snapshots and lists of keys are cleansed by themselves if they follow what stands and nothing else changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lake.contracts.entity import Entity
from lake.contracts.feed import Provision
from lake.names import LoadKind
from tests.unit.test_deliveries import FakeCatalogue, FakeRun, cleansed, events, ids, scope

DONE = cleansed(("a:1", "current"), ("b:1", "current"), held="tickets") + cleansed(("", "finished"))


def accepted(name: str, day: int | None, content: str = "1") -> tuple[Any, ...]:
    """A delivery of a day of January; None: undated."""
    return ("accepted", name, content, {"file_date": date(2024, 1, day) if day else None})


STANDING = (accepted("a", 3), accepted("b", 5))


def test_later_days_follow() -> None:
    found = scope(events(*STANDING, accepted("d", 7), accepted("c", 6)), DONE, LoadKind.SNAPSHOT)
    assert (found.follows, found.full) == (True, False)
    assert (ids(found.added), ids(found.kept)) == (["c:1", "d:1"], ["a:1", "b:1"])


@pytest.mark.parametrize(
    "new",
    [
        [accepted("c", 4)],
        [accepted("c", 6), accepted("d", 4)],
        [accepted("another file of the day", 5)],
        [accepted("undated", None)],
        [accepted("c", 6), accepted("b", 5, "2")],
        [accepted("c", 6), ("withdrawn", "a", "1")],
        [accepted("c", 6), ("gate_accepted", "a", None, {"delivery_id": "a:1"})],
    ],
    ids=["between", "one later, one between", "of the same day", "undated", "corrected", "withdrawn", "accepted"],
)
def test_any_other_change_compares_all_snapshots(new: list[tuple[Any, ...]]) -> None:
    found = scope(events(*STANDING, *new), DONE, LoadKind.SNAPSHOT)
    assert (found.follows, found.full, found.why) == (False, True, "snapshots are compared with each other")


@pytest.mark.parametrize("deleted_when", [None, "id = '0'"])
def test_what_came_and_went_changes_nothing(deleted_when: str | None) -> None:
    log = events(*STANDING, accepted("c", 4), ("withdrawn", "c", "1"))
    found = scope(log, DONE, LoadKind.SNAPSHOT, deleted_when=deleted_when)
    assert (found.follows, found.full, found.added, ids(found.never_cleansed)) == (True, False, [], ["c:1"])


def test_what_came_and_went_before_anything_was_cleansed_follows_nothing() -> None:
    found = scope(events(accepted("c", 4), ("withdrawn", "c", "1")), [], LoadKind.SNAPSHOT)
    assert (found.follows, found.full, found.added, ids(found.never_cleansed)) == (False, False, [], ["c:1"])


def test_a_deletion_that_rows_tell_compares_all_snapshots() -> None:
    assert scope(events(*STANDING, accepted("c", 7)), DONE, LoadKind.SNAPSHOT, deleted_when="id = '0'").full


def test_lists_of_keys_that_do_not_follow_are_taken_with_what_they_touch() -> None:
    found = scope(events(*STANDING, accepted("c", 4)), DONE, LoadKind.UPSERT)
    assert (found.follows, found.full) == (False, False)


@pytest.mark.parametrize(
    ("when", "history", "full"), [("x > 0", False, True), ("x > 0", True, False), (None, False, False)]
)
def test_only_items_that_a_newer_version_may_leave_need_all_versions(
    when: str | None, history: bool, full: bool
) -> None:
    columns = {"id": "id"}
    items = [
        Provision(entity="tills", route="till", columns=columns),
        Provision(entity="lines", when=when, columns=columns),
    ]
    of = {
        "description": "x",
        "grain": "x",
        "key": ["id"],
        "columns": [{"name": "id", "type": "string", "description": "x"}],
    }
    entities = {name: Entity.model_validate({"entity": name, "history": history, **of}) for name in ("tills", "lines")}
    run = FakeRun(FakeCatalogue(entities=entities))
    assert scope(events(*STANDING, accepted("c", 6)), DONE, LoadKind.UPSERT, run, provides=items).full == full
