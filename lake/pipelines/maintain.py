"""Housekeeping of a shop: expired releases and deliveries, orphan folders, small Delta files, old Delta versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from lake.errors import EnvironmentError_
from lake.io import metastore, storage
from lake.io.hive import Door, open_door
from lake.names import Zone
from lake.pipelines.delta_upkeep import compact, purge, vacuum
from lake.pipelines.publishing.releases import History, Release, State, database_of, read_history, shop_database
from lake.pipelines.publishing.releases_view import show_releases
from lake.pipelines.publishing.switching import drop_release, places_of, roll_forward, views_reading
from lake.pipelines.retention import expire_deliveries
from lake.pipelines.run import Run


@dataclass(frozen=True)
class MaintenanceReport:
    """What was done, or under `--plan` would be, one line each."""

    lines: tuple[str, ...]

    def text(self) -> str:
        """For people, on stdout."""
        return "\n".join(self.lines) if self.lines else "nothing to do"


def maintain(run: Run) -> MaintenanceReport:
    """Expire releases, then remove what no release names, then old deliveries; then look after the Delta tables.

    A release that a dead run left half done is finished or dropped first. Never touched: the live release, the
    newest `keep_releases` retired ones, those retired less than `release_grace_hours` ago, and what a view reads.
    """
    door = open_door(run.spark, run.endpoint)
    try:
        history = read_history(run)
        if not run.plan and history.in_state(State.BUILDING, State.BUILT, State.SWITCHING):
            history = roll_forward(run, door, history)
        leaving = expired(run, history, datetime.now(UTC))
        lines: list[str] = []
        if leaving and not run.plan:
            leaving, lines = _without_readers(run, door, leaving)
        lines += [f"drop release {release.number} ({database_of(run, release.number)})" for release in leaving]
        if not run.plan:
            history = _dropped(run, door, history, leaving)
            lines += _orphan_databases(run, door, history)
        lines += _orphan_folders(run, history, leaving)
        lines += expire_deliveries(run, datetime.now(UTC))
        lines += [*compact(run), *purge(run), *vacuum(run, history)]
        return MaintenanceReport(tuple(lines))
    finally:
        door.close()


def expired(run: Run, history: History, now: datetime) -> list[Release]:
    """Retired releases beyond the number that is kept and out of their grace period, oldest first."""
    configuration = run.settings.configuration
    retired = history.in_state(State.RETIRED)
    kept = {r.number for r in sorted(retired, key=lambda r: r.at)[-configuration.keep_releases :]}
    limit = now - timedelta(hours=configuration.release_grace_hours)
    return [r for r in retired if r.number not in kept and r.at.astimezone(UTC) <= limit]


def _without_readers(run: Run, door: Door, leaving: list[Release]) -> tuple[list[Release], list[str]]:
    """The releases that no view of the shop's database reads, and a line for each that stays because one does."""
    readers = views_reading(run, door)
    read = {number: [v for v, databases in readers.items() if database_of(run, number) in databases]
            for number in (release.number for release in leaving)}  # fmt: skip
    lines = [
        f"keep release {number}, which the view {', '.join(views)} reads" for number, views in read.items() if views
    ]
    return [release for release in leaving if not read[release.number]], lines


def _dropped(run: Run, door: Door, history: History, leaving: list[Release]) -> History:
    for release in leaving:
        history = drop_release(run, door, history, release, "it expired")
    if leaving and history.live is not None:
        show_releases(run, door, history, live=history.live.number)
    return history


def _orphan_databases(run: Run, door: Door, history: History) -> list[str]:
    """Drop the databases of releases that the ledger calls dropped: a run died between the two."""
    if not history.in_state(State.DROPPED):
        return []
    dropped = {database_of(run, release.number) for release in history.in_state(State.DROPPED)}
    found = sorted(dropped & set(metastore.list_databases(door, f"{shop_database(run)}_r*")))
    for database in found:
        door.execute(f"drop database if exists {database} cascade")
    return [f"drop database {database}, of a release that was dropped" for database in found]


def _orphan_folders(run: Run, history: History, leaving: list[Release]) -> list[str]:
    """Remove the folders of the published zone that no remaining release names."""
    gone = {release.number for release in leaving}
    staying = [r for r in history.releases.values() if r.state is not State.DROPPED and r.number not in gone]
    named, building = places_of(staying), {r.folder for r in staying if not r.tables}
    published = run.settings.zone_uri(run.shop, Zone.PUBLISHED)
    standing: dict[str, list[str]] = {}
    for table in storage.list_folders(run.spark, published):
        for place in (f"{table}/{name}" for name in storage.list_folders(run.spark, f"{published}/{table}")):
            if place.partition("/")[2] not in building:
                standing[place] = _partitions_in(run, published, place, named)
    _refuse_elsewhere(history.live, published, {*standing, *chain.from_iterable(standing.values())})
    return [line for place, inner in standing.items() for line in _orphans_in(run, published, place, inner, named)]


def _partitions_in(run: Run, published: str, place: str, named: set[str]) -> list[str]:
    """The places of the folders of partitions; a whole table's folder is not looked into."""
    names = [] if place in named else storage.list_folders(run.spark, f"{published}/{place}")
    return [f"{place}/{name}" for name in names]


def _refuse_elsewhere(live: Release | None, published: str, standing: set[str]) -> None:
    """EnvironmentError_ where the live release lies in another place: what is here may be another lake's."""
    lacking = sorted(places_of([live] if live else []) - standing)
    if live is not None and lacking:
        raise EnvironmentError_(
            f"release {live.number} is live, but its folder {lacking[0]} is not in {published}: name the root that it "
            "lies in (--root, LAKE_ROOT), or bring the folder back; no folder was removed"
        )


def _orphans_in(run: Run, published: str, place: str, inner: list[str], named: set[str]) -> list[str]:
    """A whole table's folder, or its folders of partitions; the empty one above them goes with the last."""
    if place in named:
        return []
    orphans = [found for found in inner if found not in named]
    if len(orphans) == len(inner):
        orphans = [place]
    uris = [f"{published}/{orphan}" for orphan in orphans]
    for uri in uris:
        if not run.plan and not storage.delete(run.spark, uri):
            raise EnvironmentError_(f"{uri} cannot be removed: see the rights of the folder, then run again")
    return [f"remove folder {uri}, which no release names" for uri in uris]
