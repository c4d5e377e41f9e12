"""Which deliveries are the first portion of a feed's: the earliest days, whole, unless all have to be seen together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from lake.contracts.feed import Feed, Provision
from lake.names import LoadKind
from lake.pipelines.cleanse import Task
from lake.pipelines.cleansing import portions
from lake.pipelines.cleansing.portions import first_portion
from lake.pipelines.cleansing.scope import Processed, Scope
from lake.pipelines.delivery_book import Delivery
from tests.unit.test_deliveries import FakeRun


def delivery(name: str, day: int | None, records: int = 10) -> Delivery:
    """A delivery of a day of January; None: undated."""
    return Delivery(name, "till", name, date(2024, 1, day) if day else None, name, records)


def feed_of(**settings: Any) -> Feed:
    return Feed.model_construct(
        **{"feed": "till", "format": None, "deleted_when": "", "version_by": None, "provides": []} | settings
    )


def parts(*added: Delivery, load: LoadKind = LoadKind.UPSERT, **more: Any) -> tuple[str, str]:
    """Names of the deliveries of the first portion, and of those that are left."""
    scope = Scope([*added], [], [], [], False, "")
    scope = replace(scope, **{name: more.pop(name) for name in ("known", "full") if name in more})
    found = first_portion(scope, feed_of(load=load, **more), {})
    return "".join(d.name for d in found.added), "".join(d.name for d in found.later)


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PORTION_RECORDS", 20)


def test_what_is_small_enough_stays_whole() -> None:
    assert parts(delivery("b", 2), delivery("a", 1)) == ("ba", "")


def test_the_earliest_days_come_first_and_the_days_after_a_large_one_wait() -> None:
    days = delivery("d", 4, 1), delivery("c", 3, 15), delivery("a", 1), delivery("b", 2)
    assert parts(*days) == ("ab", "cd")
    assert parts(*days, full=True) == ("ab", "cd")


def test_a_day_is_never_parted_and_one_is_always_taken() -> None:
    assert parts(delivery("a", 1), delivery("b", 1), delivery("c", 1), delivery("d", 2)) == ("abc", "d")
    assert parts(delivery("a", 1, 99), delivery("b", 2)) == ("a", "b")


def test_undated_deliveries_come_first_but_of_snapshots_they_have_to_be_seen_with_all() -> None:
    added = delivery("b", 2), delivery("a", 1), delivery("u", None)
    assert parts(*added) == ("ua", "b")
    assert parts(*added, load=LoadKind.SNAPSHOT) == ("bau", "")


@pytest.mark.parametrize(
    "more",
    [
        {"known": frozenset("a")},
        {"load": LoadKind.SNAPSHOT, "deleted_when": "x"},
        {
            "provides": [
                Provision.model_construct(entity="orders", route="order", when=None, explode=None),
                Provision.model_construct(entity="lines", route=None, when=None, explode="lines"),
            ]
        },
    ],
    ids=["cleansed before", "snapshots whose rows tell deletions", "records with parts"],
)
def test_what_has_to_be_seen_together_stays_whole(more: dict[str, Any]) -> None:
    assert parts(delivery("a", 1), delivery("b", 2), delivery("c", 3), **more) == ("abc", "")


@pytest.mark.parametrize(("last", "later"), [(date(2024, 1, 3), "c"), (date(2024, 1, 2), "")])
def test_nothing_waits_that_the_run_would_not_choose_again(last: date, later: str) -> None:
    scope = Scope([delivery("a", 1), delivery("b", 2), delivery("c", 3)], [], [], [], True, "contract or rules changed")
    task = Task(FakeRun(last=last), feed_of(load=LoadKind.UPSERT), scope, Processed())  # type: ignore[arg-type]
    assert "".join(d.name for d in task.first_portion().scope.later) == later
