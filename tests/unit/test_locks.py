"""One writer at a time on a local disk: two processes, a killed owner, and a JVM that outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lake.errors import LockedError
from lake.io.locks import Owner, held, owner_of, process_start

PROJECT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from lake.io.locks import Owner, held
with held(Path(sys.argv[1]), Owner.of_this_process("ingest for demo", "run1")) as lock:
    if len(sys.argv) > 2:
        lock.record_jvm(int(sys.argv[2]))
    print("held", flush=True)
    time.sleep(60)
"""
MINE = Owner.of_this_process("curate for demo", "run2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo" / "writer.lock"


@contextmanager
def other_process(path: Path, *jvm: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(path), *map(str, jvm)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    """Stands for a JVM."""
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_lock_is_free_again_after_its_block(path: Path) -> None:
    assert owner_of(path) is None
    with held(path, MINE):
        found = owner_of(path)
        assert found is not None and (found["run_id"], found["pid"]) == ("run2", os.getpid())
    assert owner_of(path) is None
    with pytest.raises(ValueError, match="stop"), held(path, MINE):
        raise ValueError("stop")
    with held(path, MINE):
        pass


def test_who_finds_it_taken_is_told_by_whom_and_what_to_do(path: Path) -> None:
    with other_process(path) as process:
        found = owner_of(path)
        assert found is not None and found["pid"] == process.pid
        message = rf"held by ingest for demo \(pid {process.pid} on .*: stop the server"
        with pytest.raises(LockedError, match=message), held(path, MINE, hint="stop the server"):
            pytest.fail("two owners")
        assert owner_of(path) == found, "the message of the owner was not overwritten"


def test_a_killed_owner_leaves_no_lock_behind(path: Path) -> None:
    with other_process(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "run1" in path.read_text(), "it had no time to clean up"
        assert owner_of(path) is None
        with held(path, MINE):
            found = owner_of(path)
            assert found is not None and found["run_id"] == "run2"


def test_the_jvm_of_a_killed_owner_is_waited_for(path: Path) -> None:
    with sleeping() as jvm:
        with other_process(path, jvm.pid) as process:
            process.kill()
        message = f"the JVM {jvm.pid} of a killed run is still working"
        with pytest.raises(LockedError, match=message), held(path, MINE, jvm_patience=0.2):
            pytest.fail("the JVM may still write")
        started = time.monotonic()
        waiter = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -9 {jvm.pid}"])
        with held(path, MINE, jvm_patience=30):
            assert time.monotonic() - started > 0.4
        waiter.wait()


def test_another_process_that_got_the_pid_of_a_dead_jvm_is_not_waited_for(path: Path) -> None:
    with sleeping() as other:
        with other_process(path, other.pid) as process:
            process.kill()
        left = json.loads(path.read_text())
        path.write_text(json.dumps(left | {"jvm_start": "1"}))
        with held(path, MINE, jvm_patience=0):
            pass


def test_an_ended_process_has_no_start_also_before_its_parent_asks_for_it() -> None:
    process = subprocess.Popen(["true"])
    deadline = time.monotonic() + 10
    while process_start(process.pid) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process_start(process.pid) is None
    process.wait()
    assert process_start(os.getpid()) is not None
