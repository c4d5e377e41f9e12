"""Releases in words, for `lake releases list` and `show`: read from the ledger, without any metastore."""

from __future__ import annotations

from datetime import datetime

from lake.errors import ReleaseError
from lake.pipelines.publishing.release_contents import WHOLE, PublishedTable
from lake.pipelines.publishing.releases import Release, State, database_of, read_history
from lake.pipelines.run import Run


def listing(run: Run) -> list[str]:
    """One line for each release, newest first, below a heading; a last line says what is held."""
    history = read_history(run)
    if not history.releases:
        return [f"{run.shop} has no release yet: run jobs/publish.py"]
    lines = [f"  {'release':>7}  {'state':<9}  {'database':<32}  {'published (UTC)':<16}  {'rows':>12}  run, reason"]
    lines += [_line(run, history.releases[number]) for number in sorted(history.releases, reverse=True)]
    return [*lines, f"held: {history.hold}"] if history.hold else lines


def description(run: Run, number: int | None) -> list[str]:
    """The tables of one release (default: the live one), and for each partition its rows and folder."""
    history = read_history(run)
    release = history.get(number) if number is not None else history.live
    if release is None:
        raise ReleaseError(f"{run.shop} has no live release; name one of `lake releases list --shop {run.shop}`")
    tables = release.tables
    database = database_of(run, release.number)
    head = f"release {release.number} of {run.shop} is {release.state}: {len(tables)} tables in {database}"
    return [head, *(line for name, table in sorted(tables.items()) for line in _table(name, table))]


def _table(name: str, table: PublishedTable) -> list[str]:
    source = f"Delta version {table.version}" if table.version is not None else "no version"
    head = f"  {name}: {table.row_count} rows, {table.shape.format}, from {source}"
    parts = [(f"{value}  " if value != WHOLE else "", part) for value, part in sorted(table.partitions.items())]
    return [head, *(f"    {label}{part.content.row_count} rows  {part.folder}" for label, part in parts)]


def _line(run: Run, release: Release) -> str:
    mark = "*" if release.state is State.LIVE else " "
    rows = sum(table.row_count for table in release.tables.values())
    return (
        f"{mark} {release.number:>7}  {release.state.value:<9}  {database_of(run, release.number):<32}  "
        f"{_moment(release.published_at):<16}  {rows:>12}  {release.run_id}, {release.reason}"
    )


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"
