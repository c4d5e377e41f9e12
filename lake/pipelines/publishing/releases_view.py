"""The view `<shop>.releases`, which names the live release, and the mark that says which release a metastore shows."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from lake.hiveql.literals import escaped
from lake.io import metastore
from lake.io.hive import Door
from lake.pipelines.publishing.releases import History, Release, State, database_of, shop_database
from lake.pipelines.run import Run

RELEASES_VIEW = "releases"
"""Lists the finished releases; scripts/beeline.sh and notebooks ask it for the live one."""


def show_releases(run: Run, door: Door, history: History, live: int) -> None:
    """Make the view `<shop>.releases` anew: one row for each finished release, `live` being the one shown."""
    finished = [release for release in history.releases.values() if release.is_finished]
    rows = ",\n".join(_values(run, release, live) for release in sorted(finished, key=lambda r: r.number))
    shop = shop_database(run)
    selection = (
        f"select * from values\n{rows}\n"
        "as listed(release_number, release_database, state, is_live, published_at, run_id, reason)"
    )
    if RELEASES_VIEW in metastore.list_views(door, shop):  # in one step; `create or replace` drops it first
        door.execute(f"alter view {shop}.{RELEASES_VIEW} as {selection}")
        return
    told = "Finished releases; connect to the database of the live one to read all tables of one moment"
    door.execute(f"create view {shop}.{RELEASES_VIEW} comment '{told}' as {selection}")


def is_shown(run: Run, door: Door, database: str) -> bool:
    """Whether this metastore shows that release. A mark beside the embedded one answers without opening it."""
    mark = _mark(run)
    if run.endpoint is None and mark.exists() and mark.read_text() == database:
        return True
    shop = shop_database(run)
    if not metastore.has_database(door, database) or not metastore.has_database(door, shop):
        return False
    if RELEASES_VIEW not in metastore.list_views(door, shop):
        return False
    found = door.execute(f"select release_database from {shop}.{RELEASES_VIEW} where is_live")
    return found == [(database,)]


def mark_shown(run: Run, database: str) -> None:
    """Note beside the embedded metastore which release it shows."""
    if run.endpoint is None:
        _mark(run).parent.mkdir(parents=True, exist_ok=True)
        _mark(run).write_text(database)


def _mark(run: Run) -> Path:
    return run.settings.metastore_dir / "shown" / shop_database(run)


def _values(run: Run, release: Release, live: int) -> str:
    is_live = release.number == live
    state = State.LIVE if is_live else State.RETIRED
    moment = (release.published_at or release.at).astimezone(UTC)
    published_at = f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}Z'"
    texts = [database_of(run, release.number), state.value, release.run_id, release.reason.replace(";", ",")]
    database, state_text, run_id, reason = (f"'{escaped(text)}'" for text in texts)
    shown = str(is_live).lower()
    return f"  ({release.number}L, {database}, {state_text}, {shown}, {published_at}, {run_id}, {reason})"
