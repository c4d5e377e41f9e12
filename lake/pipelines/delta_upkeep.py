"""Small files of Delta tables put together, rows that are only marked taken out, and files of old versions removed."""

from __future__ import annotations

import time
from collections import Counter
from urllib.parse import unquote

from pyspark.sql import SparkSession

from lake.errors import ContractError
from lake.io import storage, table_files, tables
from lake.io.storage import StoredFile
from lake.names import Zone
from lake.pipelines.curating.work import latest_states
from lake.pipelines.publishing.releases import History
from lake.pipelines.run import Run

COMPACTED_ZONES = (Zone.CLEANSED, Zone.QUARANTINE, Zone.CURATED, Zone.OPS)
"""Raw is written once and never rewritten."""

SMALL_BYTES = 32 * 1024 * 1024
SMALL_FILES = 16
"""A partition with that many files below SMALL_BYTES is worth a rewrite."""

DELTA_MINIMUM_HOURS = 168
"""Delta refuses to remove files younger than a week unless its own guard is switched off, which we never do."""

MARGIN_HOURS = 1.0


def delta_tables(run: Run, zones: tuple[Zone, ...]) -> list[str]:
    """URIs of the Delta tables of the zones, one or two folders below them."""
    found = []
    for zone in zones:
        base = run.settings.zone_uri(run.shop, zone)
        for name in storage.list_folders(run.spark, base):
            inner = [f"{base}/{name}/{below}" for below in storage.list_folders(run.spark, f"{base}/{name}")]
            here = f"{base}/{name}"
            found += [here] if tables.exists(run.spark, here) else [u for u in inner if tables.exists(run.spark, u)]
    return found


def compact(run: Run) -> list[str]:
    """Rewrite the partitions that consist of many small files; no reader and no diff sees a change of data."""
    lines = []
    for uri in delta_tables(run, COMPACTED_ZONES):
        count = crowded_files(run.spark, uri)
        if count:
            lines.append(f"compact {uri}: {count} small files")
            if not run.plan:
                table_files.compact(run.spark, uri)
    return lines


def purge(run: Run) -> list[str]:
    """Write files anew of which rows are only marked as gone: the next VACUUM removes what was superseded from disk."""
    lines = []
    for uri in delta_tables(run, COMPACTED_ZONES):
        count = table_files.marked_rows(run.spark, uri)
        if count:
            lines.append(f"purge {uri}: {count} rows that are marked as gone")
            if not run.plan:
                table_files.purge(run.spark, uri)
    return lines


def crowded_files(spark: SparkSession, uri: str) -> int:
    """Small files of the present version that lie in partitions with SMALL_FILES of them or more."""
    present = present_names(spark, uri)
    small = [f for f in stored_files(spark, uri) if f.size < SMALL_BYTES and _name(f) in present]
    by_folder = Counter(file.uri.rpartition("/")[0] for file in small)
    return sum(count for count in by_folder.values() if count >= SMALL_FILES)


def stored_files(spark: SparkSession, uri: str) -> list[StoredFile]:
    """The table's files on disk, of all its versions, without the log."""
    return [file for file in storage.list_files(spark, uri) if not file.name.startswith("_")]


def present_names(spark: SparkSession, uri: str) -> set[str]:
    """Names of the files of the present version; Delta gives every file a name of its own."""
    return {unquote(name).rpartition("/")[2] for name in tables.read(spark, uri).inputFiles()}


def vacuum(run: Run, history: History) -> list[str]:
    """Remove the files of Delta versions that are older than the retention and that nobody needs to compare with.

    Raises ContractError where `retention_hours` is below Delta's own minimum.
    """
    hours = run.settings.configuration.retention_hours
    if hours < DELTA_MINIMUM_HOURS:
        raise ContractError(
            f"retention_hours is {hours} ({run.settings.origin('retention_hours')}): VACUUM below "
            f"{DELTA_MINIMUM_HOURS} hours takes files from under readers; raise it"
        )
    needed = needed_versions(run, history)
    lines = []
    for uri in delta_tables(run, tuple(zone for zone in Zone if zone is not Zone.PUBLISHED)):
        retained = max(float(hours), hours_since_superseded(run.spark, uri, needed.get(uri)))
        if not _has_old_files(run.spark, uri, retained):
            continue
        lines.append(f"vacuum {uri}, keeping what the versions of the last {retained:.0f} hours need")
        if not run.plan:
            table_files.vacuum(run.spark, uri, retained)
    return lines


def needed_versions(run: Run, history: History) -> dict[str, int]:
    """For each table the oldest version that the live release or a curated table's state was made from."""
    needed: dict[str, int] = {}
    live = history.live.tables if history.live else {}
    for name, table in live.items():
        if table.version is not None:
            needed[run.uri(Zone.CURATED, name)] = table.version
    for state in latest_states(run).values():
        for name, version in (state["inputs"] or {}).items():
            zone = Zone.CURATED if name in run.catalogue.tables else Zone.CLEANSED
            uri = run.uri(zone, name)
            needed[uri] = min(version, needed.get(uri, version))
    return needed


def hours_since_superseded(spark: SparkSession, uri: str, version: int | None) -> float:
    """How long ago the version stopped being the newest (0 when it is, or nobody needs it), with a margin."""
    if version is None:
        return 0.0
    ended = storage.modified_ms(spark, tables.commit_file(uri, version + 1))
    return 0.0 if ended is None else (time.time() - ended / 1000) / 3600 + MARGIN_HOURS


def _has_old_files(spark: SparkSession, uri: str, hours: float) -> bool:
    """Whether a file that old is not in the present version: a cheap look before Delta's own."""
    limit = (time.time() - hours * 3600) * 1000
    old = [_name(file) for file in stored_files(spark, uri) if file.modified_ms < limit]
    return bool(old) and not set(old) <= present_names(spark, uri)


def _name(file: StoredFile) -> str:
    return file.name.rpartition("/")[2]
