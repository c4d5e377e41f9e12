"""CPU-seconds of a whole process tree, and a copy of the project to change without touching the real one."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PR_SET_CHILD_SUBREAPER = 36
"""prctl(2), Linux: whose parent ends before them become children of this process, not of init."""


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU-seconds of it and all its descendants, and wall seconds."""

    cpu: float
    wall: float


def cost_of(command: Sequence[str], folder: Path, *, expected: int = 0) -> Cost:
    """Run the command to its end; RuntimeError with its last words where its exit code is another."""
    environment = {"LAKE_VENV": str(PROJECT / ".venv"), "LAKE_JARS": str(PROJECT / "jars"), **os.environ}
    environment.pop("PYSPARK_SUBMIT_ARGS", None)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with _orphans_adopted():
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expected:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - started)


@contextmanager
def _orphans_adopted() -> Iterator[None]:
    """Wait for what the command leaves behind: only who is waited for is counted, and Spark leaves Python workers.

    This process has no other children, or it would wait for them too.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
    finally:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0)


def project_copy(folder: Path) -> Path:
    """A working copy of the project in the folder: code, configuration and landing; environment and jars are shared."""
    copy = folder / "halles"
    for name in ("lake", "jobs", "conf", "scripts", "hive_ddl", "tests/data/landing"):
        shutil.copytree(PROJECT / name, copy / name)
    for name in ("pyproject.toml", "requirements.in", "requirements.lock"):
        shutil.copy2(PROJECT / name, copy / name)
    return copy
