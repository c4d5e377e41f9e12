"""Orders from a database file a day, each with its list of keys: any road ends with what a plain-Python replay says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.names import Zone
from lake.pipelines import ingest as ingesting
from tests.e2e.shop_lab import ShopLab, differences, write_entity, written_shop

TICKETS = {
    "entity": "tickets",
    "description": "Tickets of the shop.",
    "grain": "one row per ticket",
    "key": ["ticket_id"],
    "columns": [
        {"name": "ticket_id", "type": "string", "required": True, "description": "Ticket"},
        {"name": "units", "type": "bigint", "required": True, "description": "Units"},
    ],
}
STATES = TICKETS | {
    "entity": "ticket_states",
    "grain": "one row per ticket and moment",
    "history": True,
    "columns": [*TICKETS["columns"], {"name": "effective_at", "type": "timestamp", "description": "Since when"}],
}
FEED: dict[str, Any] = {
    "feed": "tickets",
    "path": "shop_{date}.sqlite",
    "load": "upsert",
    "format": {"kind": "sqlite", "table": "tickets"},
    "keys": {"table": "tickets_keys", "columns": ["id"], "scope": {"table": "key_scope"}},
    "version_by": "updated_at",
    "time_zone": "UTC",
    "columns": [
        {"name": "id", "type": "id"},
        {"name": "units", "type": "integer"},
        {"name": "updated_at", "type": "timestamp", "storage": ["text"]},
    ],
    "provides": [
        {"entity": "tickets", "route": "ticket", "columns": {"ticket_id": "id", "units": "units"}},
        {
            "entity": "ticket_states",
            "columns": {"ticket_id": "id", "units": "units", "effective_at": "updated_at"},
        },
    ],
}
FIRST = date(2024, 3, 29)  # the clocks change on the 31st


@dataclass(frozen=True)
class Day:
    """What the source sends: (id, units, updated_at) of changed rows, standing ids, the first id that is judged."""

    rows: tuple[tuple[int, Any, str], ...]
    keys: frozenset[int]
    first: int | None = None

    def content(self, folder: Path) -> bytes:
        path = folder / "made.sqlite"
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.execute("create table tickets(id, units, updated_at)")
        database.execute("create table tickets_keys(id integer primary key)")
        database.execute("create table key_scope(table_name, first_key)")
        database.executemany("insert into tickets values (?, ?, ?)", self.rows)
        database.executemany("insert into tickets_keys values (?)", [(key,) for key in sorted(self.keys)])
        if self.first is not None:
            database.execute("insert into key_scope values ('tickets', ?)", [self.first])
        database.commit()
        database.close()
        return path.read_bytes()


def start_of(day: date) -> datetime:
    """Midnight in Paris, in UTC."""
    return datetime.combine(day, datetime.min.time()) - timedelta(hours=1 if day <= date(2024, 3, 31) else 2)


def expected(days: Mapping[date, Day]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of both entities: newest versions, and the deletions that the lists tell."""
    tickets, states = [], []
    for key in sorted({row[0] for day in days.values() for row in day.rows}):
        seen = [(datetime.fromisoformat(at), day, int(units)) for day, sent in days.items()
                for id_, units, at in sent.rows if id_ == key and units != "two"]  # fmt: skip
        if not seen:
            continue
        spoken = sorted({day for _, day, _ in seen})

        def gone(since: date, until: date, key: int = key) -> datetime | None:
            missing = (d for d in sorted(days) if since < d < until and key not in days[d].keys
                       and key >= (days[d].first or 0))  # fmt: skip
            return next((start_of(d) for d in missing), None)

        named = {"ticket_id": str(key)}
        tickets.append({**named, "units": max(seen)[2], "deleted_at": gone(spoken[-1], date.max)})
        for moment in {at for at, _, _ in seen}:
            at, day, units = max(one for one in seen if one[0] == moment)
            until = next((d for d in spoken if d > day), date.max)
            states.append({**named, "units": units, "effective_at": at, "deleted_at": gone(day, until)})
    return tickets, states


def drawn_days(random: Random, count: int = 5) -> dict[date, Day]:
    """A source that adds, changes, deletes and brings back tickets; some rows are sent late, some cannot be read."""
    alive: set[int] = set()
    days, next_id = {}, 1
    versions: dict[int, int] = {}
    for number in range(count):
        day = FIRST + timedelta(days=number)
        fresh = set(range(next_id, next_id + random.randint(1, 4)))
        next_id += len(fresh)
        back = {key for key in range(1, next_id) if key not in alive and random.random() < 0.1}
        changed = {key for key in alive if random.random() < 0.3}
        gone = {key for key in alive - changed if random.random() < 0.25}
        alive = (alive | fresh | back) - gone
        rows = []
        for key in sorted(fresh | changed | back):
            versions[key] = versions.get(key, 0) + 1
            late = timedelta(hours=random.choice([0, 0, 30]))  # behind the mark
            at = datetime.combine(day, datetime.min.time()) + timedelta(hours=12) - late
            units: Any = "two" if random.random() < 0.1 else number * 100 + key
            rows.append((key, units, str(at)))
        first = random.choice([None, None, 3])
        kept = {key for key in alive if key >= (first or 0)}
        days[day] = Day(tuple(rows), frozenset(kept), first)
    return days


@pytest.fixture
def lab(spark: SparkSession, tmp_path: Path) -> ShopLab:
    conf = written_shop(tmp_path, [FEED])
    write_entity(conf, TICKETS)
    write_entity(conf, STATES)
    return ShopLab(spark, tmp_path, conf)


def deliver(lab: ShopLab, days: Mapping[date, Day], chosen: Iterable[date]) -> None:
    for day in chosen:
        lab.put(f"shop_{day}.sqlite", days[day].content(lab.folder))


LOOSE = ((900, b"\xff", "x"), (901, 1, 20240329))
"""Rows that no list may lose: one that is no text, one whose time is stored as a number."""


@pytest.mark.parametrize("seed", [4, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(5, 9))])
def test_any_road_ends_with_what_the_lists_say(lab: ShopLab, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    days = drawn_days(Random(seed))
    first, second, late, fourth, last = sorted(days)
    loose = {901, 900}
    sent = {day: Day(one.rows + (LOOSE if day == first else ()), one.keys | loose, one.first)
            for day, one in days.items()}  # fmt: skip
    deliver(lab, sent, [first, second, fourth])
    with monkeypatch.context() as patched:  # the run dies when rows are in raw and their lists are not
        patched.setattr(ingesting, "store_key_lists", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            lab.ingest()
    step(lab, {day: days[day] for day in (first, second, fourth)}, "three days")
    kinds = [row["lake_kind"] for row in lab.rows(Zone.RAW, "tickets__keys")]
    assert kinds.count("key") == sum(len(sent[day].keys) for day in (first, second, fourth))
    assert kinds.count("list") == 3
    reasons = {(entity, rules) for entity, _, record, rules, _ in lab.quarantined("tickets")}
    assert ("unrouted", "['malformed']") in reasons
    assert any(entity == "ticket_states" and "storage_updated_at" in rules for entity, rules in reasons)
    assert {row["ticket_id"] for row in lab.rows(Zone.CLEANSED, "tickets")} >= {"901"}, "its version is no part of it"

    deliver(lab, sent, [late, last])
    step(lab, days, "a late list and a new one")
    dead = [row for row in lab.rows(Zone.CLEANSED, "tickets") if row["deleted_at"]]
    assert 0 < len(dead) < len(lab.rows(Zone.CLEANSED, "tickets"))

    corrected = Day(days[fourth].rows, days[fourth].keys - {max(days[fourth].keys)})
    deliver(lab, {fourth: Day(corrected.rows, corrected.keys | loose)}, [fourth])
    lab.withdraw("tickets", f"shop_{last}.sqlite")
    kept = {day: one for day, one in days.items() if day not in (fourth, last)}
    step(lab, kept | {fourth: corrected}, "a corrected list and a withdrawn one")


def step(lab: ShopLab, days: Mapping[date, Day], what: str) -> None:
    lab.ingest()
    lab.cleanse()
    for entity, rows in zip(("tickets", "ticket_states"), expected(days), strict=True):
        found = [row for row in lab.rows(Zone.CLEANSED, entity) if row["ticket_id"] not in ("900", "901")]
        assert differences(found, rows) == "", f"{entity} after {what}"
