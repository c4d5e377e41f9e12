"""The writer lock on an HDFS root: one owned file, kept alive by heartbeats, asked again before each commit.

The file appears whole, by a rename that does not overwrite (atomic on the NameNode: one winner). Its content says who
owns it, its time of change when the owner was last heard of; all times compared are the NameNode's own. A dead owner's
file is renamed to a name made of *its* run id, so that of many who find it dead one takes it, and a late one cannot
take its successor's. On a local disk none of this is safe: lake/io/locks.py is for that.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from lake.errors import LockedError
from lake.io import storage
from lake.io.commit_guard import guarded
from lake.io.locks import Owner, await_jvm, is_gone, locked_message, parsed

ATTEMPTS = 5
LEFTOVERS_KEPT_MS = 24 * 3600 * 1000
"""Renamed files of dead owners stay that long: they keep a challenger that was asleep from taking the next owner's."""


@dataclass
class HdfsLock:
    """A held lock. `check` is called before each commit, `beat` by the heartbeat's thread."""

    spark: SparkSession
    uri: str
    owner: Owner
    taken_at_ms: int
    _taken_at: float = field(default_factory=lambda: time.clock_gettime(time.CLOCK_BOOTTIME), init=False)
    lost_to: str | None = field(default=None, init=False)

    def now_ms(self) -> int:
        """The NameNode's time, by a clock that nobody sets and that goes on while the machine sleeps."""
        return self.taken_at_ms + int((time.clock_gettime(time.CLOCK_BOOTTIME) - self._taken_at) * 1000)

    def check(self) -> None:
        """Raise LockedError when the lock is another's now, or gone: nothing more may be written."""
        if self.lost_to is None:
            content = storage.text_if_there(self.spark, self.uri)
            owner = parsed(content or "")
            if owner.get("run_id") == self.owner.run_id:
                return
            self.lost_to = locked_message(self.uri, content, "") if content else f"{self.uri} was removed by somebody"
        raise self.lost()

    def lost(self) -> LockedError:
        """The error of a run whose lock is another's."""
        return LockedError(
            f"this run was silent for too long and has lost its lock: {self.lost_to}; it writes nothing more, run again"
        )

    def beat(self) -> None:
        """Say that the owner lives. A lost lock ends what Spark is doing, before it can commit."""
        try:
            self.check()
        except LockedError:
            self.spark.sparkContext.cancelAllJobs()
            raise
        storage.touch(self.spark, self.uri, self.now_ms())


@contextmanager
def held(
    spark: SparkSession,
    uri: str,
    owner: Owner,
    silence: float,
    *,
    beat_every: float | None = None,
    patience: float = 60.0,
) -> Iterator[HdfsLock]:
    """Hold the lock file for the time of the block, guarding every commit of this process.

    Raises LockedError, naming the owner, when another run holds it that was heard of in the last `silence` seconds
    and whose process is not known to have ended. A killed owner's JVM is waited for (`patience` seconds).
    """
    lock = _taken(spark, uri, owner, silence, patience)
    ended = threading.Event()
    interval = beat_every or min(30.0, silence / 5)
    heart = threading.Thread(target=_beating, args=(lock, ended, interval), name="lock heartbeat", daemon=True)
    heart.start()
    try:
        with guarded(lock.check):
            yield lock
    except Exception as error:
        if lock.lost_to is not None and not isinstance(error, LockedError):
            raise lock.lost() from error  # its Spark jobs were cancelled
        raise
    finally:
        ended.set()
        heart.join(timeout=10)
        _free(lock)


def _taken(spark: SparkSession, uri: str, owner: Owner, silence: float, patience: float) -> HdfsLock:
    mine = f"{uri}.{owner.run_id}.mine"
    storage.write_text(spark, mine, json.dumps(asdict(owner)))
    try:
        now = storage.modified_ms(spark, mine) or 0
        for _ in range(ATTEMPTS):
            if storage.rename(spark, mine, uri):
                return HdfsLock(spark, uri, owner, now)
            content, heard = storage.text_if_there(spark, uri), storage.modified_ms(spark, uri)
            if content is None or heard is None:
                continue  # freed meanwhile
            holder = parsed(content)
            if is_gone(holder):
                await_jvm(uri, content, patience)
            elif now - heard <= silence * 1000:
                hint = f"wait until it is done, then run again (taken over when silent for {silence / 60:.0f} minutes)"
                raise LockedError(locked_message(uri, content, hint))
            _bury(spark, uri, str(holder.get("run_id")))
        raise LockedError(f"{uri} changes hands all the time: run again")
    finally:
        storage.delete(spark, mine)


def _bury(spark: SparkSession, uri: str, run_id: str) -> bool:
    """Rename the lock file of that run out of the way; put back what turns out to be another's."""
    grave = f"{uri}.{run_id}.gone"
    if not storage.rename(spark, uri, grave):
        return False
    if parsed(storage.text_if_there(spark, grave) or "").get("run_id", "None") != run_id:
        storage.rename(spark, grave, uri)
        return False
    return True


def _free(lock: HdfsLock) -> None:
    """Remove the file if it is still this run's, and leftovers of dead ones; without an answer others wait it out."""
    spark, uri = lock.spark, lock.uri
    try:
        if lock.lost_to is None and _bury(spark, uri, lock.owner.run_id):
            storage.delete(spark, f"{uri}.{lock.owner.run_id}.gone")
        oldest = lock.now_ms() - LEFTOVERS_KEPT_MS
        folder, _, name = uri.rpartition("/")
        for file in storage.files_in(spark, folder):
            if file.name.startswith(f"{name}.") and file.modified_ms < oldest:
                storage.delete(spark, file.uri)
    except (LockedError, Py4JError, OSError):
        return


def _beating(lock: HdfsLock, ended: threading.Event, interval: float) -> None:
    while not ended.wait(interval):
        try:
            lock.beat()
        except LockedError:
            return
        except (Py4JError, OSError):
            continue  # the NameNode may come back; until then every commit fails by itself
