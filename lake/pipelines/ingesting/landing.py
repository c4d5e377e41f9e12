"""What lies in a shop's landing: files by feed, whether they are complete, and the days that are missing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lake.contracts.feed import Feed
from lake.contracts.paths import LandingPattern
from lake.contracts.source import SqliteFormat
from lake.errors import NoInputError
from lake.io import storage
from lake.io.storage import StoredFile
from lake.pipelines.run import Run
from lake.settings import is_remote, located

LOGS = ("-wal", "-journal")
"""Companions of a SQLite file that hold what its writer has not written into it yet."""


@dataclass(frozen=True)
class LandingFile:
    """A file of a feed; `waits` says why it is not read yet; `manifest` is the text of its companion, if any."""

    file: StoredFile
    file_date: date | None
    waits: str = ""
    manifest: str = ""


def landing_uri(run: Run) -> str:
    """Where the shop's files land."""
    return located(run.catalogue.shop.landing, run.settings.project)


def landed(run: Run) -> list[StoredFile]:
    """All files below the shop's landing. Raises NoInputError when there is no such folder."""
    folder = landing_uri(run)
    if not storage.exists(run.spark, folder):
        mend = "create it or mend `landing:` in its shop.yaml"
        raise NoInputError(f"shop {run.shop}: no landing folder {folder}; {mend}")
    return storage.list_files(run.spark, folder)


def unlisted(run: Run, listed: Iterable[StoredFile]) -> list[str]:
    """Names of files in a landing on the local disk that are not listed, unless `ignored`.

    Java passes over a name that the charset of its locale cannot read; a byte that is not UTF-8 is shown as `\\xe9`.
    """
    folder = landing_uri(run)
    if is_remote(folder):
        return []
    root, known = Path(folder.removeprefix("file:")), {file.name.encode("utf-8", "replace") for file in listed}
    names = [os.fsencode(path.relative_to(root).as_posix()) for path in root.rglob("*") if path.is_file()]
    shown = [name.decode("utf-8", "backslashreplace") for name in names if not name.isascii() and name not in known]
    ignored = [LandingPattern(pattern) for pattern in run.catalogue.shop.ignored]
    return sorted(name for name in shown if not any(pattern.matches(name) for pattern in ignored))


def files_of_feed(run: Run, feed: Feed, files: Iterable[StoredFile]) -> list[LandingFile]:
    """The feed's files inside the run's dates, in the order of their names."""
    pattern, by_name = LandingPattern(feed.path), {file.name: file for file in files}
    found = []
    for name, file in by_name.items():
        if pattern.matches(name) and run.selected(pattern.date_of(name)):
            waits, manifest = _completeness(run, feed, file, by_name)
            found.append(LandingFile(file, pattern.date_of(name), waits, manifest))
    return found


def days_of_feed(feed: Feed, files: Iterable[StoredFile]) -> list[date]:
    """The days of all the feed's files in landing, complete or not."""
    pattern = LandingPattern(feed.path)
    return [day for file in files if pattern.matches(file.name) and (day := pattern.date_of(file.name))]


def missing_days(feed: Feed, known: Iterable[date]) -> Iterator[date]:
    """The days between the first and the last known file for which the feed expects a file and none came."""
    days = set(known)
    if feed.completeness.expected == "none" or not days:
        return
    day = min(days)
    while day < max(days):
        if day not in days and (feed.completeness.expected == "daily" or day.isoweekday() < 6):
            yield day
        day += timedelta(days=1)


def _completeness(run: Run, feed: Feed, file: StoredFile, by_name: dict[str, StoredFile]) -> tuple[str, str]:
    rule = feed.completeness
    if isinstance(feed.format, SqliteFormat):
        open_logs = [n for n in LOGS if (log := by_name.get(file.name + n)) is not None and log.size]
        if open_logs:
            return f"its {open_logs[0]} file is not written back: the database is still open", ""
    match rule.rule:
        case "settled":
            age = time.time() - file.modified_ms / 1000
            waits = rule.seconds > 0 and age < rule.seconds  # a server's clock may be ahead of ours
            return (f"changed {age:.0f} s ago, settled after {rule.seconds} s" if waits else "", "")
        case "marker":
            marker = by_name.get(file.name + rule.companion_suffix)
            if marker is None:
                return "its marker file is not there yet", ""
            # of an earlier file of that name, which this one corrects and may not be whole
            return ("its marker is older than the file" if marker.modified_ms < file.modified_ms else "", "")
        case "manifest":
            companion = by_name.get(file.name + rule.companion_suffix)
            manifest = storage.text_if_there(run.spark, companion.uri) if companion else None
            return ("its manifest is not there yet", "") if manifest is None else ("", manifest)
