"""What the run ledger says: one record a run, folded from its start, its end or the word that it was lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lake.errors import UsageError_
from lake.pipelines.run import Run
from lake.pipelines.writers import present_writer


@dataclass(frozen=True)
class RunRecord:
    """One run; `state`: running, done, failed or lost (killed). `seconds` is None unless it ended by itself."""

    run_id: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    job: str = ""
    arguments: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    pid: int | None = None
    exit_code: int | None = None
    seconds: float | None = None
    message: str = ""


def run_records(rows: Iterable[Mapping[str, Any]], running: str | None = None) -> list[RunRecord]:
    """The runs of the ledger, newest first; `running` is the run that holds the writer lock now.

    A run without an end that does not hold the lock is lost, also before the next run says so in the ledger.
    """
    found: dict[str, RunRecord] = {}
    for row in sorted(rows, key=lambda r: r["at"]):
        known = found.get(row["run_id"]) or RunRecord(row["run_id"], "", row["at"])
        found[row["run_id"]] = _after(known, row)
    records = [replace(r, state=_open_state(r, running)) if r.state == "started" else r for r in found.values()]
    return sorted(records, key=lambda r: (r.started_at, r.run_id), reverse=True)


def _after(known: RunRecord, row: Mapping[str, Any]) -> RunRecord:
    """The record after one more row; what a row leaves null stays as it was."""
    names = ("state", "job", "arguments", "host", "pid", "exit_code", "seconds", "message")
    told = {name: row[name] for name in names if row.get(name) is not None}
    if row.get("versions"):
        told["versions"] = json.loads(row["versions"])
    if row["state"] in ("done", "failed"):
        told["ended_at"] = row["at"]
    return replace(known, **told)


def _open_state(record: RunRecord, running: str | None) -> str:
    return "running" if record.run_id == running else "lost"


def known_runs(run: Run) -> list[RunRecord]:
    """All runs of the shop, newest first."""
    owner = present_writer(run) or {}
    return run_records(run.ledger("runs"), str(owner.get("run_id") or "") or None)


def run_of(run: Run, run_id: str) -> RunRecord:
    """The run whose id is, or begins with, the text; UsageError_ where there is none, or several."""
    found = [record for record in known_runs(run) if record.run_id.startswith(run_id)]
    if len(found) != 1:
        many = f"{len(found)} runs begin like that" if found else "there is no such run"
        raise UsageError_(f"'{run_id}': {many}; `lake runs list --shop {run.shop}` names them")
    return found[0]


def written_by(run: Run, run_id: str) -> list[str]:
    """What a run left in the other ledgers, in words."""
    lines = []
    events = Counter(r["event"] for r in run.ledger("deliveries") if r["run_id"] == run_id)
    lines += [f"deliveries {event}: {count}" for event, count in sorted(events.items())]
    states = [r for r in run.ledger("cleansed_deliveries") if r["run_id"] == run_id and r["delivery_id"]]
    cleansed = Counter((r["feed"], r["state"]) for r in states)
    lines += [f"cleansed {feed}: {count} deliveries {state}" for (feed, state), count in sorted(cleansed.items())]
    judged = [r for r in run.ledger("quality") if r["run_id"] == run_id]
    lines += [f"gates passed: {passed}"] if (passed := sum(r["outcome"] == "passed" for r in judged)) else []
    stopped = [r for r in judged if r["outcome"] not in ("passed", "counted")]
    lines += [f"gate {r['outcome']} {r['feed']}/{r['entity']} of {r['delivery_id']}: {r['rule']}" for r in stopped]
    warned = [r for r in judged if r["outcome"] == "counted"]
    lines += [f"{r['failed_count']} of {r['row_count']} rows of {r['entity']} break '{r['rule']}'" for r in warned]
    tables = [r for r in run.ledger("table_states") if r["run_id"] == run_id]
    lines += [f"curated {r['table_name']}: {r['reason']}" for r in sorted(tables, key=lambda r: r["at"])]
    releases = [r for r in run.ledger("releases") if r["run_id"] == run_id]
    lines += [f"release {r['release_number']}: {r['state']}" for r in sorted(releases, key=lambda r: r["at"])]
    return lines
