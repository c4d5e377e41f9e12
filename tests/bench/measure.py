"""CPU-seconds of a whole process tree, and a copy of the project to change without touching the real one."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


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
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expected:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - started)


def project_copy(folder: Path) -> Path:
    """A working copy of the project in the folder: code, configuration and landing; environment and jars are shared."""
    copy = folder / "halles"
    for name in ("lake", "jobs", "conf", "scripts", "hive_ddl", "tests/data/landing"):
        shutil.copytree(PROJECT / name, copy / name)
    for name in ("pyproject.toml", "requirements.in", "requirements.lock"):
        shutil.copy2(PROJECT / name, copy / name)
    return copy
