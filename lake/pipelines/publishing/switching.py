"""Databases of releases and the views that show one of them: built, switched, rolled forward, dropped, by asking first.

Every step may be taken again: what is there already is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from lake import crash_points
from lake.contracts.balances_tables import BALANCES_TABLES
from lake.contracts.table import Table
from lake.errors import ReleaseError
from lake.hiveql.ddl import add_partitions, alter_view, analyze_table, create_database, create_table, create_view
from lake.hiveql.literals import identifier
from lake.hiveql.scripts import bind
from lake.io import metastore, storage
from lake.io.hive import Door, ensure
from lake.names import Zone
from lake.pipelines.publishing.release_contents import WHOLE, PublishedTable, Tables, contract_as_published
from lake.pipelines.publishing.releases import History, Release, State, database_of, record, shop_database
from lake.pipelines.publishing.releases_view import mark_shown, show_releases
from lake.pipelines.run import Run


def free_number(run: Run, door: Door, history: History) -> int:
    """A number that no release had, also where the metastore knows releases that the ledger has lost."""
    found = metastore.list_databases(door, f"{shop_database(run)}_r*")  # those of a shop `demo_returns` among them
    numbers = [re.fullmatch(rf"{re.escape(shop_database(run))}_r(\d{{6,}})", database) for database in found]
    return max(history.next_number, *(int(match[1]) + 1 for match in numbers if match), 1)


def build_database(run: Run, door: Door, number: int, tables: Tables) -> None:
    """Make the release's database: each table over its recorded folders, with the statistics that contracts want."""
    database = database_of(run, number)
    _ensure_database(door, database)
    standing = set(metastore.list_tables(door, database))
    for name, published in sorted(tables.items()):
        contract = published_contract(run, name, published)
        if name not in standing:
            location = table_location(run, name, published)
            statement = bind(create_table(contract), release_db=database, location=location)
            ensure(door, statement, partial(_has_table, door, database, name))
        if contract.partition_by and published.partitions:
            folders = {value: partition.folder for value, partition in published.partitions.items()}
            statement = bind(add_partitions(contract, folders), release_db=database)
            ensure(door, statement, partial(_has_partitions, door, f"{database}.{name}", len(folders)))
        if contract.analyze and published.partitions:
            door.execute(bind(analyze_table(contract), release_db=database))


def switch(run: Run, door: Door, history: History, release: Release) -> History:
    """Point the shop's views at the release, which the ledger already calls switching; then it is live.

    The views of tables that it lacks are dropped last. The release that was live is retired in the same commit.
    """
    shop, database, tables = shop_database(run), database_of(run, release.number), release.tables
    _ensure_database(door, shop)
    standing = metastore.list_views(door, shop)
    for place, (name, published) in enumerate(sorted(tables.items())):
        contract = published_contract(run, name, published)
        for shown in (name, *contract.aliases):
            statement = alter_view if shown in standing else create_view
            view = bind(statement(contract, shown), release_db=database, shop_db=shop)
            ensure(door, view, partial(metastore.view_reads, door, shop, shown, database))
        if place == 0:
            crash_points.reached("publish:view_switched")
    before = [old for old in history.in_state(State.LIVE) if old.number != release.number]
    rows = [{"release_number": release.number, "state": State.LIVE}]
    rows += [{"release_number": old.number, "state": State.RETIRED} for old in before]
    show_releases(run, door, history, live=release.number)
    for name in sorted(_earlier_views(run, history) - _views(run, tables)):
        door.execute(f"drop view if exists {shop}.{identifier(name)}")
    history = record(run, history, rows)
    crash_points.reached("publish:live")
    mark_shown(run, database)
    return history


def roll_forward(run: Run, door: Door, history: History) -> History:
    """Finish what a dead run left: a switching release becomes live, unfinished ones are dropped."""
    release = history.switching
    if release is not None:
        run.progress.problem("release rolled forward", release=release.number)
        build_missing(run, door, release)
        history = switch(run, door, history, release)
    for unfinished in history.in_state(State.BUILDING, State.BUILT):
        run.progress.problem("release dropped", release=unfinished.number, was=unfinished.state.value)
        history = drop_release(run, door, history, unfinished, "its run ended before it was shown")
    return history


def build_missing(run: Run, door: Door, release: Release) -> None:
    """Make the release's database where the metastore does not have all of it."""
    standing = metastore.list_tables(door, database_of(run, release.number)) if _stands(run, door, release) else []
    if set(release.tables) - set(standing):
        build_database(run, door, release.number, release.tables)


def drop_release(run: Run, door: Door, history: History, release: Release, reason: str) -> History:
    """Drop a release's database, and the folders of its run where it was never shown.

    ReleaseError when a view still reads it. The ledger says `dropped` first for one that was shown, so that nobody
    rolls back to half of it, and last for an unfinished one, so that the next run tries again.
    """
    database = database_of(run, release.number)
    readers = [view for view, read in views_reading(run, door).items() if database in read]
    if readers:
        raise ReleaseError(
            f"{database} is read by the views {', '.join(readers)}: it is not dropped; drop these views, or let them "
            f"read {shop_database(run)}, then run again"
        )
    row = {"release_number": release.number, "state": State.DROPPED, "reason": reason}
    if release.is_finished:
        history = record(run, history, [row])
        door.execute(f"drop database if exists {database} cascade")
        return history
    door.execute(f"drop database if exists {database} cascade")
    published = run.settings.zone_uri(run.shop, Zone.PUBLISHED)
    for name in storage.list_folders(run.spark, published):
        storage.delete(run.spark, f"{published}/{name}/{release.folder}")  # what stays, `maintain` finds and names
    return record(run, history, [row])


def views_reading(run: Run, door: Door) -> dict[str, set[str]]:
    """For each view of the shop the databases of releases whose tables it reads (to list a name is not to read it)."""
    pattern = re.compile(rf"\b({re.escape(shop_database(run))}_r\d{{6}})`?\.")
    return metastore.databases_read(door, shop_database(run), pattern)


def published_contract(run: Run, name: str, published: PublishedTable) -> Table:
    """The contract that describes what the release holds of that table."""
    return contract_as_published(name, published, run.catalogue.tables.get(name) or BALANCES_TABLES.get(name))


def table_location(run: Run, name: str, published: PublishedTable) -> str:
    """The one folder of an unpartitioned table; for a partitioned one the folder above all its releases."""
    if WHOLE in published.partitions:
        return published.partitions[WHOLE].folder
    return storage.qualified(run.spark, run.uri(Zone.PUBLISHED, name))


def _ensure_database(door: Door, database: str) -> None:
    """Ask before: Spark logs a stack trace where the database of `if not exists` is there."""
    if not metastore.has_database(door, database):
        ensure(door, bind(create_database(), release_db=database), partial(metastore.has_database, door, database))


def _has_table(door: Door, database: str, table: str) -> bool:
    return table in metastore.list_tables(door, database)


def _has_partitions(door: Door, table: str, count: int) -> bool:
    return len(metastore.list_partitions(door, table)) == count


def _stands(run: Run, door: Door, release: Release) -> bool:
    return metastore.has_database(door, database_of(run, release.number))


def _earlier_views(run: Run, history: History) -> set[str]:
    """Views that there may be: those of all releases whose tables are known."""
    return {name for release in history.releases.values() for name in _views(run, release.tables)}


def _views(run: Run, tables: Iterable[str]) -> set[str]:
    """The names under which the shop's database shows the tables."""
    aliases = {alias for name in tables if name in run.catalogue.tables for alias in run.catalogue.tables[name].aliases}
    return {*tables, *aliases}


def places_of(releases: Iterable[Release]) -> set[str]:
    """The folders that these releases name, as paths below the published zone, however its root was spelled."""
    return {place for release in releases for table in release.tables.values() for place in table.places}
