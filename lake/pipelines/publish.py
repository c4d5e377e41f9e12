"""Curated to Hive: a new release with the partitions that changed, shown when all of it is there and adds up.

The ledger row of a release names its `tables` as lake/pipelines/publishing/release_contents.py writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial

from lake import crash_points
from lake.errors import ReleaseError
from lake.io.hive import Door, open_door
from lake.names import Zone
from lake.pipelines.balances import balances_to_publish
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.publishing.folders import write_folders
from lake.pipelines.publishing.release_checks import check_release
from lake.pipelines.publishing.release_contents import PublishedTable, Tables, to_json
from lake.pipelines.publishing.release_diff import Difference, TableChange, compare, sources
from lake.pipelines.publishing.releases import (
    History,
    Release,
    State,
    database_of,
    read_history,
    record,
)
from lake.pipelines.publishing.releases_view import is_shown, mark_shown
from lake.pipelines.publishing.switching import build_database, build_missing, free_number, roll_forward, switch
from lake.pipelines.run import Run


@dataclass(frozen=True)
class PublishReport:
    """What a publication did; `number` is the live release after it, None where there is none."""

    number: int | None
    database: str | None = None
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: str | None = None
    lines: tuple[str, ...] = ()

    @property
    def partition_count(self) -> int:
        """Folders that were written."""
        return sum(len(values) for values in self.tables.values())

    def text(self) -> str:
        """For people, on stdout."""
        if self.skipped:
            return "\n".join([self.skipped, *(f"  {line}" for line in self.lines)])
        written = f"{len(self.tables)} tables, {self.partition_count} partitions written"
        head = f"release {self.number} is live in {self.database}: {written}"
        return "\n".join([head, *(f"  {line}" for line in self.lines)])


def publish(run: Run, door: Door | None = None) -> PublishReport:
    """Make what is curated now the live release; nothing to do when it already is.

    A release that a dead run left switching is finished first, also under a hold. Under `--plan` nothing is written.
    Raises ReleaseHoldError under a hold, ReleaseError for a breaking change without `--allow-breaking`,
    ReconciliationError when the release does not hold what curated holds, NoInputError before the first curate.
    """
    door = door or open_door(run.spark, run.endpoint)
    run.expect_records(DeliveryBook.of(run.ledger("deliveries")).record_count)
    try:
        history = read_history(run)
        if run.plan:
            return _planned(run, history)
        history = roll_forward(run, door, history)
        history.refuse_when_held(run.shop)
        difference = _difference(run, history)
        if difference.is_empty and history.live is not None:
            return _skipped(run, door, history, history.live, difference)
        _refuse_breaking(run, difference)
        return _published(run, door, history, difference)
    finally:
        door.close()


def _difference(run: Run, history: History) -> Difference:
    balances = cache(partial(balances_to_publish, run))  # counted once for both tables, or not at all
    return compare(run, sources(run, balances), history.live.tables if history.live else {})


def _published(run: Run, door: Door, history: History, difference: Difference) -> PublishReport:
    number = free_number(run, door, history)
    database = database_of(run, number)
    reason = f"{len(difference.summary())} tables changed" if history.live else "first release"
    history = record(run, history, [{"release_number": number, "state": State.BUILDING, "reason": reason}])
    crash_points.reached("publish:building")
    release = history.get(number)
    tables = {change.name: _written(run, change, release) for change in difference.changes}
    crash_points.reached("publish:folders_written")
    build_database(run, door, number, tables)
    check_release(run, door, database, tables, difference.changes)
    history = record(run, history, [{"release_number": number, "state": State.BUILT, "tables": to_json(tables)}])
    crash_points.reached("publish:built")
    history = record(run, history, [{"release_number": number, "state": State.SWITCHING}])
    crash_points.reached("publish:switching")
    switch(run, door, history, history.get(number))
    written = {change.name: tuple(sorted(change.written)) for change in difference.changes if change.written}
    report = PublishReport(number, database, written, lines=tuple(difference.summary()))
    run.progress.step("publish", release=number, tables=len(written), partitions=report.partition_count)
    return report


def _written(run: Run, change: TableChange, release: Release) -> PublishedTable:
    """Write the partitions of one table that have no folder yet; the table as the release records it."""
    if not change.written:
        return change.published({})
    rows = change.rows_to_write()
    folder = f"{run.uri(Zone.PUBLISHED, change.name)}/{release.folder}"
    return change.published(write_folders(rows, change.source.shape, folder, change.written))


def _skipped(run: Run, door: Door, history: History, live: Release, difference: Difference) -> PublishReport:
    """Nothing to write. What was found equal is recorded, so that the next run need not compare it again."""
    tables: Tables = {change.name: change.published({}) for change in difference.changes}
    if {n: t.version for n, t in tables.items()} != {n: t.version for n, t in live.tables.items()}:
        record(run, history, [{"release_number": live.number, "state": State.LIVE, "tables": to_json(tables)}])
    _heal(run, door, history, live)
    run.progress.step("publish", release=live.number, skipped="nothing changed")
    database = database_of(run, live.number)
    text = f"release {live.number} is live in {database}; nothing changed"
    return PublishReport(live.number, database, skipped=text)


def _heal(run: Run, door: Door, history: History, live: Release) -> None:
    """Make the live release's database and views again in a metastore that lost them, or never had them."""
    database = database_of(run, live.number)
    if is_shown(run, door, database):
        mark_shown(run, database)
        return
    run.progress.problem("metastore filled again", release=live.number)
    build_missing(run, door, live)
    switch(run, door, history, live)


def _refuse_breaking(run: Run, difference: Difference) -> None:
    if difference.breaking and not run.allow_breaking:
        changes = "; ".join(difference.breaking)
        fix = "publish with --allow-breaking, or only add columns at the end"
        raise ReleaseError(f"readers would break: {changes}; {fix}")


def _planned(run: Run, history: History) -> PublishReport:
    """What a publication would do now, in words."""
    lines = [f"would finish release {history.switching.number}, which is switching"] if history.switching else []
    unfinished = history.in_state(State.BUILDING, State.BUILT)
    lines += [f"would drop release {release.number}, which is {release.state}" for release in unfinished]
    if history.hold is not None:
        lines.append(f"would refuse (exit 4): {history.hold}")
    difference = _difference(run, history)
    lines += [f"would refuse (exit 3) without --allow-breaking: {line}" for line in difference.breaking]
    lines += difference.summary()
    number = history.live.number if history.live else None
    if difference.is_empty:
        return PublishReport(number, skipped="plan: nothing to publish", lines=tuple(lines))
    return PublishReport(number, skipped=f"plan: would publish release {history.next_number}", lines=tuple(lines))
