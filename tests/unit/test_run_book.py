"""The run ledger's rows, folded to one record a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lake.pipelines.run_book import RunRecord, run_records

START = datetime(2024, 1, 1, tzinfo=UTC)


def row(run_id: str, state: str, minute: int, **columns: Any) -> dict[str, Any]:
    names = ("job", "arguments", "versions", "pid", "host", "exit_code", "message", "seconds")
    known = dict.fromkeys(names)
    return {**known, "run_id": run_id, "state": state, "at": START + timedelta(minutes=minute), **columns}


def test_start_and_end_are_one_record_whatever_the_order_of_the_rows() -> None:
    started = row("r1", "started", 0, job="ingest", arguments="--shop s", versions='{"halles": "1"}', pid=7, host="h")
    ended = row("r1", "failed", 2, job="ingest", exit_code=4, message="refused", seconds=120.0)
    [record] = run_records([ended, started])
    told = ("ingest", "--shop s", {"halles": "1"}, "h", 7, 4, 120.0, "refused")
    assert record == RunRecord("r1", "failed", START, START + timedelta(minutes=2), *told)


def test_the_newest_run_comes_first() -> None:
    rows = [row("r1", "done", 1, exit_code=0), row("r3", "done", 3, exit_code=0), row("r2", "done", 2, exit_code=0)]
    assert [record.run_id for record in run_records(rows)] == ["r3", "r2", "r1"]


def test_a_killed_run_is_lost_and_keeps_what_its_start_said() -> None:
    rows = [row("r1", "started", 0, job="curate", pid=7), row("r1", "lost", 9, message="ended without a word")]
    [record] = run_records(rows)
    assert (record.state, record.job, record.exit_code, record.ended_at) == ("lost", "curate", None, None)


def test_an_open_run_is_running_while_it_holds_the_lock_and_lost_without() -> None:
    rows = [row("r1", "started", 0), row("r2", "started", 1)]
    assert {r.run_id: r.state for r in run_records(rows, running="r2")} == {"r1": "lost", "r2": "running"}
    assert {r.run_id: r.state for r in run_records(rows)} == {"r1": "lost", "r2": "lost"}
