"""One writer at a time: flock on a local root (freed by any death), an owned file with heartbeat on HDFS."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lake.errors import LockedError


@dataclass(frozen=True)
class Owner:
    """Who holds a lock, as written into it."""

    what: str
    run_id: str
    pid: int
    host: str
    since: str
    jvm_pid: int | None = None
    jvm_start: str | None = None
    endpoint: str | None = None

    @staticmethod
    def of_this_process(what: str, run_id: str) -> Owner:
        """The owner that this process is, from now on."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return Owner(what=what, run_id=run_id, pid=os.getpid(), host=socket.gethostname(), since=since)


@dataclass
class HeldLock:
    """A held flock; `record_jvm` adds the JVM that works for the owner, so that a later owner can wait for its end."""

    descriptor: int
    owner: Owner

    def record_jvm(self, pid: int) -> None:
        """Write the JVM's pid and start time beside the owner's own."""
        start = process_start(pid)
        self.owner = Owner(**{**asdict(self.owner), "jvm_pid": pid, "jvm_start": start})
        _write(self.descriptor, json.dumps(asdict(self.owner)))


@contextmanager
def held(path: Path, owner: Owner, *, hint: str = "", jvm_patience: float = 60.0) -> Iterator[HeldLock]:
    """Hold the lock file for the time of the block.

    Raises LockedError, naming the owner and `hint`, when another process holds it. A JVM left over from a killed
    owner is waited for (`jvm_patience` seconds) because it may still write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o664)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(_locked_message(path, _read(descriptor), hint)) from None
        _await_jvm(path, _read(descriptor), jvm_patience)
        lock = HeldLock(descriptor, owner)
        _write(descriptor, json.dumps(asdict(owner)))
        yield lock
        _write(descriptor, "")
    finally:
        os.close(descriptor)


def owner_of(path: Path) -> dict[str, object] | None:
    """Who holds the lock now; None when it is free."""
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _parse(_read(descriptor)) or {"what": "an unknown process"}
    finally:
        os.close(descriptor)
    return None


def process_start(pid: int) -> str | None:
    """The start time of a process in clock ticks since boot (/proc/<pid>/stat field 22); None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()[19]


def _await_jvm(path: Path, text: str, patience: float) -> None:
    left_over = _parse(text)
    pid, start = left_over.get("jvm_pid"), left_over.get("jvm_start")
    if not isinstance(pid, int) or left_over.get("host") != socket.gethostname():
        return
    deadline = time.monotonic() + patience
    while start is not None and process_start(pid) == start:
        if time.monotonic() > deadline:
            raise LockedError(f"{path}: the JVM {pid} of a killed run is still working; end it, then run again")
        time.sleep(0.1)


def _locked_message(path: Path, text: str, hint: str) -> str:
    owner = _parse(text)
    place = f"pid {owner.get('pid')} on {owner.get('host')}, since {owner.get('since')}"
    who = f"{owner.get('what', 'another process')} ({place})"
    return f"{path} is held by {who}: {hint or 'wait until it is done, then run again'}"


def _parse(text: str) -> dict[str, object]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(descriptor: int) -> str:
    return os.pread(descriptor, 65536, 0).decode("utf-8", "replace")


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
