"""The states of releases, out of the append-only ledger ops.releases. Databases, folders and views are `switching`'s.

building -> built -> switching -> live -> retired -> dropped; a rollback takes a retired one to switching again.
`held` and `resumed` set and clear the hold of a rollback.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from lake.errors import ReleaseError, ReleaseHoldError
from lake.names import release_database
from lake.pipelines.publishing.release_contents import PublishedTable, from_json
from lake.pipelines.run import Run


class State(StrEnum):
    """What a row of the ledger says happened to a release."""

    BUILDING = "building"
    BUILT = "built"
    SWITCHING = "switching"
    LIVE = "live"
    RETIRED = "retired"
    DROPPED = "dropped"
    HELD = "held"
    RESUMED = "resumed"


@dataclass(frozen=True)
class Release:
    """A release as the ledger tells it; `run_id` built it, `at` is the time of its present state."""

    number: int
    state: State
    run_id: str
    at: datetime
    reason: str = ""
    published_at: datetime | None = None
    tables_json: str | None = field(default=None, repr=False)

    @property
    def tables(self) -> dict[str, PublishedTable]:
        """What it holds; empty for a release that was never finished."""
        return from_json(self.tables_json) if self.tables_json else {}

    @property
    def folder(self) -> str:
        """The name of the folders that its run wrote, one in each table's folder."""
        return f"r{self.number:06d}_{self.run_id}"

    @property
    def is_finished(self) -> bool:
        """Whether readers may use it, or could again after a rollback."""
        return self.state in (State.LIVE, State.RETIRED, State.SWITCHING)


@dataclass(frozen=True)
class History:
    """All releases of a shop, by number, and the hold."""

    releases: Mapping[int, Release] = field(default_factory=dict)
    hold: str | None = None
    last_at: datetime | None = None

    def in_state(self, *states: State) -> list[Release]:
        """The releases in one of these states, by number."""
        return [self.releases[number] for number in sorted(self.releases) if self.releases[number].state in states]

    @property
    def live(self) -> Release | None:
        """The release that readers use now."""
        return next(iter(self.in_state(State.LIVE)), None)

    @property
    def switching(self) -> Release | None:
        """The release that a run has begun to show and not finished showing."""
        return next(iter(self.in_state(State.SWITCHING)), None)

    @property
    def next_number(self) -> int:
        """A number that was never used."""
        return max(self.releases, default=0) + 1

    def get(self, number: int) -> Release:
        """The release of that number; ReleaseError when there never was one."""
        if number not in self.releases:
            known = ", ".join(str(n) for n in sorted(self.releases)) or "none"
            raise ReleaseError(f"there is no release {number}; known are {known}")
        return self.releases[number]

    def refuse_when_held(self, shop: str) -> None:
        """ReleaseHoldError while a rollback holds publication."""
        if self.hold is not None:
            raise ReleaseHoldError(f"{self.hold}; publish again after `lake releases resume --shop {shop}`")


def database_of(run: Run, number: int) -> str:
    """The database of one release of the run's shop."""
    return release_database(run.settings.database_prefix, run.shop, number)


def shop_database(run: Run) -> str:
    """The database that holds the views."""
    return f"{run.settings.database_prefix}{run.shop}"


def read_history(run: Run) -> History:
    """The shop's releases as the ledger stands."""
    return advanced(History(), run.ledger("releases"))


def record(run: Run, history: History, rows: Iterable[Mapping[str, Any]]) -> History:
    """Append rows (release_number, state, ...) in one commit, later than all before; the history after them."""
    at = datetime.now(UTC)
    if history.last_at is not None and history.last_at.astimezone(UTC) >= at:
        at = history.last_at.astimezone(UTC) + timedelta(milliseconds=1)
    stamped = [{**row, "at": at + timedelta(microseconds=place)} for place, row in enumerate(rows)]
    run.record("releases", stamped)
    return advanced(history, [{"run_id": run.run_id, **row} for row in stamped])


def advanced(history: History, rows: Iterable[Mapping[str, Any]]) -> History:
    """The history after the ledger's rows, which are taken in the order of their `at`."""
    releases, hold, last_at = dict(history.releases), history.hold, history.last_at
    for row in sorted(rows, key=lambda r: r["at"].astimezone(UTC)):
        number, state, last_at = int(row["release_number"]), State(row["state"]), row["at"]
        if state in (State.HELD, State.RESUMED):
            hold = row["reason"] if state is State.HELD else None
        else:
            releases[number] = _release_after(releases.get(number), number, state, row)
    return History(releases, hold, last_at)


def _release_after(before: Release | None, number: int, state: State, row: Mapping[str, Any]) -> Release:
    at, tables, reason = row["at"], row.get("tables"), row.get("reason")
    if before is None:
        before = Release(number, state, row["run_id"], at)
    return replace(
        before,
        state=state,
        at=at,
        reason=reason if reason is not None else before.reason,
        published_at=before.published_at or (at if state is State.LIVE else None),
        tables_json=tables if tables is not None else before.tables_json,
    )
