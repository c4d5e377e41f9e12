"""Rows of ledgers are stamped in the order in which they are written, whatever a clock says; without Spark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from lake.io import ledgers
from lake.names import CleansedState
from lake.pipelines.cleansing import merging
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.run import Run
from lake.progress import Progress

TOMORROW = datetime.now(UTC) + timedelta(days=1)
"""When the last run wrote, by a clock that was set back since."""


class Ops:
    """The ledgers in memory, and how often each was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **rows: list[dict[str, Any]]) -> None:
        self.rows, self.reads = rows, list[str]()
        monkeypatch.setattr(ledgers, "append", lambda spark, ops, name, new: self.of(name).extend(new))
        monkeypatch.setattr(ledgers, "collect", self.collect)
        monkeypatch.setattr(ledgers, "completed", completed)  # the schema's own parser needs a JVM

    def of(self, name: str) -> list[dict[str, Any]]:
        return self.rows.setdefault(name, [])

    def collect(self, spark: None, ops: str, name: str) -> list[dict[str, Any]]:
        self.reads.append(name)
        return [completed(name, row) for row in self.of(name)]


def completed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {field.split()[0]: row.get(field.split()[0]) for field in ledgers.SCHEMAS[name].split(", ")}


def run_on(feeds: list[str]) -> Run:
    """A run of a shop in which these feeds provide customers."""
    providers = [SimpleNamespace(feed=name) for name in feeds]
    catalogue: Any = SimpleNamespace(
        shop=SimpleNamespace(shop="corner"), entities={"customers": None}, providers=lambda entity: providers
    )
    settings: Any = SimpleNamespace(zone_uri=lambda shop, zone: f"/{shop}/{zone}")
    return Run(None, settings, catalogue, "run2", Progress(quiet=True))  # type: ignore[arg-type]


def test_a_merge_is_behind_what_was_begun_after_it_though_the_clock_went_back(monkeypatch: pytest.MonkeyPatch) -> None:
    merged = {"entity": "customers", "providers": "members,guests", "at": TOMORROW}
    ops = Ops(monkeypatch, merges=[merged])
    run = run_on(["members", "guests"])
    assert not merging._is_behind(run, "customers")
    run.record("cleansed_deliveries", [{"feed": "members", "state": CleansedState.STARTED.value}])
    assert merging._is_behind(run, "customers")
    run.record("merges", [{"entity": "customers", "providers": "members,guests"}])
    assert not merging._is_behind(run, "customers")
    assert ops.of("merges")[1]["at"] > ops.of("cleansed_deliveries")[0]["at"] > TOMORROW


def test_an_interrupted_cleanse_is_seen_though_the_clock_went_back(monkeypatch: pytest.MonkeyPatch) -> None:
    finished = {"feed": "members", "state": CleansedState.FINISHED.value, "at": TOMORROW}
    ops = Ops(monkeypatch, cleansed_deliveries=[finished])
    run_on(["members"]).record("cleansed_deliveries", [{"feed": "members", "state": CleansedState.STARTED.value}])
    rows = run_on(["members"]).ledger("cleansed_deliveries")
    assert Processed.of(rows, "members").is_interrupted
    assert ops.reads == ["cleansed_deliveries"] * 2, "once a run"


def test_rows_of_one_run_are_in_order_and_close_to_the_clock_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    ops = Ops(monkeypatch)
    run, began = run_on([]), datetime.now(UTC)
    run.record("quality", [{"rule": str(number)} for number in range(500)])
    times = [row["at"] for row in ops.of("quality")]
    assert times == sorted(set(times)) and began <= times[0] and times[-1] - began < timedelta(minutes=1)
    assert ops.reads == [], "no ledger is read for it"
    run.record("runs", [])
    assert ops.reads == [], "nothing to write, nothing to read"
