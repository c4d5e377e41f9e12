"""The frame of every run: settings, catalogue, locks, session and the run ledger. What is done inside is the verbs'."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pyspark
from pyspark.sql import SparkSession

import lake
from lake.contracts.catalogue import Catalogue
from lake.contracts.feed import Feed
from lake.contracts.loading import load_catalogue
from lake.errors import ContractError, LakeError, UsageError_
from lake.io import hdfs_lock, ledgers, locks
from lake.io.java_errors import explained
from lake.io.session import change_settings, jvm_pid, open_session
from lake.names import Zone
from lake.progress import Progress
from lake.settings import Settings, is_remote, load_settings

PROJECT = Path(__file__).resolve().parents[2]
NEWEST_COUNTS = ("runs", "cleansed_deliveries", "merges", "table_states", "releases")
"""The ledgers whose newest row, by its `at`, says how things stand."""


@dataclass
class Stamps:
    """Times of rows, each later than all that were seen, also where the clock went back or another's was ahead."""

    latest: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def see(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """No row to come is as early as any of these."""
        self.latest = max([self.latest, *(row["at"] for row in rows)])

    def next(self) -> datetime:
        """Now, or as shortly after the latest one as a ledger tells apart."""
        self.latest = max(datetime.now(UTC), self.latest + timedelta(microseconds=1))
        return self.latest


@dataclass(frozen=True)
class Run:
    """One run on one shop, passed to every pipeline."""

    spark: SparkSession
    settings: Settings
    catalogue: Catalogue
    run_id: str
    progress: Progress
    first_date: date | None = None
    last_date: date | None = None
    feeds: tuple[str, ...] = ()
    plan: bool = False
    allow_breaking: bool = False
    endpoint: str | None = None
    _ledgers: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False, compare=False)
    _stamps: Stamps = field(default_factory=Stamps, repr=False, compare=False)

    @property
    def shop(self) -> str:
        """The shop's name."""
        return self.catalogue.shop.shop

    def uri(self, zone: Zone, table: str) -> str:
        """Where a table of this shop lies."""
        return f"{self.settings.zone_uri(self.shop, zone)}/{table}"

    @property
    def ops(self) -> str:
        """The folder of this shop's ledgers."""
        return self.settings.zone_uri(self.shop, Zone.OPS)

    def chosen_feeds(self) -> list[Feed]:
        """The enabled feeds, or those of them that `--feed` names; UsageError_ for an unknown name."""
        unknown = sorted(set(self.feeds) - set(self.catalogue.feeds))
        if unknown:
            known = ", ".join(self.catalogue.feeds)
            raise UsageError_(f"shop {self.shop} has no enabled feed {', '.join(unknown)}; it has {known}")
        return [feed for name, feed in self.catalogue.feeds.items() if not self.feeds or name in self.feeds]

    def expect_records(self, count: int, *, of_feed: int | None = None) -> None:
        """Fit the session to the shop's raw records; each verb says it first.

        `of_feed`: the records of a feed that is worked on next. It may be as small as a feed of a small shop.
        """
        tables = len(self.catalogue.tables)
        wanted = count if of_feed is None else min(count, of_feed * tables)
        change_settings(self.spark, self.settings.session_of(wanted, tables))

    def record(self, ledger: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows of this run to a ledger, each later than the ones before; under `--plan` nothing is written."""
        rows = list(rows)
        if rows and not self.plan:
            if ledger in NEWEST_COUNTS:
                self.ledger(ledger)  # only a purge has not read it before
            written = [{"run_id": self.run_id, "at": self._stamps.next(), **row} for row in rows]
            self._stamps.see(written)
            ledgers.append(self.spark, self.ops, ledger, written)
            if ledger in self._ledgers:
                self._ledgers[ledger] += [ledgers.completed(ledger, row) for row in written]

    def ledger(self, name: str) -> list[dict[str, Any]]:
        """All rows of a ledger, read once; the writer lock makes this run the only one that adds to it."""
        if name not in self._ledgers:
            self._ledgers[name] = ledgers.collect(self.spark, self.ops, name)
            self._stamps.see(self._ledgers[name])
        return list(self._ledgers[name])

    def selected(self, file_date: date | None) -> bool:
        """Whether `--from/--to` (both included) select a delivery of that date; undated ones always."""
        if file_date is None:
            return True
        return (self.first_date or date.min) <= file_date <= (self.last_date or date.max)


@contextmanager
def opened(
    job: str, arguments: Namespace, *, catalog: Literal["memory", "hive"] = "memory", writes: bool = True
) -> Iterator[Run]:
    """Load and check everything, take the locks, open the session, record start and end of the run.

    `catalog="hive"` uses the embedded metastore unless `--endpoint` is given, and holds its lock.
    Raises ContractError before any data is touched, LockedError when another run writes.
    """
    settings = load_settings(PROJECT, profile=arguments.profile, root=arguments.root, load=arguments.load)
    catalogue = load_catalogue(settings.project / "conf", arguments.shop)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
    owner = locks.Owner.of_this_process(f"{job} for {arguments.shop}", run_id)
    endpoint = arguments.endpoint
    locks_writing = writes and not arguments.plan
    remote = is_remote(settings.root)
    if locks_writing and remote:
        refuse_unlockable(settings.root)
    held: list[locks.HeldLock] = []
    with ExitStack() as stack:
        if locks_writing and not remote:
            held.append(stack.enter_context(locks.held(Path(settings.writer_lock(arguments.shop)), owner)))
        if catalog == "hive" and endpoint is None and not arguments.plan:
            held.append(stack.enter_context(metastore_lock(settings, owner)))
        embedded = catalog == "hive" and endpoint is None
        progress = Progress(run_id, arguments.quiet)
        bars = {"spark.ui.showConsoleProgress": str(progress.terminal and not progress.quiet).lower()}
        spark = open_session(
            f"halles {job} {arguments.shop}", settings.project, settings.session | bars,
            catalog="hive" if embedded else "memory", metastore=settings.metastore_dir,
        )  # fmt: skip
        stack.callback(spark.stop)
        for lock in held:
            lock.record_jvm(jvm_pid(spark))
        if locks_writing and remote:
            uri, silence = settings.writer_lock(arguments.shop), settings.configuration.lock_silence_minutes
            stack.enter_context(hdfs_lock.held(spark, uri, owner.with_jvm(jvm_pid(spark)), silence * 60))
        run = Run(
            spark, settings, catalogue, run_id, progress,
            arguments.first_date, arguments.last_date, tuple(arguments.feed or ()),
            arguments.plan, arguments.allow_breaking, endpoint,
        )  # fmt: skip
        with recorded(run, job) if writes else ExitStack():
            yield run


def refuse_unlockable(root: str) -> None:
    """ContractError for a remote root that is not HDFS: no other file system is known to give a lock to one only."""
    if not root.startswith("hdfs:"):
        raise ContractError(f"root: {root} cannot be locked for writing; it must be a local folder or start with hdfs:")


def metastore_lock(settings: Settings, owner: locks.Owner) -> Any:
    """The lock of the embedded metastore; the message names the option when a server serves from it."""
    path = settings.metastore_lock
    endpoint = (locks.owner_of(path) or {}).get("endpoint")
    hint = f"publish through it with --endpoint {endpoint}, or stop the server" if endpoint else ""
    return locks.held(path, owner, hint=hint)


@contextmanager
def recorded(run: Run, job: str) -> Iterator[None]:
    """Write the start and the end of the run to `ops.runs`; mark the runs as lost that ended without a word."""
    started = time.monotonic()
    versions = {"halles": lake.__version__, "spark": pyspark.__version__, "python": platform.python_version()}
    row = {"job": job, "arguments": " ".join(sys.argv[1:]), "versions": json.dumps(versions), "host": platform.node()}
    lost = [{"run_id": r, "state": "lost", "message": "ended without a word (killed?)"} for r in _open_runs(run)]
    run.record("runs", [*lost, {**row, "state": "started", "pid": os.getpid()}])
    try:
        yield
    except BaseException as error:
        with suppress(Exception):  # the first error is the one to mend; a disk that is full refuses this row, too
            run.record("runs", [{**row, **_failure(error), "seconds": round(time.monotonic() - started, 1)}])
        raise
    run.record("runs", [{**row, "state": "done", "exit_code": 0, "seconds": round(time.monotonic() - started, 1)}])


def _failure(error: BaseException) -> dict[str, Any]:
    known = error if isinstance(error, LakeError) else explained(error)
    message = str(known) if known else f"{type(error).__name__}: {error}"
    return {"state": "failed", "exit_code": int(known.exit_code) if known else 1, "message": message[:2000]}


def _open_runs(run: Run) -> list[str]:
    states: dict[str, str] = {}
    for row in [] if run.plan else sorted(run.ledger("runs"), key=lambda r: r["at"]):
        states[row["run_id"]] = row["state"]
    return [run_id for run_id, state in states.items() if state == "started"]
