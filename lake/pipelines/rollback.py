"""Going back to an older release, and the hold that keeps the next publication from undoing it."""

from __future__ import annotations

from datetime import UTC, datetime

from lake.errors import ReleaseError
from lake.io.hive import open_door
from lake.pipelines.publishing.releases import History, Release, State, read_history, record
from lake.pipelines.publishing.switching import build_missing, roll_forward, switch
from lake.pipelines.run import Run


def rollback(run: Run, number: int | None = None) -> Release:
    """Make an older release live under its own number (default: the one that was live before), and hold publication.

    Raises ReleaseError for a number that was never there, was dropped, or is live already.
    """
    door = open_door(run.spark, run.endpoint)
    try:
        history = roll_forward(run, door, read_history(run))
        release = history.get(number) if number is not None else _previous(run, history)
        if release.state is not State.RETIRED:
            raise ReleaseError(_refusal(history, release))
        moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        reason = f"release {release.number} was brought back on {moment} by run {run.run_id}"
        row = {"release_number": release.number}
        rows = [{**row, "state": State.SWITCHING}, {**row, "state": State.HELD, "reason": reason}]
        history = record(run, history, rows)
        build_missing(run, door, release)
        history = switch(run, door, history, history.get(release.number))
        run.progress.step("rollback", release=release.number)
        return history.get(release.number)
    finally:
        door.close()


def resume(run: Run) -> bool:
    """Clear the hold; the next publish builds a new number from curated. False when nothing was held."""
    history = read_history(run)
    if history.hold is None:
        return False
    number = history.live.number if history.live else 0
    record(run, history, [{"release_number": number, "state": State.RESUMED}])
    run.progress.step("resume", release=number)
    return True


def _previous(run: Run, history: History) -> Release:
    retired = history.in_state(State.RETIRED)
    if not retired:
        raise ReleaseError(f"there is no older release to go back to: `lake releases list --shop {run.shop}`")
    return max(retired, key=lambda release: release.at)


def _refusal(history: History, release: Release) -> str:
    there = ", ".join(str(r.number) for r in history.in_state(State.RETIRED)) or "none"
    if release.state is State.DROPPED:
        return f"release {release.number} was dropped ({release.reason}); there are {there} to go back to"
    return f"release {release.number} is {release.state.value}; there are {there} to go back to"
