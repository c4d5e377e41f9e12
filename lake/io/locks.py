"""One writer at a time by flock on the local disk, freed by any death; and who owns a lock, also one on HDFS."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
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
    pid_start: str | None = None
    machine: str | None = None

    @staticmethod
    def of_this_process(what: str, run_id: str) -> Owner:
        """The owner that this process is, from now on."""
        pid, since = os.getpid(), datetime.now(UTC).isoformat(timespec="seconds")
        return Owner(
            what, run_id, pid, socket.gethostname(), since, pid_start=process_start(pid), machine=this_machine()
        )

    def with_jvm(self, pid: int) -> Owner:
        """The same owner and the JVM that works for it, so that a later one can wait for its end."""
        return replace(self, jvm_pid=pid, jvm_start=process_start(pid))


@dataclass
class HeldLock:
    """A held flock; `record_jvm` adds the JVM that works for the owner, so that a later owner can wait for its end."""

    descriptor: int
    owner: Owner

    def record_jvm(self, pid: int) -> None:
        """Write the JVM's pid and start time beside the owner's own."""
        self.owner = self.owner.with_jvm(pid)
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
            raise LockedError(locked_message(path, _read(descriptor), hint)) from None
        await_jvm(path, _read(descriptor), jvm_patience)
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
        return parsed(_read(descriptor)) or {"what": "an unknown process"}
    finally:
        os.close(descriptor)
    return None


def process_start(pid: int) -> str | None:
    """The start time of a process in clock ticks since boot (/proc/<pid>/stat field 22); None when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = text.rpartition(")")[2].split()
    return None if state in ("Z", "X") else fields[18]


def this_machine() -> str | None:
    """What makes a pid meaningful: the boot of this kernel and the name space of its pids; None where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def is_gone(owner: Mapping[str, object]) -> bool:
    """Whether the owner's process is provably dead: on this very machine its pid is gone, or is another process now."""
    pid, start = owner.get("pid"), owner.get("pid_start")
    if owner.get("machine") is None or owner["machine"] != this_machine() or not isinstance(pid, int):
        return False
    return start is not None and process_start(pid) != start


def await_jvm(path: Path | str, text: str, patience: float) -> None:
    """Wait for the JVM that a killed owner left over on this machine, as it may still write; LockedError in the end."""
    left_over = parsed(text)
    pid, start = left_over.get("jvm_pid"), left_over.get("jvm_start")
    if not isinstance(pid, int) or left_over.get("host") != socket.gethostname():
        return
    deadline = time.monotonic() + patience
    while start is not None and process_start(pid) == start:
        if time.monotonic() > deadline:
            raise LockedError(f"{path}: the JVM {pid} of a killed run is still working; end it, then run again")
        time.sleep(0.1)


def locked_message(path: Path | str, text: str, hint: str) -> str:
    """Who holds the lock, out of its text, and what to do."""
    owner = parsed(text)
    place = f"pid {owner.get('pid')} on {owner.get('host')}, since {owner.get('since')}"
    who = f"{owner.get('what', 'another process')} ({place})"
    return f"{path} is held by {who}: {hint or 'wait until it is done, then run again'}"


def parsed(text: str) -> dict[str, object]:
    """What a lock's text says; empty for one that is half written."""
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
