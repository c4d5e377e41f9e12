"""Tickets that a source adds, changes, deletes and brings back, and what the entities of them hold, in plain Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pyspark.sql import SparkSession

from tests.e2e.shop_lab import ShopLab, write_entity, written_shop

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
KEY_LISTS: dict[str, Any] = {
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
"""A database file a day: the changed rows, and a list of the standing keys."""
SNAPSHOTS: dict[str, Any] = {
    **{name: KEY_LISTS[name] for name in ("feed", "version_by", "time_zone", "provides")},
    "path": "shop_{date}.csv",
    "load": "snapshot",
    "gates": {"min_records": 3},
    "format": {"kind": "csv"},
    "columns": [{name: it[name] for name in ("name", "type")} for it in KEY_LISTS["columns"]],
}
"""All standing rows each day."""
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

    def text(self) -> str:
        """The rows as CSV."""
        return "".join(f"{id_},{units},{at}\n" for id_, units, at in [("id", "units", "updated_at"), *self.rows])


def start_of(day: date) -> datetime:
    """Midnight in Paris, in UTC."""
    return datetime.combine(day, datetime.min.time()) - timedelta(hours=1 if day <= date(2024, 3, 31) else 2)


def expected(
    days: Mapping[date, Day], *, version_by: str | None = "updated_at"
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of both entities: newest versions (without a column those of the newest day), deletions that lists tell."""

    def version(sent: tuple[datetime, date, int]) -> tuple[Any, date]:
        at, day, units = sent
        return {"updated_at": at, "units": units, None: None}[version_by] or 0, day

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
        tickets.append({**named, "units": max(seen, key=version)[2], "deleted_at": gone(spoken[-1], date.max)})
        for moment in {at for at, _, _ in seen}:
            at, day, units = max((one for one in seen if one[0] == moment), key=version)
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


def as_snapshots(days: Mapping[date, Day]) -> dict[date, Day]:
    """The same days, if the source sends all standing rows each day, as they were last sent."""
    found, last = {}, dict[int, tuple[int, Any, str]]()
    for day, sent in sorted(days.items()):
        last |= {row[0]: row for row in sent.rows}
        found[day] = Day(tuple(last[key] for key in sorted(sent.keys)), sent.keys)
    return found


def office(spark: SparkSession, folder: Path, feed: Mapping[str, Any]) -> ShopLab:
    """A shop with this feed and the entities of tickets."""
    conf = written_shop(folder, [feed])
    write_entity(conf, TICKETS)
    write_entity(conf, STATES)
    return ShopLab(spark, folder, conf)
