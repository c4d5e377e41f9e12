"""Days that follow what stands are cleansed by themselves, and leave what all days together would leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from lake.names import Zone
from lake.pipelines.cleansing.feed_frames import FeedFrames
from lake.pipelines.cleansing.scope import Processed, Scope, scope_of
from lake.pipelines.delivery_book import DeliveryBook
from tests.e2e.shop_lab import ShopLab, differences
from tests.e2e.ticket_office import FIRST, KEY_LISTS, SNAPSHOTS, Day, as_snapshots, drawn_days, expected, office

ENTITIES = ("tickets", "ticket_states")
A, B = "2024-03-20 12:00:00", "2024-03-31 12:00:00"
STANDING = [(8, 1, A), (9, 1, A)]
TOLD: list[list[tuple[int, int, str]]] = [
    [(1, 10, A), (2, 10, A), (3, 10, A)],
    [(1, 10, A), (2, 5, A), (3, 10, A)],  # ticket 2 is sent with a lower version
    [(4, 10, A)],  # the others are gone
    [(1, 20, B), (3, 10, A), (4, 10, A)],  # two are back, one of them as it was
    [(1, 20, B), (3, 9, A)],
    [(3, 10, A), (5, 10, B)],  # 1 is gone again, 4 stays gone
]
"""What stands on each day, beside two tickets that always do."""


@pytest.mark.parametrize("version_by", ["units", None])
def test_tickets_that_leave_and_come_back_day_by_day(
    spark: SparkSession, tmp_path: Path, version_by: str | None
) -> None:
    feed = SNAPSHOTS | {"version_by": version_by}
    lab, whole = (office(spark, tmp_path / name, feed) for name in ("days", "whole"))
    days = {}
    for number, rows in enumerate(TOLD):
        day = FIRST + timedelta(days=number)
        days[day] = Day((*STANDING, *rows), frozenset(row[0] for row in (*STANDING, *rows)))
        whole.put(f"shop_{day}.csv", days[day].text())
        lab.put(f"shop_{day}.csv", days[day].text())
        if number in (0, 3):
            continue
        lab.ingest()
        scope = scope_now(lab)
        lab.cleanse()
        assert scope.follows is (number > 1)
        for entity, expected_rows in zip(ENTITIES, expected(days, version_by=version_by), strict=True):
            assert differences(lab.rows(Zone.CLEANSED, entity), expected_rows) == "", f"{entity} after day {number}"
    whole.ingest()
    whole.cleanse()
    assert lab.fates() == whole.fates()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(11, 16))
@pytest.mark.parametrize("feed", [SNAPSHOTS, KEY_LISTS], ids=["snapshots", "key lists"])
def test_days_in_order_are_cleansed_alone_and_a_late_one_is_not(
    spark: SparkSession, tmp_path: Path, feed: Mapping[str, Any], seed: int
) -> None:
    lab, is_snapshot = office(spark, tmp_path, feed), feed["load"] == "snapshot"
    days = days_that_pass(Random(seed)) if is_snapshot else drawn_days(Random(seed), count=7)
    one, two, three, four, five, late, last = sorted(days)

    def step(*chosen: date, told: Mapping[date, Day]) -> Scope:
        for day in chosen:
            content = days[day].text() if is_snapshot else days[day].content(lab.folder)
            lab.put(f"shop_{day}.{'csv' if is_snapshot else 'sqlite'}", content)
        lab.ingest()
        scope = scope_now(lab)
        lab.cleanse()
        for entity, rows in zip(ENTITIES, expected(told), strict=True):
            assert differences(lab.rows(Zone.CLEANSED, entity), rows) == "", f"{entity} after {max(chosen)}"
        return scope

    def until(day: date, *without: date) -> dict[date, Day]:
        return {d: sent for d, sent in days.items() if d <= day and d not in without}

    step(one, two, told=until(two))
    for chosen in ([three], [four, five]):
        scope = step(*chosen, told=until(chosen[-1]))
        assert scope.follows and len(scope.added) == len(chosen) and not scope.full
    if is_snapshot:  # a gate holds the last day: its list is silent, also for the days after it
        days[last] = Day(days[last].rows[:2], frozenset(row[0] for row in days[last].rows[:2]))
    told = until(last, late, *([last] if is_snapshot else []))
    assert step(last, told=told).follows
    scope = step(late, told=told | {late: days[late]})
    assert not scope.follows and scope.full == is_snapshot
    if is_snapshot:
        [held] = [i for i, entities in processed(lab).held().items() if entities]
        lab.accept("tickets", held)
        assert step(last, told=until(last)).full, "what was held speaks now"


def days_that_pass(random: Random) -> dict[date, Day]:
    """Snapshots of which each has rows enough for the feed's gate."""
    days = as_snapshots(drawn_days(random, count=7))
    readable = [sum(units != "two" for _, units, _ in day.rows) for day in days.values()]
    return days if min(readable) >= SNAPSHOTS["gates"]["min_records"] else days_that_pass(random)


def scope_now(lab: ShopLab) -> Scope:
    run = lab.run()
    book = DeliveryBook.of(run.ledger("deliveries"))
    return scope_of(run, run.catalogue.feeds["tickets"], book, processed(lab))


def processed(lab: ShopLab) -> Processed:
    return Processed.of(lab.run().ledger("cleansed_deliveries"), "tickets")


def test_of_what_left_before_no_record_is_read_again(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticket 1 had two versions and is gone since the third day: the fourth reads what the third told of the others."""
    lab, real = office(spark, tmp_path, SNAPSHOTS | {"version_by": None}), FeedFrames.raw
    told: list[list[tuple[int, int, str]]] = [[(1, 10, A)], [(1, 20, B)], [], []]
    names = [f"shop_{FIRST + timedelta(days=number)}.csv" for number in range(len(told))]
    read = set[str]()

    def watched(self: FeedFrames, deliveries: Iterable[str]) -> DataFrame:
        asked = list(deliveries)
        read.update(d.name for d in (*self.scope.added, *self.scope.kept) if d.delivery_id in asked)
        return real(self, asked)

    monkeypatch.setattr(FeedFrames, "raw", watched)
    for name, rows in zip(names, told, strict=True):
        lab.put(name, Day((*STANDING, (7, 1, A), *rows), frozenset()).text())
        if name in names[2:]:
            lab.ingest()
            read.clear()
            lab.cleanse()
    assert read == set(names[2:])
    gone = {row["ticket_id"]: row["deleted_at"] is not None for row in lab.rows(Zone.CLEANSED, "tickets")}
    assert gone == {"1": True, "7": False, "8": False, "9": False}
